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

as_of as (
    select * from {{ ref('int_engagement__as_of') }}
),

versions as (
    select * from {{ ref('int_engagement__scorecard_versions') }}
),

scores as (
    select daily.*
    from {{ ref('engagement_scores_daily') }} as daily
    inner join as_of on daily.score_date = as_of.as_of_date
)

select
    scores.scorecard,
    scores.customer_id,
    scores.score_date,
    scores.ces,
    scores.ces_unrounded,
    scores.ces_1_to_100,
    scores.tier,
    scores.tier_rank,
    scores.is_provisional,
    versions.version as scorecard_version,
    {{ start_of_run() }} as reported_at,
    {{ id_key() }} as id_key
from scores
inner join versions on scores.scorecard = versions.scorecard
{%- if is_incremental() %}
left join {{ this }} as reported
    on scores.scorecard = reported.scorecard
    and scores.customer_id = reported.customer_id
    and scores.score_date = reported.score_date
where reported.customer_id is null
{%- endif %}
