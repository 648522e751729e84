with

good_events as (
    select * from {{ ref('int_engagement__checked_events') }}
    where rejection_reason is null
),

repeated_ids as (
    select
        event_date,
        event_id
    from good_events
    group by event_date, event_id
    having count(*) > 1
)

select
    good_events.event_id,
    good_events.event_date,
    good_events.customer_id,
    good_events.user_id,
    good_events.event_name,
    good_events.occurred_at,
    good_events.quantity,
    good_events.source,
    row_number() over (
        partition by good_events.event_date, good_events.event_id
        order by
            good_events.loaded_at nulls last,
            good_events.occurred_at,
            good_events.customer_id,
            good_events.event_name,
            good_events.user_id nulls last,
            good_events.source,
            good_events.quantity nulls last
    ) as load_rank
from good_events
inner join repeated_ids
    on good_events.event_date = repeated_ids.event_date
    and good_events.event_id = repeated_ids.event_id
