with

weights as (
    select * from {{ ref('stg_engagement__event_weights') }}
    where event_name in ('session_started', 'session_bounced', 'active_minutes')
),

accepted_events as (
    select
        customer_id,
        user_id,
        event_date,
        occurred_at
    from {{ ref('int_engagement__accepted_events') }}
    where exists (select 1 from weights)
),

followed_events as (
    select
        customer_id,
        user_id,
        event_date,
        occurred_at,
        lag(occurred_at) over (
            partition by customer_id, user_id, event_date order by occurred_at
        ) as previous_at
    from accepted_events
),

marked_events as (
    select
        followed_events.*,
        case when {{ starts_session('previous_at', 'occurred_at') }} then 1 else 0 end as is_start
    from followed_events
),

numbered_events as (
    select
        marked_events.*,
        sum(is_start) over (
            partition by customer_id, user_id, event_date
            -- Of events at the same moment the one that starts the session comes first.
            order by occurred_at asc, is_start desc
            rows between unbounded preceding and current row
        ) as session_number
    from marked_events
)

select
    customer_id,
    user_id,
    event_date,
    session_number,
    count(*) as event_count,
    {{ dbt.datediff('min(occurred_at)', 'max(occurred_at)', 'second') }} as duration_seconds
from numbered_events
group by customer_id, user_id, event_date, session_number
