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
    new_active_users and session_days, each of which has the keys.

    Arguments: counts, the relation of the events counted; keys, the columns that say whose and when.
-#}
{% macro counted_and_derived_facts(counts, keys) -%}
    {%- set one = 'cast(1 as ' ~ dbt.type_bigint() ~ ')' -%}
    {%- set nothing = 'cast(0 as ' ~ type_decimal(24, 4) ~ ')' -%}
    {%- set bounces = 'cast(bounces as ' ~ dbt.type_bigint() ~ ')' -%}
    {%- set minutes
        = 'cast(' ~ exact_ratio('active_seconds', '60') ~ ' as ' ~ type_decimal(24, 4) ~ ')' -%}
    {%- for event_name, relation, event_count, quantity, condition in [
        ('', counts, 'event_count', 'quantity', ''),
        ('inactive_day', 'inactive_days', one, nothing, ''),
        ('new_active_user', 'new_active_users', one, nothing, ''),
        ('session_started', 'session_days', 'sessions', nothing, ''),
        ('session_bounced', 'session_days', bounces, nothing, 'where bounces > 0'),
        ('active_minutes', 'session_days', one, minutes, 'where active_seconds > 0'),
    ] %}
    select
        {%- for key in keys %}
        {{ key }},
        {%- endfor %}
        {{ 'event_name' if relation == counts else "'" ~ event_name ~ "' as event_name" }},
        {{ event_count }} as event_count,
        {{ quantity }} as quantity
    from {{ relation }}
    {{ condition }}
    {{ 'union all' if not loop.last }}
    {%- endfor %}
{%- endmacro %}
