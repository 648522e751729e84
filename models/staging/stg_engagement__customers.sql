with

received as (
    select * from {{ ref('input_engagement__customers') }}
),

erased_customers as (
    select * from {{ ref('stg_engagement__erased_customers') }}
)

select
    received.customer_id,
    received.customer_name,
    received.signed_up_at,
    received.ended_at,
    received.plan,
    received.lifecycle,
    received.licensed_seats,
    received.owner,
    {% for column in carried_customer_columns() %}
    received.{{ column }},
    {% endfor %}
    coalesce(
        lower(received.is_internal) in ('true', 't', '1', '1.0', 'yes', 'y'), 1 = 0
    ) as is_internal
from received
left join erased_customers on received.customer_id = erased_customers.customer_id
where
    received.customer_id is not null
    and erased_customers.customer_id is null
