-- depends_on: {{ ref('engagement_setup_problems') }}
with

outcomes as (
    select * from {{ ref('stg_engagement__outcomes') }}
),

as_of as (
    select * from {{ ref('int_engagement__as_of') }}
),

dates as (
    select * from {{ ref('int_engagement__dates') }}
),

ends_of_months as (
    select
        date_day as reference_date,
        cast({{ dbt.dateadd('day', 1, 'date_day') }} as date) as next_day
    from dates
),

asked as (
    select
        outcomes.outcome,
        outcomes.kind,
        outcomes.horizon_days,
        outcomes.event_names,
        outcomes.population_attribute,
        outcomes.population_values,
        ends_of_months.reference_date,
        cast(
            {{ dbt.dateadd('day', 'outcomes.lead_days', 'ends_of_months.reference_date') }} as date
        ) as lead_until,
        cast(
            {{ dbt.dateadd(
                'day',
                'outcomes.lead_days + outcomes.horizon_days',
                'ends_of_months.reference_date'
            ) }} as date
        ) as label_until
    from outcomes
    cross join ends_of_months
    where
        ends_of_months.next_day
        = cast({{ dbt.date_trunc('month', 'ends_of_months.next_day') }} as date)
),

-- The day after the last one must be there too: it tells an end from a renewal.
known as (
    select
        asked.*,
        row_number() over (
            partition by asked.outcome order by asked.reference_date desc
        ) as recency
    from asked
    inner join as_of on asked.label_until < as_of.as_of_date
)

select
    outcome,
    kind,
    {{ engagement_sign('kind') }} as engagement_sign,
    horizon_days,
    event_names,
    population_attribute,
    population_values,
    reference_date,
    lead_until,
    label_until
from known
where recency <= {{ var('backtest_reference_days') | int }}
