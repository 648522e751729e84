{#- Whether a text is one of those listed, `value|value`. Arguments: text; list, not null. -#}
{% macro is_listed(text, list) -%}
    {{ dbt.position("'|' || " ~ text ~ " || '|'", "'|' || " ~ list ~ " || '|'") }} > 0
{%- endmacro %}


{#-
    Whether a criterion of a rule is met: it is where the rule names nothing; what is unknown meets none.

    Arguments: text, of the customer; list, of the rule.
-#}
{% macro meets_list(text, list) -%}
    ({{ list }} is null or coalesce({{ is_listed(text, list) }}, 1 = 0))
{%- endmacro %}


{#- As meets_list(), for a number that must be reached. Arguments: number; least, of the rule. -#}
{% macro meets_least(number, least) -%}
    ({{ least }} is null or coalesce({{ number }} >= {{ least }}, 1 = 0))
{%- endmacro %}


{#- As meets_list(), for a number that must not be passed. Arguments: number; most, of the rule. -#}
{% macro meets_most(number, most) -%}
    ({{ most }} is null or coalesce({{ number }} <= {{ most }}, 1 = 0))
{%- endmacro %}


{#-
    Whether an event is one of the key features of an opportunity rule: those that it names, else each with a
    positive weight.

    Arguments: event_name; weight, the highest of the event; key_events, of the rule.
-#}
{% macro is_key_event(event_name, weight, key_events) %}
    {{- return(
        adapter.dispatch('is_key_event', 'customer_engagement')(event_name, weight, key_events)
    ) -}}
{% endmacro %}

{% macro default__is_key_event(event_name, weight, key_events) -%}
    case
        when {{ key_events }} is null then {{ weight }} > 0
        else {{ is_listed(event_name, key_events) }}
    end
{%- endmacro %}


{#-
    The order of kinds of opportunity, the one to tell first lowest: what warns comes before what sells.

    Arguments: kind, of the rule.
-#}
{% macro opportunity_rank(kind) %}
    {{- return(adapter.dispatch('opportunity_rank', 'customer_engagement')(kind)) -}}
{% endmacro %}

{% macro default__opportunity_rank(kind) -%}
    case {{ kind }}
        when 'attention' then 1
        when 'pql' then 2
        when 'expansion' then 3
        when 'upsell' then 4
        else 5
    end
{%- endmacro %}
