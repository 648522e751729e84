{#-
    A key that equal texts share, short where the engine has a cheap hash: for finding candidates, since
    different texts may share it too. Arguments: text, an expression.
-#}
{% macro short_key(text) %}
    {{- return(adapter.dispatch('short_key', 'customer_engagement')(text)) -}}
{% endmacro %}

{% macro default__short_key(text) -%}
    {{ text }}
{%- endmacro %}

{% macro duckdb__short_key(text) -%}
    hash({{ text }})
{%- endmacro %}

{% macro clickhouse__short_key(text) -%}
    cityHash64({{ text }})
{%- endmacro %}
