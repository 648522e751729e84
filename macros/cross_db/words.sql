{#-
    A number as text for people, with so many decimals, rounded half away from zero.

    Arguments: number, a decimal; places.
-#}
{% macro number_words(number, places) %}
    {{- return(adapter.dispatch('number_words', 'customer_engagement')(number, places)) -}}
{% endmacro %}

{% macro default__number_words(number, places) -%}
    cast(
        cast(round({{ number }}, {{ places }}) as {{ type_decimal(28, places) }})
        as {{ dbt.type_string() }}
    )
{%- endmacro %}

{#- Its casts of decimals to text drop the zeros at the end. -#}
{% macro bigquery__number_words(number, places) -%}
    format('%.{{ places }}f', round({{ number }}, {{ places }}))
{%- endmacro %}

{#- As those of ClickHouse do, whose function for that leaves a point behind where there are no places. -#}
{% macro clickhouse__number_words(number, places) -%}
    {%- if places -%}
        toDecimalString(round({{ number }}, {{ places }}), {{ places }})
    {%- else -%}
        {{- default__number_words(number, places) -}}
    {%- endif -%}
{%- endmacro %}


{#- number_words() with a plus before what is above 0. Arguments: number, a decimal; places. -#}
{% macro signed_words(number, places) -%}
    case when {{ number }} > 0 then '+' else '' end || {{ number_words(number, places) }}
{%- endmacro %}


{#- A whole number or a date as text. Arguments: value. -#}
{% macro plain_words(value) -%}
    cast({{ value }} as {{ dbt.type_string() }})
{%- endmacro %}
