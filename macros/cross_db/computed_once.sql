{#-
    Stands between `as` and the bracket of a CTE whose columns are costly and used several times: PostgreSQL
    would put the whole expression in each of these places.
-#}
{% macro computed_once() %}
    {{- return(adapter.dispatch('computed_once', 'customer_engagement')()) -}}
{% endmacro %}

{% macro default__computed_once() -%}
{%- endmacro %}

{% macro postgres__computed_once() -%}
    materialized
{%- endmacro %}
