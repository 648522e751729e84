{#- A condition that holds for a chosen text, or always. Arguments: column; choice, none for any. -#}
{% macro chosen_or_any(column, choice) -%}
    {{ column ~ " = '" ~ sql_text(choice) ~ "'" if choice else '1 = 1' }}
{%- endmacro %}
