with

seed_rows as (
    {{ seed_rows('event_weights') }}
),

parsed as (
    select
        {{ cell_text('scorecard') }} as scorecard,
        {{ cell_text('event_name') }} as event_name,
        {{ cell_text('category') }} as category,
        {{ safe_decimal(cell_text('weight'), 18, 9) }} as weight,
        {{ cell_text('weight') }} as weight_text,
        lower({{ cell_text('measure') }}) as measure,
        {{ safe_decimal(cell_text('saturation'), 18, 4) }} as saturation,
        {{ cell_text('saturation') }} as saturation_text,
        {{ safe_decimal(cell_text('daily_cap_per_user'), 18, 4) }} as daily_cap_per_user,
        {{ cell_text('daily_cap_per_user') }} as daily_cap_per_user_text,
        {{ safe_date(cell_text('valid_from')) }} as valid_from,
        {{ cell_text('valid_from') }} as valid_from_text,
        {{ safe_date(cell_text('valid_to')) }} as valid_to,
        {{ cell_text('valid_to') }} as valid_to_text,
        {{ cell_text('owner') }} as owner,
        {{ cell_text('rationale') }} as rationale
    from seed_rows
)

select
    scorecard,
    event_name,
    category,
    weight,
    weight_text,
    measure,
    saturation,
    saturation_text,
    daily_cap_per_user,
    daily_cap_per_user_text,
    valid_from,
    valid_from_text,
    valid_to,
    valid_to_text,
    owner,
    rationale,
    coalesce(valid_from, {{ first_date() }}) as counts_from,
    coalesce(valid_to, {{ last_date() }}) as counts_to
from parsed
