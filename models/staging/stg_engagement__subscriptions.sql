with

received as (
    select * from {{ ref('input_engagement__subscriptions') }}
)

select
    customer_id,
    started_at,
    ended_at,
    plan,
    mrr,
    quantity
from received
where customer_id is not null
