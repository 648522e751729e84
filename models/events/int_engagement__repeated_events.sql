with

received_events as (
    select * from {{ ref('stg_engagement__events') }}
),

good_events as (
    select * from {{ ref('int_engagement__checked_events') }}
    where rejection_reason is null
),

-- Found by a short key among all rows received, which is cheap; that finds too many rather than
-- too few, and the rows of those ids are then looked at in full.
repeated_keys as (
    select {{ short_key('event_id') }} as event_key
    from received_events
    where event_id is not null
    group by {{ short_key('event_id') }}
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
inner join repeated_keys on {{ short_key('good_events.event_id') }} = repeated_keys.event_key
