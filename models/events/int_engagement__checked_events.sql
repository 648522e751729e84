{{ config(materialized='view') }}

{{ after_news() }}
with

events as (
    select * from {{ ref('stg_engagement__events') }}
),

aliases as (
    select * from {{ ref('stg_engagement__customer_aliases') }}
),

internal_ids as (
    select * from {{ ref('int_engagement__internal_ids') }}
),

identified_events as (
    select
        events.*,
        coalesce(aliases.customer_id, events.customer_id) as current_customer_id
    from events
    left join aliases on events.customer_id = aliases.alias_id
)

select
    identified_events.event_id,
    identified_events.customer_id as received_customer_id,
    identified_events.current_customer_id as customer_id,
    identified_events.user_id,
    identified_events.event_name,
    identified_events.occurred_at,
    identified_events.occurred_at_received,
    identified_events.event_date,
    identified_events.event_day,
    identified_events.quantity,
    identified_events.quantity_received,
    identified_events.loaded_at,
    identified_events.source,
    case
        when identified_events.is_erased then 'erased_customer'
        when identified_events.source_rejection is not null then identified_events.source_rejection
        when identified_events.event_id is null then 'missing_event_id'
        when identified_events.customer_id is null then 'missing_customer'
        when identified_events.event_name is null then 'missing_event_name'
        when not identified_events.has_occurred_at then 'missing_time'
        when identified_events.occurred_at is null then 'unparseable_time'
        when identified_events.event_date < {{ first_scored_day() }} then 'before_first_day'
        when identified_events.event_date > {{ last_plausible_day() }} then 'in_the_future'
        when
            identified_events.has_quantity
            and (
                identified_events.quantity is null
                or identified_events.quantity not between -1000000000 and 1000000000
            )
            then 'invalid_quantity'
        when
            identified_events.event_name in ({{ listed_texts(derived_event_names()) }})
            then 'reserved_event_name'
        when internal_ids.customer_id is not null then 'internal_customer'
    end as rejection_reason
from identified_events
left join internal_ids on identified_events.customer_id = internal_ids.customer_id
