with

points_by_day as (
    select * from {{ ref('int_engagement__points_by_day') }}
),

scorecard_customers as (
    select * from {{ ref('int_engagement__scorecard_customers') }}
),

first_days as (
    select * from {{ ref('int_engagement__scorecard_days') }}
    where
        half_life_days is not null
        and day_number = base_day_number
),

carried as (
    select
        first_days.scorecard,
        points_by_day.customer_id,
        first_days.block_number,
        first_days.score_date,
        points_by_day.points,
        {{ fade_factor(
            '(' ~ dbt.datediff('first_days.score_date', 'points_by_day.event_date', 'day') ~ ')',
            'first_days.half_life_days'
        ) }} as factor
    from points_by_day
    inner join first_days
        on points_by_day.scorecard = first_days.scorecard
        and points_by_day.event_date >= first_days.leaving_date
        and points_by_day.event_date < first_days.score_date
),

openings as (
    select
        scorecard,
        customer_id,
        block_number,
        score_date,
        {{ faded_points('points', 'factor') }} as points
    from carried
    union all
    select
        scorecard_customers.scorecard,
        scorecard_customers.customer_id,
        first_days.block_number,
        first_days.score_date,
        cast(0 as {{ type_decimal(38, 8) }}) as points
    from scorecard_customers
    inner join first_days
        on scorecard_customers.scorecard = first_days.scorecard
        and scorecard_customers.first_day <= first_days.score_date
        and scorecard_customers.last_day >= first_days.score_date
)

select
    scorecard,
    customer_id,
    block_number,
    score_date,
    cast(sum(points) as {{ type_decimal(38, 8) }}) as points
from openings
group by scorecard, customer_id, block_number, score_date
