with

seed_rows as (
    {{ seed_rows('kpi_events') }}
)

select
    {{ cell_text('event_name') }} as event_name,
    lower({{ cell_text('role') }}) as role,
    coalesce({{ cell_text('label') }}, {{ cell_text('event_name') }}) as label
from seed_rows
