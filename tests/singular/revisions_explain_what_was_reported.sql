-- What was reported and its revisions add up to what a rebuild would say today.
with

reported as (
    select * from {{ ref('engagement_scores_reported') }}
),

scorecards as (
    select * from {{ ref('int_engagement__scorecards') }}
),

differences as (
    select
        scorecard,
        customer_id,
        score_date,
        sum(difference) as difference
    from {{ ref('engagement_score_revisions') }}
    group by scorecard, customer_id, score_date
)

select
    reported.scorecard,
    reported.customer_id,
    reported.score_date,
    reported.ces_unrounded as ces_reported,
    differences.difference,
    daily.ces_unrounded as ces_restated
from reported
inner join scorecards on reported.scorecard = scorecards.scorecard
left join differences
    on reported.scorecard = differences.scorecard
    and reported.customer_id = differences.customer_id
    and reported.score_date = differences.score_date
left join {{ ref('engagement_scores_daily') }} as daily
    on reported.scorecard = daily.scorecard
    and reported.customer_id = daily.customer_id
    and reported.score_date = daily.score_date
where
    reported.ces_unrounded + coalesce(differences.difference, 0)
    != coalesce(daily.ces_unrounded, 0)
