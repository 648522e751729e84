{#-
    An end of Wilson's interval of 95 % for a share. Arguments: part and whole, counts; sign, -1 for the low
    end and 1 for the high one.
-#}
{% macro wilson_end(part, whole, sign) -%}
    {%- set n = 'cast(' ~ whole ~ ' as ' ~ type_double() ~ ')' -%}
    {%- set share = '(cast(' ~ part ~ ' as ' ~ type_double() ~ ') / nullif(' ~ n ~ ', 0))' -%}
    cast(
        (
            {{ share }} + 1.9207294 / nullif({{ n }}, 0)
            + {{ sign }} * 1.959964 * sqrt(
                {{ share }} * (1 - {{ share }}) / nullif({{ n }}, 0)
                + 0.9603647 / nullif({{ n }} * {{ n }}, 0)
            )
        ) / (1 + 3.8414588 / nullif({{ n }}, 0))
        as {{ type_decimal(28, 6) }}
    )
{%- endmacro %}


{#-
    The chance that a logistic gives, in doubles. Arguments: intercept, slope and number, doubles. Beyond ±30
    nothing changes any more, and some engines refuse numbers so small.
-#}
{% macro logistic(intercept, slope, number) -%}
    {%- set power = '(' ~ intercept ~ ' + ' ~ slope ~ ' * ' ~ number ~ ')' -%}
    (1 / (1 + exp(-{{ clamped(power, -30, 30) }})))
{%- endmacro %}


{#-
    A double within bounds. Arguments: number, not null; low and high, whole numbers.
-#}
{% macro clamped(number, low, high) %}
    {{- return(adapter.dispatch('clamped', 'customer_engagement')(number, low, high)) -}}
{% endmacro %}

{% macro default__clamped(number, low, high) -%}
    case
        when {{ number }} > {{ high }} then cast({{ high }} as {{ type_double() }})
        when {{ number }} < {{ low }} then cast({{ low }} as {{ type_double() }})
        else {{ number }}
    end
{%- endmacro %}

{#- It writes the number out as often as it is named, and what it is made of in each of these places. -#}
{% macro spark__clamped(number, low, high) -%}
    greatest(
        cast({{ low }} as double), least(cast({{ high }} as double), {{ number }})
    )
{%- endmacro %}


{#-
    CTEs that fit a logistic by Newton's method, the last of which is `fitted`: the keys, intercept and slope.
    The slope is held back by a ridge of 1 (as scikit-learn's LogisticRegression does by default), so that
    perfect separation ends somewhere. A step moves neither by more than 3.

    Arguments: rows, a relation with the keys, x (a double, standardised), customers and positives (counts),
    one row for each x; starts, one with the keys, intercept and slope to begin from; keys, a list; steps.
-#}
{% macro fitted_logistic(rows, starts, keys, steps) -%}
{%- for step in range(steps) -%}
{%- set before = starts if loop.first else 'step_' ~ step -%}
chances_{{ loop.index }} as (
    select
        {% for key in keys %}
        {{ rows }}.{{ key }},
        {% endfor %}
        {{ rows }}.x,
        {{ rows }}.customers,
        {{ rows }}.positives,
        {{ before }}.intercept,
        {{ before }}.slope,
        {{ logistic(before ~ '.intercept', before ~ '.slope', rows ~ '.x') }} as chance
    from {{ rows }}
    inner join {{ before }}
        on {% for key in keys %}{{ rows }}.{{ key }} = {{ before }}.{{ key }}
        {{ 'and ' if not loop.last }}{% endfor %}
),

gradients_{{ loop.index }} as (
    select
        {% for key in keys %}
        {{ key }},
        {% endfor %}
        intercept,
        slope,
        sum(positives - customers * chance) as g0,
        sum(x * (positives - customers * chance)) - slope as g1,
        sum(customers * chance * (1 - chance)) as h00,
        sum(customers * chance * (1 - chance) * x) as h01,
        sum(customers * chance * (1 - chance) * x * x) + 1 as h11
    from chances_{{ loop.index }}
    group by {{ keys | join(', ') }}, intercept, slope
),

moves_{{ loop.index }} as (
    select
        {% for key in keys %}
        {{ key }},
        {% endfor %}
        intercept,
        slope,
        (h11 * g0 - h01 * g1) / nullif(h00 * h11 - h01 * h01, 0) as d0,
        (h00 * g1 - h01 * g0) / nullif(h00 * h11 - h01 * h01, 0) as d1
    from gradients_{{ loop.index }}
),

{{ 'fitted' if loop.last else 'step_' ~ loop.index }} as (
    select
        {% for key in keys %}
        {{ key }},
        {% endfor %}
        intercept + {{ clamped('coalesce(d0, 0)', -3, 3) }} as intercept,
        slope + {{ clamped('coalesce(d1, 0)', -3, 3) }} as slope
    from moves_{{ loop.index }}
){{ ',\n\n' if not loop.last }}
{%- endfor -%}
{%- endmacro %}
