with

doubtful_events as (
    select * from {{ ref('int_engagement__doubtful_events') }}
)

select
    source,
    event_id,
    received_customer_id as customer_id,
    event_name,
    event_date,
    coalesce(occurred_at_received, cast(occurred_at as {{ dbt.type_string() }}))
        as occurred_at_received,
    quantity_received,
    rejection_reason as reason
from doubtful_events
where rejection_reason is not null
