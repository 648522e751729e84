with

dates as (
    select * from {{ ref('int_engagement__dates') }}
),

starts as (
    select
        date_day,
        {{ week_start('date_day') }} as week_start,
        cast({{ dbt.date_trunc('month', 'date_day') }} as date) as month_start
    from dates
)

select
    date_day,
    week_start,
    cast({{ dbt.dateadd('day', -7, 'week_start') }} as date) as last_week_start,
    cast({{ dbt.dateadd('day', 7, 'week_start') }} as date) as next_week_start,
    cast({{ dbt.dateadd('day', 14, 'week_start') }} as date) as second_week_start,
    month_start,
    cast({{ dbt.dateadd('month', -1, 'month_start') }} as date) as last_month_start,
    cast({{ dbt.dateadd('month', 1, 'month_start') }} as date) as next_month_start,
    cast({{ dbt.dateadd('month', 2, 'month_start') }} as date) as second_month_start,
    cast({{ dbt.dateadd('day', -wau_days(), 'date_day') }} as date) as rolling_week_before,
    cast({{ dbt.dateadd('day', wau_days(), 'date_day') }} as date) as rolling_week_after,
    cast({{ dbt.dateadd('day', -mau_days(), 'date_day') }} as date) as rolling_month_before,
    cast({{ dbt.dateadd('day', mau_days(), 'date_day') }} as date) as rolling_month_after
from starts
