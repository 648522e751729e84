with

users_by_day as (
    select * from {{ ref('int_engagement__users_by_day') }}
),

customers_by_day as (
    select * from {{ ref('int_engagement__customers_by_day') }}
),

period_days as (
    select * from {{ ref('int_engagement__period_days') }}
),

periods as (
    select * from {{ ref('int_engagement__periods') }}
),

segment_values as (
    select * from {{ ref('int_engagement__segment_values') }}
),

by_group as (
    select
        period_days.period_grain,
        period_days.period_start,
        users_by_day.segment_group,
        sum(users_by_day.active_users) as active_user_days,
        sum(users_by_day.new_users) as new_users,
        sum(
            case period_days.period_grain
                when 'day' then users_by_day.active_users
                when 'week' then users_by_day.users_of_week
                else users_by_day.users_of_month
            end
        ) as active_users,
        0 as active_customers
    from users_by_day
    inner join period_days on users_by_day.event_date = period_days.date_day
    group by period_days.period_grain, period_days.period_start, users_by_day.segment_group
    union all
    select
        period_days.period_grain,
        period_days.period_start,
        customers_by_day.segment_group,
        0 as active_user_days,
        0 as new_users,
        0 as active_users,
        sum(
            case period_days.period_grain
                when 'day' then customers_by_day.active_customers
                when 'week' then customers_by_day.customers_of_week
                else customers_by_day.customers_of_month
            end
        ) as active_customers
    from customers_by_day
    inner join period_days on customers_by_day.event_date = period_days.date_day
    group by period_days.period_grain, period_days.period_start, customers_by_day.segment_group
),

by_segment as (
    {{ added_up_by_segment(
        'by_group',
        'segment_values',
        ['active_user_days', 'new_users', 'active_users', 'active_customers']
    ) }}
),

dated as (
    select
        by_segment.*,
        periods.elapsed_days
    from by_segment
    inner join periods
        on by_segment.period_grain = periods.period_grain
        and by_segment.period_start = periods.period_start
),

-- Who enters a rolling window, less who leaves it, up to each day.
changes as (
    select
        event_date as date_day,
        sum(entering_rolling_week) as rolling_week,
        sum(entering_rolling_month) as rolling_month
    from users_by_day
    group by event_date
    union all
    select
        cast({{ dbt.dateadd('day', wau_days(), 'event_date') }} as date) as date_day,
        -sum(leaving_rolling_week) as rolling_week,
        0 as rolling_month
    from users_by_day
    group by event_date
    union all
    select
        cast({{ dbt.dateadd('day', mau_days(), 'event_date') }} as date) as date_day,
        0 as rolling_week,
        -sum(leaving_rolling_month) as rolling_month
    from users_by_day
    group by event_date
    union all
    select
        period_start as date_day,
        0 as rolling_week,
        0 as rolling_month
    from periods
    where period_grain = 'day'
),

daily_changes as (
    select
        date_day,
        sum(rolling_week) as rolling_week,
        sum(rolling_month) as rolling_month
    from changes
    group by date_day
),

rolling as (
    select
        'day' as period_grain,
        date_day as period_start,
        'all' as segment_dimension,
        'all' as segment_value,
        sum(rolling_week) over (
            order by date_day rows between unbounded preceding and current row
        ) as weekly_active_users,
        sum(rolling_month) over (
            order by date_day rows between unbounded preceding and current row
        ) as monthly_active_users
    from daily_changes
),

rolling_users as (
    select rolling.*
    from rolling
    inner join periods
        on rolling.period_grain = periods.period_grain
        and rolling.period_start = periods.period_start
    where rolling.period_start >= (select min(users_by_day.event_date) from users_by_day)
),

measures as (
    {{ measures_as_rows('dated', "'activity'", {
        'active_user_days': 'active_user_days',
        'active_users': 'active_users',
        'new_users': 'new_users',
        'returning_users': 'active_users - new_users',
        'active_customers': 'active_customers',
        'weekly_active_users': "case when period_grain = 'week' then active_users end",
        'monthly_active_users': "case when period_grain = 'month' then active_users end",
        'possible_user_days': "case when period_grain = 'month' then active_users * elapsed_days end",
    }) }}
    union all
    {{ measures_as_rows('rolling_users', "'activity'", {
        'weekly_active_users': 'weekly_active_users',
        'monthly_active_users': 'monthly_active_users',
        'possible_user_days': 'monthly_active_users',
    }) }}
)

{{ measure_rows('measures') }}
where amount is not null
