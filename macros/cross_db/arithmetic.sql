{#-
    The quotient of two decimals to ten places, exact to the last: a division in doubles, corrected by the
    remainder in decimals, since some engines divide decimals as doubles. Null where the divisor is 0.

    Arguments: numerator and denominator, whole numbers or decimals with at most four places after the
    point in the denominator.
-#}
{% macro exact_ratio(numerator, denominator) -%}
    {%- set quotient = ratio_estimate(
        'cast(' ~ numerator ~ ' as ' ~ type_double() ~ ')', denominator
    ) -%}
    {%- set remainder = '(' ~ numerator ~ ' - ' ~ quotient ~ ' * ' ~ denominator ~ ')' -%}
    (
        {{ quotient }}
        + {{ ratio_estimate('cast(' ~ remainder ~ ' as ' ~ type_double() ~ ')', denominator) }}
    )
{%- endmacro %}

{% macro ratio_estimate(numerator, denominator) -%}
    cast(
        {{ numerator }} / nullif(cast({{ denominator }} as {{ type_double() }}), 0)
        as {{ type_decimal(24, 10) }}
    )
{%- endmacro %}


{#- A share with six places, null where the whole is 0. Arguments: part and whole, numbers. -#}
{% macro share_of(part, whole) -%}
    cast(
        cast({{ part }} as {{ type_double() }}) / nullif(cast({{ whole }} as {{ type_double() }}), 0)
        as {{ type_decimal(28, 6) }}
    )
{%- endmacro %}


{#- A decimal rounded half away from zero. Arguments: number, a decimal; places after the point. -#}
{% macro round_decimal(number, places) -%}
    cast(round({{ number }}, {{ places }}) as {{ type_decimal(18, places) }})
{%- endmacro %}


{#-
    2^(days / half_life) as a double: null without a half-life, and 0 where it is below 2^-300, since some
    engines refuse numbers so small.

    Arguments: days and half_life, numbers.
-#}
{% macro power_of_two(days, half_life) -%}
    case
        when {{ days }} <= -300 * {{ half_life }} then cast(0 as {{ type_double() }})
        when {{ half_life }} is not null
            then power(
                cast(2 as {{ type_double() }}),
                cast({{ days }} as {{ type_double() }}) / cast({{ half_life }} as {{ type_double() }})
            )
    end
{%- endmacro %}


{#- The whole blocks before a day, rounded down. Arguments: day_number; block_days, a block's length. -#}
{% macro whole_blocks(day_number, block_days) -%}
    floor(cast({{ day_number }} as {{ type_double() }}) / {{ block_days }})
{%- endmacro %}
