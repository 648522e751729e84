{{ config(materialized='view') }}

with

facts as (
    select * from {{ ref('int_engagement__facts') }}
),

weights as (
    select * from {{ ref('stg_engagement__event_weights') }}
),

scorecard_customers as (
    select * from {{ ref('int_engagement__scorecard_customers') }}
),

measured as (
    select
        weights.scorecard,
        facts.customer_id,
        facts.event_date,
        facts.event_name,
        facts.event_count,
        facts.user_id,
        cast(weights.weight as {{ type_decimal(9, 4) }}) as weight,
        weights.saturation,
        weights.daily_cap_per_user,
        cast(
            {{ measured_amount('weights.measure', 'facts.event_count', 'facts.quantity') }}
            as {{ type_decimal(24, 4) }}
        ) as amount
    from facts
    inner join weights
        on facts.event_name = weights.event_name
        and facts.event_date between weights.counts_from and weights.counts_to
    inner join scorecard_customers
        on weights.scorecard = scorecard_customers.scorecard
        and facts.customer_id = scorecard_customers.customer_id
),

{{ limited_amounts([
    'scorecard', 'customer_id', 'event_date', 'event_name', 'event_count', 'user_id', 'weight',
]) }}

select
    scorecard,
    customer_id,
    user_id,
    event_date,
    event_name,
    event_count,
    weight,
    amount,
    cast(weight * amount as {{ type_decimal(38, 8) }}) as points
from capped
