with

scores as (
    select * from {{ ref('engagement_scores') }}
),

drivers as (
    select * from {{ ref('engagement_drivers') }}
)

select
    scores.customer_id,
    scores.region,
    scores.ces,
    scores.tier,
    drivers.event_name as worst_event
from scores
left join drivers
    on
        scores.scorecard = drivers.scorecard
        and scores.customer_id = drivers.customer_id
        and drivers.points < 0
where
    scores.scorecard = 'all'
    and scores.tier = 'red'
