with

period_days as (
    select * from {{ ref('int_engagement__period_days') }}
),

as_of as (
    select * from {{ ref('int_engagement__as_of') }}
),

periods as (
    select
        period_grain,
        period_start,
        count(*) as elapsed_days,
        case
            when period_grain = 'day' then period_start
            when period_grain = 'week'
                then cast({{ dbt.dateadd('day', 6, 'period_start') }} as date)
            else cast({{ dbt.last_day('period_start', 'month') }} as date)
        end as period_end
    from period_days
    group by period_grain, period_start
)

select
    periods.period_grain,
    periods.period_start,
    periods.period_end,
    cast(periods.elapsed_days as {{ dbt.type_int() }}) as elapsed_days,
    as_of.as_of_date
from periods
cross join as_of
