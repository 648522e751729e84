{#- Text as a whole number of 64 bits, null where it is none. Arguments: text, an expression. -#}
{% macro whole_number(text) %}
    {{- return(adapter.dispatch('whole_number', 'customer_engagement')(text)) -}}
{% endmacro %}

{% macro default__whole_number(text) -%}
    {{ dbt.safe_cast(text, dbt.type_bigint()) }}
{%- endmacro %}

{#- A cast of DuckDB's own would round a fraction, and take 1e3 for a number. -#}
{% macro duckdb__whole_number(text) -%}
    case when regexp_full_match({{ text }}, '-?\d{1,18}(\.0+)?') then try_cast({{ text }} as bigint) end
{%- endmacro %}

{% macro postgres__whole_number(text) -%}
    case when {{ text }} ~ '^-?\d{1,18}$' then cast({{ text }} as bigint) end
{%- endmacro %}

{% macro redshift__whole_number(text) -%}
    case when {{ text }} ~ '^-?[0-9]{1,18}$' then cast({{ text }} as bigint) end
{%- endmacro %}

{#- Its casts round a fraction, as Spark's cut it off. -#}
{% macro snowflake__whole_number(text) -%}
    case when regexp_like({{ text }}, '-?[0-9]{1,18}') then try_cast({{ text }} as bigint) end
{%- endmacro %}

{% macro spark__whole_number(text) -%}
    case when {{ text }} rlike '^-?[0-9]{1,18}$' then try_cast({{ text }} as bigint) end
{%- endmacro %}

{% macro clickhouse__whole_number(text) -%}
    case when match({{ text }}, '^-?[0-9]{1,18}$') then toInt64OrNull({{ text }}) end
{%- endmacro %}


{#- A number of microseconds since 1970 as a UTC timestamp. Arguments: micros, an expression. -#}
{% macro micros_to_utc(micros) %}
    {{- return(adapter.dispatch('micros_to_utc', 'customer_engagement')(micros)) -}}
{% endmacro %}

{% macro default__micros_to_utc(micros) -%}
    timestamp_micros({{ micros }})
{%- endmacro %}

{% macro duckdb__micros_to_utc(micros) -%}
    make_timestamp({{ micros }})
{%- endmacro %}

{% macro postgres__micros_to_utc(micros) -%}
    (timestamp '1970-01-01' + ({{ micros }}) * interval '1 microsecond')
{%- endmacro %}

{% macro snowflake__micros_to_utc(micros) -%}
    to_timestamp_ntz({{ micros }}, 6)
{%- endmacro %}

{% macro bigquery__micros_to_utc(micros) -%}
    datetime(timestamp_micros({{ micros }}))
{%- endmacro %}

{% macro clickhouse__micros_to_utc(micros) -%}
    fromUnixTimestamp64Micro(cast({{ micros }} as bigint), 'UTC')
{%- endmacro %}

{% macro redshift__micros_to_utc(micros) -%}
    (timestamp 'epoch' + ({{ micros }}) / 1000000.0 * interval '1 second')
{%- endmacro %}

{% macro spark__micros_to_utc(micros) -%}
    {{ instant_to_utc('timestamp_micros(' ~ micros ~ ')') }}
{%- endmacro %}

{% macro trino__micros_to_utc(micros) -%}
    {{ trino__instant_to_utc('from_unixtime_nanos(cast(' ~ micros ~ ' as bigint) * 1000)') }}
{%- endmacro %}

{% macro athena__micros_to_utc(micros) -%}
    {{ trino__micros_to_utc(micros) }}
{%- endmacro %}


{#-
    Text of a number of seconds or milliseconds since 1970, with fractions or without, as microseconds; null where it is
    none, or before 1973 in seconds, where it may be a date such as 20240501. Arguments: text, an expression.
-#}
{% macro epoch_micros(text) -%}
    {%- set number = safe_decimal(text, 24, 6) -%}
    case
        when abs({{ number }}) >= 100000000 and abs({{ number }}) < 100000000000
            then cast({{ number }} * 1000000 as {{ dbt.type_bigint() }})
        when abs({{ number }}) >= 100000000000 and abs({{ number }}) < 100000000000000
            then cast({{ number }} * 1000 as {{ dbt.type_bigint() }})
    end
{%- endmacro %}
