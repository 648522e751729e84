with

user_days as (
    select * from {{ ref('int_engagement__active_user_days') }}
),

calendar as (
    select * from {{ ref('int_engagement__calendar') }}
),

customers as (
    select * from {{ ref('int_engagement__customer_groups') }}
),

marked as (
    select
        user_days.event_date,
        customers.segment_group,
        case when user_days.previous_date is null then 1 else 0 end as is_new,
        case
            when
                user_days.previous_date is null or user_days.previous_date < calendar.week_start
                then 1
            else 0
        end as is_first_of_week,
        case
            when
                user_days.previous_date is null or user_days.previous_date < calendar.month_start
                then 1
            else 0
        end as is_first_of_month,
        -- Days covered by a rolling window are a stretch: a user enters it with the first day, and
        -- leaves it when no day follows in time.
        case
            when
                user_days.previous_date is null
                or user_days.previous_date <= calendar.rolling_week_before
                then 1
            else 0
        end as enters_rolling_week,
        case
            when
                user_days.next_date is null
                or user_days.next_date >= calendar.rolling_week_after
                then 1
            else 0
        end as leaves_rolling_week,
        case
            when
                user_days.previous_date is null
                or user_days.previous_date <= calendar.rolling_month_before
                then 1
            else 0
        end as enters_rolling_month,
        case
            when
                user_days.next_date is null
                or user_days.next_date >= calendar.rolling_month_after
                then 1
            else 0
        end as leaves_rolling_month
    from user_days
    inner join calendar on user_days.event_date = calendar.date_day
    inner join customers on user_days.customer_id = customers.customer_id
)

select
    event_date,
    segment_group,
    count(*) as active_users,
    sum(is_new) as new_users,
    sum(is_first_of_week) as users_of_week,
    sum(is_first_of_month) as users_of_month,
    sum(enters_rolling_week) as entering_rolling_week,
    sum(leaves_rolling_week) as leaving_rolling_week,
    sum(enters_rolling_month) as entering_rolling_month,
    sum(leaves_rolling_month) as leaving_rolling_month
from marked
group by event_date, segment_group
