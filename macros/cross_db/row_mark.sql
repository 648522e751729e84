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

{#- As a decimal, since a sum of them does not fit 64 bits. -#}
{% macro clickhouse__row_mark(columns) -%}
    cast(cityHash64({{ joined_texts(columns) }}) as {{ type_decimal(20, 0) }})
{%- endmacro %}

{% macro redshift__row_mark(columns) -%}
    farmfingerprint64({{ joined_texts(columns) }})
{%- endmacro %}

{% macro trino__row_mark(columns) -%}
    cast(from_big_endian_64(xxhash64(to_utf8({{ joined_texts(columns) }}))) as decimal(20, 0))
{%- endmacro %}

{% macro athena__row_mark(columns) -%}
    {{ trino__row_mark(columns) }}
{%- endmacro %}
