with

role_days as (
    select * from {{ ref('int_engagement__role_days') }}
    where role in ({{ listed_texts(counted_roles()) }})
),

sessions as (
    select * from {{ ref('int_engagement__kpi_sessions') }}
),

roles as (
    select * from {{ ref('int_engagement__kpi_roles') }}
),

customers as (
    select * from {{ ref('int_engagement__customer_groups') }}
),

period_days as (
    select * from {{ ref('int_engagement__period_days') }}
),

segment_values as (
    select * from {{ ref('int_engagement__segment_values') }}
),

daily_counts as (
    select
        customers.segment_group,
        role_days.event_date,
        role_days.role,
        sum(role_days.event_count) as event_count,
        sum(role_days.quantity) as quantity
    from role_days
    inner join customers on role_days.customer_id = customers.customer_id
    group by customers.segment_group, role_days.event_date, role_days.role
),

by_role as (
    select
        daily_counts.role,
        period_days.period_grain,
        period_days.period_start,
        segment_values.segment_dimension,
        segment_values.segment_value,
        sum(daily_counts.event_count) as event_count,
        sum(daily_counts.quantity) as quantity
    from daily_counts
    inner join period_days on daily_counts.event_date = period_days.date_day
    inner join segment_values
        on daily_counts.segment_group = segment_values.segment_group
        and (period_days.period_grain != 'day' or segment_values.segment_dimension = 'all')
    group by
        daily_counts.role,
        period_days.period_grain,
        period_days.period_start,
        segment_values.segment_dimension,
        segment_values.segment_value
),

sessions_by_group as (
    select
        period_days.period_grain,
        period_days.period_start,
        sessions.segment_group,
        sum(sessions.sessions) as sessions,
        sum(sessions.bounced_sessions) as bounced_sessions,
        sum(sessions.page_views) as page_views,
        sum(sessions.duration_seconds) as duration_seconds
    from sessions
    inner join period_days on sessions.event_date = period_days.date_day
    group by period_days.period_grain, period_days.period_start, sessions.segment_group
),

sessions_by_segment as (
    {{ added_up_by_segment(
        'sessions_by_group',
        'segment_values',
        ['sessions', 'bounced_sessions', 'page_views', 'duration_seconds']
    ) }}
),

measures as (
    select
        role as fill_group,
        case role
            {%- for role, measure in counted_roles().items() %}
            when '{{ role }}' then '{{ measure }}'
            {%- endfor %}
        end as measure,
        period_grain,
        period_start,
        segment_dimension,
        segment_value,
        {{ measure_amount('event_count') }} as amount
    from by_role
    union all
    select
        role as fill_group,
        'purchase_value' as measure,
        period_grain,
        period_start,
        segment_dimension,
        segment_value,
        {{ measure_amount('quantity') }} as amount
    from by_role
    where role = 'purchase'
    union all
    {{ measures_as_rows('sessions_by_segment', "'sessions'", {
        'sessions': 'sessions',
        'bounced_sessions': 'bounced_sessions',
        'session_page_views': 'page_views',
        'session_minutes': exact_ratio('duration_seconds', '60'),
        'visits': "case when not exists (select 1 from roles where roles.role = 'visit') then sessions end",
    }) }}
)

{{ measure_rows('measures') }}
where amount is not null
