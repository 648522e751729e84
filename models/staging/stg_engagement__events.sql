with

received as (
    select * from {{ ref('input_engagement__events') }}
)

select
    event_id,
    customer_id,
    user_id,
    event_name,
    occurred_at,
    has_occurred_at,
    occurred_at_received,
    quantity,
    has_quantity,
    quantity_received,
    properties,
    loaded_at,
    cast(occurred_at as date) as event_date,
    coalesce(source, 'events') as source
from received
