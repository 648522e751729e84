{{ config(
    materialized='incremental',
    incremental_strategy=replace_all_rows(),
    unique_key=['event_day', 'source', 'is_dated'],
    on_schema_change=when_columns_differ(),
    meta={'kept': false},
    pre_hook='{{ note_file_days() }}'
) }}

with

file_days as (
    select * from {{ ref('int_engagement__file_days') }}
),

received_events as (
    select * from {{ ref('stg_engagement__received_events') }}
    where {{ is_not_counted_by_file('input_file') }}
),

weights as (
    select * from {{ ref('stg_engagement__event_weights') }}
    where event_name in ({{ listed_texts(session_event_names()) }})
),

counted_rows as (
    select
        event_day,
        event_date,
        source,
        count(*) as received,
        sum(delivery_mark) as delivery_marks
    from received_events
    group by event_day, event_date, source
    union all
    select
        event_day,
        event_date,
        source,
        received,
        delivery_marks
    from file_days
),

received_days as (
    select
        event_day,
        event_date,
        source,
        event_date is not null as is_dated,
        sum(received) as received,
        sum(delivery_marks) as delivery_marks
    from counted_rows
    group by event_day, event_date, source
),

-- A day is read again when its rows are others, or the rules by which they are read.
current_days as (
    select
        event_day,
        event_date,
        source,
        is_dated,
        cast(received as {{ dbt.type_bigint() }}) as received,
        cast(received as {{ dbt.type_string() }})
        || ' ' || cast(delivery_marks as {{ dbt.type_string() }})
        || case
            when event_date < {{ first_scored_day() }} then ' before_first_day'
            when event_date > {{ last_plausible_day() }} then ' in_the_future'
            else ''
        end
        || case
            when exists (select 1 from weights)
                then ' {{ var("session_timeout_minutes") }}'
            else ''
        end{% if hashes_ids() %}
        || ' ' || {{ id_key() }}{% endif %} as fingerprint
    from received_days
)
{%- if is_incremental() %},

processed_days as (
    select * from {{ this }}
)

select
    coalesce(current_days.event_day, processed_days.event_day) as event_day,
    current_days.event_date,
    coalesce(current_days.source, processed_days.source) as source,
    coalesce(current_days.is_dated, processed_days.is_dated) as is_dated,
    current_days.received,
    current_days.fingerprint,
    processed_days.processed_fingerprint
from current_days
full outer join processed_days
    on current_days.event_day = processed_days.event_day
    and current_days.source = processed_days.source
    and current_days.is_dated = processed_days.is_dated
{%- else %}

select
    event_day,
    event_date,
    source,
    is_dated,
    received,
    fingerprint,
    cast(null as {{ dbt.type_string() }}) as processed_fingerprint
from current_days
{%- endif %}
