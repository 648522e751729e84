with

user_days as (
    select * from {{ ref('int_engagement__active_user_days') }}
),

customer_days as (
    select
        customer_id,
        event_date
    from user_days
    group by customer_id, event_date
)

select
    customer_id,
    event_date,
    lag(event_date) over (partition by customer_id order by event_date) as previous_date,
    lead(event_date) over (partition by customer_id order by event_date) as next_date
from customer_days
