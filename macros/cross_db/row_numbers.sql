{#-
    A number for each row of a query, no two of them alike. It may be another on the next run.
    Arguments: columns, list of expressions that tell the rows apart.
-#}
{% macro number_of_row(columns) %}
    {{- return(adapter.dispatch('number_of_row', 'customer_engagement')(columns)) -}}
{% endmacro %}

{% macro default__number_of_row(columns) -%}
    row_number() over (order by {{ columns | join(', ') }})
{%- endmacro %}

{#- A window without partitions would bring all rows to one worker. -#}
{% macro spark__number_of_row(columns) -%}
    monotonically_increasing_id()
{%- endmacro %}
