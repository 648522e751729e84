with

seed_rows as (
    {{ seed_rows('tier_bands') }}
),

parsed as (
    select
        {{ cell_text('scorecard') }} as scorecard,
        {{ cell_text('tier') }} as tier,
        {{ cell_integer('tier_rank') }} as tier_rank,
        {{ cell_text('tier_rank') }} as tier_rank_text,
        {{ safe_decimal(cell_text('upper_bound'), 18, 4) }} as upper_bound,
        {{ cell_text('upper_bound') }} as upper_bound_text,
        coalesce({{ cell_text('title') }}, {{ cell_text('tier') }}) as title,
        {{ cell_text('playbook') }} as playbook
    from seed_rows
)

select
    scorecard,
    tier,
    tier_rank,
    tier_rank_text,
    upper_bound,
    upper_bound_text,
    title,
    playbook
from parsed
