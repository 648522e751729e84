{#- Stands between two selects whose rows are put together, each row once. -#}
{% macro union_distinct() %}
    {{- return(adapter.dispatch('union_distinct', 'customer_engagement')()) -}}
{% endmacro %}

{% macro default__union_distinct() -%}
    union
{%- endmacro %}

{#- It takes no union that does not say which. -#}
{% macro bigquery__union_distinct() -%}
    union distinct
{%- endmacro %}

{% macro clickhouse__union_distinct() -%}
    union distinct
{%- endmacro %}
