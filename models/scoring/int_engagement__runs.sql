{{ config(
    materialized='incremental',
    incremental_strategy=append_rows(),
    on_schema_change='fail',
    meta={'kept': false},
    post_hook=[
        "{{ commit_marks(ref('int_engagement__event_days'), ['fingerprint']) }}",
        "{{ forget_gone(ref('int_engagement__event_days'), 'fingerprint') }}",
        "{{ commit_marks(ref('int_engagement__excluded_keys'), ['reason']) }}",
        "{{ forget_gone(ref('int_engagement__excluded_keys'), 'reason') }}",
        "{{ commit_marks(ref('int_engagement__identities'), ['customer_id']) }}",
        "{{ forget_gone(ref('int_engagement__identities'), 'customer_id') }}",
        "{{ commit_marks(
            ref('int_engagement__customer_spans'),
            ['first_day', 'last_day', 'active_until', 'derived_events']
        ) }}",
        "{{ forget_gone(ref('int_engagement__customer_spans'), 'first_day') }}",
        "{{ commit_marks(ref('int_engagement__score_spans'), ['first_day', 'version']) }}",
        "{{ forget_gone(ref('int_engagement__score_spans'), 'first_day') }}",
        "{{ forget_changes(ref('int_engagement__score_spans')) }}",
        "{{ forget_changes(ref('int_engagement__customer_spans')) }}",
        "{{ empty_table(ref('int_engagement__changed_customer_days')) }}",
        "{{ empty_table(ref('int_engagement__moved_customers')) }}",
        "{{ empty_table(ref('int_engagement__changed_days')) }}",
    ]
) }}
-- depends_on: {{ ref('int_engagement__excluded_keys') }}
-- depends_on: {{ ref('int_engagement__identities') }}
-- depends_on: {{ ref('int_engagement__customer_spans') }}
-- depends_on: {{ ref('int_engagement__doubtful_events') }}
-- depends_on: {{ ref('int_engagement__received_counts') }}
-- depends_on: {{ ref('int_engagement__late_events') }}
-- depends_on: {{ ref('int_engagement__sessions') }}
-- depends_on: {{ ref('int_engagement__inactive_days') }}
-- depends_on: {{ ref('int_engagement__new_active_users') }}
-- depends_on: {{ ref('engagement_scores_daily') }}
-- depends_on: {{ ref('engagement_tier_changes') }}
-- depends_on: {{ ref('engagement_score_revisions') }}

with

as_of as (
    select * from {{ ref('int_engagement__as_of') }}
),

changed_days as (
    select * from {{ ref('int_engagement__changed_days') }}
),

changed_customer_days as (
    select * from {{ ref('int_engagement__changed_customer_days') }}
),

rescored as (
    select * from {{ ref('int_engagement__score_spans') }}
    where from_day is not null
)

select
    '{{ invocation_id }}' as run_id,
    {{ start_of_run() }} as started_at,
    as_of.as_of_date,
    (select count(*) from changed_days) as event_days,
    (select count(*) from changed_customer_days) as customer_days,
    (select count(*) from rescored) as rescored_customers
from as_of
