{{ config(
    pre_hook="{{ note_day(
        'first_day_of_windows',
        dbt.dateadd('day', '-scorecards.window_days', 'spans.from_day'),
        ref('int_engagement__score_spans').render() ~ ' as spans inner join '
        ~ ref('int_engagement__scorecards').render()
        ~ ' as scorecards on spans.scorecard = scorecards.scorecard'
    ) }}"
) }}
-- depends_on: {{ ref('int_engagement__scorecards') }}

with

scorecard_days as (
    select * from {{ ref('int_engagement__scorecard_days') }}
),

rescored as (
    select * from {{ ref('int_engagement__score_spans') }}
    where from_day <= last_day
),

points_by_day as (
    select * from {{ ref('int_engagement__points_by_day') }}
),

block_openings as (
    select * from {{ ref('int_engagement__block_openings') }}
),

blocks as (
    select
        scorecard,
        block_number,
        max(score_date) as last_day
    from scorecard_days
    group by scorecard, block_number
),

-- Who is rescored is settled before days are joined: there are far more days than points.
rescored_points as (
    select
        rescored.scorecard,
        rescored.span_number,
        rescored.from_day,
        points_by_day.event_date,
        points_by_day.points
    from points_by_day
    inner join rescored
        on points_by_day.scorecard = rescored.scorecard
        and points_by_day.customer_id = rescored.customer_id
    where {{ is_since_noted_day('points_by_day.event_date', 'first_day_of_windows') }}
),

changes as (
    select
        entering.span_number,
        scorecard_days.block_number,
        scorecard_days.score_date,
        {{ faded_points('entering.points', 'scorecard_days.entering_factor') }} as points
    from rescored_points as entering
    inner join scorecard_days
        on entering.scorecard = scorecard_days.scorecard
        and entering.event_date = scorecard_days.score_date
        and entering.from_day <= scorecard_days.score_date
    union all
    select
        leaving.span_number,
        scorecard_days.block_number,
        scorecard_days.score_date,
        -{{ faded_points('leaving.points', 'scorecard_days.leaving_factor') }} as points
    from rescored_points as leaving
    inner join scorecard_days
        on leaving.scorecard = scorecard_days.scorecard
        and leaving.event_date = scorecard_days.leaving_date
        and leaving.from_day <= scorecard_days.score_date
    union all
    select
        span_number,
        block_number,
        score_date,
        points
    from block_openings
),

change_points as (
    select
        span_number,
        block_number,
        score_date,
        sum(points) as points
    from changes
    group by span_number, block_number, score_date
),

-- A block begins with an opening, so that no stretch reaches into the next: one window does.
stretches as (
    select
        span_number,
        block_number,
        score_date as first_day,
        sum(points) over (
            partition by span_number, block_number
            order by score_date
            rows between unbounded preceding and current row
        ) as points,
        lead(score_date) over (
            partition by span_number, block_number order by score_date
        ) as next_day
    from change_points
),

bounded_stretches as (
    select
        rescored.scorecard,
        rescored.customer_id,
        rescored.mature_from,
        stretches.first_day,
        stretches.points,
        case
            when stretches.next_day <= rescored.last_day
                then cast({{ dbt.dateadd('day', -1, 'stretches.next_day') }} as date)
            when blocks.last_day < rescored.last_day then blocks.last_day
            else rescored.last_day
        end as last_day
    from stretches
    inner join rescored
        on stretches.span_number = rescored.span_number
        and stretches.first_day <= rescored.last_day
    inner join blocks
        on rescored.scorecard = blocks.scorecard
        and stretches.block_number = blocks.block_number
)

select
    scorecard,
    customer_id,
    first_day,
    last_day,
    cast(points as {{ type_decimal(38, 8) }}) as points,
    cast(mature_from as date) as mature_from
from bounded_stretches
