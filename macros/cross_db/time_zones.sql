{#-
    A timestamp that tells the time of a zone as one of UTC. Arguments: moment, an expression; zone, such as
    US/Pacific.
-#}
{% macro zone_to_utc(moment, zone) %}
    {{- return(adapter.dispatch('zone_to_utc', 'customer_engagement')(moment, zone)) -}}
{% endmacro %}

{% macro default__zone_to_utc(moment, zone) -%}
    (({{ moment }}) at time zone '{{ zone }}' at time zone 'UTC')
{%- endmacro %}

{% macro snowflake__zone_to_utc(moment, zone) -%}
    convert_timezone('{{ zone }}', 'UTC', {{ moment }})
{%- endmacro %}

{% macro spark__zone_to_utc(moment, zone) -%}
    convert_timezone('{{ zone }}', 'UTC', {{ moment }})
{%- endmacro %}

{% macro bigquery__zone_to_utc(moment, zone) -%}
    datetime(timestamp({{ moment }}, '{{ zone }}'), 'UTC')
{%- endmacro %}

{% macro clickhouse__zone_to_utc(moment, zone) -%}
    toTimeZone(toDateTime64(toString({{ moment }}), 6, '{{ zone }}'), 'UTC')
{%- endmacro %}

{% macro trino__zone_to_utc(moment, zone) -%}
    cast(with_timezone({{ moment }}, '{{ zone }}') at time zone 'UTC' as {{ type_timestamp_utc() }})
{%- endmacro %}

{% macro athena__zone_to_utc(moment, zone) -%}
    {{ trino__zone_to_utc(moment, zone) }}
{%- endmacro %}
