{#-
    How much of an event counts, for one customer, user and day.

    Arguments: measure (events, users or quantity); event_count; quantity, the sum of quantities.
-#}
{% macro measured_amount(measure, event_count, quantity) %}
    {{- return(
        adapter.dispatch('measured_amount', 'customer_engagement')(measure, event_count, quantity)
    ) -}}
{% endmacro %}

{% macro default__measured_amount(measure, event_count, quantity) -%}
    case
        when {{ measure }} = 'users' then 1
        when {{ measure }} = 'quantity' then {{ quantity }}
        else {{ event_count }}
    end
{%- endmacro %}


{#-
    An amount with diminishing returns: saturation × ln(1 + amount / saturation), to four decimals, which
    begins like the amount and rises ever more slowly. What is not above 0 stays, as it does under a cap.

    Arguments: amount; saturation, a number above 0, null where every occurrence counts alike.
-#}
{% macro saturated_amount(amount, saturation) %}
    {{- return(adapter.dispatch('saturated_amount', 'customer_engagement')(amount, saturation)) -}}
{% endmacro %}

{% macro default__saturated_amount(amount, saturation) -%}
    {%- set constant = 'cast(' ~ saturation ~ ' as ' ~ type_double() ~ ')' -%}
    {%- set logarithm = natural_logarithm(
        '1 + cast(' ~ amount ~ ' as ' ~ type_double() ~ ') / ' ~ constant
    ) -%}
    case
        when {{ saturation }} is null or {{ amount }} <= 0 then {{ amount }}
        else {{ round_to_four(
            'cast(' ~ constant ~ ' * ' ~ logarithm ~ ' as ' ~ type_decimal(24, 10) ~ ')'
        ) }}
    end
{%- endmacro %}


{#- An amount with a daily cap. Arguments: amount; cap, null where there is none. -#}
{% macro capped_amount(amount, cap) %}
    {{- return(adapter.dispatch('capped_amount', 'customer_engagement')(amount, cap)) -}}
{% endmacro %}

{% macro default__capped_amount(amount, cap) -%}
    case when {{ amount }} > {{ cap }} then {{ cap }} else {{ amount }} end
{%- endmacro %}


{#-
    CTEs that bring the amounts of a relation `measured` down to what counts; the last, capped, has the
    columns and the amount. One place for the order: first the saturation, then the cap.

    Arguments: columns, those to carry through; measured also has amount, saturation and daily_cap_per_user.
-#}
{% macro limited_amounts(columns) -%}
saturated as (
    select
        {%- for column in columns %}
        {{ column }},
        {%- endfor %}
        daily_cap_per_user,
        cast({{ saturated_amount('amount', 'saturation') }} as {{ type_decimal(24, 4) }}) as amount
    from measured
),

capped as (
    select
        {%- for column in columns %}
        {{ column }},
        {%- endfor %}
        cast(
            {{ capped_amount('amount', 'daily_cap_per_user') }} as {{ type_decimal(24, 4) }}
        ) as amount
    from saturated
)
{%- endmacro %}


{#-
    The doublings by which faded points are enlarged, so that eight places after the point are plenty for
    them; score_factor() takes them back.
-#}
{% macro fade_shift() %}
    {%- do return(24) -%}
{% endmacro %}


{#-
    The factor by which points count that many days later (or, in a block, after its base), enlarged by
    fade_shift(); null without a half-life. Arguments: days, negative for the past; half_life.
-#}
{% macro fade_factor(days, half_life) -%}
    {{ power_of_two(days, half_life, fade_shift()) }}
{%- endmacro %}


{#-
    The factor from a sum of faded points to units of the score; null without a half-life.

    Arguments: days, those since the base of the sum, negative; half_life; full_score_points.
-#}
{% macro score_factor(days, half_life, full_score_points) -%}
    100 * {{ inverse_of(full_score_points) }} * {{ power_of_two(days, half_life, -fade_shift()) }}
{%- endmacro %}


{#-
    Points of a day as they count in a window, before the window's own scale.

    Arguments: points; factor, what fade_factor() gave.
-#}
{% macro faded_points(points, factor) -%}
    case
        when {{ factor }} is null then cast({{ points }} as {{ type_decimal(38, 8) }})
        else cast(cast({{ points }} as {{ type_double() }}) * {{ factor }} as {{ type_decimal(38, 8) }})
    end
{%- endmacro %}


{#-
    Points in units of the score, with ten places: 100 × points / full_score_points.

    Arguments: points, a sum of faded_points(); full_score_points; factor, what score_factor() gave.
-#}
{% macro points_to_score(points, full_score_points, factor) -%}
    case
        when {{ factor }} is null then {{ steady_score(points, full_score_points) }}
        else {{ fading_score(points, factor) }}
    end
{%- endmacro %}


{#- points_to_score() without a half-life. Arguments: points and full_score_points. -#}
{% macro steady_score(points, full_score_points) -%}
    {{ exact_ratio(
        '(100 * cast(' ~ points ~ ' as ' ~ type_decimal(28, 8) ~ '))', full_score_points
    ) }}
{%- endmacro %}


{#- points_to_score() with a half-life. Arguments: points; factor, what score_factor() gave. -#}
{% macro fading_score(points, factor) -%}
    cast(cast({{ points }} as {{ type_double() }}) * {{ factor }} as {{ type_decimal(24, 10) }})
{%- endmacro %}
