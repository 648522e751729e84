-- Rolling weeks and months at as_of hold each active user once, counted anew.
with

as_of as (
    select * from {{ ref('int_engagement__as_of') }}
),

users as (
    select
        user_days.customer_id,
        user_days.user_id,
        max(user_days.event_date) as last_date
    from {{ ref('int_engagement__active_user_days') }} as user_days
    group by user_days.customer_id, user_days.user_id
),

counted as (
    select
        as_of.as_of_date,
        sum(
            case
                when users.last_date > {{ dbt.dateadd('day', -wau_days(), 'as_of.as_of_date') }}
                    then 1
                else 0
            end
        ) as weekly_users,
        sum(
            case
                when users.last_date > {{ dbt.dateadd('day', -mau_days(), 'as_of.as_of_date') }}
                    then 1
                else 0
            end
        ) as monthly_users
    from users
    cross join as_of
    group by as_of.as_of_date
),

told as (
    select
        period_start,
        max(case when measure = 'weekly_active_users' then amount end) as weekly_users,
        max(case when measure = 'monthly_active_users' then amount end) as monthly_users
    from {{ ref('int_engagement__kpi_measures') }}
    where period_grain = 'day' and segment_dimension = 'all'
    group by period_start
)

select
    counted.as_of_date,
    counted.weekly_users as counted_weekly_users,
    counted.monthly_users as counted_monthly_users,
    told.weekly_users,
    told.monthly_users
from counted
left join told on counted.as_of_date = told.period_start
where
    told.weekly_users is null
    or counted.weekly_users != told.weekly_users
    or counted.monthly_users != told.monthly_users
