{#-
    The quotient of two decimals to ten places; null where the divisor is 0. Some engines divide decimals as
    doubles, so from 100,000 up, where doubles run out of places, the remainder is divided once more.

    Arguments: numerator and denominator, whole numbers or decimals with at most eight and four places.
-#}
{% macro exact_ratio(numerator, denominator) -%}
    {%- set quotient = ratio_estimate(numerator, denominator) -%}
    case
        when abs({{ quotient }}) < 100000 then {{ quotient }}
        else {{ quotient }} + {{ ratio_estimate(
            '(' ~ numerator ~ ' - ' ~ quotient ~ ' * ' ~ denominator ~ ')', denominator
        ) }}
    end
{%- endmacro %}


{#- A quotient in doubles, to ten places. Arguments: numerator and denominator, as in exact_ratio(). -#}
{% macro ratio_estimate(numerator, denominator) -%}
    cast(
        cast({{ numerator }} as {{ type_double() }})
        / nullif(cast({{ denominator }} as {{ type_double() }}), 0)
        as {{ type_decimal(24, 10) }}
    )
{%- endmacro %}


{#-
    A share with six places, null where the whole is 0. By way of ten places: of a double that is a tie some
    engines make the even neighbour, and others the upper one.

    Arguments: part and whole, numbers.
-#}
{% macro share_of(part, whole) -%}
    cast(
        cast(
            cast({{ part }} as {{ type_double() }}) / nullif(cast({{ whole }} as {{ type_double() }}), 0)
            as {{ type_decimal(32, 10) }}
        ) as {{ type_decimal(28, 6) }}
    )
{%- endmacro %}


{#- A decimal(24, 10) rounded half away from zero to four places. Arguments: number. -#}
{% macro round_to_four(number) %}
    {{- return(adapter.dispatch('round_to_four', 'customer_engagement')(number)) -}}
{% endmacro %}

{% macro default__round_to_four(number) -%}
    cast(round({{ number }}, 4) as {{ type_decimal(18, 4) }})
{%- endmacro %}

{#- DuckDB rescales decimals of more than 18 digits a hundred times slower than those that fit 64 bits. -#}
{% macro duckdb__round_to_four(number) -%}
    case
        when abs({{ number }}) < 99999999
            then cast(cast({{ number }} as decimal(18, 10)) as decimal(18, 4))
        else cast({{ number }} as decimal(18, 4))
    end
{%- endmacro %}


{#-
    2^(days / half_life + shift) as a double: null without a half-life, and 0 where days / half_life is below
    -300, since some engines refuse numbers so small.

    Arguments: days and half_life, numbers; shift, a whole number of doublings.
-#}
{% macro power_of_two(days, half_life, shift) -%}
    case
        when {{ days }} <= -300 * {{ half_life }} then cast(0 as {{ type_double() }})
        when {{ half_life }} is not null
            then power(
                cast(2 as {{ type_double() }}),
                cast({{ days }} as {{ type_double() }}) / cast({{ half_life }} as {{ type_double() }})
                + {{ shift }}
            )
    end
{%- endmacro %}


{#- The natural logarithm of a double above 0. Arguments: number. -#}
{% macro natural_logarithm(number) -%}
    ln({{ number }})
{%- endmacro %}


{#- A double divided by a number above 0. Arguments: numerator, a double; divisor, a whole number. -#}
{% macro divided(numerator, divisor) %}
    {{- return(adapter.dispatch('divided', 'customer_engagement')(numerator, divisor)) -}}
{% endmacro %}

{% macro default__divided(numerator, divisor) -%}
    {{ numerator }} / ({{ divisor }})
{%- endmacro %}

{#- It plans a division by a column of an empty table as one by 0, and stops. -#}
{% macro sail__divided(numerator, divisor) -%}
    {{ numerator }} * power(cast({{ divisor }} as double), -1)
{%- endmacro %}


{#- 1 / number as a double. Arguments: number. -#}
{% macro inverse_of(number) -%}
    (1 / cast({{ number }} as {{ type_double() }}))
{%- endmacro %}


{#- The whole blocks before a day, rounded down. Arguments: day_number; block_days, a block's length. -#}
{% macro whole_blocks(day_number, block_days) -%}
    floor(cast({{ day_number }} as {{ type_double() }}) / {{ block_days }})
{%- endmacro %}
