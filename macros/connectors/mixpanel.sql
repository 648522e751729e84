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
    What is read of an event of Mixpanel: for each its key in the properties of the raw export. Where these are columns
    instead, one with a dollar sign has lost it (Fivetran, Airbyte) or has mp_reserved_ in its place (Stitch).
-#}
{% macro mixpanel_values() %}
    {% set values = {
        'insert_id': '$insert_id',
        'distinct_id': 'distinct_id',
        'distinct_id_before': '$distinct_id_before_identity',
        'device_id': '$device_id',
        'known_user_id': '$user_id',
        'anonymous_id': '$anon_id',
        'anonymous_distinct_id': '$anon_distinct_id',
        'identified_id': '$identified_id',
        'former_id': 'alias',
        'time_received': 'time',
        'processed_at': 'mp_processing_time_ms',
        'address': '$current_url',
        'screen': 'screen_name',
        'browser': '$browser',
        'environment': 'environment',
    } %}
    {% for key in quantity_properties() + ['$amount'] %}{% do values.update({'amount_' ~ loop.index: key}) %}{% endfor %}
    {% set account = var('mixpanel_account') | string | trim %}
    {% if account %}{% do values.update({'account': account}) %}{% endif %}
    {% do return(values) %}
{% endmacro %}


{#-
    The columns that a property of Mixpanel may be in. Where a table keeps mp_reserved_, a name without it is a property
    of one's own. Arguments: found, what raw_table() returned for the events; key, of the raw export.
-#}
{% macro mixpanel_columns(found, key) %}
    {% set name = key | lower %}
    {% if name[0] != '$' %}
        {% do return([name]) %}
    {% elif 'mp_reserved_' in found['columns'].keys() | join(' ') %}
        {% do return(['mp_reserved_' ~ name[1:]]) %}
    {% endif %}
    {% do return([name, name[1:]]) %}
{% endmacro %}


{#- A CTE, unpacked_events, of the events of Mixpanel with what mixpanel_values() lists, as text. -#}
{% macro mixpanel_events() -%}
{%- set events = raw_table('mixpanel', 'events') -%}
received_events as (
    select
        {{ raw_column(events, ['event', 'name', 'event_name'], 'text') }} as tracked_name,
        {{ raw_column(events, ['properties'], 'json') }} as properties,
        {%- for name, key in mixpanel_values().items() %}
        {{ raw_column(events, mixpanel_columns(events, key), 'id') }} as column_{{ name }},
        {%- endfor %}
        {{ raw_column(events, ['time'], 'time') }} as column_occurred_at,
        {{ raw_column(
            events,
            ['_fivetran_synced', '_airbyte_extracted_at', '_airbyte_emitted_at', '_sdc_received_at'],
            'time',
        ) }} as synced_at
    from {{ raw_rows(events) }}
),

unpacked_events as (
    select
        tracked_name,
        properties,
        {%- for name, key in mixpanel_values().items() %}
        coalesce(column_{{ name }}, {{ trimmed(json_text('properties', sql_text(key))) }}) as {{ name }},
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
        coalesce(anonymous_id, anonymous_distinct_id) as anonymous_id,
        coalesce(identified_id, distinct_id) as user_id
    from unpacked_events
    where tracked_name = '$identify'
    {{ union_distinct() }}
    select
        distinct_id as anonymous_id,
        former_id as user_id
    from unpacked_events
    where tracked_name = '$create_alias'
)
{%- endmacro %}
