{#- The first date of the project's calendar, for periods that are open at the start. -#}
{% macro first_date() -%}
    cast('1900-01-01' as date)
{%- endmacro %}


{#- The event day of rows with neither a readable time nor a load time: no clock is ever set to it by mistake. -#}
{% macro unknown_day() -%}
    cast('1111-11-11' as date)
{%- endmacro %}


{#- The last date of the project's calendar, for periods that are open at the end. -#}
{% macro last_date() -%}
    cast('2999-12-31' as date)
{%- endmacro %}


{#- The bound of a tier band that is open below: no score is as low. -#}
{% macro lowest_bound() -%}
    -99999999999999
{%- endmacro %}


{#- The bound of a tier band that is open above: no score is as high. -#}
{% macro highest_bound() -%}
    99999999999999
{%- endmacro %}


{#- The day before which events are rejected and nobody is scored (variable first_day), as SQL. -#}
{% macro first_scored_day() -%}
    cast('{{ var("first_day") }}' as date)
{%- endmacro %}


{#-
    The last day on which an event can have happened, as SQL: the variable as_of, else the UTC day on which
    the run began. Later events are rejected as in_the_future.
-#}
{% macro last_plausible_day() -%}
    {%- if var('as_of') -%}
        cast('{{ var("as_of") }}' as date)
    {%- else -%}
        cast('{{ run_started_at.strftime("%Y-%m-%d") }}' as date)
    {%- endif -%}
{%- endmacro %}
