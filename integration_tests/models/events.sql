select
    id as event_id,
    account as customer_id,
    what as event_name,
    happened_at as occurred_at,
    who as user_id
from {{ ref('raw_events') }}
