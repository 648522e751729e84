-- No alert opens while the customer is provisional or after its end, nor within five weeks of a gap
-- in the pipeline, nor within a week, nor is it open once its customer has ended.
with

alerts as (
    select * from {{ ref('engagement_alerts') }}
),

scores as (
    select * from {{ ref('engagement_scores_daily') }}
),

customers as (
    select * from {{ ref('int_engagement__customers') }}
),

gaps as (
    select event_date
    from {{ ref('engagement_pipeline_gaps') }}
    group by event_date
),

silenced_alerts as (
    select
        alerts.scorecard,
        alerts.customer_id,
        alerts.reason_code,
        alerts.opened_on,
        max(gaps.event_date) as gap_on
    from alerts
    inner join gaps
        on alerts.opened_on >= gaps.event_date
        and {{ dbt.datediff('gaps.event_date', 'alerts.opened_on', 'day') }}
        < {{ alert_silence_days() }}
    group by alerts.scorecard, alerts.customer_id, alerts.reason_code, alerts.opened_on
)

select
    alerts.scorecard,
    alerts.customer_id,
    alerts.reason_code,
    alerts.opened_on,
    scores.is_provisional,
    customers.ended_on,
    silenced_alerts.gap_on
from alerts
left join scores
    on alerts.scorecard = scores.scorecard
    and alerts.customer_id = scores.customer_id
    and alerts.opened_on = scores.score_date
left join customers on alerts.customer_id = customers.customer_id
left join silenced_alerts
    on alerts.scorecard = silenced_alerts.scorecard
    and alerts.customer_id = silenced_alerts.customer_id
    and alerts.reason_code = silenced_alerts.reason_code
    and alerts.opened_on = silenced_alerts.opened_on
where
    scores.is_provisional
    or scores.is_provisional is null
    or silenced_alerts.gap_on is not null
    or alerts.opened_on > customers.ended_on
    or (alerts.is_open and customers.ended_on is not null)
    or {{ days_to_reading(
        dbt.datediff("cast('1970-01-01' as date)", 'alerts.opened_on', 'day')
    ) }} != 0
