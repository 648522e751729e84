{{ config(
    materialized='incremental',
    incremental_strategy=append_rows(),
    on_schema_change='fail',
    pre_hook=[
        '{{ delete_without_score_spans() }}',
        "{{ delete_rescored_days('changed_on') }}",
    ],
    **laid_out_by('changed_on')
) }}

with

bands as (
    select * from {{ ref('int_engagement__tier_bands') }}
),

{% if is_incremental() -%}
rescored as (
    select * from {{ ref('int_engagement__score_spans') }}
    where from_day is not null
),

first_change as (
    select min(from_day) as from_day
    from rescored
),

-- The day before the first that changed is needed to see whether that one does.
scores as (
    select
        daily.*,
        daily.score_date >= rescored.from_day as is_rescored
    from {{ ref('engagement_scores_daily') }} as daily
    inner join rescored
        on daily.scorecard = rescored.scorecard
        and daily.customer_id = rescored.customer_id
        and daily.score_date >= {{ dbt.dateadd('day', -1, 'rescored.from_day') }}
    where
        daily.score_date
        >= (select {{ dbt.dateadd('day', -1, 'first_change.from_day') }} from first_change)
),
{%- else -%}
scores as (
    select
        daily.*,
        1 = 1 as is_rescored
    from {{ ref('engagement_scores_daily') }} as daily
),
{%- endif %}

-- All scores pass through this window: it carries ranks, and tiers are named afterwards.
followed_scores as (
    select
        scorecard,
        customer_id,
        score_date,
        ces,
        tier_rank,
        is_rescored,
        lag(ces) over (partition by scorecard, customer_id order by score_date) as ces_before,
        lag(tier_rank) over (
            partition by scorecard, customer_id order by score_date
        ) as tier_rank_before
    from scores
)

select
    followed_scores.scorecard,
    followed_scores.customer_id,
    followed_scores.score_date as changed_on,
    from_bands.tier as from_tier,
    to_bands.tier as to_tier,
    followed_scores.tier_rank_before as from_tier_rank,
    followed_scores.tier_rank as to_tier_rank,
    case
        when followed_scores.tier_rank > followed_scores.tier_rank_before then 'up' else 'down'
    end as direction,
    cast(followed_scores.ces_before as {{ type_decimal(18, 4) }}) as ces_before,
    followed_scores.ces
from followed_scores
inner join bands as from_bands
    on followed_scores.scorecard = from_bands.scorecard
    and followed_scores.tier_rank_before = from_bands.tier_rank
inner join bands as to_bands
    on followed_scores.scorecard = to_bands.scorecard
    and followed_scores.tier_rank = to_bands.tier_rank
where
    followed_scores.is_rescored
    and followed_scores.tier_rank != followed_scores.tier_rank_before
