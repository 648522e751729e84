{#-
    Whether an event starts a session: the user's first of the day, or one after a longer silence than
    session_timeout_minutes.

    Arguments: previous_at, the time of the user's event before it on that day (null where there is none);
    occurred_at, its own time.
-#}
{% macro starts_session(previous_at, occurred_at) %}
    {{- return(
        adapter.dispatch('starts_session', 'customer_engagement')(previous_at, occurred_at)
    ) -}}
{% endmacro %}

{% macro default__starts_session(previous_at, occurred_at) -%}
    {{ previous_at }} is null
    or {{ dbt.dateadd('minute', var('session_timeout_minutes') | int, previous_at) }} < {{ occurred_at }}
{%- endmacro %}


{#- Whether a session is a bounce: it has one event only. Arguments: event_count, the session's events. -#}
{% macro is_bounce(event_count) %}
    {{- return(adapter.dispatch('is_bounce', 'customer_engagement')(event_count)) -}}
{% endmacro %}

{% macro default__is_bounce(event_count) -%}
    {{ event_count }} = 1
{%- endmacro %}
