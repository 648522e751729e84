{#- Days of a rolling week of active users. -#}
{% macro wau_days() %}
    {{- return(adapter.dispatch('wau_days', 'customer_engagement')()) -}}
{% endmacro %}

{% macro default__wau_days() %}
    {%- do return(7) -%}
{% endmacro %}


{#- Days of a rolling month of active users. -#}
{% macro mau_days() %}
    {{- return(adapter.dispatch('mau_days', 'customer_engagement')()) -}}
{% endmacro %}

{% macro default__mau_days() %}
    {%- do return(30) -%}
{% endmacro %}


{#- Days from its first day within which a customer has to activate. -#}
{% macro activation_days() %}
    {{- return(adapter.dispatch('activation_days', 'customer_engagement')()) -}}
{% endmacro %}

{% macro default__activation_days() %}
    {%- do return(30) -%}
{% endmacro %}


{#- The Monday of a day's week. Arguments: day, a date from 1900 on. -#}
{% macro week_start(day) -%}
    cast({{ dbt.dateadd(
        'day', '-mod(' ~ dbt.datediff(first_date(), day, 'day') ~ ', 7)', day
    ) }} as date)
{%- endmacro %}


{#- Whether a number of purchases makes a buyer a repeat buyer. Arguments: purchases in the period. -#}
{% macro is_repeat_buyer(purchases) %}
    {{- return(adapter.dispatch('is_repeat_buyer', 'customer_engagement')(purchases)) -}}
{% endmacro %}

{% macro default__is_repeat_buyer(purchases) -%}
    {{ purchases }} >= 2
{%- endmacro %}


{#-
    Whether an answer is on the scale of its survey; others are left out of the KPIs. The experience index
    has no fixed scale. Arguments: survey and score, columns.
-#}
{% macro is_on_survey_scale(survey, score) %}
    {{- return(adapter.dispatch('is_on_survey_scale', 'customer_engagement')(survey, score)) -}}
{% endmacro %}

{% macro default__is_on_survey_scale(survey, score) -%}
    (
        ({{ survey }} = 'nps' and {{ score }} between 0 and 10)
        or ({{ survey }} = 'csat' and {{ score }} between 1 and 5)
        or ({{ survey }} = 'customer_effort' and {{ score }} between 1 and 7)
        or ({{ survey }} in ({{ listed_texts(cxi_aspects()) }}) and {{ score }} is not null)
    )
{%- endmacro %}


{#- Whether an answer of 0 to 10 is a promoter's. Arguments: score. -#}
{% macro is_promoter(score) %}
    {{- return(adapter.dispatch('is_promoter', 'customer_engagement')(score)) -}}
{% endmacro %}

{% macro default__is_promoter(score) -%}
    {{ score }} >= 9
{%- endmacro %}


{#- Whether an answer of 0 to 10 is a detractor's: 6 included. Arguments: score. -#}
{% macro is_detractor(score) %}
    {{- return(adapter.dispatch('is_detractor', 'customer_engagement')(score)) -}}
{% endmacro %}

{% macro default__is_detractor(score) -%}
    {{ score }} <= 6
{%- endmacro %}


{#- Whether an answer of 1 to 5 is a satisfied one. Arguments: score. -#}
{% macro is_satisfied(score) %}
    {{- return(adapter.dispatch('is_satisfied', 'customer_engagement')(score)) -}}
{% endmacro %}

{% macro default__is_satisfied(score) -%}
    {{ score }} >= 4
{%- endmacro %}


{#- The attributes of customers by which KPIs and segments are told apart, besides everyone. -#}
{% macro segment_attributes() %}
    {{- return(adapter.dispatch('segment_attributes', 'customer_engagement')()) -}}
{% endmacro %}

{% macro default__segment_attributes() %}
    {% do return(['lifecycle', 'plan', 'owner'] + carried_customer_columns()) %}
{% endmacro %}


{#- What a segment without a value is called. -#}
{% macro no_value() %}
    {%- do return("'(none)'") -%}
{% endmacro %}


{#-
    The select that adds columns of groups of customers up to segments; days are added up for everyone only.
    The columns become decimals.

    Arguments: relation, with period_grain, period_start and segment_group; segment_values, the relation of
    that name; columns, a list.
-#}
{% macro added_up_by_segment(relation, segment_values, columns) -%}
    select
        grouped.period_grain,
        grouped.period_start,
        {{ segment_values }}.segment_dimension,
        {{ segment_values }}.segment_value{% for column in columns %},
        {{ measure_amount('sum(grouped.' ~ column ~ ')') }} as {{ column }}{% endfor %}
    from {{ relation }} as grouped
    inner join {{ segment_values }}
        on grouped.segment_group = {{ segment_values }}.segment_group
        and (
            grouped.period_grain != 'day'
            or {{ segment_values }}.segment_dimension = 'all'
        )
    group by
        grouped.period_grain,
        grouped.period_start,
        {{ segment_values }}.segment_dimension,
        {{ segment_values }}.segment_value
{%- endmacro %}


{#-
    The select that turns the columns of a relation with period_grain, period_start, segment_dimension and
    segment_value into one row for each measure; null where a measure is not meant for the grain.

    Arguments: relation; fill_group, the name under which missing periods are filled with 0; measures, a
    dictionary of measure and column (or an expression over them).
-#}
{% macro measures_as_rows(relation, fill_group, measures) -%}
    select
        {{ fill_group }} as fill_group,
        names.measure,
        {{ relation }}.period_grain,
        {{ relation }}.period_start,
        {{ relation }}.segment_dimension,
        {{ relation }}.segment_value,
        {{ measure_amount('case names.measure' ~ measure_cases(measures) ~ ' end') }} as amount
    from {{ relation }}
    cross join (
        {% for measure in measures -%}
        select '{{ measure }}' as measure{{ ' union all' if not loop.last }}
        {% endfor -%}
    ) as names
{%- endmacro %}


{#- The branches of measures_as_rows(). Arguments: measures, as there. -#}
{% macro measure_cases(measures) -%}
    {%- for measure, column in measures.items() %} when '{{ measure }}' then {{ column }}{% endfor -%}
{%- endmacro %}


{#- A number as the amount of a measure. Arguments: number. -#}
{% macro measure_amount(number) -%}
    cast({{ number }} as {{ type_decimal(28, 6) }})
{%- endmacro %}


{#- The columns of a measure row, for unions. Arguments: relation. -#}
{% macro measure_rows(relation) -%}
    select
        fill_group,
        measure,
        period_grain,
        period_start,
        segment_dimension,
        segment_value,
        amount
    from {{ relation }}
{%- endmacro %}


{#- The days after the first one for which retention is told, in order. -#}
{% macro retention_days() %}
    {{- return(adapter.dispatch('retention_days', 'customer_engagement')()) -}}
{% endmacro %}

{% macro default__retention_days() %}
    {%- do return([1, 7, 14, 30, 60, 90, 180, 365]) -%}
{% endmacro %}
