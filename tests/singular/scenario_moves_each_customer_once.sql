-- Each customer that both scorecards score is in one row of the migration from tier to tier.
with

scenarios as (
    select * from {{ ref('engagement_scenarios') }}
    where aspect = 'tier_migration'
),

scores as (
    select * from {{ ref('engagement_scores') }}
),

scorecards as (
    select * from {{ ref('int_engagement__scorecards') }}
),

counted as (
    select
        scorecard,
        candidate,
        from_tier,
        to_tier,
        customers
    from scenarios
    union all
    select
        active_scores.scorecard,
        candidate_scores.scorecard as candidate,
        active_scores.tier as from_tier,
        candidate_scores.tier as to_tier,
        -1 as customers
    from scores as active_scores
    inner join scores as candidate_scores
        on active_scores.customer_id = candidate_scores.customer_id
    inner join scorecards as active
        on active_scores.scorecard = active.scorecard
        and active.status = 'active'
    inner join scorecards as candidates
        on candidate_scores.scorecard = candidates.scorecard
        and candidates.status = 'candidate'
)

select
    scorecard,
    candidate,
    from_tier,
    to_tier,
    sum(customers) as customers_too_many
from counted
group by scorecard, candidate, from_tier, to_tier
having sum(customers) != 0
