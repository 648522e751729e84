{% set grains = ['week', 'month'] %}

with

customer_days as (
    select * from {{ ref('int_engagement__active_customer_days') }}
),

calendar as (
    select * from {{ ref('int_engagement__calendar') }}
),

customers as (
    select * from {{ ref('int_engagement__customer_groups') }}
),

dated as (
    select
        customer_days.event_date,
        customer_days.previous_date,
        customer_days.next_date,
        customers.segment_group,
        customers.last_day,
        calendar.week_start,
        calendar.last_week_start,
        calendar.next_week_start,
        calendar.second_week_start,
        calendar.month_start,
        calendar.last_month_start,
        calendar.next_month_start,
        calendar.second_month_start
    from customer_days
    inner join calendar on customer_days.event_date = calendar.date_day
    inner join customers on customer_days.customer_id = customers.customer_id
),

marked as (
    select
        event_date,
        segment_group,
        case when previous_date is null then 1 else 0 end as is_new{% for grain in grains %},
        case
            when previous_date is null or previous_date < {{ grain }}_start then 1 else 0
        end as is_first_of_{{ grain }},
        case
            when
                previous_date >= last_{{ grain }}_start and previous_date < {{ grain }}_start
                then 1
            else 0
        end as is_retained_in_{{ grain }},
        case
            when next_date is null or next_date >= second_{{ grain }}_start then 1 else 0
        end as is_dormant_after_{{ grain }},
        case
            when
                last_day < {{ grain }}_start
                and (previous_date is null or previous_date < {{ grain }}_start)
                then 1
            else 0
        end as is_first_and_ended_before_{{ grain }},
        case
            when
                last_day < next_{{ grain }}_start
                and (next_date is null or next_date >= second_{{ grain }}_start)
                then 1
            else 0
        end as is_dormant_and_ended_with_{{ grain }}{% endfor %}
    from dated
)

select
    event_date,
    segment_group,
    count(*) as active_customers,
    sum(is_new) as new_customers{% for grain in grains %},
    sum(is_first_of_{{ grain }}) as customers_of_{{ grain }},
    sum(is_retained_in_{{ grain }}) as retained_in_{{ grain }},
    sum(is_dormant_after_{{ grain }}) as dormant_after_{{ grain }},
    sum(is_first_and_ended_before_{{ grain }}) as ended_customers_of_{{ grain }},
    sum(is_dormant_and_ended_with_{{ grain }}) as ended_dormant_after_{{ grain }}{% endfor %}
from marked
group by event_date, segment_group
