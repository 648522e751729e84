{#-
    Values as one text in which each can be told from its neighbours and a missing one from an empty one.

    Arguments: columns, a list of expressions of any type.
-#}
{% macro joined_texts(columns) -%}
    {%- for column in columns -%}
        coalesce('=' || {{ value_text(column) }}, '-')
        {%- if not loop.last %} || chr(9) || {% endif -%}
    {%- endfor -%}
{%- endmacro %}


{#- A value as text, decimals with all of their places; null where there is none. Arguments: value, of any type. -#}
{% macro value_text(value) %}
    {{- return(adapter.dispatch('value_text', 'customer_engagement')(value)) -}}
{% endmacro %}

{% macro default__value_text(value) -%}
    cast({{ value }} as {{ dbt.type_string() }})
{%- endmacro %}

{#- Its casts of decimals to text drop the zeros at the end; files keep them. -#}
{% macro clickhouse__value_text(value) -%}
    case when ({{ value }}) is not null then formatRowNoNewline('TSVRaw', {{ value }}) end
{%- endmacro %}
