{#-
    Whether an event day is to be read again though nothing shows that it changed (variables rebuild_from and
    rebuild_to, both inclusive). Arguments: day.
-#}
{% macro is_to_be_rebuilt(day) -%}
    {%- if var('rebuild_from') -%}
        {{ day }} between cast('{{ var("rebuild_from") }}' as date)
        and {% if var('rebuild_to') %}cast('{{ var("rebuild_to") }}' as date){% else %}{{ last_date() }}{% endif %}
    {%- else -%}
        1 = 0
    {%- endif -%}
{%- endmacro %}
