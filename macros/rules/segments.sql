{#-
    How engaged a score is: engaged above 70, responsive above 40, else disengaged. In the shipped tiers these
    are highly engaged and power users, somewhat engaged ones, and all below. Arguments: ces.
-#}
{% macro engagement_state(ces) %}
    {{- return(adapter.dispatch('engagement_state', 'customer_engagement')(ces)) -}}
{% endmacro %}

{% macro default__engagement_state(ces) -%}
    case
        when {{ ces }} > 70 then 'engaged'
        when {{ ces }} > 40 then 'responsive'
        else 'disengaged'
    end
{%- endmacro %}


{#- The band of a customer's age; names sort by age. Arguments: age_days, days since the first day. -#}
{% macro age_band(age_days) %}
    {{- return(adapter.dispatch('age_band', 'customer_engagement')(age_days)) -}}
{% endmacro %}

{% macro default__age_band(age_days) -%}
    case
        when {{ age_days }} < 30 then '000-029 days'
        when {{ age_days }} < 90 then '030-089 days'
        when {{ age_days }} < 180 then '090-179 days'
        when {{ age_days }} < 365 then '180-364 days'
        else '365 days and more'
    end
{%- endmacro %}


{#-
    The exact nearest-rank percentile, for an aggregate: the least value that so many percent of the rows do
    not exceed. Arguments: value; place, its row_number(); rows, their number; percent, a whole number.
-#}
{% macro nearest_rank(value, place, rows, percent) -%}
    min(case when 100 * {{ place }} >= {{ percent }} * {{ rows }} then {{ value }} end)
{%- endmacro %}
