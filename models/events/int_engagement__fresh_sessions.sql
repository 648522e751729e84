with

changed_days as (
    select * from {{ ref('int_engagement__changed_days') }}
),

moved_customers as (
    select * from {{ ref('int_engagement__moved_customers') }}
),

weights as (
    select * from {{ ref('stg_engagement__event_weights') }}
    where event_name in ({{ listed_texts(session_event_names()) }})
),

accepted_events as (
    select
        customer_id,
        user_id,
        event_day,
        event_date,
        occurred_at
    from {{ ref('int_engagement__accepted_events') }}
    where
        exists (select 1 from weights)
        and (
            {{ (not is_kept('int_engagement__sessions')) | string | lower }}
            or event_day in (select changed_days.event_day from changed_days)
            or customer_id in (select moved_customers.customer_id from moved_customers)
        )
),

{{ numbered_sessions('accepted_events') }}

select
    customer_id,
    user_id,
    event_day,
    event_date,
    session_number,
    count(*) as event_count,
    {{ dbt.datediff('min(occurred_at)', 'max(occurred_at)', 'second') }} as duration_seconds
from numbered_events
group by customer_id, user_id, event_day, event_date, session_number
