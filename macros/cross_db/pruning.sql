{#-
    Pre-hook and condition that let an engine skip the files and blocks of event days that are not read again,
    where it would otherwise look at all of them: a semi-join of days says too little to a reader of files.
-#}

{#- Pre-hook: notes the first event day to be read again. -#}
{% macro note_first_changed_day() %}
    {{- return(adapter.dispatch('note_first_changed_day', 'customer_engagement')()) -}}
{% endmacro %}

{% macro default__note_first_changed_day() -%}
{%- endmacro %}

{% macro duckdb__note_first_changed_day() -%}
    set variable engagement_first_changed_day = (
        select min(cast(changed_days.event_day as timestamp))
        from {{ ref('int_engagement__changed_days').render() }} as changed_days
        where changed_days.event_day != {{ unknown_day() }}
    )
{%- endmacro %}


{#-
    A condition that holds for all rows of days that are read again; rows without a time do not meet it.

    Arguments: moment, the time of the event.
-#}
{% macro is_since_first_changed_day(moment) %}
    {{- return(adapter.dispatch('is_since_first_changed_day', 'customer_engagement')(moment)) -}}
{% endmacro %}

{% macro default__is_since_first_changed_day(moment) -%}
    {{ moment }} is not null
{%- endmacro %}

{% macro duckdb__is_since_first_changed_day(moment) -%}
    {{ moment }} >= coalesce(
        getvariable('engagement_first_changed_day'), cast('0001-01-01' as timestamp)
    )
{%- endmacro %}
