{{ config(
    materialized='incremental',
    incremental_strategy=append_rows(),
    on_schema_change='fail',
    pre_hook=[
        '{{ delete_changed_days() }}',
        '{{ note_first_changed_day() }}',
        '{{ note_unknown_day() }}',
    ],
    **laid_out_by('event_day')
) }}

with

changed_days as (
    select * from {{ ref('int_engagement__changed_days') }}
),

received_events as (
    select * from {{ ref('stg_engagement__received_events') }}
    {% if is_incremental() %}
    where
        event_day in (select changed_days.event_day from changed_days)
        and {{ is_since_first_changed_day('occurred_at') }}
    {% endif %}
),

checked_events as (
    select * from {{ ref('int_engagement__checked_events') }}
    {% if is_incremental() %}
    where
        event_day in (select changed_days.event_day from changed_days)
        and {{ is_since_first_changed_day('occurred_at') }}
    union all
    select * from {{ ref('int_engagement__checked_events') }}
    where
        event_day in (select changed_days.event_day from changed_days)
        and occurred_at is null
        and {{ is_loaded_since_first_changed_day('loaded_at') }}
    {% endif %}
),

-- Found by a short key among all rows received, which is cheap; that finds too many rather than
-- too few, and the rows of those ids are then looked at in full.
repeated_keys as (
    select {{ short_key('event_id') }} as event_key
    from received_events
    where event_id is not null
    group by {{ short_key('event_id') }}
    having count(*) > 1
),

doubtful_events as (
    select
        checked_events.*,
        coalesce(rejection_reason = 'erased_customer', 1 = 0) as is_erased
    from checked_events
    where
        checked_events.rejection_reason is not null
        or {{ short_key('checked_events.event_id') }} in (
            select repeated_keys.event_key from repeated_keys
        )
)

-- Of what is erased nothing is kept but that there was something.
select
    {% for column in [
        'event_id', 'received_customer_id', 'user_id', 'event_name', 'occurred_at',
        'occurred_at_received', 'quantity', 'quantity_received', 'loaded_at',
    ] %}
    case when not is_erased then {{ column }} end as {{ column }},
    {% endfor %}
    event_day,
    event_date,
    source,
    rejection_reason
from doubtful_events
