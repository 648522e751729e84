{{ config(materialized='view') }}

with

scorecards as (
    select * from {{ ref('int_engagement__scorecards') }}
),

rules as (
    select * from {{ ref('stg_engagement__opportunity_rules') }}
),

placed_rules as (
    select
        scorecards.scorecard,
        rules.rule,
        rules.kind,
        rules.enabled,
        rules.lifecycles,
        rules.tiers,
        rules.trends,
        rules.risk_levels,
        rules.satisfactions,
        rules.min_promoters,
        rules.min_active_users,
        rules.min_breadth,
        rules.key_events,
        rules.min_key_events,
        rules.max_days_to_value,
        rules.title,
        rules.playbook,
        row_number() over (
            partition by scorecards.scorecard, rules.rule
            order by case when rules.scorecard = '*' then 2 else 1 end
        ) as preference
    from rules
    inner join scorecards
        on rules.scorecard = scorecards.scorecard
        or rules.scorecard = '*'
)

select
    scorecard,
    rule,
    kind,
    lifecycles,
    tiers,
    trends,
    risk_levels,
    satisfactions,
    min_promoters,
    min_active_users,
    min_breadth,
    key_events,
    min_key_events,
    max_days_to_value,
    title,
    playbook
from placed_rules
where
    preference = 1
    and enabled = 'yes'
