{{ config(materialized='view') }}

with

scorecards as (
    select * from {{ ref('int_engagement__scorecards') }}
),

rules as (
    select * from {{ ref('stg_engagement__alert_rules') }}
),

placed_rules as (
    select
        scorecards.scorecard,
        rules.reason_code,
        rules.kind,
        rules.enabled,
        rules.severity,
        rules.max_share_of_base,
        rules.min_points_down,
        rules.below_score,
        rules.quiet_days,
        rules.max_weeks_open,
        rules.title,
        rules.playbook,
        row_number() over (
            partition by scorecards.scorecard, rules.reason_code
            order by case when rules.scorecard = '*' then 2 else 1 end
        ) as preference
    from rules
    inner join scorecards
        on rules.scorecard = scorecards.scorecard
        or rules.scorecard = '*'
)

select
    scorecard,
    reason_code,
    kind,
    severity,
    max_share_of_base,
    min_points_down,
    below_score,
    quiet_days,
    max_weeks_open,
    title,
    playbook
from placed_rules
where
    preference = 1
    and enabled = 'yes'
