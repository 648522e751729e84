with

calendar as (
    select * from {{ ref('int_engagement__calendar') }}
),

as_of as (
    select * from {{ ref('int_engagement__as_of') }}
),

customers as (
    select * from {{ ref('int_engagement__customer_groups') }}
),

reading_days as (
    select
        calendar.date_day as reading_date,
        cast({{ dbt.dateadd('day', -28, 'calendar.date_day') }} as date) as earlier_date,
        calendar.date_day = as_of.as_of_date as is_latest
    from calendar
    cross join as_of
    where
        calendar.date_day = as_of.as_of_date
        or {{ dbt.dateadd('day', 1, 'calendar.date_day') }} = calendar.next_month_start
),

read_scores as (
    select
        scores.scorecard,
        scores.customer_id,
        scores.score_date,
        scores.ces,
        scores.tier,
        scores.tier_rank
    from {{ ref('engagement_scores_daily') }} as scores
    where
        scores.score_date in (select reading_days.reading_date from reading_days)
        or scores.score_date in (select reading_days.earlier_date from reading_days)
),

readings as (
    select
        read_scores.*,
        reading_days.earlier_date,
        reading_days.is_latest
    from read_scores
    inner join reading_days on read_scores.score_date = reading_days.reading_date
)

select
    readings.scorecard,
    readings.customer_id,
    readings.score_date,
    readings.is_latest,
    readings.ces,
    earlier.ces as ces_28d_before,
    readings.tier,
    readings.tier_rank,
    {{ engagement_state('readings.ces') }} as engagement_state,
    {{ age_band(
        '(' ~ dbt.datediff('customers.first_day', 'readings.score_date', 'day') ~ ')'
    ) }} as age_band,
    customers.segment_group
from readings
inner join customers on readings.customer_id = customers.customer_id
left join read_scores as earlier
    on readings.scorecard = earlier.scorecard
    and readings.customer_id = earlier.customer_id
    and readings.earlier_date = earlier.score_date
