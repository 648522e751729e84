{#- When the run began, in UTC: for the log of runs and what is reported, no score may depend on it. -#}
{% macro start_of_run() -%}
    cast('{{ run_started_at.strftime("%Y-%m-%d %H:%M:%S") }}' as {{ type_timestamp_utc() }})
{%- endmacro %}
