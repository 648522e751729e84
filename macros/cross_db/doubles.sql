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
    (1 / (1 + exp(case
        when {{ power }} > 30 then cast(-30 as {{ type_double() }})
        when {{ power }} < -30 then cast(30 as {{ type_double() }})
        else -{{ power }}
    end)))
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
        intercept + case when d0 > 3 then 3 when d0 < -3 then -3 else coalesce(d0, 0) end
            as intercept,
        slope + case when d1 > 3 then 3 when d1 < -3 then -3 else coalesce(d1, 0) end as slope
    from moves_{{ loop.index }}
){{ ',\n\n' if not loop.last }}
{%- endfor -%}
{%- endmacro %}
