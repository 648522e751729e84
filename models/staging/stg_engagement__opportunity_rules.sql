with

seed_rows as (
    {{ seed_rows('opportunity_rules') }}
),

parsed as (
    select
        {{ cell_text('scorecard') }} as scorecard,
        {{ cell_text('rule') }} as rule,
        lower({{ cell_text('kind') }}) as kind,
        lower({{ cell_text('enabled') }}) as enabled,
        {{ listed_values('lifecycles') }} as lifecycles,
        {{ listed_values('tiers') }} as tiers,
        lower({{ listed_values('trends') }}) as trends,
        lower({{ listed_values('risk_levels') }}) as risk_levels,
        lower({{ listed_values('satisfactions') }}) as satisfactions,
        {{ cell_integer('min_promoters') }} as min_promoters,
        {{ cell_text('min_promoters') }} as min_promoters_text,
        {{ cell_integer('min_active_users') }} as min_active_users,
        {{ cell_text('min_active_users') }} as min_active_users_text,
        {{ safe_decimal(cell_text('min_breadth'), 9, 4) }} as min_breadth,
        {{ cell_text('min_breadth') }} as min_breadth_text,
        {{ listed_values('key_events') }} as key_events,
        {{ cell_integer('min_key_events') }} as min_key_events,
        {{ cell_text('min_key_events') }} as min_key_events_text,
        {{ cell_integer('max_days_to_value') }} as max_days_to_value,
        {{ cell_text('max_days_to_value') }} as max_days_to_value_text,
        coalesce({{ cell_text('title') }}, {{ cell_text('rule') }}) as title,
        {{ cell_text('playbook') }} as playbook,
        {{ cell_text('rationale') }} as rationale
    from seed_rows
)

select
    scorecard,
    rule,
    kind,
    enabled,
    lifecycles,
    tiers,
    trends,
    risk_levels,
    satisfactions,
    min_promoters,
    min_promoters_text,
    min_active_users,
    min_active_users_text,
    min_breadth,
    min_breadth_text,
    key_events,
    min_key_events,
    min_key_events_text,
    max_days_to_value,
    max_days_to_value_text,
    title,
    playbook,
    rationale
from parsed
