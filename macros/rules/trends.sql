{#-
    The trend of a score in one word: rising or falling where the line through the last 28 days moves by five
    points or more, else steady; unknown while the score is filling up or has no 28 days behind it.

    Arguments: slope_28d, in points per week; is_provisional.
-#}
{% macro trend_word(slope_28d, is_provisional) %}
    {{- return(
        adapter.dispatch('trend_word', 'customer_engagement')(slope_28d, is_provisional)
    ) -}}
{% endmacro %}

{% macro default__trend_word(slope_28d, is_provisional) -%}
    case
        when {{ slope_28d }} is null or {{ is_provisional }} then 'unknown'
        when 4 * {{ slope_28d }} >= 5 then 'rising'
        when 4 * {{ slope_28d }} <= -5 then 'falling'
        else 'steady'
    end
{%- endmacro %}


{#-
    A driver that moved, in plain words, such as `basket +12.0 (9 events after 6)`.

    Arguments: event_name; points_change, in units of the score; occurrences and occurrences_before, its
    numbers in the window now and 28 days before.
-#}
{% macro driver_words(event_name, points_change, occurrences, occurrences_before) %}
    {{- return(
        adapter.dispatch('driver_words', 'customer_engagement')(
            event_name, points_change, occurrences, occurrences_before
        )
    ) -}}
{% endmacro %}

{% macro default__driver_words(event_name, points_change, occurrences, occurrences_before) -%}
    {{ event_name }} || ' ' || {{ signed_words(points_change, 1) }}
    || ' (' || {{ plain_words(occurrences) }}
    || case when {{ occurrences }} = 1 then ' event after ' else ' events after ' end
    || {{ plain_words(occurrences_before) }} || ')'
{%- endmacro %}
