{#-
    Pre-hooks of the incremental models: each deletes what the model is about to insert anew, so that a run
    that was interrupted, or repeated, leaves the same rows.
-#}

{#- Deletes the event days to read again. -#}
{% macro delete_changed_days() %}
    {%- if is_incremental() -%}
        {%- set condition -%}
            event_day in (
                select changed_days.event_day
                from {{ ref('int_engagement__changed_days').render() }} as changed_days
            )
        {%- endset -%}
        {{ delete_rows(this, condition) }}
    {%- endif -%}
{% endmacro %}


{#- Deletes the sessions of the event days to read again, and of customers whose ids have moved. -#}
{% macro delete_changed_sessions() %}
    {%- if is_incremental() -%}
        {%- set condition -%}
            event_day in (
                select changed_days.event_day
                from {{ ref('int_engagement__changed_days').render() }} as changed_days
            )
            or customer_id in (
                select moved.customer_id
                from {{ ref('int_engagement__moved_customers').render() }} as moved
            )
        {%- endset -%}
        {{ delete_rows(this, condition) }}
    {%- endif -%}
{% endmacro %}


{#-
    Deletes the rows of the customers to score again, from the day on from which they change.

    Arguments: day, the date column; spans, the relation that says from_day, by keys, the columns that it
    shares with the table.
-#}
{% macro delete_from_day(day, spans, keys) %}
    {%- if is_incremental() -%}
        {%- set condition -%}
            {{ day }} >= (select min(spans.from_day) from {{ spans }} as spans)
            and exists (
                select 1
                from {{ spans }} as spans
                where
                    spans.from_day <= {{ this.identifier }}.{{ day }}
                    {%- for key in keys %}
                    and spans.{{ key }} = {{ this.identifier }}.{{ key }}
                    {%- endfor %}
            )
        {%- endset -%}
        {{ delete_rows(this, condition) }}
    {%- endif -%}
{% endmacro %}


{#- delete_from_day() for a table of customers. Arguments: day, the date column. -#}
{% macro delete_changed_customer_days(day) %}
    {{- delete_from_day(day, ref('int_engagement__customer_spans').render(), ['customer_id']) -}}
{% endmacro %}


{#- delete_from_day() for a table of scorecards and customers. Arguments: day, the date column. -#}
{% macro delete_rescored_days(day) %}
    {{- delete_from_day(day, ref('int_engagement__score_spans').render(), ['scorecard', 'customer_id']) -}}
{% endmacro %}


{#- Deletes the rows of customers that are to be forgotten: the one change to what was reported. -#}
{% macro delete_erased_customers() %}
    {%- if is_incremental() -%}
        {%- set condition -%}
            customer_id in (
                select erased.customer_id
                from {{ ref('stg_engagement__erased_customers').render() }} as erased
            )
        {%- endset -%}
        {{ delete_rows(this, condition) }}
    {%- endif -%}
{% endmacro %}


{#-
    Deletes all rows where it is not known any more which are still of use: the table of spans was lost.

    Arguments: spans, the relation that says from_day.
-#}
{% macro delete_without_spans(spans) %}
    {%- if is_incremental() -%}
        {%- set condition -%}
            not exists (
                select 1 from {{ spans }} as spans where spans.processed_first_day is not null
            )
        {%- endset -%}
        {{ delete_rows(this, condition) }}
    {%- endif -%}
{% endmacro %}


{#- delete_without_spans() for a table of customers. -#}
{% macro delete_without_customer_spans() %}
    {{- delete_without_spans(ref('int_engagement__customer_spans').render()) -}}
{% endmacro %}


{#- delete_without_spans() for a table of scorecards and customers. -#}
{% macro delete_without_score_spans() %}
    {{- delete_without_spans(ref('int_engagement__score_spans').render()) -}}
{% endmacro %}
