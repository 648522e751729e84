{{ config(enabled=is_connected('amplitude')) }}

{%- set events = raw_table('amplitude', 'events') %}

with

sightings as (
    select
        {{ raw_column(events, ['amplitude_id'], 'id') }} as anonymous_id,
        {{ raw_column(events, ['user_id'], 'id') }} as user_id
    from {{ raw_rows(events) }}
    {{ union_distinct() }}
    select
        {{ raw_column(events, ['device_id'], 'id') }} as anonymous_id,
        {{ raw_column(events, ['user_id'], 'id') }} as user_id
    from {{ raw_rows(events) }}
),

{{ sole_owners('user_aliases', 'sightings', 'anonymous_id', 'user_id') }}

{{ connector_aliases('user_aliases', var('amplitude_account') | string | trim != 'user') }}
