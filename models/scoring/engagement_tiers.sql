{{ config(materialized='view') }}

with

bands as (
    select * from {{ ref('int_engagement__tier_bands') }}
)

select
    scorecard,
    tier,
    tier_rank,
    title,
    case when lower_bound > {{ lowest_bound() }} then lower_bound end as lower_bound,
    case when upper_bound < {{ highest_bound() }} then upper_bound end as upper_bound,
    playbook
from bands
