{#-
    Text without the spaces, tabs and line breaks around it, null where nothing is left.

    Arguments: text, an expression.
-#}
{% macro trimmed(text) %}
    {{- return(adapter.dispatch('trimmed', 'customer_engagement')(text)) -}}
{% endmacro %}

{% macro default__trimmed(text) -%}
    nullif(trim({{ text }}, ' ' || chr(9) || chr(10) || chr(13)), '')
{%- endmacro %}

{#- DuckDB copies each text that it trims: here only those that have something to lose. -#}
{% macro duckdb__trimmed(text) -%}
    case
        when
            {{ text }} <= '!'
            or suffix({{ text }}, ' ') or suffix({{ text }}, chr(9))
            or suffix({{ text }}, chr(10)) or suffix({{ text }}, chr(13))
            then {{ default__trimmed(text) }}
        else {{ text }}
    end
{%- endmacro %}

{% macro postgres__trimmed(text) -%}
    nullif(btrim({{ text }}, E' \t\n\r'), '')
{%- endmacro %}

{% macro redshift__trimmed(text) -%}
    nullif(btrim({{ text }}, ' ' || chr(9) || chr(10) || chr(13)), '')
{%- endmacro %}

{% macro trino__trimmed(text) -%}
    nullif(trim(both ' ' || chr(9) || chr(10) || chr(13) from {{ text }}), '')
{%- endmacro %}

{% macro athena__trimmed(text) -%}
    {{ trino__trimmed(text) }}
{%- endmacro %}

{% macro spark__trimmed(text) -%}
    nullif(trim(both ' \t\n\r' from {{ text }}), '')
{%- endmacro %}

{% macro bigquery__trimmed(text) -%}
    nullif(trim({{ text }}), '')
{%- endmacro %}

{% macro clickhouse__trimmed(text) -%}
    nullif(trimBoth({{ text }}, ' \t\n\r'), '')
{%- endmacro %}


{#- An instant (a timestamp with a time zone) as a UTC timestamp without one. Arguments: column. -#}
{% macro instant_to_utc(column) %}
    {{- return(adapter.dispatch('instant_to_utc', 'customer_engagement')(column)) -}}
{% endmacro %}

{% macro default__instant_to_utc(column) %}
    {%- do return("(" ~ column ~ " at time zone 'UTC')") -%}
{% endmacro %}

{% macro snowflake__instant_to_utc(column) %}
    {%- do return("cast(convert_timezone('UTC', " ~ column ~ ") as timestamp_ntz)") -%}
{% endmacro %}

{% macro trino__instant_to_utc(column) -%}
    cast({{ column }} at time zone 'UTC' as {{ type_timestamp_utc() }})
{%- endmacro %}

{% macro athena__instant_to_utc(column) -%}
    {{ trino__instant_to_utc(column) }}
{%- endmacro %}

{#- Through the seconds since 1970, whatever the time zone of the session is. -#}
{% macro spark__instant_to_utc(column) -%}
    (
        timestamp_ntz '1970-01-01 00:00:00'
        + make_dt_interval(0, 0, 0, cast(unix_micros({{ column }}) as decimal(18, 0)) * 0.000001)
    )
{%- endmacro %}

{% macro bigquery__instant_to_utc(column) %}
    {%- do return("datetime(" ~ column ~ ", 'UTC')") -%}
{% endmacro %}

{% macro clickhouse__instant_to_utc(column) %}
    {%- do return('cast(' ~ column ~ ' as ' ~ type_timestamp_utc() ~ ')') -%}
{% endmacro %}


{#-
    Text as a UTC timestamp: ISO 8601 dates and times, with or without an offset (without one it is UTC);
    null where the text is none.

    Arguments: text, an expression.
-#}
{% macro text_to_utc(text) %}
    {{- return(adapter.dispatch('text_to_utc', 'customer_engagement')(text)) -}}
{% endmacro %}

{% macro default__text_to_utc(text) %}
    {%- do return(dbt.safe_cast(text, type_timestamp_utc())) -%}
{% endmacro %}

{#-
    DuckDB's own cast of text to timestamp drops an offset, and reads words such as 'infinity'. It wants no space before
    an offset, where Snowflake writes one.
-#}
{% macro duckdb__text_to_utc(text) %}
    case
        when regexp_matches({{ text }}, '^\d+-\d+-\d+[T ]\d+:.*[+-]\d{2}(:?\d{2})?$')
            then timezone(
                'UTC', try_cast(replace(replace({{ text }}, ' +', '+'), ' -', '-') as timestamptz)
            )
        when suffix({{ text }}, ' Z') then try_cast(replace({{ text }}, ' Z', 'Z') as timestamp)
        when regexp_matches({{ text }}, '^\d') then try_cast({{ text }} as timestamp)
    end
{%- endmacro %}

{% macro postgres__text_to_utc(text) %}
    case
        when {{ text }} !~ '^\d{4}-' or not pg_input_is_valid({{ text }}, 'timestamptz') then null
        when {{ text }} ~ '([+-]\d{2}(:?\d{2})?|[zZ])$' and {{ text }} ~ ':'
            then cast({{ text }} as timestamptz) at time zone 'UTC'
        else cast({{ text }} as timestamp)
    end
{%- endmacro %}

{% macro redshift__text_to_utc(text) %}
    case
        when {{ text }} ~ '^[0-9]{4}-.*:.*([+-][0-9]{2}(:?[0-9]{2})?|[zZ])$'
            then try_cast({{ text }} as timestamptz) at time zone 'UTC'
        when {{ text }} ~ '^[0-9]{4}-' then try_cast({{ text }} as timestamp)
    end
{%- endmacro %}

{#-
    A bare cast would drop an offset, and take '2024' for seconds since 1970. Where there is no offset the cast back drops
    that of the session.
-#}
{% macro snowflake__text_to_utc(text) %}
    case
        when regexp_like({{ text }}, '[0-9]{4}-.*:.*([+-][0-9]{2}(:?[0-9]{2})?|[zZ])')
            then cast(
                convert_timezone('UTC', try_cast({{ text }} as timestamp_tz)) as {{ type_timestamp_utc() }}
            )
        when regexp_like({{ text }}, '[0-9]{4}-.*')
            then cast(try_cast({{ text }} as timestamp_tz) as {{ type_timestamp_utc() }})
    end
{%- endmacro %}

{#- A time without a time zone knows no offset, and an offset there has a colon. -#}
{% macro bigquery__text_to_utc(text) %}
    case
        when regexp_contains({{ text }}, r'^[0-9]{4}-.*:.*([+-][0-9]{2}(:?[0-9]{2})?|[zZ])$')
            then datetime(
                safe_cast(
                    regexp_replace({{ text }}, r'([+-][0-9]{2})([0-9]{2})$', r'\1:\2') as timestamp
                ),
                'UTC'
            )
        else safe_cast({{ text }} as datetime)
    end
{%- endmacro %}

{#- Of a year alone it would make a time, and read words. -#}
{% macro clickhouse__text_to_utc(text) %}
    case
        when match({{ text }}, '^[0-9]+-[0-9]+-[0-9]+($|[T ])')
            then parseDateTime64BestEffortOrNull({{ text }}, 6, 'UTC')
    end
{%- endmacro %}

{#- It reads neither the T between day and time nor an offset without minutes or colon. -#}
{% macro trino__text_to_utc(text) %}
    {%- set spaced = "replace(" ~ text ~ ", 'T', ' ')" -%}
    {%- set zoned -%}
        regexp_replace(
            regexp_replace(
                regexp_replace({{ spaced }}, '[zZ]$', '+00:00'), '([+-][0-9]{2})([0-9]{2})$', '$1:$2'
            ), '([+-][0-9]{2})$', '$1:00'
        )
    {%- endset -%}
    case
        when regexp_like({{ text }}, '^[0-9]{4}-.*:.*([+-][0-9]{2}(:?[0-9]{2})?|[zZ])$')
            then {{ trino__instant_to_utc('try_cast(' ~ zoned ~ ' as timestamp(6) with time zone)') }}
        when regexp_like({{ text }}, '^[0-9]{4}-')
            then try_cast({{ spaced }} as {{ type_timestamp_utc() }})
    end
{%- endmacro %}

{% macro athena__text_to_utc(text) %}
    {{- trino__text_to_utc(text) -}}
{%- endmacro %}

{#- Spark's own cast reads parts of dates such as '2024', and drops an offset. -#}
{% macro spark__text_to_utc(text) %}
    case
        when {{ text }} rlike '^[0-9]+-[0-9]+-[0-9]+[T ][0-9]+:.*([+-][0-9]{2}(:?[0-9]{2})?|[zZ])$'
            then {{ spark__instant_to_utc('try_cast(' ~ text ~ ' as timestamp)') }}
        when {{ text }} rlike '^[0-9]+-[0-9]+-[0-9]+($|[T ])'
            then try_cast({{ text }} as timestamp_ntz)
    end
{%- endmacro %}


{#- Whether a type is that of an instant. Arguments: dtype, in lower case. -#}
{% macro is_instant_type(dtype) %}
    {{- return(adapter.dispatch('is_instant_type', 'customer_engagement')(dtype)) -}}
{% endmacro %}

{% macro default__is_instant_type(dtype) %}
    {%- do return(
        dtype in ['timestamptz', 'timestamp_tz', 'timestamp_ltz'] or 'with time zone' in dtype
    ) -%}
{% endmacro %}

{% macro spark__is_instant_type(dtype) %}
    {%- do return(dtype in ['timestamp', 'timestamp_ltz']) -%}
{% endmacro %}

{% macro bigquery__is_instant_type(dtype) %}
    {%- do return(dtype == 'timestamp') -%}
{% endmacro %}

{#- Each of its times is an instant, which is only shown in a time zone. -#}
{% macro clickhouse__is_instant_type(dtype) %}
    {%- do return(dtype.startswith('datetime')) -%}
{% endmacro %}


{#-
    Text as a decimal, null where it is none or does not fit.

    Arguments: text, an expression; precision and scale of the decimal.
-#}
{% macro safe_decimal(text, precision, scale) %}
    {{- return(adapter.dispatch('safe_decimal', 'customer_engagement')(text, precision, scale)) -}}
{% endmacro %}

{% macro default__safe_decimal(text, precision, scale) %}
    {%- do return(dbt.safe_cast(text, type_decimal(precision, scale))) -%}
{% endmacro %}

{#- DuckDB has no safe_cast of dbt's own: the default would stop at the first text that is no number. -#}
{% macro duckdb__safe_decimal(text, precision, scale) %}
    {%- do return('try_cast(' ~ text ~ ' as ' ~ type_decimal(precision, scale) ~ ')') -%}
{% endmacro %}

{% macro spark__safe_decimal(text, precision, scale) %}
    {%- do return('try_cast(' ~ text ~ ' as ' ~ type_decimal(precision, scale) ~ ')') -%}
{% endmacro %}

{#- It reads no exponent into a decimal. -#}
{% macro sail__safe_decimal(text, precision, scale) %}
    coalesce(
        {{ spark__safe_decimal(text, precision, scale) }},
        case
            when {{ text }} rlike '[0-9][eE]'
                then {{ spark__safe_decimal('try_cast(' ~ text ~ ' as double)', precision, scale) }}
        end
    )
{%- endmacro %}

{% macro postgres__safe_decimal(text, precision, scale) %}
    case
        when pg_input_is_valid({{ text }}, 'numeric({{ precision }}, {{ scale }})')
            then trim_scale(round(nullif(cast({{ text }} as numeric), 'NaN'), {{ scale }}))
    end
{%- endmacro %}

{#- Its decimals have room for numbers that are longer. -#}
{% macro bigquery__safe_decimal(text, precision, scale) %}
    {%- set number = default__safe_decimal(text, precision, scale) -%}
    case when abs({{ number }}) < 1{{ '0' * (precision - scale) }} then {{ number }} end
{%- endmacro %}

{#- It cuts off what rounding would keep, and has room for numbers that are longer. -#}
{% macro clickhouse__safe_decimal(text, precision, scale) %}
    {%- set number = 'round(toDecimal128OrNull(' ~ text ~ ', ' ~ (scale + 6) ~ '), ' ~ scale ~ ')' -%}
    case
        when abs({{ number }}) < toDecimal128('1e{{ precision - scale }}', 0)
            then cast({{ number }} as {{ type_decimal(precision, scale) }})
    end
{%- endmacro %}

{% macro redshift__safe_decimal(text, precision, scale) %}
    {%- do return('try_cast(' ~ text ~ ' as ' ~ type_decimal(precision, scale) ~ ')') -%}
{% endmacro %}


{#- Text as a date (YYYY-MM-DD), null where it is none. Arguments: text, an expression. -#}
{% macro safe_date(text) %}
    {{- return(adapter.dispatch('safe_date', 'customer_engagement')(text)) -}}
{% endmacro %}

{% macro default__safe_date(text) %}
    {%- do return(dbt.safe_cast(text, 'date')) -%}
{% endmacro %}

{% macro duckdb__safe_date(text) %}
    {%- do return('try_cast(' ~ text ~ ' as date)') -%}
{% endmacro %}

{% macro spark__safe_date(text) %}
    case
        when {{ text }} rlike '^[0-9]+-[0-9]+-[0-9]+($|[T ])' then try_cast({{ text }} as date)
    end
{%- endmacro %}

{#- Of a day that is not in its month toDate32OrNull() makes one of the next. -#}
{% macro clickhouse__safe_date(text) %}
    cast({{ clickhouse__text_to_utc(text) }} as date)
{%- endmacro %}

{% macro postgres__safe_date(text) %}
    case
        when {{ text }} ~ '^\d{4}-' and pg_input_is_valid({{ text }}, 'date')
            then cast({{ text }} as date)
    end
{%- endmacro %}

{% macro redshift__safe_date(text) %}
    case when {{ text }} ~ '^[0-9]{4}-' then try_cast({{ text }} as date) end
{%- endmacro %}

{#- '2024' would be seconds since 1970. -#}
{% macro snowflake__safe_date(text) %}
    case when regexp_like({{ text }}, '[0-9]{4}-.*') then try_cast({{ text }} as date) end
{%- endmacro %}


{#- Whether a floating-point expression is NaN. Arguments: column. -#}
{% macro is_nan(column) %}
    {{- return(adapter.dispatch('is_nan', 'customer_engagement')(column)) -}}
{% endmacro %}

{% macro default__is_nan(column) %}
    {%- do return('isnan(' ~ column ~ ')') -%}
{% endmacro %}

{% macro postgres__is_nan(column) %}
    {%- do return("(" ~ column ~ " = 'NaN')") -%}
{% endmacro %}

{% macro snowflake__is_nan(column) %}
    {%- do return("(" ~ column ~ " = 'NaN')") -%}
{% endmacro %}

{% macro clickhouse__is_nan(column) %}
    {%- do return('isNaN(' ~ column ~ ')') -%}
{% endmacro %}

{% macro bigquery__is_nan(column) %}
    {%- do return('is_nan(' ~ column ~ ')') -%}
{% endmacro %}

{% macro trino__is_nan(column) %}
    {%- do return('is_nan(' ~ column ~ ')') -%}
{% endmacro %}

{% macro athena__is_nan(column) %}
    {%- do return('is_nan(' ~ column ~ ')') -%}
{% endmacro %}
