-- The drivers of every score, now and 28 days before, add up to it exactly: the score is the sum of
-- rows that people can read.
with

as_of as (
    select * from {{ ref('int_engagement__as_of') }}
),

drivers as (
    select
        scorecard,
        customer_id,
        sum(points) as points,
        sum(points_28d_before) as points_28d_before
    from {{ ref('engagement_drivers') }}
    group by scorecard, customer_id
),

scores as (
    select * from {{ ref('engagement_scores') }}
),

earlier_scores as (
    select daily.*
    from {{ ref('engagement_scores_daily') }} as daily
    inner join as_of
        on daily.score_date = {{ dbt.dateadd('day', -28, 'as_of.as_of_date') }}
)

select
    scores.scorecard,
    scores.customer_id,
    scores.ces,
    scores.ces_unrounded,
    drivers.points,
    earlier_scores.ces_unrounded as ces_unrounded_28d_before,
    drivers.points_28d_before
from scores
left join drivers
    on scores.scorecard = drivers.scorecard
    and scores.customer_id = drivers.customer_id
left join earlier_scores
    on scores.scorecard = earlier_scores.scorecard
    and scores.customer_id = earlier_scores.customer_id
where
    scores.ces_unrounded != coalesce(drivers.points, 0)
    or abs(scores.ces - coalesce(drivers.points, 0)) > 0.00005
    or coalesce(earlier_scores.ces_unrounded, 0) != coalesce(drivers.points_28d_before, 0)
