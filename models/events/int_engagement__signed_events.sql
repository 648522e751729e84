{{ config(materialized='view') }}

with

received_events as (
    select * from {{ ref('stg_engagement__events') }}
    where not is_erased
),

rejected_events as (
    select * from {{ ref('int_engagement__doubtful_events') }}
    where rejection_reason != 'erased_customer'
),

duplicate_events as (
    select * from {{ ref('int_engagement__repeated_events') }}
    where load_rank > 1
)

-- All rows count, and what does not is taken off again: that needs neither the ids of all events
-- nor a look at each row's reasons.
select
    event_day,
    event_date,
    customer_id,
    user_id,
    event_name,
    occurred_at,
    1 as events,
    quantity
from received_events
union all
select
    event_day,
    event_date,
    received_customer_id as customer_id,
    user_id,
    event_name,
    occurred_at,
    -1 as events,
    -quantity as quantity
from rejected_events
union all
select
    event_day,
    event_date,
    received_customer_id as customer_id,
    user_id,
    event_name,
    occurred_at,
    -1 as events,
    -quantity as quantity
from duplicate_events
