{#-
    The select of sessions by user and day, from a relation `sessions`. Arguments: keys, the columns of a row.
-#}
{% macro session_days_of(keys) -%}
    select
        {%- for key in keys %}
        {{ key }},
        {%- endfor %}
        count(*) as sessions,
        sum(case when {{ is_bounce('event_count') }} then 1 else 0 end) as bounces,
        sum(duration_seconds) as active_seconds
    from sessions
    group by {{ keys | join(', ') }}
{%- endmacro %}


{#-
    The select of all facts: the events counted, and the derived events, from the relations inactive_days,
    new_active_users and session_days, each of which has the keys. Each is read once: DuckDB would keep what is read
    more often, and then reads all columns of the counts, whichever are asked for.

    Arguments: counts, the relation of the events counted; keys, the columns that say whose and when.
-#}
{% macro counted_and_derived_facts(counts, keys) -%}
    {%- set one = 'cast(1 as ' ~ dbt.type_bigint() ~ ')' -%}
    {%- set nothing = 'cast(0 as ' ~ type_decimal(24, 4) ~ ')' -%}
    select
        {%- for key in keys %}
        {{ key }},
        {%- endfor %}
        event_name,
        event_count,
        quantity
    from {{ counts }}
    {%- for event_name, relation in [
        ('inactive_day', 'inactive_days'), ('new_active_user', 'new_active_users'),
    ] %}
    union all
    select
        {%- for key in keys %}
        {{ key }},
        {%- endfor %}
        '{{ event_name }}' as event_name,
        {{ one }} as event_count,
        {{ nothing }} as quantity
    from {{ relation }}
    {%- endfor %}
    union all
    select
        {%- for key in keys %}
        session_days.{{ key }},
        {%- endfor %}
        session_events.event_name,
        case session_events.event_name
            when 'session_started' then session_days.sessions
            when 'session_bounced' then cast(session_days.bounces as {{ dbt.type_bigint() }})
            else {{ one }}
        end as event_count,
        case
            when session_events.event_name = 'active_minutes'
                then cast({{ exact_ratio('session_days.active_seconds', '60') }} as {{ type_decimal(24, 4) }})
            else {{ nothing }}
        end as quantity
    from session_days
    cross join (
        {%- for event_name in session_event_names() %}
        select '{{ event_name }}' as event_name
        {{- ' union all' if not loop.last }}
        {%- endfor %}
    ) as session_events
    where
        session_events.event_name = 'session_started'
        or (session_events.event_name = 'session_bounced' and session_days.bounces > 0)
        or (session_events.event_name = 'active_minutes' and session_days.active_seconds > 0)
{%- endmacro %}
