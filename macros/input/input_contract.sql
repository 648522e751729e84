{#-
    The input contract of a relation: its columns with what they hold, those it cannot do without, those of
    which it needs one, and those whose unreadable values are to be told from missing ones.

    Arguments: relation_name, one of input_relation_names().
-#}
{% macro input_contract(relation_name) %}
    {% set contract = {
        'events': {
            'required': ['event_id', 'customer_id', 'event_name', 'occurred_at'],
            'checked': ['occurred_at', 'quantity'],
            'columns': {
                'event_id': 'id', 'customer_id': 'id', 'user_id': 'id', 'event_name': 'text',
                'occurred_at': 'time', 'quantity': 'number', 'properties': 'text',
                'loaded_at': 'time', 'source': 'text',
            },
        },
        'customers': {
            'required': ['customer_id'],
            'columns': {
                'customer_id': 'id', 'customer_name': 'name', 'signed_up_at': 'time',
                'ended_at': 'time', 'plan': 'text', 'lifecycle': 'text',
                'licensed_seats': 'number', 'owner': 'text', 'is_internal': 'text',
            },
        },
        'subscriptions': {
            'required': ['customer_id', 'started_at'],
            'columns': {
                'customer_id': 'id', 'started_at': 'time', 'ended_at': 'time', 'plan': 'text',
                'mrr': 'number', 'quantity': 'number',
            },
        },
        'survey_responses': {
            'required': ['customer_id', 'survey', 'score', 'responded_at'],
            'columns': {
                'customer_id': 'id', 'survey': 'text', 'score': 'number', 'responded_at': 'time',
                'user_id': 'id',
            },
        },
        'customer_aliases': {
            'required': ['alias_id', 'customer_id'],
            'columns': {'alias_id': 'id', 'customer_id': 'id'},
        },
        'erasure_requests': {
            'required': ['requested_at'],
            'required_any': ['customer_id', 'user_id'],
            'columns': {'customer_id': 'id', 'user_id': 'id', 'requested_at': 'time'},
        },
    } %}
    {% do return(contract[relation_name]) %}
{% endmacro %}


{#- The names of the input relations, in the order in which they are checked. -#}
{% macro input_relation_names() %}
    {% do return(
        [
            'events', 'customers', 'subscriptions', 'survey_responses', 'customer_aliases',
            'erasure_requests',
        ]
    ) %}
{% endmacro %}
