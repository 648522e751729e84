{#-
    Pre-hooks and conditions that let an engine skip the files and blocks of days that do not matter, where it would
    otherwise look at all of them: a semi-join of days says too little to a reader of files.
-#}

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

    Arguments: column, a date or a time; name, that of the note.
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


{#- Pre-hook: notes the first event day to be read again. -#}
{% macro note_first_changed_day() %}
    {%- set changed_days = ref('int_engagement__changed_days').render() -%}
    {{- return(note_day(
        'first_changed_day', 'event_day', changed_days ~ ' where event_day != ' ~ unknown_day()
    )) -}}
{% endmacro %}


{#-
    A condition that holds for all rows of days that are read again; rows without a time do not meet it. Those of the
    day that stands for no day always do: whether it is read again for them or for rows without any time is not known.

    Arguments: moment, the time of the event.
-#}
{% macro is_since_first_changed_day(moment) %}
    {%- set since = is_since_noted_day(moment, 'first_changed_day') -%}
    {{- return('(' ~ since ~ ' or ' ~ moment ~ ' < ' ~ dbt.dateadd('day', 1, unknown_day()) ~ ')') -}}
{% endmacro %}


{#-
    Pre-hook: notes the first day whose sessions count in a score that the backtest asks for, 28 days before a
    reference day and later.
-#}
{% macro note_first_session_day() %}
    {%- set days = ref('int_engagement__reference_days').render() -%}
    {%- set scorecards = ref('int_engagement__scorecards').render() -%}
    {%- set weights = ref('stg_engagement__event_weights').render() -%}
    {{- return(note_day(
        'first_session_day',
        dbt.dateadd('day', '-28 - scorecards.window_days', 'days.reference_date'),
        days ~ ' as days cross join ' ~ scorecards ~ ' as scorecards inner join ' ~ weights ~ ' as weights'
        ~ ' on scorecards.scorecard = weights.scorecard'
        ~ ' where weights.event_name in (' ~ listed_texts(session_event_names()) ~ ')'
    )) -}}
{% endmacro %}


{#- Pre-hook: notes whether the day is to be read again that stands for no day. -#}
{% macro note_unknown_day() %}
    {{- return(adapter.dispatch('note_unknown_day', 'customer_engagement')()) -}}
{% endmacro %}

{% macro default__note_unknown_day() -%}
{%- endmacro %}

{% macro duckdb__note_unknown_day() -%}
    set variable engagement_unknown_day_changed = (
        select count(*) > 0
        from {{ ref('int_engagement__changed_days').render() }} as changed_days
        where changed_days.event_day = {{ unknown_day() }}
    )
{%- endmacro %}


{#-
    A condition that holds for all rows without a time whose day is read again, which is the one they were loaded on.

    Arguments: loaded_at, the load time, which may be null.
-#}
{% macro is_loaded_since_first_changed_day(loaded_at) %}
    {{- return(
        adapter.dispatch('is_loaded_since_first_changed_day', 'customer_engagement')(loaded_at)
    ) -}}
{% endmacro %}

{% macro default__is_loaded_since_first_changed_day(loaded_at) -%}
    1 = 1
{%- endmacro %}

{% macro duckdb__is_loaded_since_first_changed_day(loaded_at) -%}
    (
        {{ is_since_first_changed_day(loaded_at) }}
        or (
            {{ loaded_at }} is null and coalesce(getvariable('engagement_unknown_day_changed'), 1 = 1)
        )
    )
{%- endmacro %}
