{#-
    One row for each day of a stretch: each_day() is the day, join_each_day() the join that makes the rows.
    By default a calendar is joined; DuckDB unnests a range, which spares it comparing each stretch with each
    day.

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
