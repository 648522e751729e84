-- An alert never opens twice for the same run of days: before it opens again for the same customer
-- and reason, the one before is over, and at least one day lies between.
with

alerts as (
    select * from {{ ref('engagement_alerts') }}
),

followed_alerts as (
    select
        scorecard,
        customer_id,
        reason_code,
        opened_on,
        closed_on,
        lag(opened_on) over (
            partition by scorecard, customer_id, reason_code order by opened_on
        ) as opened_on_before,
        lag(closed_on) over (
            partition by scorecard, customer_id, reason_code order by opened_on
        ) as closed_on_before
    from alerts
)

select
    scorecard,
    customer_id,
    reason_code,
    opened_on,
    closed_on,
    opened_on_before,
    closed_on_before
from followed_alerts
where
    closed_on <= opened_on
    or (
        opened_on_before is not null
        and (closed_on_before is null or closed_on_before >= opened_on)
    )
