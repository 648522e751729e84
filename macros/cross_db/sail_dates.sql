{#-
    dbt's dateadd() on Sail, where that of dbt-spark comes to 1970. A project that uses this one as a package has
    to name it in `dispatch` of its dbt_project.yml, for the namespace dbt.

    Arguments: datepart, of month, day, hour and minute; interval, a whole number; from_date_or_timestamp.
-#}
{% macro sail__dateadd(datepart, interval, from_date_or_timestamp) -%}
    {%- set moment = 'cast(' ~ from_date_or_timestamp ~ ' as timestamp_ntz)' -%}
    {%- if datepart == 'month' -%}
        {%- set day = 'cast(' ~ from_date_or_timestamp ~ ' as date)' -%}
        (
            cast(add_months({{ day }}, cast({{ interval }} as int)) as timestamp_ntz)
            + ({{ moment }} - cast({{ day }} as timestamp_ntz))
        )
    {%- elif datepart in ['day', 'hour', 'minute'] -%}
        {%- set before = {'day': '', 'hour': '0, ', 'minute': '0, 0, '}[datepart] -%}
        ({{ moment }} + make_dt_interval({{ before }}cast({{ interval }} as int)))
    {%- else -%}
        {%- do exceptions.raise_compiler_error('dateadd on Sail knows no ' ~ datepart ~ '.') -%}
    {%- endif -%}
{%- endmacro %}
