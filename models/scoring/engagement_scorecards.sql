{{ config(materialized='view') }}

with

scorecards as (
    select * from {{ ref('int_engagement__scorecards') }}
),

as_of as (
    select * from {{ ref('int_engagement__as_of') }}
)

select
    scorecards.scorecard,
    scorecards.title,
    scorecards.status,
    as_of.as_of_date,
    scorecards.window_days,
    cast(scorecards.half_life_days as {{ type_decimal(18, 4) }}) as half_life_days,
    cast(scorecards.full_score_points as {{ type_decimal(18, 4) }}) as full_score_points,
    scorecards.description
from scorecards
cross join as_of
