{{ config(enabled=is_connected('mixpanel')) }}

{%- set account = var('mixpanel_account') | string | trim %}
{%- set zone = var('mixpanel_timezone') | string | trim %}

with

{{ mixpanel_events() }},

read_events as (
    select
        unpacked_events.*,
        coalesce(column_occurred_at, {{ time_of_text('time_received') }}) as local_time,
        {% if account -%}
        {{ trimmed(json_first('account')) }} as account_id,
        {% endif -%}
        coalesce(
            {%- for name in mixpanel_values() if name.startswith('amount_') %}
            {{ name }}{{ ',' if not loop.last }}
            {%- endfor %}
        ) as amount
    from unpacked_events
),

{% if account -%}
{{ mixpanel_sightings() }},

{{ sole_owners('known_users', 'sightings', 'anonymous_id', 'user_id') }},

people as (
    select
        read_events.*,
        coalesce(known_users.owner_id, read_events.distinct_id) as user_id
    from read_events
    left join known_users on read_events.distinct_id = known_users.alias_id
),

{{ identified_events('account_id') }},
{%- else -%}
identified_events as (
    select
        read_events.*,
        distinct_id as user_id,
        distinct_id as customer_id
    from read_events
),
{%- endif %}

-- Mixpanel itself takes rows for the same event that share all of these.
named_events as (
    select
        case
            when insert_id is not null
                then insert_id || ':' || {{ dbt.hash(joined_parts([
                    'tracked_name', 'coalesce(distinct_id_before, distinct_id)',
                ])) }}
            else {{ dbt.hash(joined_parts([
                'tracked_name', 'coalesce(distinct_id_before, distinct_id)', 'time_received', 'properties',
            ])) }}
        end as event_id,
        customer_id,
        user_id,
        {{ viewed_event_name(
            'tracked_name', 'coalesce(' ~ text_part('address', "'?'", 1) ~ ', screen)'
        ) }} as event_name,
        {{ zone_to_utc('local_time', sql_text(zone)) if zone else 'local_time' }} as occurred_at,
        time_received,
        {{ safe_decimal('amount', 18, 4) }} as quantity,
        properties,
        coalesce({{ time_of_text('processed_at') }}, synced_at) as loaded_at,
        case
            when {{ is_robot('browser') }} then 'bot_traffic'
            when {{ is_test_address('address') }} or {{ is_test_environment('environment') }}
                then 'test_traffic'
        end as source_rejection
    from identified_events
)

{{ connector_events('named_events', 'mixpanel') }}
