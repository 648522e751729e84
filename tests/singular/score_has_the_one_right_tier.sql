-- The tier of a score is the lowest one whose upper bound is not below it, read from the seed anew.
with

scores as (
    select * from {{ ref('engagement_scores_daily') }}
),

bands as (
    select
        scorecards.scorecard,
        bands.tier,
        bands.tier_rank,
        bands.upper_bound
    from {{ ref('int_engagement__scorecards') }} as scorecards
    inner join {{ ref('stg_engagement__tier_bands') }} as bands
        on (
            scorecards.scorecard = bands.scorecard
            or (
                bands.scorecard = '*'
                and scorecards.scorecard not in (
                    select own.scorecard
                    from {{ ref('stg_engagement__tier_bands') }} as own
                )
            )
        )
),

distinct_scores as (
    select
        scorecard,
        ces,
        tier,
        tier_rank
    from scores
    group by scorecard, ces, tier, tier_rank
),

right_tiers as (
    select
        distinct_scores.scorecard,
        distinct_scores.ces,
        distinct_scores.tier,
        distinct_scores.tier_rank,
        min(bands.tier_rank) as right_tier_rank
    from distinct_scores
    inner join bands
        on distinct_scores.scorecard = bands.scorecard
        and (bands.upper_bound is null or distinct_scores.ces <= bands.upper_bound)
    group by
        distinct_scores.scorecard,
        distinct_scores.ces,
        distinct_scores.tier,
        distinct_scores.tier_rank
)

select
    right_tiers.scorecard,
    right_tiers.ces,
    right_tiers.tier,
    bands.tier as right_tier
from right_tiers
inner join bands
    on right_tiers.scorecard = bands.scorecard
    and right_tiers.right_tier_rank = bands.tier_rank
where
    right_tiers.tier_rank != right_tiers.right_tier_rank
    or right_tiers.tier != bands.tier
