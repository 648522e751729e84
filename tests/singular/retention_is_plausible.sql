-- Of the same customers, those active on a day are among those active on it or later, and nobody
-- is retained who is not observed.
with

retention as (
    select * from {{ ref('engagement_retention') }}
),

on_day as (
    select * from retention
    where retention = 'n_day'
),

since as (
    select * from retention
    where retention = 'unbounded'
)

select
    on_day.cohort_month,
    on_day.segment_value,
    on_day.period_number,
    on_day.retained_customers,
    since.retained_customers as retained_since
from on_day
left join since
    on on_day.cohort_month = since.cohort_month
    and on_day.segment_dimension = since.segment_dimension
    and on_day.segment_value = since.segment_value
    and coalesce(on_day.scorecard, '') = coalesce(since.scorecard, '')
    and on_day.period_number = since.period_number
where
    since.retained_customers is null
    or on_day.observed_customers != since.observed_customers
    or on_day.retained_customers > since.retained_customers
    or since.retained_customers > since.observed_customers
    or since.observed_customers > since.cohort_customers
