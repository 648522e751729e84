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

{#- As a decimal, since a sum of them does not fit 64 bits. -#}
{% macro spark__row_mark(columns) -%}
    cast(xxhash64({{ columns | join(', ') }}) as decimal(20, 0))
{%- endmacro %}

{% macro bigquery__row_mark(columns) -%}
    cast(farm_fingerprint(to_json_string(struct({{ columns | join(', ') }}))) as bignumeric)
{%- endmacro %}
