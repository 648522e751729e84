-- The kinds of transactions make up all purchases of their period.
with

mix as (
    select
        period_grain,
        period_start,
        sum(amount) as purchases_of_kinds
    from {{ ref('int_engagement__kpi_measures') }}
    where measure = 'transactions'
    group by period_grain, period_start
),

purchases as (
    select * from {{ ref('int_engagement__kpi_measures') }}
    where measure = 'purchases' and segment_dimension = 'all' and period_grain != 'day'
)

select
    purchases.period_grain,
    purchases.period_start,
    purchases.amount,
    mix.purchases_of_kinds
from purchases
left join mix
    on purchases.period_grain = mix.period_grain
    and purchases.period_start = mix.period_start
where purchases.amount != coalesce(mix.purchases_of_kinds, 0)
