{#-
    Days from a day to the end of its week, on which weekly readings are taken: Sunday. 0 on a Sunday itself.

    Arguments: day_number, days since 1970-01-01, which was a Thursday.
-#}
{% macro days_to_reading(day_number) %}
    {{- return(adapter.dispatch('days_to_reading', 'customer_engagement')(day_number)) -}}
{% endmacro %}

{% macro default__days_to_reading(day_number) -%}
    mod(10 - mod({{ day_number }}, 7), 7)
{%- endmacro %}


{#-
    The days up to a weekly reading in which a gap of the pipeline silences it: the four weeks of the base
    and the two weeks that a fall has to hold end within them.
-#}
{% macro alert_silence_days() %}
    {{- return(adapter.dispatch('alert_silence_days', 'customer_engagement')()) -}}
{% endmacro %}

{% macro default__alert_silence_days() %}
    {%- do return(35) -%}
{% endmacro %}


{#-
    The median of four readings, without a sort: without the least and the greatest, the mean of what is
    left.

    Arguments: readings, the four of them, none of which is null.
-#}
{% macro median_of_four(readings) -%}
    cast(
        (
            {{ readings | join(' + ') }}
            - {{ least_of(readings) }} - greatest({{ readings | join(', ') }})  {# portable: none is null #}
        ) * cast(0.5 as {{ type_decimal(2, 1) }})
        as {{ type_decimal(24, 5) }}
    )
{%- endmacro %}


{#- The least of some readings. Arguments: readings, none of which is null. -#}
{% macro least_of(readings) -%}
    least({{ readings | join(', ') }})  {#- portable: none is null -#}
{%- endmacro %}


{#-
    Whether a score is a drop from its base: that many points down, and at most that share of the base. A
    share of a base of 0 or below means nothing, so there the points alone decide.

    Arguments: ces; base_ces, the median of the four weeks before; max_share_of_base and min_points_down, of
    the rule.
-#}
{% macro is_score_drop(ces, base_ces, max_share_of_base, min_points_down) %}
    {{- return(
        adapter.dispatch('is_score_drop', 'customer_engagement')(
            ces, base_ces, max_share_of_base, min_points_down
        )
    ) -}}
{% endmacro %}

{% macro default__is_score_drop(ces, base_ces, max_share_of_base, min_points_down) -%}
    (
        {{ base_ces }} - {{ ces }} >= {{ min_points_down }}
        and ({{ base_ces }} <= 0 or {{ ces }} <= {{ max_share_of_base }} * {{ base_ces }})
    )
{%- endmacro %}


{#-
    Whether a tier is a fall: below each tier of the four weeks before.

    Arguments: tier_rank; base_tier_rank, the lowest of the four weeks before.
-#}
{% macro is_tier_fall(tier_rank, base_tier_rank) %}
    {{- return(
        adapter.dispatch('is_tier_fall', 'customer_engagement')(tier_rank, base_tier_rank)
    ) -}}
{% endmacro %}

{% macro default__is_tier_fall(tier_rank, base_tier_rank) -%}
    {{ tier_rank }} < {{ base_tier_rank }}
{%- endmacro %}


{#- Whether a score is too low by itself. Arguments: ces; below_score, of the rule. -#}
{% macro is_low_score(ces, below_score) %}
    {{- return(adapter.dispatch('is_low_score', 'customer_engagement')(ces, below_score)) -}}
{% endmacro %}

{% macro default__is_low_score(ces, below_score) -%}
    {{ ces }} < {{ below_score }}
{%- endmacro %}


{#-
    Whether a customer is silent for long.

    Arguments: days_quiet, days since its last event, or since its first day where there is none; quiet_days,
    of the rule.
-#}
{% macro is_silence(days_quiet, quiet_days) %}
    {{- return(adapter.dispatch('is_silence', 'customer_engagement')(days_quiet, quiet_days)) -}}
{% endmacro %}

{% macro default__is_silence(days_quiet, quiet_days) -%}
    {{ days_quiet }} >= {{ quiet_days }}
{%- endmacro %}


{#- The rank of a severity, the gravest highest. Arguments: severity (low, medium or high). -#}
{% macro severity_rank(severity) -%}
    case {{ severity }} when 'high' then 3 when 'medium' then 2 when 'low' then 1 end
{%- endmacro %}


{#-
    How much a customer is at risk, in one word: the severity of the gravest open alert, none without one,
    and unknown where alerts are silent anyway.

    Arguments: severity_rank, of the gravest open alert, null without one; is_provisional; ended_on.
-#}
{% macro risk_level(severity_rank, is_provisional, ended_on) %}
    {{- return(
        adapter.dispatch('risk_level', 'customer_engagement')(severity_rank, is_provisional, ended_on)
    ) -}}
{% endmacro %}

{% macro default__risk_level(severity_rank, is_provisional, ended_on) -%}
    case
        when {{ is_provisional }} or {{ ended_on }} is not null then 'unknown'
        when {{ severity_rank }} = 3 then 'high'
        when {{ severity_rank }} = 2 then 'medium'
        when {{ severity_rank }} = 1 then 'low'
        else 'none'
    end
{%- endmacro %}
