{#- The moment so many minutes after another, to the microsecond. Arguments: moment; minutes, a whole number. -#}
{% macro minutes_after(moment, minutes) %}
    {{- return(adapter.dispatch('minutes_after', 'customer_engagement')(moment, minutes)) -}}
{% endmacro %}

{% macro default__minutes_after(moment, minutes) -%}
    {{ dbt.dateadd('minute', minutes, moment) }}
{%- endmacro %}

{#- That of dbt-spark drops what is below a second. -#}
{% macro spark__minutes_after(moment, minutes) -%}
    ({{ moment }} + make_dt_interval(0, 0, {{ minutes }}))
{%- endmacro %}
