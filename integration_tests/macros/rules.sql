{#- A rule of this project: of what is above the daily cap half counts. Arguments: amount, cap. -#}
{% macro default__capped_amount(amount, cap) -%}
    case when {{ amount }} > {{ cap }} then ({{ amount }} + {{ cap }}) / 2 else {{ amount }} end
{%- endmacro %}
