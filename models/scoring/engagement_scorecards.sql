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
    scorecards.half_life_days,
    scorecards.full_score_points,
    scorecards.description
from scorecards
cross join as_of
