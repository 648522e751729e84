{#-
    The query behind `dbt source freshness` for events: the time of the latest load, or of the latest event
    where the input does not tell when it was loaded.
-#}
{% macro latest_load() %}
    {% set found = find_input('events') %}
    {% set column = 'loaded_at' if 'loaded_at' in found['columns'] else 'occurred_at' %}
    select max({{ input_column(column, 'time', found['columns'].get(column)) }}) as latest_load
    from {{ found['from'] }} as received
{% endmacro %}
