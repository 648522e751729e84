-- A higher tier never holds a lower score than the tier below it.
with

ranges as (
    select
        scorecard,
        tier_rank,
        min(ces) as lowest_ces,
        max(ces) as highest_ces
    from {{ ref('engagement_scores_daily') }}
    group by scorecard, tier_rank
),

neighbours as (
    select
        scorecard,
        tier_rank,
        lowest_ces,
        lag(highest_ces) over (partition by scorecard order by tier_rank) as highest_ces_below
    from ranges
)

select
    scorecard,
    tier_rank,
    lowest_ces,
    highest_ces_below
from neighbours
where lowest_ces <= highest_ces_below
