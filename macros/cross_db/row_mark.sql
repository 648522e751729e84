{#-
    A whole number that rows with the same values share, and others hardly ever; null counts as a value.

    Arguments: columns, a list of expressions.
-#}
{% macro row_mark(columns) %}
    {{- return(adapter.dispatch('row_mark', 'customer_engagement')(columns)) -}}
{% endmacro %}

{% macro default__row_mark(columns) -%}
    hash({{ columns | join(', ') }})
{%- endmacro %}

{% macro postgres__row_mark(columns) -%}
    hashtextextended(cast(row({{ columns | join(', ') }}) as text), 0)
{%- endmacro %}

{% macro spark__row_mark(columns) -%}
    xxhash64({{ columns | join(', ') }})
{%- endmacro %}

{% macro bigquery__row_mark(columns) -%}
    farm_fingerprint(to_json_string(struct({{ columns | join(', ') }})))
{%- endmacro %}
