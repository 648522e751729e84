with

customer_events as (
    select * from {{ ref('int_engagement__customer_events') }}
    where
        event_name not in ({{ listed_texts(derived_event_names()) }})
),

scorecard_customers as (
    select * from {{ ref('int_engagement__scorecard_customers') }}
),

weighted_events as (
    select
        scorecard,
        event_name
    from {{ ref('stg_engagement__event_weights') }}
    group by scorecard, event_name
)

select
    scorecard_customers.scorecard,
    customer_events.event_name,
    cast(sum(customer_events.occurrences) as {{ dbt.type_bigint() }}) as occurrences,
    cast(count(*) as {{ dbt.type_bigint() }}) as customers,
    min(customer_events.first_event_date) as first_event_date,
    max(customer_events.last_event_date) as last_event_date
from customer_events
inner join scorecard_customers
    on customer_events.customer_id = scorecard_customers.customer_id
left join weighted_events
    on scorecard_customers.scorecard = weighted_events.scorecard
    and customer_events.event_name = weighted_events.event_name
where weighted_events.event_name is null
group by scorecard_customers.scorecard, customer_events.event_name
