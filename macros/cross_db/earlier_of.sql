{#- The earlier of two days, neither of them null. Arguments: day and other_day. -#}
{% macro earlier_of(day, other_day) -%}
    case when {{ day }} < {{ other_day }} then {{ day }} else {{ other_day }} end
{%- endmacro %}
