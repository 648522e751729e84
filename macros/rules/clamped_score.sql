{#- The score on a scale from 1 to 100, for people used to one. Arguments: ces. -#}
{% macro clamped_score(ces) -%}
    cast(
        case when {{ ces }} < 1 then 1 when {{ ces }} > 100 then 100 else {{ ces }} end
        as {{ type_decimal(18, 4) }}
    )
{%- endmacro %}
