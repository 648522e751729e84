with

seed_rows as (
    {{ seed_rows('alert_rules') }}
),

parsed as (
    select
        {{ cell_text('scorecard') }} as scorecard,
        {{ cell_text('reason_code') }} as reason_code,
        lower({{ cell_text('kind') }}) as kind,
        lower({{ cell_text('enabled') }}) as enabled,
        lower({{ cell_text('severity') }}) as severity,
        {{ safe_decimal(cell_text('max_share_of_base'), 9, 4) }} as max_share_of_base,
        {{ cell_text('max_share_of_base') }} as max_share_of_base_text,
        {{ safe_decimal(cell_text('min_points_down'), 14, 4) }} as min_points_down,
        {{ cell_text('min_points_down') }} as min_points_down_text,
        {{ safe_decimal(cell_text('below_score'), 14, 4) }} as below_score,
        {{ cell_text('below_score') }} as below_score_text,
        {{ cell_integer('quiet_days') }} as quiet_days,
        {{ cell_text('quiet_days') }} as quiet_days_text,
        {{ cell_integer('max_weeks_open') }} as max_weeks_open,
        {{ cell_text('max_weeks_open') }} as max_weeks_open_text,
        coalesce({{ cell_text('title') }}, {{ cell_text('reason_code') }}) as title,
        {{ cell_text('playbook') }} as playbook,
        {{ cell_text('rationale') }} as rationale
    from seed_rows
)

select
    scorecard,
    reason_code,
    kind,
    enabled,
    severity,
    max_share_of_base,
    max_share_of_base_text,
    min_points_down,
    min_points_down_text,
    below_score,
    below_score_text,
    quiet_days,
    quiet_days_text,
    max_weeks_open,
    max_weeks_open_text,
    title,
    playbook,
    rationale
from parsed
