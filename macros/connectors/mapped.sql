{#- What a column of a mapped table may be, with its kind for raw_column(). -#}
{% macro mapped_kinds() %}
    {% do return({
        'event_id': 'id', 'customer_id': 'id', 'user_id': 'id', 'event_name': 'text', 'page': 'text',
        'occurred_at': 'time', 'quantity': 'number', 'properties': 'json', 'loaded_at': 'time',
        'is_deleted': 'text', 'is_test': 'text', 'is_bot': 'text', 'is_internal': 'text',
    }) %}
{% endmacro %}


{#- The tables that variable mapped_tables lists, for connector_tables(). -#}
{% macro mapped_connector_tables() %}
    {% set tables = {} %}
    {% for table_name, mapping in var('mapped_tables').items() %}
        {% set columns = [] %}
        {% for place in mapping.values() if not (place | string).startswith("'") %}
            {% set name = place | string | lower %}
            {% do columns.append([name] if '.' not in name else [name, name.split('.')[0]]) %}
        {% endfor %}
        {% do tables.update({table_name: {'names': [table_name], 'columns': columns}}) %}
    {% endfor %}
    {% do return({'any_of': tables.keys() | list, 'tables': tables}) %}
{% endmacro %}


{#- Fails with one sentence where the variable mapped_tables does not say what is needed. -#}
{% macro check_mapped() %}
    {% set tables = var('mapped_tables') %}
    {% if not tables %}
        {% do stop_with(
            'The variable mapped_input is set, and mapped_tables is empty: say there which tables to read, as in '
            ~ '{actions: {customer_id: org_id, event_name: action, occurred_at: at}}.'
        ) %}
    {% endif %}
    {% for table_name, mapping in tables.items() %}
        {% for column in ['customer_id', 'event_name', 'occurred_at'] if column not in mapping %}
            {% do stop_with(
                'The variable mapped_tables does not say what ' ~ column ~ ' is in the table ' ~ table_name
                ~ ": name its column, a column and a key as in payload.plan, or a text in single quotes."
            ) %}
        {% endfor %}
        {% for column in mapping if column not in mapped_kinds() %}
            {% do stop_with(
                'The variable mapped_tables has ' ~ column ~ ' for the table ' ~ table_name ~ ', which is not one of '
                ~ mapped_kinds().keys() | join(', ') ~ ': take it out.'
            ) %}
        {% endfor %}
        {% if raw_table('mapped', table_name)['from'] is none %}
            {% do stop_with(
                'There is no table ' ~ table_name ~ ' in ' ~ connector_places()['mapped']
                ~ ', which the variable mapped_tables names: set mapped_input to where it is, or take it out.'
            ) %}
        {% endif %}
    {% endfor %}
{% endmacro %}


{#-
    A column of a mapped table: a text in single quotes, a column, or keys of JSON in a column, with dots between.

    Arguments: found, what raw_table() returned; place, one of these; none for null; kind, as in raw_column().
-#}
{% macro mapped_value(found, place, kind) -%}
    {%- set text = place | string | trim -%}
    {%- set parts = text.split('.') -%}
    {%- if place is none -%}
        cast(null as {{ raw_type(kind) }})
    {%- elif text.startswith("'") -%}
        cast('{{ sql_text(text[1:-1]) }}' as {{ dbt.type_string() }})
    {%- elif text | lower in found['columns'] or parts | length == 1 -%}
        {{ raw_column(found, [text | lower], kind) }}
    {%- else -%}
        {%- set reached = namespace(json=raw_column(found, [parts[0] | lower], 'json')) -%}
        {%- for key in parts[1:] -%}
            {%- set reached.json = json_text(reached.json, sql_text(key)) -%}
        {%- endfor -%}
        {%- if kind == 'time' -%}
            {{ time_of_text(reached.json) }}
        {%- elif kind == 'number' -%}
            {{ safe_decimal(trimmed(reached.json), 18, 4) }}
        {%- else -%}
            {{ trimmed(reached.json) }}
        {%- endif -%}
    {%- endif -%}
{%- endmacro %}


{#- Whether a text says yes. Arguments: text. -#}
{% macro says_yes(text) -%}
    lower({{ text }}) in ('true', 't', '1', '1.0', 'yes', 'y')
{%- endmacro %}

{#- The query of the events of all tables that variable mapped_tables lists. -#}
{% macro mapped_events() -%}
{%- set tables = var('mapped_tables') -%}
{%- if not tables -%}
    select
        {{ received_event_columns() | join(',\n        ') }},
        cast(null as {{ dbt.type_string() }}) as source_rejection
    from {{ ref('input_engagement__events') }}
    where 1 = 0
{%- else -%}
with

{% for table_name, mapping in tables.items() -%}
{%- set found = raw_table('mapped', table_name) -%}
mapped_{{ loop.index }} as (
    select
        {%- for column, kind in mapped_kinds().items() %}
        {{ mapped_value(found, mapping.get(column), kind) }} as {{ column }},
        {%- endfor %}
        {{ mapped_value(found, mapping.get('occurred_at'), 'text') }} as time_received,
        {{ mapped_value(found, mapping.get('quantity'), 'text') }} as quantity_text
    from {{ raw_rows(found) }}
),

-- Rows without an id of their own are the same event where they say the same.
named_{{ loop.index }} as (
    select
        {% if 'event_id' in mapping -%}
        event_id,
        {%- else -%}
        {{ dbt.hash(joined_parts([
            'customer_id', 'user_id', 'event_name', 'time_received', 'quantity_text', 'properties',
        ])) }} as event_id,
        {%- endif %}
        customer_id,
        user_id,
        {{ viewed_event_name('event_name', 'page') }} as event_name,
        occurred_at,
        time_received,
        quantity,
        quantity_text,
        properties,
        loaded_at,
        case
            when {{ says_yes('is_deleted') }} then 'deleted_at_source'
            when {{ says_yes('is_test') }} then 'test_traffic'
            when {{ says_yes('is_bot') }} then 'bot_traffic'
            when {{ says_yes('is_internal') }} then 'internal_traffic'
        end as source_rejection
    from mapped_{{ loop.index }}
){{ ',' if not loop.last }}

{% endfor %}

{% for table_name in tables -%}
{{ 'union all' if not loop.first }}
{{ connector_events('named_' ~ loop.index, sql_text(table_name), 'quantity_text') }}
{% endfor %}
{%- endif -%}
{%- endmacro %}
