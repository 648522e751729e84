with

calendar as (
    select * from {{ ref('int_engagement__calendar') }}
)

select
    date_day,
    'day' as period_grain,
    date_day as period_start
from calendar
union all
select
    date_day,
    'week' as period_grain,
    week_start as period_start
from calendar
union all
select
    date_day,
    'month' as period_grain,
    month_start as period_start
from calendar
