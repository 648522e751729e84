{{ config(materialized='view') }}
{%- set no_text = 'cast(null as ' ~ dbt.type_string() ~ ')' %}
{%- set no_amount = 'cast(null as ' ~ type_decimal(24, 4) ~ ')' %}

with

scores as (
    select * from {{ ref('engagement_scores') }}
),

tiers as (
    select * from {{ ref('int_engagement__tier_bands') }}
),

tier_changes as (
    select * from {{ ref('engagement_tier_changes') }}
),

alerts as (
    select * from {{ ref('engagement_alerts') }}
),

subscription_months as (
    select * from {{ ref('int_engagement__subscription_months') }}
    where movement != 'kept' or closing_mrr != opening_mrr
),

aliases as (
    select * from {{ ref('stg_engagement__customer_aliases') }}
),

responses as (
    select * from {{ ref('stg_engagement__survey_responses') }}
    where
        survey is not null
        and score is not null
),

answers as (
    select distinct
        responses.user_id,
        responses.survey,
        coalesce(aliases.customer_id, responses.customer_id) as customer_id,
        cast(responses.score as {{ type_decimal(24, 4) }}) as score,
        cast(responses.responded_at as date) as answered_on
    from responses
    left join aliases on responses.customer_id = aliases.alias_id
)

select
    tier_changes.scorecard,
    tier_changes.customer_id,
    tier_changes.changed_on as happened_on,
    case tier_changes.direction when 'up' then 'tier_rise' else 'tier_fall' end as kind,
    tier_changes.to_tier as code,
    coalesce(tiers.title, tier_changes.to_tier) as title,
    cast(tier_changes.ces as {{ type_decimal(24, 4) }}) as amount,
    cast(tier_changes.ces_before as {{ type_decimal(24, 4) }}) as amount_before,
    {{ no_text }} as user_id,
    {{ no_text }} as detail
from tier_changes
left join tiers
    on tier_changes.scorecard = tiers.scorecard
    and tier_changes.to_tier = tiers.tier
union all
select
    scorecard,
    customer_id,
    opened_on as happened_on,
    'alert_opened' as kind,
    reason_code as code,
    title,
    {{ no_amount }} as amount,
    {{ no_amount }} as amount_before,
    {{ no_text }} as user_id,
    evidence as detail
from alerts
union all
select
    scorecard,
    customer_id,
    closed_on as happened_on,
    'alert_closed' as kind,
    reason_code as code,
    title,
    {{ no_amount }} as amount,
    {{ no_amount }} as amount_before,
    {{ no_text }} as user_id,
    closed_because as detail
from alerts
where closed_on is not null
union all
select
    scores.scorecard,
    scores.customer_id,
    answers.answered_on as happened_on,
    'survey' as kind,
    answers.survey as code,
    answers.survey as title,
    answers.score as amount,
    {{ no_amount }} as amount_before,
    answers.user_id,
    {{ no_text }} as detail
from answers
inner join scores
    on answers.customer_id = scores.customer_id
    and answers.answered_on <= scores.as_of_date
union all
select
    scores.scorecard,
    scores.customer_id,
    subscription_months.month_start as happened_on,
    'subscription' as kind,
    subscription_months.movement as code,
    subscription_months.movement as title,
    subscription_months.closing_mrr as amount,
    subscription_months.opening_mrr as amount_before,
    {{ no_text }} as user_id,
    {{ no_text }} as detail
from subscription_months
inner join scores on subscription_months.customer_id = scores.customer_id
