{{ config(
    materialized='incremental',
    incremental_strategy=append_rows(),
    on_schema_change='append_new_columns',
    full_refresh=false,
    pre_hook=['{{ hash_reported_ids() }}', '{{ delete_erased_customers() }}'],
    **laid_out_by('score_date')
) }}
-- depends_on: {{ ref('stg_engagement__erased_customers') }}

with

reported as (
    select * from {{ ref('engagement_scores_reported') }}
),

versions as (
    select * from {{ ref('int_engagement__scorecard_versions') }}
),

customer_spans as (
    select * from {{ ref('int_engagement__customer_spans') }}
),

moved_customers as (
    select distinct customer_id from {{ ref('int_engagement__moved_customers') }}
),

erased_customers as (
    select distinct erased_users.customer_id
    from {{ ref('stg_engagement__erased_users') }} as erased_users
    inner join {{ ref('int_engagement__excluded_keys') }} as excluded_keys
        on {{ exclusion_key('erased_users.customer_id', 'erased_users.user_id') }}
        = excluded_keys.excluded_key
    where excluded_keys.reason is distinct from excluded_keys.processed_reason
),

first_late_days as (
    select
        customer_id,
        min(event_date) as event_date
    from {{ ref('int_engagement__changed_customer_days') }}
    where customer_id is not null
    group by customer_id
),

-- What each score read when it was last reported or revised.
{% if is_incremental() -%}
score_spans as (
    select * from {{ ref('int_engagement__score_spans') }}
),

latest_revisions as (
    select
        scorecard,
        customer_id,
        score_date,
        max(revision) as revision
    from {{ this }}
    group by scorecard, customer_id, score_date
),

revised as (
    select latest.*
    from {{ this }} as latest
    inner join latest_revisions
        on latest.scorecard = latest_revisions.scorecard
        and latest.customer_id = latest_revisions.customer_id
        and latest.score_date = latest_revisions.score_date
        and latest.revision = latest_revisions.revision
),

known_scores as (
    select
        reported.scorecard,
        reported.customer_id,
        reported.score_date,
        coalesce(revised.revision, 0) as revision,
        case when revised.revision is null then reported.ces_unrounded else revised.ces_after end
            as ces_before,
        coalesce(revised.scorecard_version, reported.scorecard_version) as version_before
    from reported
    left join score_spans
        on reported.scorecard = score_spans.scorecard
        and reported.customer_id = score_spans.customer_id
    left join revised
        on reported.scorecard = revised.scorecard
        and reported.customer_id = revised.customer_id
        and reported.score_date = revised.score_date
    -- Of those who are gone since long there may be no span left.
    where
        reported.score_date >= score_spans.from_day
        or score_spans.customer_id is null
),
{%- else -%}
-- depends_on: {{ ref('int_engagement__score_spans') }}
known_scores as (
    select
        scorecard,
        customer_id,
        score_date,
        0 as revision,
        ces_unrounded as ces_before,
        scorecard_version as version_before
    from reported
),
{%- endif %}

compared as (
    select
        known_scores.scorecard,
        known_scores.customer_id,
        known_scores.score_date,
        known_scores.revision,
        known_scores.ces_before,
        known_scores.version_before,
        versions.version,
        daily.ces_unrounded as ces_after
    from known_scores
    inner join versions on known_scores.scorecard = versions.scorecard
    left join {{ ref('engagement_scores_daily') }} as daily
        on known_scores.scorecard = daily.scorecard
        and known_scores.customer_id = daily.customer_id
        and known_scores.score_date = daily.score_date
),

explained as (
    select
        compared.scorecard,
        compared.customer_id,
        compared.score_date,
        compared.revision,
        compared.ces_before,
        compared.ces_after,
        compared.version,
        compared.version != compared.version_before as has_other_rules,
        case
            when moved_customers.customer_id is not null then 'identity'
            when erased_customers.customer_id is not null then 'erasure'
            when first_late_days.event_date <= compared.score_date then 'late_events'
            when customer_spans.from_day <= compared.score_date then 'customer_record'
        end as data_cause
    from compared
    left join moved_customers on compared.customer_id = moved_customers.customer_id
    left join erased_customers on compared.customer_id = erased_customers.customer_id
    left join first_late_days on compared.customer_id = first_late_days.customer_id
    left join customer_spans on compared.customer_id = customer_spans.customer_id
    where compared.ces_after is distinct from compared.ces_before
)

select
    scorecard,
    customer_id,
    score_date,
    cast(revision + 1 as {{ dbt.type_int() }}) as revision,
    case
        when has_other_rules and data_cause is not null then 'weights and ' || data_cause
        when has_other_rules then 'weights'
        else coalesce(data_cause, 'not_recorded')
    end as cause,
    cast(ces_before as {{ type_decimal(28, 10) }}) as ces_before,
    cast(ces_after as {{ type_decimal(28, 10) }}) as ces_after,
    cast(coalesce(ces_after, 0) - coalesce(ces_before, 0) as {{ type_decimal(28, 10) }})
        as difference,
    version as scorecard_version,
    {{ start_of_run() }} as revised_at,
    {{ id_key() }} as id_key
from explained
