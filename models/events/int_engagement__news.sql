{{ config(
    materialized='table',
    meta={'kept': false},
    post_hook='{{ pass_on_news() }}'
) }}
{#- All that kept models read of others. Rows of events are known by their days. #}
{%- set read = [
    ref('stg_engagement__alert_rules'),
    ref('stg_engagement__customer_aliases'),
    ref('stg_engagement__customers'),
    ref('stg_engagement__erased_customers'),
    ref('stg_engagement__erased_users'),
    ref('stg_engagement__event_weights'),
    ref('stg_engagement__kpi_definitions'),
    ref('stg_engagement__kpi_events'),
    ref('stg_engagement__opportunity_rules'),
    ref('stg_engagement__outcomes'),
    ref('stg_engagement__scorecards'),
    ref('stg_engagement__subscriptions'),
    ref('stg_engagement__survey_responses'),
    ref('stg_engagement__tier_bands'),
] %}
-- depends_on: {{ ref('engagement_setup_problems') }}
-- depends_on: {{ ref('stg_engagement__events') }}
-- depends_on: {{ ref('stg_engagement__received_events') }}
-- depends_on: {{ ref('int_engagement__event_days') }}
{{ news_query(read, ref('int_engagement__event_days')) }}
