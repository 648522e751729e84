{#- How large a customer is among its peers. Arguments: licensed_seats. -#}
{% macro peer_size_band(licensed_seats) %}
    {{- return(adapter.dispatch('peer_size_band', 'customer_engagement')(licensed_seats)) -}}
{% endmacro %}

{% macro default__peer_size_band(licensed_seats) -%}
    case
        when {{ licensed_seats }} is null then 'unknown'
        when {{ licensed_seats }} <= 1 then 'up to 1'
        when {{ licensed_seats }} <= 10 then '2 to 10'
        when {{ licensed_seats }} <= 50 then '11 to 50'
        when {{ licensed_seats }} <= 200 then '51 to 200'
        else 'over 200'
    end
{%- endmacro %}


{#-
    How old a customer is among its peers; provisional ones are compared with each other.

    Arguments: age_days, since its first day; is_provisional.
-#}
{% macro peer_age_band(age_days, is_provisional) %}
    {{- return(
        adapter.dispatch('peer_age_band', 'customer_engagement')(age_days, is_provisional)
    ) -}}
{% endmacro %}

{% macro default__peer_age_band(age_days, is_provisional) -%}
    case
        when {{ is_provisional }} then 'provisional'
        when {{ age_days }} < 365 then 'under 1 year'
        when {{ age_days }} < 730 then '1 to 2 years'
        else 'over 2 years'
    end
{%- endmacro %}


{#-
    How many customers of the whole scorecard a group of peers is weighed against: with fewer peers than this,
    the mean of all counts for more than theirs.
-#}
{% macro peer_prior_customers() %}
    {{- return(adapter.dispatch('peer_prior_customers', 'customer_engagement')()) -}}
{% endmacro %}

{% macro default__peer_prior_customers() %}
    {%- do return(10) -%}
{% endmacro %}


{#-
    How much an account hangs on one person: high from four fifths of the events, or with one active user
    where there are more seats; medium from one half.

    Arguments: top_user_share; active_users, named ones; licensed_seats.
-#}
{% macro concentration_risk(top_user_share, active_users, licensed_seats) %}
    {{- return(
        adapter.dispatch('concentration_risk', 'customer_engagement')(
            top_user_share, active_users, licensed_seats
        )
    ) -}}
{% endmacro %}

{% macro default__concentration_risk(top_user_share, active_users, licensed_seats) -%}
    case
        when {{ top_user_share }} is null then 'unknown'
        when {{ licensed_seats }} <= 1 then 'low'
        when {{ active_users }} = 1 or {{ top_user_share }} >= 0.8 then 'high'
        when {{ top_user_share }} >= 0.5 then 'medium'
        else 'low'
    end
{%- endmacro %}
