-- The score is the unrounded one to four places, half away from zero.
select
    scorecard,
    customer_id,
    score_date,
    ces,
    ces_unrounded
from {{ ref('engagement_scores_daily') }}
where
    abs(ces - ces_unrounded) > 0.00005
    or (abs(ces - ces_unrounded) = 0.00005 and abs(ces) < abs(ces_unrounded))
