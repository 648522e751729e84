-- Each open alert is counted in engagement_scores, and whoever has a risk has an open alert.
with

open_alerts as (
    select
        scorecard,
        customer_id,
        count(*) as open_alerts
    from {{ ref('engagement_alerts') }}
    where is_open
    group by scorecard, customer_id
),

scores as (
    select * from {{ ref('engagement_scores') }}
),

compared as (
    select
        scores.scorecard,
        scores.customer_id,
        scores.risk_level,
        scores.open_alerts as open_alerts_in_scores,
        coalesce(open_alerts.open_alerts, 0) as open_alerts
    from scores
    left join open_alerts
        on scores.scorecard = open_alerts.scorecard
        and scores.customer_id = open_alerts.customer_id
    union all
    select
        open_alerts.scorecard,
        open_alerts.customer_id,
        scores.risk_level,
        scores.open_alerts as open_alerts_in_scores,
        open_alerts.open_alerts
    from open_alerts
    left join scores
        on open_alerts.scorecard = scores.scorecard
        and open_alerts.customer_id = scores.customer_id
    where scores.customer_id is null
)

select
    scorecard,
    customer_id,
    risk_level,
    open_alerts_in_scores,
    open_alerts
from compared
where
    open_alerts_in_scores is null
    or open_alerts_in_scores != open_alerts
    or (risk_level in ('low', 'medium', 'high')) != (open_alerts > 0)
