{{ config(enabled=is_connected('amplitude')) }}

{%- set events = raw_table('amplitude', 'events') %}
{%- set types = raw_table('amplitude', 'event_type') %}
{%- set by_account = var('amplitude_account') | string | trim != 'user' %}

with

received_events as (
    select
        {{ raw_column(events, ['$insert_id', 'insert_id', '_insert_id'], 'id') }} as own_id,
        {{ raw_column(events, ['uuid', 'id'], 'id') }} as row_id,
        {{ raw_column(events, ['device_id'], 'id') }} as device_id,
        {{ raw_column(events, ['user_id'], 'id') }} as known_user_id,
        coalesce(
            {{ raw_column(events, ['amplitude_id'], 'id') }},
            {{ raw_column(events, ['device_id'], 'id') }}
        ) as anonymous_id,
        {{ raw_column(events, ['event_type'], 'text') }} as event_type,
        {{ raw_column(events, ['event_type_id'], 'id') }} as event_type_id,
        {{ raw_column(events, ['project_name', 'app'], 'id') }} as project,
        {{ raw_column(events, ['event_time', 'client_event_time'], 'time') }} as occurred_at,
        {{ raw_column(events, ['event_time', 'client_event_time'], 'text') }} as time_received,
        {{ raw_column(
            events,
            ['server_upload_time', 'server_received_time', 'processed_time', '_fivetran_synced'],
            'time',
        ) }} as loaded_at,
        {{ raw_column(events, ['device_family', 'device_type'], 'text') }} as device,
        {{ raw_column(events, ['os_name'], 'text') }} as browser,
        {{ raw_column(events, ['groups'], 'json') }} as group_keys,
        {{ raw_column(events, ['event_properties'], 'json') }} as properties
    from {{ raw_rows(events) }}
),

event_types as (
    select
        {{ raw_column(types, ['id'], 'id') }} as event_type_id,
        {{ raw_column(types, ['project_name'], 'id') }} as project,
        max({{ raw_column(types, ['name', 'value'], 'text') }}) as event_type
    from {{ raw_rows(types) }}
    group by
        {{ raw_column(types, ['id'], 'id') }},
        {{ raw_column(types, ['project_name'], 'id') }}
),

read_events as (
    select
        received_events.own_id,
        received_events.row_id,
        received_events.device_id,
        received_events.known_user_id,
        received_events.anonymous_id,
        coalesce(received_events.event_type, event_types.event_type) as tracked_name,
        received_events.occurred_at,
        received_events.time_received,
        received_events.loaded_at,
        received_events.device,
        received_events.browser,
        received_events.properties,
        {% if by_account -%}
        {{ amplitude_group('received_events.group_keys') }} as account_id,
        {% endif -%}
        {{ json_text('received_events.properties', '[Amplitude] Page Location') }} as address,
        {{ json_text('received_events.properties', '[Amplitude] Screen Name') }} as screen,
        {{ json_text('received_events.properties', 'environment') }} as environment,
        coalesce(
            {%- for key in quantity_properties() + ['$revenue'] %}
            {{ json_text('received_events.properties', key) }}{{ ',' if not loop.last }}
            {%- endfor %}
        ) as amount
    from received_events
    left join event_types
        on received_events.event_type_id = event_types.event_type_id
        and coalesce(received_events.project, '') = coalesce(event_types.project, '')
),

{% if by_account -%}
{{ sole_owners('known_users', 'read_events', 'anonymous_id', 'known_user_id') }},

people as (
    select
        read_events.*,
        coalesce(read_events.known_user_id, known_users.owner_id, read_events.anonymous_id)
            as user_id
    from read_events
    left join known_users on read_events.anonymous_id = known_users.alias_id
),

{{ identified_events('account_id') }},
{%- else -%}
identified_events as (
    select
        read_events.*,
        coalesce(known_user_id, anonymous_id) as user_id,
        coalesce(known_user_id, anonymous_id) as customer_id
    from read_events
),
{%- endif %}

named_events as (
    select
        coalesce(coalesce(device_id, '') || ':' || own_id, row_id) as event_id,
        customer_id,
        user_id,
        {{ viewed_event_name(
            'tracked_name', 'coalesce(' ~ text_part('address', "'?'", 1) ~ ', screen)'
        ) }} as event_name,
        occurred_at,
        time_received,
        {{ safe_decimal('amount', 18, 4) }} as quantity,
        properties,
        loaded_at,
        case
            when {{ is_robot('device') }} or {{ is_robot('browser') }} then 'bot_traffic'
            when {{ is_test_address('address') }} or {{ is_test_environment('environment') }}
                then 'test_traffic'
        end as source_rejection
    from identified_events
)

{{ connector_events('named_events', 'amplitude') }}
