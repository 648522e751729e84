{{ after_news() }}
-- depends_on: {{ ref('engagement_setup_problems') }}
with

scorecards as (
    select * from {{ ref('stg_engagement__scorecards') }}
    where status in ('active', 'candidate')
)

select
    scorecard,
    title,
    status,
    window_days,
    half_life_days,
    full_score_points,
    population_attribute,
    population_values,
    description,
    cast(ceil(16 * half_life_days) as {{ dbt.type_int() }}) as block_days
from scorecards
