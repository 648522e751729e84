with

received as (
    {{ received_rows(
        'subscriptions', ['customer_id', 'started_at', 'ended_at', 'plan', 'mrr', 'quantity']
    ) }}
),

erased_customers as (
    select * from {{ ref('stg_engagement__erased_customers') }}
)

select
    received.customer_id,
    received.started_at,
    received.ended_at,
    received.plan,
    received.mrr,
    received.quantity
from received
left join erased_customers on received.customer_id = erased_customers.customer_id
where
    received.customer_id is not null
    and erased_customers.customer_id is null
