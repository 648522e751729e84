with

scorecards as (
    select * from {{ ref('int_engagement__scorecards') }}
),

dates as (
    select * from {{ ref('int_engagement__dates') }}
),

blocks as (
    select
        scorecards.scorecard,
        scorecards.window_days,
        scorecards.half_life_days,
        scorecards.full_score_points,
        dates.date_day,
        dates.day_number,
        {{ dbt.dateadd('day', '-scorecards.window_days', 'dates.date_day') }} as leaving_date,
        cast(
            coalesce({{ whole_blocks('dates.day_number', 'scorecards.block_days') }}, 0)
            as {{ dbt.type_int() }}
        ) as block_number,
        cast(
            coalesce(
                {{ whole_blocks('dates.day_number', 'scorecards.block_days') }}
                * scorecards.block_days,
                0
            ) as {{ dbt.type_int() }}
        ) as base_day_number
    from scorecards
    cross join dates
)

select
    scorecard,
    window_days,
    half_life_days,
    full_score_points,
    date_day as score_date,
    day_number,
    block_number,
    base_day_number,
    cast(leaving_date as date) as leaving_date,
    {{ fade_factor('(day_number - base_day_number)', 'half_life_days') }} as entering_factor,
    {{ fade_factor('(day_number - window_days - base_day_number)', 'half_life_days') }}
        as leaving_factor,
    {{ score_factor('(base_day_number - day_number)', 'half_life_days', 'full_score_points') }}
        as score_factor
from blocks
