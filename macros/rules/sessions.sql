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
    or {{ minutes_after(previous_at, var('session_timeout_minutes') | int) }} < {{ occurred_at }}
{%- endmacro %}


{#- Whether a session is a bounce: it has one event only. Arguments: event_count, the session's events. -#}
{% macro is_bounce(event_count) %}
    {{- return(adapter.dispatch('is_bounce', 'customer_engagement')(event_count)) -}}
{% endmacro %}

{% macro default__is_bounce(event_count) -%}
    {{ event_count }} = 1
{%- endmacro %}


{#-
    CTEs that number the sessions of a user of a customer within a day; the last, numbered_events, has the
    columns of events, previous_at, is_start and session_number.

    Arguments: events, a relation with customer_id, user_id, event_date and occurred_at; apart_by, columns
    beside these that tell sessions apart.
-#}
{% macro numbered_sessions(events, apart_by=[]) %}
{%- set key = (apart_by + ['customer_id', 'user_id', 'event_date']) | join(', ') %}
followed_events as (
    select
        {{ events }}.*,
        lag(occurred_at) over (
            partition by {{ key }} order by occurred_at
        ) as previous_at
    from {{ events }}
),

marked_events as (
    select
        followed_events.*,
        case when {{ starts_session('previous_at', 'occurred_at') }} then 1 else 0 end as is_start
    from followed_events
),

numbered_events as (
    select
        marked_events.*,
        sum(is_start) over (
            partition by {{ key }}
            -- Of events at the same moment the one that starts the session comes first.
            order by occurred_at asc, is_start desc
            rows between unbounded preceding and current row
        ) as session_number
    from marked_events
)
{% endmacro %}
