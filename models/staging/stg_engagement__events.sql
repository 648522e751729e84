with

received as (
    select * from {{ ref('stg_engagement__received_events') }}
),

erased_customers as (
    select * from {{ ref('stg_engagement__erased_customers') }}
),

erased_users as (
    select * from {{ ref('stg_engagement__erased_users') }}
    where customer_id is not null
),

-- Requests that name no customer hold for all of them.
erased_everywhere as (
    select * from {{ ref('stg_engagement__erased_users') }}
    where customer_id is null
)

select
    received.event_id,
    received.customer_id,
    received.user_id,
    received.event_name,
    received.occurred_at,
    received.has_occurred_at,
    received.occurred_at_received,
    received.quantity,
    received.has_quantity,
    received.quantity_received,
    received.properties,
    received.source_rejection,
    received.loaded_at,
    received.delivery_mark,
    received.event_date,
    received.event_day,
    received.source,
    (
        erased_customers.customer_id is not null
        or erased_users.user_id is not null
        or erased_everywhere.user_id is not null
    ) as is_erased
from received
left join erased_customers on received.customer_id = erased_customers.customer_id
left join erased_users
    on received.user_id = erased_users.user_id
    and received.customer_id = erased_users.customer_id
left join erased_everywhere on received.user_id = erased_everywhere.user_id
