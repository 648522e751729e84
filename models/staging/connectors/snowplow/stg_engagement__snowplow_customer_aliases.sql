{{ config(enabled=is_connected('snowplow')) }}

{%- set events = raw_table('snowplow', 'events') %}

with

sightings as (
    select distinct
        {{ snowplow_visitor(events) }} as anonymous_id,
        {{ raw_column(events, ['user_id'], 'id') }} as user_id
    from {{ raw_rows(events) }}
),

{{ sole_owners('user_aliases', 'sightings', 'anonymous_id', 'user_id') }}

{{ connector_aliases('user_aliases', var('snowplow_account') | string | trim != '') }}
