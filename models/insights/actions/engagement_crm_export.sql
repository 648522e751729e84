{%- set content = [
    'customer_name', 'owner', 'plan', 'lifecycle', 'score', 'score_change_28d', 'tier', 'tier_title',
    'trend', 'risk_level', 'top_drivers', 'drivers_up', 'drivers_down', 'open_alerts', 'alert',
    'alert_severity', 'alert_evidence', 'alert_since', 'playbook', 'opportunity',
    'opportunity_playbook', 'mrr', 'customer_since', 'last_event_date', 'ended_on',
] -%}

with

scorecards as (
    select * from {{ ref('int_engagement__scorecards') }}
    where status = 'active'
),

scores as (
    select * from {{ ref('engagement_scores') }}
),

drivers as (
    select * from {{ ref('engagement_drivers') }}
),

alerts as (
    select * from {{ ref('engagement_alerts') }}
    where is_open
),

opportunities as (
    select * from {{ ref('engagement_opportunities') }}
),

accounts as (
    select * from {{ ref('engagement_accounts') }}
),

-- Less than this would read as 0.
ranked_drivers as (
    select
        scorecard,
        customer_id,
        event_name || ' ' || {{ signed_words('points', 0) }} as words,
        row_number() over (
            partition by scorecard, customer_id order by abs(points) desc, event_name asc
        ) as place
    from drivers
    where abs(points) >= 0.5
),

top_drivers as (
    select
        scorecard,
        customer_id,
        max(case when place = 1 then words end) as driver_1,
        max(case when place = 2 then words end) as driver_2,
        max(case when place = 3 then words end) as driver_3
    from ranked_drivers
    where place <= 3
    group by scorecard, customer_id
),

ranked_alerts as (
    select
        scorecard,
        customer_id,
        title,
        severity,
        evidence,
        opened_on,
        playbook,
        row_number() over (
            partition by scorecard, customer_id
            order by {{ severity_rank('severity') }} desc, opened_on asc, reason_code asc
        ) as place
    from alerts
),

ranked_opportunities as (
    select
        scorecard,
        customer_id,
        title,
        playbook,
        row_number() over (
            partition by scorecard, customer_id
            order by {{ opportunity_rank('kind') }} asc, rule asc
        ) as place
    from opportunities
),

told as (
    select
        scores.scorecard,
        scores.customer_id,
        scores.as_of_date,
        scores.customer_name,
        scores.owner,
        scores.plan,
        scores.lifecycle,
        cast(
            round(scores.ces, 0) as {{ dbt.type_bigint() }}  -- portable: a decimal
        ) as score,
        cast(
            round(scores.ces_change_28d, 0) as {{ dbt.type_bigint() }}  -- portable: a decimal
        ) as score_change_28d,
        scores.tier,
        scores.tier_title,
        scores.trend,
        scores.risk_level,
        top_drivers.driver_1 || coalesce('; ' || top_drivers.driver_2, '')
        || coalesce('; ' || top_drivers.driver_3, '') as top_drivers,
        scores.drivers_up,
        scores.drivers_down,
        scores.open_alerts,
        alerts.title as alert,
        alerts.severity as alert_severity,
        alerts.evidence as alert_evidence,
        alerts.opened_on as alert_since,
        coalesce(alerts.playbook, scores.playbook) as playbook,
        opportunities.title as opportunity,
        opportunities.playbook as opportunity_playbook,
        accounts.mrr,
        scores.customer_since,
        scores.last_event_date,
        scores.ended_on
    from scores
    inner join scorecards on scores.scorecard = scorecards.scorecard
    left join top_drivers
        on scores.scorecard = top_drivers.scorecard
        and scores.customer_id = top_drivers.customer_id
    left join ranked_alerts as alerts
        on scores.scorecard = alerts.scorecard
        and scores.customer_id = alerts.customer_id
        and alerts.place = 1
    left join ranked_opportunities as opportunities
        on scores.scorecard = opportunities.scorecard
        and scores.customer_id = opportunities.customer_id
        and opportunities.place = 1
    left join accounts
        on scores.scorecard = accounts.scorecard
        and scores.customer_id = accounts.customer_id
)

select
    scorecard || ':' || customer_id as crm_key,
    scorecard,
    customer_id,
    as_of_date,{% for column in content %}
    {{ column }},{% endfor %}
    {{ dbt.hash(joined_texts(content)) }} as content_key
from told
