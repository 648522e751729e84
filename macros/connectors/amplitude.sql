{#- The tables of Amplitude, for connector_tables(): of its export, or as landed by Fivetran. -#}
{% macro amplitude_tables() %}
    {% do return({
        'any_of': ['events'],
        'tables': {
            'events': {
                'names': ['events', 'event', '*', '*/*'],
                'columns': [
                    ['event_type', 'event_type_id'], ['event_time', 'client_event_time'],
                    ['user_id', 'amplitude_id', 'device_id'],
                    ['$insert_id', 'insert_id', '_insert_id', 'uuid', 'id'],
                ],
            },
            'event_type': {'names': ['event_type'], 'columns': [['id'], ['name', 'value']]},
        },
    }) %}
{% endmacro %}


{#- The expression of the account in the groups of an event of Amplitude. Arguments: groups, JSON as text. -#}
{% macro amplitude_group(groups) -%}
    {%- set account = var('amplitude_account') | string | trim -%}
    coalesce(
        {%- for group_type in ([account] if account else account_group_types()) %}
        {{ trimmed(json_first(json_text(groups, sql_text(group_type)))) }},
        {%- endfor %}
        null
    )
{%- endmacro %}
