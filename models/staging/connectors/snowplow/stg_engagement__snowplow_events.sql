{{ config(enabled=is_connected('snowplow')) }}

{%- set events = raw_table('snowplow', 'events') %}
{%- set values = snowplow_values() %}
{%- set value_tables = snowplow_value_tables(events) %}
{%- set user_agent = raw_column(events, ['useragent'], 'text') %}

with

received_events as (
    select
        {{ raw_column(events, ['event_id'], 'id') }} as event_id,
        {{ raw_column(events, ['event_name', 'event'], 'text') }} as schema_name,
        {{ raw_column(events, ['event'], 'text') }} as event_kind,
        {{ raw_column(events, ['user_id'], 'id') }} as known_user_id,
        {{ snowplow_visitor(events) }} as visitor_id,
        {{ raw_column(events, ['derived_tstamp', 'collector_tstamp'], 'time') }} as occurred_at,
        {{ raw_column(events, ['derived_tstamp', 'collector_tstamp'], 'text') }} as time_received,
        {{ raw_column(events, ['load_tstamp', 'etl_tstamp', 'collector_tstamp'], 'time') }}
            as loaded_at,
        {{ raw_column(events, ['page_urlpath'], 'text') }} as page_path,
        {{ raw_column(events, ['page_url'], 'text') }} as page_url,
        {{ raw_column(events, ['page_title'], 'text') }} as page_title,
        {{ raw_column(events, ['page_urlhost'], 'text') }} as page_host,
        {{ raw_column(events, ['app_id'], 'text') }} as app_id,
        {{ raw_column(events, ['br_type'], 'text') }} as browser_type,
        {{ raw_column(events, ['br_family', 'br_name'], 'text') }} as browser,
        -- Its tracker for Python names the library that it sends with, as robots do.
        case
            when
                {{ raw_column(events, ['v_tracker'], 'text') }} like 'py-%'
                and {{ user_agent }} like 'python-requests/%'
                then null
            else {{ user_agent }}
        end as user_agent,
        {{ raw_column(events, ['se_category'], 'text') }} as se_category,
        {{ raw_column(events, ['se_action'], 'text') }} as se_action,
        {{ raw_column(events, ['se_label'], 'text') }} as se_label,
        {{ raw_column(events, ['se_property'], 'text') }} as se_property,
        {{ raw_column(events, ['se_value'], 'number') }} as se_value,
        {{ raw_column(events, ['tr_total'], 'number') }} as tr_total,
        {{ raw_column(events, ['ti_quantity'], 'number') }} as ti_quantity,
        {%- for name, value in values.items() %}
        {{ snowplow_text(events, value) }} as {{ name }}_text,
        {%- endfor %}
        {{ snowplow_event_data(events) }} as event_data
    from {{ raw_rows(events) }}
),

{% for name, table in value_tables.items() -%}
{{ name }}_table as (
    select
        {{ raw_column(table, ['root_id', 'event_id'], 'id') }} as event_id,
        max({{ raw_column(table, values[name]['keys'] | map('lower') | list, 'id') }}) as found_text
    from {{ raw_rows(table) }}
    group by {{ raw_column(table, ['root_id', 'event_id'], 'id') }}
),

{% endfor -%}
read_events as (
    select
        received_events.*,
        {%- for name in values %}
        {{ name }}{{ '_table.found_text' if name in value_tables else '_text' }} as {{ name }},
        {%- endfor %}
        case
            when received_events.event_kind = 'struct' then 'struct'
            else received_events.schema_name
        end as event_type
    from received_events
    {%- for name in value_tables %}
    left join {{ name }}_table on received_events.event_id = {{ name }}_table.event_id
    {%- endfor %}
),

{% if values['account'] -%}
{{ sole_owners('known_users', 'read_events', 'visitor_id', 'known_user_id') }},

people as (
    select
        read_events.*,
        coalesce(
            read_events.known_user_id, known_users.owner_id, read_events.visitor_id,
            read_events.client_user
        ) as user_id
    from read_events
    left join known_users on read_events.visitor_id = known_users.alias_id
),

{{ identified_events('account') }},
{%- else -%}
identified_events as (
    select
        read_events.*,
        coalesce(known_user_id, visitor_id, client_user) as user_id,
        coalesce(known_user_id, visitor_id, client_user) as customer_id
    from read_events
),
{%- endif %}

named_events as (
    select
        event_id,
        customer_id,
        user_id,
        case
            when event_type = 'struct' then coalesce(se_category || ': ', '') || se_action
            when event_type = 'screen_view' then {{ named_view('event_type', 'screen') }}
            else {{ viewed_event_name('event_type', 'page_path') }}
        end as event_name,
        occurred_at,
        time_received,
        {% if values['amount'] -%}
        coalesce(
            {{ safe_decimal('amount', 18, 4) }},
            {{ snowplow_own_quantity() }}
        ) as quantity,
        {%- else -%}
        {{ snowplow_own_quantity() }} as quantity,
        {%- endif %}
        coalesce(
            event_data,
            case
                when event_type = 'struct'
                    then {{ json_of_texts({
                        'category': 'se_category', 'action': 'se_action', 'label': 'se_label',
                        'property': 'se_property',
                    }) }}
                when page_url is not null
                    then {{ json_of_texts({
                        'title': 'page_title', 'path': 'page_path', 'url': 'page_url',
                    }) }}
            end
        ) as properties,
        loaded_at,
        case
            when
                lower(is_spider) = 'true'
                or lower(is_bot) = 'true'
                or lower(device_class) like 'robot%'
                or lower(agent_class) like 'robot%'
                or {{ is_robot('browser_type') }}
                or {{ is_robot('browser') }}
                or {{ is_robot('user_agent') }}
                then 'bot_traffic'
            when {{ is_test_environment('app_id') }} or {{ is_test_address('page_host') }}
                then 'test_traffic'
        end as source_rejection
    from identified_events
)

{{ connector_events('named_events', 'snowplow') }}
