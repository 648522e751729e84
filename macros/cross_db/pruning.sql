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
        select
            coalesce(
                min(cast(changed_days.event_day as timestamp)), cast('9999-12-31' as timestamp)
            )
        from {{ ref('int_engagement__changed_days').render() }} as changed_days
        where changed_days.event_day != {{ unknown_day() }}
    )
{%- endmacro %}


{#- Pre-hook: notes whether the rows without a time are to be read again. -#}
{% macro note_changed_undated_rows() %}
    {{- return(adapter.dispatch('note_changed_undated_rows', 'customer_engagement')()) -}}
{% endmacro %}

{% macro default__note_changed_undated_rows() -%}
{%- endmacro %}

{% macro duckdb__note_changed_undated_rows() -%}
    set variable engagement_undated_rows_changed = (
        select count(*) > 0
        from {{ ref('int_engagement__changed_days').render() }} as changed_days
        where changed_days.event_day = {{ unknown_day() }}
    )
{%- endmacro %}


{#- A condition that holds if rows without a time are to be read again. -#}
{% macro are_undated_rows_changed() %}
    {{- return(adapter.dispatch('are_undated_rows_changed', 'customer_engagement')()) -}}
{% endmacro %}

{% macro default__are_undated_rows_changed() -%}
    1 = 1
{%- endmacro %}

{% macro duckdb__are_undated_rows_changed() -%}
    coalesce(getvariable('engagement_undated_rows_changed'), 1 = 1)
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


{#-
    Pre-hook: notes the first day of interest of a relation, for is_since_noted_day().

    Arguments: name, of the note; day, an expression of the relation's columns; relation, what stands after `from`.
-#}
{% macro note_day(name, day, relation) %}
    {{- return(adapter.dispatch('note_day', 'customer_engagement')(name, day, relation)) -}}
{% endmacro %}

{% macro default__note_day(name, day, relation) -%}
{%- endmacro %}

{% macro duckdb__note_day(name, day, relation) -%}
    set variable engagement_{{ name }} = (
        select coalesce(min(cast({{ day }} as date)), cast('9999-12-31' as date)) from {{ relation }}
    )
{%- endmacro %}


{#-
    A condition that holds for all days that matter, by which an engine may skip the blocks of others; what asks
    it must look closer.

    Arguments: column, a date; name, that of the note.
-#}
{% macro is_since_noted_day(column, name) %}
    {{- return(adapter.dispatch('is_since_noted_day', 'customer_engagement')(column, name)) -}}
{% endmacro %}

{% macro default__is_since_noted_day(column, name) -%}
    {{ column }} is not null
{%- endmacro %}

{% macro duckdb__is_since_noted_day(column, name) -%}
    {{ column }} >= coalesce(getvariable('engagement_{{ name }}'), cast('0001-01-01' as date))
{%- endmacro %}
