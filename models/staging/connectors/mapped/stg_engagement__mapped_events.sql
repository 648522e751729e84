{{ config(enabled=is_connected('mapped')) }}

{%- set tables = var('mapped_tables') %}

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
