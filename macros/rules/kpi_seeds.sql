{#- The roles that an event can have in kpi_events.csv. -#}
{% macro kpi_event_roles() %}
    {% do return([
        'visit', 'page_view', 'click', 'session', 'like', 'comment', 'share', 'app_install',
        'app_uninstall', 'event_registration', 'purchase', 'feature', 'activation', 'first_value',
        'passive',
    ]) %}
{% endmacro %}


{#- Roles whose events are simply counted, with the measure that each of them feeds. -#}
{% macro counted_roles() %}
    {% do return({
        'visit': 'visits', 'page_view': 'page_views', 'click': 'clicks', 'like': 'likes',
        'comment': 'comments', 'share': 'shares', 'app_install': 'app_installs',
        'app_uninstall': 'app_uninstalls', 'event_registration': 'event_registrations',
        'purchase': 'purchases',
    }) %}
{% endmacro %}


{#- Roles whose events make up sessions. -#}
{% macro session_roles() %}
    {% do return(['session', 'page_view', 'click']) %}
{% endmacro %}


{#- The units that a KPI can have in kpi_definitions.csv; points are 100 times the ratio. -#}
{% macro kpi_units() %}
    {% do return([
        'count', 'users', 'customers', 'share', 'ratio', 'points', 'minutes', 'days', 'currency',
        'score',
    ]) %}
{% endmacro %}


{#- The measures that a KPI in kpi_definitions.csv can be made of. -#}
{% macro kpi_measures() %}
    {% do return(
        activity_measures() + lifecycle_measures() + (counted_roles().values() | list)
        + ['purchase_value', 'transactions', 'all_transactions', 'buyers', 'repeat_buyers']
        + ['sessions', 'bounced_sessions', 'session_minutes', 'session_page_views']
        + ['adopters', 'adoption_base', 'features_used', 'possible_features', 'feature_uses']
        + ['cohort_customers', 'activated_customers', 'median_days_to_value']
        + subscription_measures() + survey_measures()
        + ['cxi_sum_of_means', 'cxi_aspects', 'pes_sum_of_shares', 'pes_parts']
    ) %}
{% endmacro %}


{#- Measures of who was active. -#}
{% macro activity_measures() %}
    {% do return([
        'days', 'active_user_days', 'active_users', 'new_users', 'returning_users',
        'weekly_active_users', 'monthly_active_users', 'possible_user_days',
    ]) %}
{% endmacro %}


{#- Measures of what became of customers from one period to the next. -#}
{% macro lifecycle_measures() %}
    {% do return([
        'active_customers', 'new_customers', 'retained_customers', 'resurrected_customers',
        'dormant_customers', 'inactive_customers', 'customers', 'gained_customers',
        'previously_active_customers',
    ]) %}
{% endmacro %}


{#- Measures of subscriptions and their monthly recurring revenue. -#}
{% macro subscription_measures() %}
    {% do return([
        'opening_subscribers', 'new_subscribers', 'reactivated_subscribers', 'lost_subscribers',
        'retained_subscribers', 'closing_subscribers', 'opening_mrr', 'new_mrr', 'reactivated_mrr',
        'expansion_mrr', 'contraction_mrr', 'churned_mrr', 'retained_mrr', 'closing_mrr',
        'gained_mrr', 'lost_mrr', 'net_lost_mrr', 'kept_and_expanded_mrr', 'opening_mrr_margin',
        'acquisition_cost_of_lost_subscribers',
    ]) %}
{% endmacro %}


{#- Measures of survey answers. -#}
{% macro survey_measures() %}
    {% do return([
        'nps_answers', 'nps_promoters', 'nps_detractors', 'nps_balance', 'csat_answers',
        'csat_satisfied', 'customer_effort_answers', 'customer_effort_sum',
    ] + cxi_measures('answers') + cxi_measures('sum')) %}
{% endmacro %}


{#- The aspects of the customer experience index, as survey names. -#}
{% macro cxi_aspects() %}
    {% do return(['cxi_effort', 'cxi_empathy', 'cxi_understanding', 'cxi_efficiency']) %}
{% endmacro %}


{#- One measure for each aspect of the customer experience index. Arguments: what, answers or sum. -#}
{% macro cxi_measures(what) %}
    {% set names = [] %}
    {% for aspect in cxi_aspects() %}{% do names.append(aspect ~ '_' ~ what) %}{% endfor %}
    {% do return(names) %}
{% endmacro %}
