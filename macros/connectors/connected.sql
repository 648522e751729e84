{#-
    The trackers that can be connected, each with where its tables are: a folder of files, or a schema; nothing
    where the tracker is not connected.
-#}
{% macro connector_places() %}
    {% do return({
        'ga4': var('ga4_input') | string | trim,
        'posthog': var('posthog_input') | string | trim,
        'hubspot': var('hubspot_input') | string | trim,
        'zendesk': var('zendesk_input') | string | trim,
        'stripe': var('stripe_input') | string | trim,
        'segment': var('segment_input') | string | trim,
        'rudderstack': var('rudderstack_input') | string | trim,
        'snowplow': var('snowplow_input') | string | trim,
        'mixpanel': var('mixpanel_input') | string | trim,
        'amplitude': var('amplitude_input') | string | trim,
        'mapped': var('mapped_input') | string | trim,
    }) %}
{% endmacro %}


{#- Whether a tracker is connected. Arguments: connector, its name. -#}
{% macro is_connected(connector) %}
    {% do return(connector_places()[connector] != '') %}
{% endmacro %}


{#- The names of the trackers that are connected. -#}
{% macro connected() %}
    {% set names = [] %}
    {% for name, place in connector_places().items() if place %}{% do names.append(name) %}{% endfor %}
    {% do return(names) %}
{% endmacro %}


{#-
    The trackers that are connected and bring rows of a relation; in a unit test none, as it has rows of its own.
    Arguments: relation_name, of the input contract.
-#}
{% macro connected_to(relation_name) %}
    {% if is_unit_test() %}
        {% do return([]) %}
    {% endif %}
    {% set bringing = {
        'events': connector_places().keys() | list,
        'subscriptions': ['stripe'],
        'survey_responses': ['zendesk'],
        'customer_aliases': [
            'ga4', 'zendesk', 'segment', 'rudderstack', 'snowplow', 'mixpanel', 'amplitude',
        ],
    } %}
    {% do return(connected() | select('in', bringing.get(relation_name, [])) | list) %}
{% endmacro %}


{#-
    The select of what was received of a relation: as the input contract has it, and from each tracker that is
    connected and brings such rows. Of an alias the input's own word counts.

    Arguments: relation_name, of the input contract; columns, those to select.
-#}
{% macro received_rows(relation_name, columns) -%}
    select
        {{ columns | join(',\n        ') }}
    from {{ ref('input_engagement__' ~ relation_name) }}
    {%- for connector in connected_to(relation_name) %}
    union all
    select
        {{ columns | join(',\n        ') }}
    from {{ ref('stg_engagement__' ~ connector ~ '_' ~ relation_name) }}
    {%- if relation_name == 'customer_aliases' %}
    where
        alias_id not in (
            select own.alias_id from {{ ref('input_engagement__customer_aliases') }} as own
            where own.alias_id is not null
        )
    {%- endif %}
    {%- endfor %}
{%- endmacro %}


{#- The columns of input_engagement__events, which the events of each connector have too. -#}
{% macro received_event_columns() %}
    {% do return([
        'event_id', 'customer_id', 'user_id', 'event_name', 'occurred_at', 'has_occurred_at',
        'occurred_at_received', 'quantity', 'has_quantity', 'quantity_received', 'properties', 'loaded_at',
        'delivery_mark', 'source',
    ]) %}
{% endmacro %}
