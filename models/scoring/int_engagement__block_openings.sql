with

points_by_day as (
    select * from {{ ref('int_engagement__points_by_day') }}
),

scorecard_days as (
    select * from {{ ref('int_engagement__scorecard_days') }}
),

rescored as (
    select * from {{ ref('int_engagement__score_spans') }}
    where from_day <= last_day
),

opening_days as (
    select
        rescored.scorecard,
        rescored.customer_id,
        rescored.span_number,
        scorecard_days.block_number,
        scorecard_days.base_day_number,
        scorecard_days.day_number,
        scorecard_days.half_life_days,
        scorecard_days.leaving_date,
        scorecard_days.score_date
    from rescored
    inner join scorecard_days
        on rescored.scorecard = scorecard_days.scorecard
        and rescored.from_day <= scorecard_days.score_date
        and rescored.first_day <= scorecard_days.score_date
        and rescored.last_day >= scorecard_days.score_date
    where
        scorecard_days.score_date = rescored.from_day
        or scorecard_days.score_date = rescored.first_day
        or (
            scorecard_days.half_life_days is not null
            and scorecard_days.day_number = scorecard_days.base_day_number
        )
),

carried as (
    select
        opening_days.span_number,
        opening_days.block_number,
        opening_days.score_date,
        points_by_day.points,
        {{ fade_factor(
            '(' ~ dbt.datediff('opening_days.score_date', 'points_by_day.event_date', 'day')
            ~ ' + opening_days.day_number - opening_days.base_day_number)',
            'opening_days.half_life_days'
        ) }} as factor
    from points_by_day
    inner join opening_days
        on points_by_day.scorecard = opening_days.scorecard
        and points_by_day.customer_id = opening_days.customer_id
        and points_by_day.event_date >= opening_days.leaving_date
        and points_by_day.event_date < opening_days.score_date
),

openings as (
    select
        span_number,
        block_number,
        score_date,
        {{ faded_points('points', 'factor') }} as points
    from carried
    union all
    select
        span_number,
        block_number,
        score_date,
        cast(0 as {{ type_decimal(38, 8) }}) as points
    from opening_days
)

select
    span_number,
    block_number,
    score_date,
    cast(sum(points) as {{ type_decimal(38, 8) }}) as points
from openings
group by span_number, block_number, score_date
