with

seed_rows as (
    {{ seed_rows('kpi_definitions') }}
),

parsed as (
    select
        {{ cell_text('kpi') }} as kpi,
        {{ cell_text('title') }} as title,
        {{ cell_text('formula') }} as formula,
        lower({{ cell_text('unit') }}) as unit,
        lower({{ cell_text('direction') }}) as direction,
        lower({{ cell_text('numerator') }}) as numerator,
        lower({{ cell_text('denominator') }}) as denominator,
        {{ cell_text('source_note') }} as source_note
    from seed_rows
)

select
    kpi,
    coalesce(title, kpi) as title,
    formula,
    unit,
    direction,
    numerator,
    denominator,
    source_note
from parsed
