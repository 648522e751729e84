{#-
    A part of a text between delimiters, null or empty where there is none. Arguments: text and delimiter,
    expressions; number, from 1.
-#}
{% macro text_part(text, delimiter, number) %}
    {{- return(adapter.dispatch('text_part', 'customer_engagement')(text, delimiter, number)) -}}
{% endmacro %}

{% macro default__text_part(text, delimiter, number) -%}
    {{ dbt.split_part(text, delimiter, number) }}
{%- endmacro %}

{#- That of dbt-spark fails where there is no such part. -#}
{% macro spark__text_part(text, delimiter, number) -%}
    split_part({{ text }}, {{ delimiter }}, {{ number }})
{%- endmacro %}

{#- Of no text it would be an empty one. -#}
{% macro clickhouse__text_part(text, delimiter, number) -%}
    case when {{ text }} is not null then splitByString({{ delimiter }}, {{ text }})[{{ number }}] end
{%- endmacro %}


{#-
    A text that can stand between quotation marks in JSON: without quotation marks and backslashes, and with spaces for
    tabs and line breaks. Arguments: text, an expression.
-#}
{% macro quotable(text) %}
    {{- return(adapter.dispatch('quotable', 'customer_engagement')(text)) -}}
{% endmacro %}

{% macro default__quotable(text) -%}
    translate({{ text }}, chr(9) || chr(10) || chr(13) || '"' || chr(92), '   ')
{%- endmacro %}

{% macro clickhouse__quotable(text) -%}
    replaceRegexpAll(replaceRegexpAll({{ text }}, '[\t\n\r]', ' '), '["\\\\]', '')
{%- endmacro %}
