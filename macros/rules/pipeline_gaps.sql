{#-
    Whether a day has so few events that the pipeline is likelier to be at fault than the customers: less than
    three tenths of what is usual on that weekday, where at least four earlier ones are known and 20 events
    are usual.

    Arguments: events of the day; usual_events, the median of the same weekday in the eight weeks before;
    weeks_compared, how many of these there are.
-#}
{% macro is_pipeline_gap(events, usual_events, weeks_compared) %}
    {{- return(
        adapter.dispatch('is_pipeline_gap', 'customer_engagement')(
            events, usual_events, weeks_compared
        )
    ) -}}
{% endmacro %}

{% macro default__is_pipeline_gap(events, usual_events, weeks_compared) -%}
    {{ weeks_compared }} >= 4 and {{ usual_events }} >= 20 and 10 * {{ events }} < 3 * {{ usual_events }}
{%- endmacro %}
