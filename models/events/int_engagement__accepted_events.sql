{{ config(materialized='view') }}

with

good_events as (
    select * from {{ ref('int_engagement__checked_events') }}
    where rejection_reason is null
),

repeated_events as (
    select * from {{ ref('int_engagement__repeated_events') }}
),

aliases as (
    select * from {{ ref('stg_engagement__customer_aliases') }}
),

first_loaded_ids as (
    select
        event_date,
        event_id
    from {{ ref('int_engagement__repeated_events') }}
    where load_rank = 1
),

-- An id may belong to another customer by now than when its rows were looked at.
first_loaded_events as (
    select
        repeated_events.*,
        coalesce(aliases.customer_id, repeated_events.received_customer_id) as customer_id
    from repeated_events
    left join aliases on repeated_events.received_customer_id = aliases.alias_id
    where repeated_events.load_rank = 1
),

single_events as (
    select good_events.*
    from good_events
    left join first_loaded_ids
        on good_events.event_date = first_loaded_ids.event_date
        and good_events.event_id = first_loaded_ids.event_id
    where first_loaded_ids.event_id is null
)

select
    customer_id,
    received_customer_id,
    user_id,
    event_name,
    event_day,
    event_date,
    occurred_at,
    loaded_at,
    quantity
from single_events
union all
select
    customer_id,
    received_customer_id,
    user_id,
    event_name,
    event_day,
    event_date,
    occurred_at,
    loaded_at,
    quantity
from first_loaded_events
