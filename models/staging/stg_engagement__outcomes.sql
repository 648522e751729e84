with

seed_rows as (
    {{ seed_rows('outcomes') }}
),

parsed as (
    select
        {{ cell_text('outcome') }} as outcome,
        lower({{ cell_text('kind') }}) as kind,
        {{ cell_integer('lead_days') }} as lead_days,
        {{ cell_text('lead_days') }} as lead_days_text,
        {{ cell_integer('horizon_days') }} as horizon_days,
        {{ cell_text('horizon_days') }} as horizon_days_text,
        {{ listed_values('event_names') }} as event_names,
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
        coalesce({{ cell_text('title') }}, {{ cell_text('outcome') }}) as title,
        {{ cell_text('rationale') }} as rationale
    from seed_rows
)

select
    outcome,
    kind,
    lead_days,
    lead_days_text,
    horizon_days,
    horizon_days_text,
    event_names,
    population,
    population_attribute,
    population_values,
    title,
    rationale
from parsed
