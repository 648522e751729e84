{#-
    The query behind `dbt source freshness` for events: the time of the latest load, or of the latest event
    where the input does not tell when it was loaded. Of trackers that are connected it is that of the views of the
    last build; without any of these it is null.
-#}
{% macro latest_load() %}
    {% if execute and is_own_model('events') %}
        {% set found = found_relation(own_place(var('input_models')['events']), '') %}
    {% else %}
        {% set found = find_input('events') %}
    {% endif %}
    {% set loads = [] %}
    {% if found['from'] is not none %}
        {% set column = 'loaded_at' if 'loaded_at' in found['columns'] else 'occurred_at' %}
        {% do loads.append(
            'select max(' ~ input_column(column, 'time', found['columns'].get(column)) ~ ') as latest_load from '
            ~ found['from'] ~ ' as received'
        ) %}
    {% endif %}
    {% for connector in connected_to('events') if execute %}
        {% set name = 'stg_engagement__' ~ connector ~ '_events' %}
        {% set node = graph.nodes.values() | selectattr('name', 'equalto', name) | first %}
        {% set view = adapter.get_relation(
            database=node.database, schema=node.schema, identifier=node.alias
        ) if node %}
        {% if view %}
            {% do loads.append(
                'select max(coalesce(loaded_at, occurred_at)) as latest_load from ' ~ view
                ~ ' where source_rejection is null'
            ) %}
        {% endif %}
    {% endfor %}
    select max(loads.latest_load) as latest_load
    from (
        {{ loads | join(' union all ') or 'select cast(null as ' ~ type_timestamp_utc() ~ ') as latest_load' }}
    ) as loads
{% endmacro %}
