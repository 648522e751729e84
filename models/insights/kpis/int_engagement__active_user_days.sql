with

event_counts as (
    select * from {{ ref('int_engagement__event_counts') }}
),

roles as (
    select * from {{ ref('int_engagement__kpi_roles') }}
),

user_days as (
    select
        customer_id,
        user_id,
        event_date
    from event_counts
    where event_name not in (select roles.event_name from roles where roles.role = 'passive')
    group by customer_id, user_id, event_date
)

select
    customer_id,
    user_id,
    event_date,
    lag(event_date) over (
        partition by customer_id, user_id order by event_date
    ) as previous_date,
    lead(event_date) over (
        partition by customer_id, user_id order by event_date
    ) as next_date
from user_days
