{#- The names of the events that the project derives itself. -#}
{% macro derived_event_names() %}
    {% do return([
        'inactive_day', 'session_started', 'session_bounced', 'active_minutes', 'new_active_user',
    ]) %}
{% endmacro %}


{#- The names of those that are derived from sessions. -#}
{% macro session_event_names() %}
    {% do return(['session_started', 'session_bounced', 'active_minutes']) %}
{% endmacro %}


{#- The reasons for which a received event is rejected, in the order in which they are tested. -#}
{% macro rejection_reasons() %}
    {% do return([
        'erased_customer', 'deleted_at_source', 'test_traffic', 'bot_traffic', 'internal_traffic',
        'missing_event_id', 'missing_customer', 'missing_event_name', 'missing_time',
        'unparseable_time', 'before_first_day', 'in_the_future', 'invalid_quantity',
        'reserved_event_name', 'internal_customer',
    ]) %}
{% endmacro %}
