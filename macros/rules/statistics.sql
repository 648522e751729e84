{#-
    The variance of the mean of the rows that a condition chooses, for an aggregate; null for fewer than two.

    Arguments: number, a double; condition.
-#}
{% macro variance_of_mean(number, condition) -%}
    power(stddev_samp(case when {{ condition }} then {{ number }} end), 2)
    / nullif(sum(case when {{ condition }} then 1 else 0 end), 0)  {# portable: a double is divided #}
{%- endmacro %}


{#-
    The probability that a standard normal variable is at least so far from 0, in doubles; off by less than
    0.0000002 (Abramowitz and Stegun 7.1.26). Arguments: z, 0 or more.
-#}
{% macro two_sided_p(z) -%}
    {%- set x = '((' ~ z ~ ') * 0.7071067811865476)' -%}
    {%- set t = '(1 / (1 + 0.3275911 * ' ~ x ~ '))' -%}
    {{ t }} * (
        0.254829592 + {{ t }} * (
            -0.284496736 + {{ t }} * (1.421413741 + {{ t }} * (-1.453152027 + {{ t }} * 1.061405429))
        )
    ) * case when {{ x }} < 20 then exp(-{{ x }} * {{ x }}) else 0 end
{%- endmacro %}


{#- A double as a decimal with four places, for reading. Arguments: number. -#}
{% macro four_decimals(number) -%}
    cast({{ number }} as {{ type_decimal(18, 4) }})
{%- endmacro %}
