{{ config(pre_hook='{{ note_first_changed_day() }}') }}

with

changed_days as (
    select * from {{ ref('int_engagement__changed_days') }}
    where {{ is_kept('int_engagement__received_counts') | string | lower }}
),

signed_events as (
    select * from {{ ref('int_engagement__signed_events') }}
    where
        event_day in (select changed_days.event_day from changed_days)
        and {{ is_since_first_changed_day('occurred_at') }}
)

select
    event_day,
    event_date,
    customer_id,
    user_id,
    event_name,
    cast(sum(events) as {{ dbt.type_bigint() }}) as event_count,
    cast(coalesce(sum(quantity), 0) as {{ type_decimal(24, 4) }}) as quantity
from signed_events
group by event_day, event_date, customer_id, user_id, event_name
having sum(events) > 0
