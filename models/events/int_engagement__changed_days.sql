{{ config(
    materialized='incremental',
    incremental_strategy='append',
    on_schema_change='fail'
) }}
-- depends_on: {{ ref('stg_engagement__received_events') }}
-- depends_on: {{ ref('int_engagement__excluded_keys') }}
{#- Who may be excluded. The events stand in no CTE: an engine would read them all into it, though
    there is hardly ever a key that has changed. #}
{%- set excluded = [
    exclusion_key('received_events.customer_id'),
    exclusion_key('received_events.customer_id', 'received_events.user_id'),
    exclusion_key('null', 'received_events.user_id'),
] %}

with

event_days as (
    select * from {{ ref('int_engagement__event_days') }}
),

changed_days as (
    select distinct event_day
    from event_days
    where
        fingerprint is distinct from processed_fingerprint
        or {{ is_to_be_rebuilt('event_day') }}
    {%- for key in excluded if is_kept('int_engagement__doubtful_events') %}
    union
    select received_events.event_day
    from {{ ref('stg_engagement__received_events') }} as received_events
    inner join {{ ref('int_engagement__excluded_keys') }} as excluded_keys
        on {{ key }} = excluded_keys.excluded_key
    where excluded_keys.reason is distinct from excluded_keys.processed_reason
    {%- endfor %}
)

-- What an interrupted run found stays on the list.
select changed_days.event_day
from changed_days{% if is_incremental() %}
left join {{ this }} as known_days on changed_days.event_day = known_days.event_day
where known_days.event_day is null{% endif %}
