with

customer_events as (
    select * from {{ ref('int_engagement__customer_events') }}
),

scorecards as (
    select * from {{ ref('int_engagement__scorecards') }}
),

scorecard_customers as (
    select * from {{ ref('int_engagement__scorecard_customers') }}
),

weighted_events as (
    select
        weights.scorecard,
        weights.event_name
    from {{ ref('stg_engagement__event_weights') }} as weights
    inner join scorecards on weights.scorecard = scorecards.scorecard
    group by weights.scorecard, weights.event_name
),

occurring_events as (
    select
        scorecard_customers.scorecard,
        customer_events.event_name
    from customer_events
    inner join scorecard_customers
        on customer_events.customer_id = scorecard_customers.customer_id
    group by scorecard_customers.scorecard, customer_events.event_name
)

select
    weighted_events.scorecard,
    weighted_events.event_name
from weighted_events
left join occurring_events
    on weighted_events.scorecard = occurring_events.scorecard
    and weighted_events.event_name = occurring_events.event_name
where occurring_events.event_name is null
