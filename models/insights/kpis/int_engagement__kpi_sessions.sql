with

roles as (
    select
        event_name,
        max(case when role = 'page_view' then 1 else 0 end) as is_page_view
    from {{ ref('int_engagement__kpi_roles') }}
    where role in ({{ listed_texts(session_roles()) }})
    group by event_name
),

customers as (
    select * from {{ ref('int_engagement__customer_groups') }}
),

role_events as (
    select
        accepted_events.customer_id,
        accepted_events.user_id,
        accepted_events.event_date,
        accepted_events.occurred_at,
        roles.is_page_view
    from {{ ref('int_engagement__accepted_events') }} as accepted_events
    inner join roles on accepted_events.event_name = roles.event_name
),

{{ numbered_sessions('role_events') }},

sessions as (
    select
        customer_id,
        user_id,
        event_date,
        session_number,
        count(*) as event_count,
        sum(is_page_view) as page_views,
        {{ dbt.datediff('min(occurred_at)', 'max(occurred_at)', 'second') }} as duration_seconds
    from numbered_events
    group by customer_id, user_id, event_date, session_number
)

select
    sessions.event_date,
    customers.segment_group,
    count(*) as sessions,
    sum(case when {{ is_bounce('sessions.event_count') }} then 1 else 0 end) as bounced_sessions,
    sum(sessions.page_views) as page_views,
    sum(sessions.duration_seconds) as duration_seconds
from sessions
inner join customers on sessions.customer_id = customers.customer_id
group by sessions.event_date, customers.segment_group
