{#- A decimal type. Arguments: precision, digits in all; scale, digits after the point. -#}
{% macro type_decimal(precision, scale) %}
    {{- return(adapter.dispatch('type_decimal', 'customer_engagement')(precision, scale)) -}}
{% endmacro %}

{% macro default__type_decimal(precision, scale) %}
    {%- do return('decimal(' ~ precision ~ ', ' ~ scale ~ ')') -%}
{% endmacro %}

{% macro bigquery__type_decimal(precision, scale) %}
    {%- do return('bignumeric(' ~ precision ~ ', ' ~ scale ~ ')') -%}
{% endmacro %}


{#- A 64-bit floating-point type (dbt.type_float() is 32-bit on DuckDB and Spark). -#}
{% macro type_double() %}
    {{- return(adapter.dispatch('type_double', 'customer_engagement')()) -}}
{% endmacro %}

{% macro default__type_double() %}
    {%- do return('double precision') -%}
{% endmacro %}

{% macro duckdb__type_double() %}
    {%- do return('double') -%}
{% endmacro %}

{% macro spark__type_double() %}
    {%- do return('double') -%}
{% endmacro %}

{% macro bigquery__type_double() %}
    {%- do return('float64') -%}
{% endmacro %}

{% macro trino__type_double() %}
    {%- do return('double') -%}
{% endmacro %}

{% macro athena__type_double() %}
    {%- do return('double') -%}
{% endmacro %}


{#- A timestamp without a time zone, in which the project keeps UTC. -#}
{% macro type_timestamp_utc() %}
    {{- return(adapter.dispatch('type_timestamp_utc', 'customer_engagement')()) -}}
{% endmacro %}

{% macro default__type_timestamp_utc() %}
    {%- do return('timestamp') -%}
{% endmacro %}

{% macro spark__type_timestamp_utc() %}
    {%- do return('timestamp_ntz') -%}
{% endmacro %}

{% macro snowflake__type_timestamp_utc() %}
    {%- do return('timestamp_ntz') -%}
{% endmacro %}

{% macro bigquery__type_timestamp_utc() %}
    {%- do return('datetime') -%}
{% endmacro %}

{#- Its plain timestamp knows seconds from 1970 to 2106. -#}
{% macro clickhouse__type_timestamp_utc() %}
    {%- do return("DateTime64(6, 'UTC')") -%}
{% endmacro %}

{#- To the microsecond, as Iceberg keeps it. -#}
{% macro trino__type_timestamp_utc() %}
    {%- do return('timestamp(6)') -%}
{% endmacro %}

{% macro athena__type_timestamp_utc() %}
    {%- do return('timestamp(6)') -%}
{% endmacro %}
