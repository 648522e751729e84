with

doubtful_events as (
    select * from {{ ref('int_engagement__doubtful_events') }}
)

select
    event_id,
    event_day,
    event_date,
    received_customer_id,
    user_id,
    event_name,
    occurred_at,
    quantity,
    loaded_at,
    source,
    row_number() over (
        partition by event_date, event_id
        order by
            loaded_at nulls last,
            occurred_at,
            received_customer_id,
            event_name,
            user_id nulls last,
            source,
            quantity nulls last
    ) as load_rank
from doubtful_events
where rejection_reason is null
