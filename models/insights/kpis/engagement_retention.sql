with

as_of as (
    select * from {{ ref('int_engagement__as_of') }}
),

customers as (
    select * from {{ ref('int_engagement__customer_groups') }}
),

calendar as (
    select * from {{ ref('int_engagement__calendar') }}
),

periods as (
    select * from {{ ref('int_engagement__periods') }}
    where period_grain = 'month'
),

customer_days as {{ read_where_used() }} (
    select * from {{ ref('int_engagement__active_customer_days') }}
),

scorecards as (
    select * from {{ ref('int_engagement__scorecards') }}
),

scorecard_customers as (
    select * from {{ ref('int_engagement__scorecard_customers') }}
),

scores as (
    select * from {{ ref('engagement_scores_daily') }}
),

day_numbers as (
    {% for number in retention_days() -%}
    select {{ number }} as period_number{{ ' union all' if not loop.last }}
    {% endfor -%}
),

-- The tier of the first score that is not provisional, and so known from that day on only.
first_tiers as (
    select
        scorecard_customers.scorecard,
        scorecard_customers.customer_id,
        scores.tier
    from scores
    inner join scorecard_customers
        on scores.scorecard = scorecard_customers.scorecard
        and scores.customer_id = scorecard_customers.customer_id
        and scores.score_date = scorecard_customers.mature_from
),

beginners as (
    select
        customers.customer_id,
        customers.first_day,
        calendar.month_start as cohort_month,
        calendar.next_month_start
    from customers
    inner join calendar on customers.first_day = calendar.date_day
),

members as (
    select
        customer_id,
        first_day,
        cohort_month,
        next_month_start,
        cast(null as {{ dbt.type_string() }}) as scorecard,
        'all' as segment_dimension,
        'all' as segment_value,
        0 as known_after_days
    from beginners
    union all
    select
        beginners.customer_id,
        beginners.first_day,
        beginners.cohort_month,
        beginners.next_month_start,
        first_tiers.scorecard,
        'first_tier' as segment_dimension,
        first_tiers.tier as segment_value,
        scorecards.window_days as known_after_days
    from beginners
    inner join first_tiers on beginners.customer_id = first_tiers.customer_id
    inner join scorecards on first_tiers.scorecard = scorecards.scorecard
),

cohorts as (
    select
        scorecard,
        segment_dimension,
        segment_value,
        cohort_month,
        next_month_start,
        known_after_days,
        count(*) as cohort_customers
    from members
    group by
        scorecard,
        segment_dimension,
        segment_value,
        cohort_month,
        next_month_start,
        known_after_days
),

last_days as (
    select
        customer_id,
        event_date as last_active_day
    from customer_days
    where next_date is null
),

targets as (
    select
        members.*,
        day_numbers.period_number,
        cast(
            {{ dbt.dateadd('day', 'day_numbers.period_number', 'members.first_day') }} as date
        ) as target_day
    from members
    inner join day_numbers on members.known_after_days <= day_numbers.period_number
),

day_counts as (
    select
        targets.scorecard,
        targets.segment_dimension,
        targets.segment_value,
        targets.cohort_month,
        targets.period_number,
        count(*) as observed_customers,
        count(customer_days.customer_id) as active_on_day,
        sum(
            case when last_days.last_active_day >= targets.target_day then 1 else 0 end
        ) as active_since
    from targets
    inner join as_of on targets.target_day <= as_of.as_of_date
    left join customer_days
        on targets.customer_id = customer_days.customer_id
        and targets.target_day = customer_days.event_date
    left join last_days on targets.customer_id = last_days.customer_id
    group by
        targets.scorecard,
        targets.segment_dimension,
        targets.segment_value,
        targets.cohort_month,
        targets.period_number
),

active_months as (
    select
        customer_days.customer_id,
        calendar.month_start
    from customer_days
    inner join calendar on customer_days.event_date = calendar.date_day
    where
        customer_days.previous_date is null
        or customer_days.previous_date < calendar.month_start
),

month_counts as (
    select
        members.scorecard,
        members.segment_dimension,
        members.segment_value,
        members.cohort_month,
        active_months.month_start,
        count(*) as active_in_month
    from members
    inner join active_months on members.customer_id = active_months.customer_id
    group by
        members.scorecard,
        members.segment_dimension,
        members.segment_value,
        members.cohort_month,
        active_months.month_start
),

cohort_months as (
    select
        cohorts.*,
        periods.period_start,
        periods.period_end,
        {{ dbt.datediff('cohorts.cohort_month', 'periods.period_start', 'month') }}
            as period_number
    from cohorts
    inner join periods
        on cohorts.cohort_month <= periods.period_start
        and (
            cohorts.segment_dimension = 'all'
            or {{ dbt.dateadd('day', 'cohorts.known_after_days', 'cohorts.next_month_start') }}
            <= periods.period_start
        )
),

retained as (
    select
        'n_day' as retention,
        scorecard,
        segment_dimension,
        segment_value,
        cohort_month,
        period_number,
        observed_customers,
        active_on_day as retained_customers
    from day_counts
    union all
    select
        'unbounded' as retention,
        scorecard,
        segment_dimension,
        segment_value,
        cohort_month,
        period_number,
        observed_customers,
        active_since as retained_customers
    from day_counts
),

all_kinds as (
    select
        retained.retention,
        retained.scorecard,
        retained.segment_dimension,
        retained.segment_value,
        retained.cohort_month,
        retained.period_number,
        cohorts.cohort_customers,
        retained.observed_customers,
        retained.retained_customers,
        {{ dbt.dateadd('day', 'retained.period_number', 'cohorts.next_month_start') }}
        <= {{ dbt.dateadd('day', 1, 'as_of.as_of_date') }} as is_complete
    from retained
    cross join as_of
    inner join cohorts
        on coalesce(retained.scorecard, '') = coalesce(cohorts.scorecard, '')
        and retained.segment_dimension = cohorts.segment_dimension
        and retained.segment_value = cohorts.segment_value
        and retained.cohort_month = cohorts.cohort_month
    union all
    select
        'month' as retention,
        cohort_months.scorecard,
        cohort_months.segment_dimension,
        cohort_months.segment_value,
        cohort_months.cohort_month,
        cohort_months.period_number,
        cohort_months.cohort_customers,
        cohort_months.cohort_customers as observed_customers,
        coalesce(month_counts.active_in_month, 0) as retained_customers,
        cohort_months.period_end <= as_of.as_of_date as is_complete
    from cohort_months
    cross join as_of
    left join month_counts
        on coalesce(cohort_months.scorecard, '') = coalesce(month_counts.scorecard, '')
        and cohort_months.segment_dimension = month_counts.segment_dimension
        and cohort_months.segment_value = month_counts.segment_value
        and cohort_months.cohort_month = month_counts.cohort_month
        and cohort_months.period_start = month_counts.month_start
)

select
    cohort_month,
    segment_dimension,
    segment_value,
    scorecard,
    retention,
    cast(period_number as {{ dbt.type_int() }}) as period_number,
    cast(cohort_customers as {{ dbt.type_bigint() }}) as cohort_customers,
    cast(observed_customers as {{ dbt.type_bigint() }}) as observed_customers,
    cast(retained_customers as {{ dbt.type_bigint() }}) as retained_customers,
    {{ share_of('retained_customers', 'observed_customers') }} as retention_share,
    is_complete
from all_kinds
