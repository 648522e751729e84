with

seed_rows as (
    {{ seed_rows('scorecards') }}
),

parsed as (
    select
        {{ cell_text('scorecard') }} as scorecard,
        coalesce({{ cell_text('title') }}, {{ cell_text('scorecard') }}) as title,
        lower({{ cell_text('status') }}) as status,
        {{ cell_integer('window_days') }} as window_days,
        {{ cell_text('window_days') }} as window_days_text,
        {{ safe_decimal(cell_text('half_life_days'), 10, 4) }} as half_life_days,
        {{ cell_text('half_life_days') }} as half_life_days_text,
        {{ safe_decimal(cell_text('full_score_points'), 14, 4) }} as full_score_points,
        {{ cell_text('full_score_points') }} as full_score_points_text,
        {{ cell_text('population') }} as population,
        lower(trim(
            {{ text_part(cell_text('population'), "'='", 1) }}
        )) as population_attribute,
        case
            when {{ dbt.position("'='", 'population') }} > 0
                then {{ listed_values(
                    'substr(population, ' ~ dbt.position("'='", 'population') ~ ' + 1)'
                ) }}
        end as population_values,
        {{ cell_text('description') }} as description
    from seed_rows
)

select
    scorecard,
    title,
    status,
    window_days,
    window_days_text,
    half_life_days,
    half_life_days_text,
    full_score_points,
    full_score_points_text,
    population,
    population_attribute,
    population_values,
    description
from parsed
