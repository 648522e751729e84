{#-
    One row for each day of a stretch: each_day() is the day, join_each_day() the join that makes the rows.
    By default a calendar is joined; engines that can make a series of days on the spot do so, which spares
    them comparing each stretch with each day.

    Arguments: first_day and last_day of the stretch, both inclusive and with last_day not before first_day.
-#}
{% macro each_day(first_day, last_day) %}
    {{- return(adapter.dispatch('each_day', 'customer_engagement')(first_day, last_day)) -}}
{% endmacro %}

{% macro default__each_day(first_day, last_day) -%}
    dates.date_day
{%- endmacro %}

{% macro duckdb__each_day(first_day, last_day) -%}
    cast({{ first_day }} as date)
    + cast(unnest(range(1 + cast({{ last_day }} as date) - cast({{ first_day }} as date))) as integer)
{%- endmacro %}

{% macro clickhouse__each_day(first_day, last_day) -%}
    cast({{ first_day }} as date)
    + arrayJoin(range(toUInt32(assumeNotNull(1 + dateDiff('day', {{ first_day }}, {{ last_day }})))))
{%- endmacro %}

{% macro postgres__each_day(first_day, last_day) -%}
    cast(dates.date_day as date)
{%- endmacro %}

{% macro redshift__each_day(first_day, last_day) -%}
    {{ default__each_day(first_day, last_day) }}
{%- endmacro %}


{#- The join that goes with each_day(). Arguments: first_day and last_day; dates, the calendar. -#}
{% macro join_each_day(first_day, last_day, dates) %}
    {{- return(
        adapter.dispatch('join_each_day', 'customer_engagement')(first_day, last_day, dates)
    ) -}}
{% endmacro %}

{% macro default__join_each_day(first_day, last_day, dates) -%}
    inner join {{ dates }} as dates
        on dates.date_day >= {{ first_day }}
        and dates.date_day <= {{ last_day }}
{%- endmacro %}

{% macro duckdb__join_each_day(first_day, last_day, dates) -%}
{%- endmacro %}

{% macro clickhouse__join_each_day(first_day, last_day, dates) -%}
{%- endmacro %}

{% macro postgres__join_each_day(first_day, last_day, dates) -%}
    cross join lateral generate_series(
        cast({{ first_day }} as timestamp), cast({{ last_day }} as timestamp), interval '1 day'
    ) as dates (date_day)
{%- endmacro %}

{% macro redshift__join_each_day(first_day, last_day, dates) -%}
    {{ default__join_each_day(first_day, last_day, dates) }}
{%- endmacro %}

{% macro spark__join_each_day(first_day, last_day, dates) -%}
    lateral view explode(
        sequence(cast({{ first_day }} as date), cast({{ last_day }} as date))
    ) dates as date_day
{%- endmacro %}
