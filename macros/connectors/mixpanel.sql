{#- The tables of Mixpanel, for connector_tables(): of its raw export, of its pipelines, or as landed by Fivetran. -#}
{% macro mixpanel_tables() %}
    {% do return({
        'any_of': ['events'],
        'tables': {
            'events': {
                'names': ['events', 'event', 'mp_master_event', 'export', '*', '*/*'],
                'columns': [
                    ['event', 'name', 'event_name'], ['properties', 'time'], ['properties', 'distinct_id'],
                ],
            },
        },
    }) %}
{% endmacro %}


{#-
    What is read of an event of Mixpanel: for each the names that it may have as a column, the first of which is its
    key in the properties of the raw export.
-#}
{% macro mixpanel_values() %}
    {% do return({
        'insert_id': ['$insert_id', 'insert_id'],
        'distinct_id': ['distinct_id'],
        'distinct_id_before': ['$distinct_id_before_identity', 'distinct_id_before_identity'],
        'device_id': ['$device_id', 'device_id'],
        'known_user_id': ['$user_id', 'user_id'],
        'time_received': ['time'],
        'processed_at': ['mp_processing_time_ms'],
        'address': ['$current_url', 'current_url'],
        'browser': ['$browser', 'browser'],
        'environment': ['environment'],
    }) %}
{% endmacro %}


{#- A CTE, unpacked_events, of the events of Mixpanel with what mixpanel_values() lists, as text. -#}
{% macro mixpanel_events() -%}
{%- set events = raw_table('mixpanel', 'events') -%}
received_events as (
    select
        {{ raw_column(events, ['event', 'name', 'event_name'], 'text') }} as tracked_name,
        {{ raw_column(events, ['properties'], 'json') }} as properties,
        {%- for name, columns in mixpanel_values().items() %}
        {{ raw_column(events, columns, 'id') }} as column_{{ name }},
        {%- endfor %}
        {{ raw_column(events, ['time'], 'time') }} as column_occurred_at,
        {{ raw_column(events, ['_fivetran_synced'], 'time') }} as synced_at
    from {{ raw_rows(events) }}
),

unpacked_events as (
    select
        tracked_name,
        properties,
        {%- for name, columns in mixpanel_values().items() %}
        coalesce(column_{{ name }}, {{ trimmed(json_text('properties', columns[0])) }}) as {{ name }},
        {%- endfor %}
        column_occurred_at,
        synced_at
    from received_events
)
{%- endmacro %}


{#-
    A CTE, sightings, of the devices and former ids of Mixpanel that were seen with a user: from events that have
    both, and from what its calls to identify and alias leave behind.
-#}
{% macro mixpanel_sightings() -%}
sightings as (
    select
        device_id as anonymous_id,
        known_user_id as user_id
    from unpacked_events
    where known_user_id is not null
    {{ union_distinct() }}
    select
        '$device:' || device_id as anonymous_id,
        known_user_id as user_id
    from unpacked_events
    where known_user_id is not null
    {{ union_distinct() }}
    select
        distinct_id_before as anonymous_id,
        distinct_id as user_id
    from unpacked_events
    {{ union_distinct() }}
    select
        coalesce(
            {{ trimmed(json_text('properties', '$anon_id')) }},
            {{ trimmed(json_text('properties', '$anon_distinct_id')) }}
        ) as anonymous_id,
        coalesce({{ trimmed(json_text('properties', '$identified_id')) }}, distinct_id) as user_id
    from unpacked_events
    where tracked_name = '$identify'
    {{ union_distinct() }}
    select
        distinct_id as anonymous_id,
        {{ trimmed(json_text('properties', 'alias')) }} as user_id
    from unpacked_events
    where tracked_name = '$create_alias'
)
{%- endmacro %}
