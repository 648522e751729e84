-- Revenue is conserved in every segment: what was there at the start is retained, contracted or
-- churned, what is there at the end is retained, expanded, reactivated or new, and each end is the
-- next start.
with

months as (
    select
        segment_dimension,
        segment_value,
        period_start,
        sum(case when measure = 'opening_mrr' then amount end) as opening,
        sum(case when measure = 'new_mrr' then amount end) as won,
        sum(case when measure = 'reactivated_mrr' then amount end) as reactivated,
        sum(case when measure = 'expansion_mrr' then amount end) as expansion,
        sum(case when measure = 'contraction_mrr' then amount end) as contraction,
        sum(case when measure = 'churned_mrr' then amount end) as churned,
        sum(case when measure = 'retained_mrr' then amount end) as retained,
        sum(case when measure = 'closing_mrr' then amount end) as closing
    from {{ ref('int_engagement__kpi_measures') }}
    where measure like '%_mrr'
    group by segment_dimension, segment_value, period_start
),

followed as (
    select
        months.*,
        lag(closing) over (
            partition by segment_dimension, segment_value order by period_start
        ) as closing_before
    from months
),

-- The customers' own months, without segments: their last closing is what there is at as_of.
last_months as (
    select
        closing_mrr,
        row_number() over (partition by customer_id order by month_start desc) as place
    from {{ ref('int_engagement__subscription_months') }}
),

totals as (
    select
        (
            select sum(last_months.closing_mrr)
            from last_months
            where last_months.place = 1
        ) as closing_of_customers,
        max(case when place = 1 then closing end) as closing
    from (
        select
            closing,
            row_number() over (order by period_start desc) as place
        from months
        where segment_dimension = 'all'
    ) as ordered
)

select
    segment_dimension,
    segment_value,
    period_start,
    opening,
    closing,
    closing_before
from followed
where
    opening != retained + contraction + churned
    or closing != retained + expansion + reactivated + won
    or opening != coalesce(closing_before, 0)
union all
select
    'all' as segment_dimension,
    'customers' as segment_value,
    cast(null as date) as period_start,
    closing_of_customers as opening,
    closing,
    closing as closing_before
from totals
where closing != closing_of_customers
