with

readings as {{ read_where_used() }} (
    select * from {{ ref('int_engagement__weekly_readings') }}
),

rules as (
    select * from {{ ref('int_engagement__alert_rules') }}
),

-- A fall is measured against what was before it, and lasts until the score is back there.
falls as (
    select
        readings.scorecard,
        readings.customer_id,
        readings.reading_number,
        readings.base_ces,
        readings.base_tier_rank,
        rules.reason_code,
        rules.kind,
        rules.max_share_of_base,
        rules.min_points_down,
        readings.reading_number + coalesce(rules.max_weeks_open, 36600) as expires_at
    from readings
    inner join rules on readings.scorecard = rules.scorecard
    where
        readings.may_open
        and (
            (
                rules.kind = 'score_drop'
                and {{ is_score_drop(
                    'readings.ces', 'readings.base_ces', 'rules.max_share_of_base',
                    'rules.min_points_down'
                ) }}
                and {{ is_score_drop(
                    'readings.ces_before', 'readings.base_ces', 'rules.max_share_of_base',
                    'rules.min_points_down'
                ) }}
            )
            or (
                rules.kind = 'tier_fall'
                and {{ is_tier_fall('readings.tier_rank', 'readings.base_tier_rank') }}
                and {{ is_tier_fall('readings.tier_rank_before', 'readings.base_tier_rank') }}
            )
        )
),

later_readings as (
    select
        falls.scorecard,
        falls.customer_id,
        falls.reason_code,
        falls.reading_number as opened_number,
        later.reading_number,
        case
            when falls.kind = 'score_drop'
                then {{ is_score_drop(
                    'later.ces', 'falls.base_ces', 'falls.max_share_of_base',
                    'falls.min_points_down'
                ) }}
            else {{ is_tier_fall('later.tier_rank', 'falls.base_tier_rank') }}
        end as is_held,
        later.reading_number = falls.expires_at as is_expiry
    from falls
    inner join readings as later
        on falls.scorecard = later.scorecard
        and falls.customer_id = later.customer_id
        and falls.reading_number < later.reading_number
        and falls.expires_at >= later.reading_number
),

fall_ends as (
    select
        scorecard,
        customer_id,
        reason_code,
        opened_number,
        min(case when not is_held then reading_number end) as recovered_number,
        min(case when is_expiry then reading_number end) as expired_number
    from later_readings
    group by scorecard, customer_id, reason_code, opened_number
),

fall_spells as (
    select
        falls.scorecard,
        falls.customer_id,
        falls.reason_code,
        falls.reading_number as opened_number,
        coalesce(fall_ends.recovered_number, fall_ends.expired_number) as closed_number,
        case
            when fall_ends.recovered_number is not null then 'recovered'
            when fall_ends.expired_number is not null then 'expired'
        end as closed_because
    from falls
    left join fall_ends
        on falls.scorecard = fall_ends.scorecard
        and falls.customer_id = fall_ends.customer_id
        and falls.reason_code = fall_ends.reason_code
        and falls.reading_number = fall_ends.opened_number
),

-- A state needs no base: it lasts as long as each reading shows it.
state_readings as (
    select
        readings.scorecard,
        readings.customer_id,
        readings.reading_number,
        readings.may_open,
        rules.reason_code,
        lag(readings.reading_number) over (
            partition by readings.scorecard, readings.customer_id, rules.reason_code
            order by readings.reading_number
        ) as reading_number_before,
        readings.reading_number - row_number() over (
            partition by readings.scorecard, readings.customer_id, rules.reason_code
            order by readings.reading_number
        ) as run
    from readings
    inner join rules on readings.scorecard = rules.scorecard
    where
        (
            rules.kind = 'low_score'
            and {{ is_low_score('readings.ces', 'rules.below_score') }}
        )
        or (
            rules.kind = 'silence'
            and {{ is_silence('readings.days_quiet', 'rules.quiet_days') }}
        )
),

state_runs as (
    select
        scorecard,
        customer_id,
        reason_code,
        min(
            case
                when may_open and reading_number_before = reading_number - 1 then reading_number
            end
        ) as opened_number,
        max(reading_number) + 1 as next_number
    from state_readings
    group by scorecard, customer_id, reason_code, run
),

state_spells as (
    select
        state_runs.scorecard,
        state_runs.customer_id,
        state_runs.reason_code,
        state_runs.opened_number,
        readings.reading_number as closed_number,
        case when readings.reading_number is not null then 'recovered' end as closed_because
    from state_runs
    left join readings
        on state_runs.scorecard = readings.scorecard
        and state_runs.customer_id = readings.customer_id
        and state_runs.next_number = readings.reading_number
    where state_runs.opened_number is not null
),

spells as (
    select
        scorecard,
        customer_id,
        reason_code,
        opened_number,
        closed_number,
        closed_because
    from fall_spells
    union all
    select
        scorecard,
        customer_id,
        reason_code,
        opened_number,
        closed_number,
        closed_because
    from state_spells
)

select
    scorecard,
    customer_id,
    reason_code,
    cast(opened_number as {{ dbt.type_int() }}) as opened_number,
    cast(closed_number as {{ dbt.type_int() }}) as closed_number,
    closed_because
from spells
