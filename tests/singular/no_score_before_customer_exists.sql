-- No customer is scored before it signed up, subscribed or was first active, whichever is known,
-- nor after as_of.
with

as_of as (
    select * from {{ ref('int_engagement__as_of') }}
),

aliases as (
    select * from {{ ref('stg_engagement__customer_aliases') }}
),

signs_of_life as (
    select
        customer_id,
        signed_up_at as seen_at
    from {{ ref('stg_engagement__customers') }}
    union all
    select
        customer_id,
        started_at as seen_at
    from {{ ref('stg_engagement__subscriptions') }}
    union all
    select
        received_customer_id as customer_id,
        occurred_at as seen_at
    from {{ ref('int_engagement__checked_events') }}
    where rejection_reason is null
),

beginnings as (
    select
        coalesce(aliases.customer_id, signs_of_life.customer_id) as customer_id,
        min(cast(signs_of_life.seen_at as date)) as first_seen_on
    from signs_of_life
    left join aliases on signs_of_life.customer_id = aliases.alias_id
    group by coalesce(aliases.customer_id, signs_of_life.customer_id)
),

scored as (
    select
        scorecard,
        customer_id,
        min(score_date) as first_day,
        max(score_date) as last_day
    from {{ ref('engagement_scores_daily') }}
    group by scorecard, customer_id
)

select
    scored.scorecard,
    scored.customer_id,
    scored.first_day,
    scored.last_day,
    beginnings.first_seen_on
from scored
cross join as_of
left join beginnings on scored.customer_id = beginnings.customer_id
where
    scored.first_day < beginnings.first_seen_on
    or scored.last_day > as_of.as_of_date
    or (beginnings.first_seen_on is null and scored.first_day < as_of.as_of_date)
