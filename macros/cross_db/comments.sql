{#-
    dbt's statements that put descriptions on columns, for models of this project: nothing where the engine keeps
    none of them. Arguments: relation; column_dict, column -> its description among others.
-#}
{% macro alter_column_comment(relation, column_dict) %}
    {%- if can_comment_columns(relation) -%}
        {{- return(adapter.dispatch('alter_column_comment', 'dbt')(relation, column_dict)) -}}
    {%- endif -%}
{% endmacro %}


{#- Whether the columns of a relation can have descriptions. Arguments: relation. -#}
{% macro can_comment_columns(relation) %}
    {{- return(adapter.dispatch('can_comment_columns', 'customer_engagement')(relation)) -}}
{% endmacro %}

{% macro default__can_comment_columns(relation) %}
    {%- do return(true) -%}
{% endmacro %}

{#- A DuckLake takes them for tables alone. -#}
{% macro duckdb__can_comment_columns(relation) %}
    {%- do return(not relation.is_view or not adapter.is_ducklake(relation)) -%}
{% endmacro %}

{#- Its statement for columns is one for tables. -#}
{% macro spark__can_comment_columns(relation) %}
    {%- do return(not relation.is_view) -%}
{% endmacro %}

{% macro sail__can_comment_columns(relation) %}
    {%- do return(false) -%}
{% endmacro %}

{% macro databricks__can_comment_columns(relation) %}
    {%- do return(true) -%}
{% endmacro %}
