{{ config(
    materialized='incremental',
    incremental_strategy=append_rows(),
    on_schema_change='fail'
) }}
{#- Who may be excluded. The events stand in no CTE: an engine would read them all into it, though
    there is hardly ever a key that has changed. #}
{%- set excluded = [
    exclusion_key('received_events.customer_id'),
    exclusion_key('received_events.customer_id', 'received_events.user_id'),
    exclusion_key('null', 'received_events.user_id'),
] %}

{{ after_news() }}
with

event_days as (
    select * from {{ ref('int_engagement__event_days') }}
),

changed_keys as (
    select excluded_key
    from {{ ref('int_engagement__excluded_keys') }}
    where
        {{ is_kept('int_engagement__doubtful_events') | string | lower }}
        and reason is distinct from processed_reason
),

excluded_days as (
    {%- for key in excluded %}
    select received_events.event_day
    from {{ ref('stg_engagement__received_events') }} as received_events
    inner join changed_keys on {{ key }} = changed_keys.excluded_key
    {%- if not loop.last %}
    union all
    {%- endif %}
    {%- endfor %}
),

changed_days as (
    select event_day
    from event_days
    where
        fingerprint is distinct from processed_fingerprint
        or {{ is_to_be_rebuilt('event_day') }}
    {{ union_distinct() }}
    select event_day
    from excluded_days
)

-- What an interrupted run found stays on the list.
select changed_days.event_day
from changed_days{% if is_incremental() %}
left join {{ this }} as known_days on changed_days.event_day = known_days.event_day
where known_days.event_day is null{% endif %}
