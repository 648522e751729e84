{{ config(materialized='view') }}

with

points_by_day as (
    select * from {{ ref('int_engagement__points_by_day') }}
)

select
    scorecard,
    customer_id,
    event_date,
    points
from points_by_day
