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

{% macro redshift__computed_once() -%}
{%- endmacro %}


{#-
    How to keep a small model of many joins that others read: a view, or a table where the engine would plan and
    compute it again in each of these places.
-#}
{% macro view_of_many_joins() %}
    {{- return(adapter.dispatch('view_of_many_joins', 'customer_engagement')()) -}}
{% endmacro %}

{% macro default__view_of_many_joins() %}
    {%- do return('view') -%}
{% endmacro %}

{% macro spark__view_of_many_joins() %}
    {%- do return('table') -%}
{% endmacro %}

{% macro clickhouse__view_of_many_joins() %}
    {%- do return('table') -%}
{% endmacro %}


{#-
    How many of so many like figures are computed side by side, as columns of a row, before they become rows: all,
    or one where the engine would plan and compute the columns' query again for each. Arguments: number.
-#}
{% macro side_by_side(number) %}
    {{- return(adapter.dispatch('side_by_side', 'customer_engagement')(number)) -}}
{% endmacro %}

{% macro default__side_by_side(number) %}
    {%- do return(number) -%}
{% endmacro %}

{% macro spark__side_by_side(number) %}
    {%- do return(1) -%}
{% endmacro %}


{#-
    Has each use of a CTE read what it says anew, so that it reads the columns that it needs; an engine may otherwise
    keep the rows of one that is used more than once, with all their columns.
-#}
{% macro read_where_used() %}
    {{- return(adapter.dispatch('read_where_used', 'customer_engagement')()) -}}
{% endmacro %}

{% macro default__read_where_used() -%}
{%- endmacro %}

{% macro duckdb__read_where_used() -%}
    not materialized
{%- endmacro %}
