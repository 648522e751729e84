{{ config(post_hook="{{ stop_on_problems(this) }}") }}

with

scorecards as (
    select * from {{ ref('stg_engagement__scorecards') }}
),

weights as (
    select * from {{ ref('stg_engagement__event_weights') }}
),

bands as (
    select * from {{ ref('stg_engagement__tier_bands') }}
),

aliases as (
    select * from {{ ref('stg_engagement__customer_aliases') }}
),

action_rule_problems as (
    select * from {{ ref('stg_engagement__action_rule_problems') }}
),

kpi_events as (
    select * from {{ ref('stg_engagement__kpi_events') }}
),

kpi_definitions as (
    select * from {{ ref('stg_engagement__kpi_definitions') }}
),

outcomes as (
    select * from {{ ref('stg_engagement__outcomes') }}
),

scorecard_names as (
    select scorecard
    from scorecards
    where scorecard is not null
    group by scorecard
),

scorecard_problems as (
    select
        '{{ seed_label('scorecards') }}' || {{ row_name(['scorecard']) }} as place,
        case
            when scorecard is null then 'scorecard is empty; give the row a name.'
            when scorecard = '*' then 'a scorecard cannot be called *; rename it.'
            when count(*) over (partition by scorecard) > 1
                then 'the scorecard is there more than once; keep one row.'
            when coalesce(status, '') not in ('active', 'candidate', 'retired')
                then 'status ' || coalesce(status, '(empty)')
                    || ' is unknown; write active, candidate or retired.'
            when window_days is null or window_days not between 1 and 3660
                then 'window_days ' || coalesce(window_days_text, '(empty)')
                    || ' is not a number of days from 1 to 3660; write a whole number.'
            when
                half_life_days_text is not null
                and (half_life_days is null or half_life_days not between 1 and 36600)
                then 'half_life_days ' || half_life_days_text
                    || ' is not a number of days from 1 to 36600; write one, or leave it empty.'
            when full_score_points is null or full_score_points <= 0
                then 'full_score_points ' || coalesce(full_score_points_text, '(empty)')
                    || ' is not a number above 0; write the points that are worth a score of 100.'
            when {{ has_long_fraction('full_score_points_text') }}
                then 'full_score_points ' || full_score_points_text
                    || ' has more than four decimals; round it.'
            {{ population_problem() }}
        end as problem
    from scorecards
),

missing_scorecard_problems as (
    select
        '{{ seed_label('scorecards') }}' as place,
        'no scorecard is active; set the status of at least one row to active.' as problem
    from scorecards
    having coalesce(sum(case when status = 'active' then 1 else 0 end), 0) = 0
),

ordered_weights as (
    select
        weights.*,
        scorecard_names.scorecard as known_scorecard,
        count(*) over (
            partition by weights.scorecard, weights.event_name, weights.counts_from
        ) as same_start,
        lead(weights.counts_from) over (
            partition by weights.scorecard, weights.event_name
            order by weights.counts_from, weights.counts_to
        ) as next_counts_from
    from weights
    left join scorecard_names on weights.scorecard = scorecard_names.scorecard
),

weight_problems as (
    select
        '{{ seed_label('event_weights') }}'
        || {{ row_name(['scorecard', 'event_name', 'valid_from_text']) }} as place,
        case
            when known_scorecard is null
                then 'the scorecard ' || coalesce(scorecard, '(empty)')
                    || ' is not in {{ seed_label('scorecards') }}; correct the name, or '
                    || 'add the scorecard.'
            when event_name is null then 'event_name is empty; name the event.'
            when weight is null or weight not between -99999 and 99999
                then 'weight ' || coalesce(weight_text, '(empty)')
                    || ' is not a number from -99999 to 99999; write one.'
            when weight != cast(weight as {{ type_decimal(9, 4) }})
                then 'weight ' || weight_text || ' has more than four decimals; round it.'
            when coalesce(measure, '') not in ('events', 'users', 'quantity')
                then 'measure ' || coalesce(measure, '(empty)')
                    || ' is unknown; write events, users or quantity.'
            when
                saturation_text is not null
                and (saturation is null or saturation <= 0 or saturation > 1000000)
                then 'saturation ' || saturation_text
                    || ' is not a number above 0, up to 1000000; write one, or leave it empty.'
            when {{ has_long_fraction('saturation_text') }}
                then 'saturation ' || saturation_text || ' has more than four decimals; round it.'
            when
                daily_cap_per_user_text is not null
                and (daily_cap_per_user is null or daily_cap_per_user < 0)
                then 'daily_cap_per_user ' || daily_cap_per_user_text
                    || ' is not a number from 0 up; write one, or leave it empty.'
            when {{ has_long_fraction('daily_cap_per_user_text') }}
                then 'daily_cap_per_user ' || daily_cap_per_user_text
                    || ' has more than four decimals; round it.'
            when valid_from_text is not null and valid_from is null
                then 'valid_from ' || valid_from_text || ' is not a date; write it as YYYY-MM-DD.'
            when valid_to_text is not null and valid_to is null
                then 'valid_to ' || valid_to_text || ' is not a date; write it as YYYY-MM-DD.'
            when counts_to < counts_from
                then 'valid_to ' || valid_to_text || ' is before valid_from; swap or correct them.'
            when same_start > 1
                then 'the same event begins more than once on that day; keep one row.'
            when next_counts_from <= counts_to
                then 'it overlaps the row that is valid from '
                    || cast(next_counts_from as {{ dbt.type_string() }})
                    || '; set valid_to to the day before.'
        end as problem
    from ordered_weights
),

ordered_bands as (
    select
        bands.*,
        scorecard_names.scorecard as known_scorecard,
        count(*) over (partition by bands.scorecard, bands.tier) as same_tier,
        count(*) over (partition by bands.scorecard, bands.tier_rank) as same_rank,
        lead(bands.tier_rank) over (
            partition by bands.scorecard order by bands.tier_rank, bands.tier
        ) as next_tier_rank,
        lead(bands.upper_bound) over (
            partition by bands.scorecard order by bands.tier_rank, bands.tier
        ) as next_upper_bound,
        lead(bands.upper_bound_text) over (
            partition by bands.scorecard order by bands.tier_rank, bands.tier
        ) as next_upper_bound_text
    from bands
    left join scorecard_names on bands.scorecard = scorecard_names.scorecard
),

band_problems as (
    select
        '{{ seed_label('tier_bands') }}' || {{ row_name(['scorecard', 'tier']) }} as place,
        case
            when known_scorecard is null and coalesce(scorecard, '') != '*'
                then 'the scorecard ' || coalesce(scorecard, '(empty)')
                    || ' is not in {{ seed_label('scorecards') }}; correct the name, or '
                    || 'write * for all scorecards.'
            when tier is null then 'tier is empty; name the tier.'
            when tier_rank is null
                then 'tier_rank ' || coalesce(tier_rank_text, '(empty)')
                    || ' is not a whole number; number the tiers from the lowest up.'
            when same_tier > 1 then 'the tier is there more than once; keep one row.'
            when same_rank > 1
                then 'tier_rank ' || tier_rank_text
                    || ' is there more than once; number each tier once.'
            when upper_bound_text is not null and upper_bound is null
                then 'upper_bound ' || upper_bound_text || ' is not a number; write one.'
            when {{ has_long_fraction('upper_bound_text') }}
                then 'upper_bound ' || upper_bound_text
                    || ' has more than four decimals, which no score has; round it.'
            when next_tier_rank is null and upper_bound_text is not null
                then 'the top band ends at ' || upper_bound_text
                    || '; leave the upper_bound of the highest tier_rank empty.'
            when next_tier_rank is not null and upper_bound_text is null
                then 'upper_bound is empty, but a higher tier follows; '
                    || 'only the top band has no limit.'
            when next_upper_bound_text is not null and next_upper_bound <= upper_bound
                then 'the bands do not rise: the next upper_bound is ' || next_upper_bound_text
                    || '; order the bounds as the ranks.'
        end as problem
    from ordered_bands
),

unbanded_scorecard_problems as (
    select
        '{{ seed_label('tier_bands') }}' as place,
        'there are no bands for the scorecard ' || scorecards.scorecard
        || '; add rows for it, or rows for * that hold for all scorecards.' as problem
    from scorecards
    left join bands as own_bands on scorecards.scorecard = own_bands.scorecard
    where
        own_bands.scorecard is null
        and scorecards.scorecard is not null
        and scorecards.status in ('active', 'candidate')
        and not exists (select 1 from bands where bands.scorecard = '*')
),

contradictory_alias_problems as (
    select
        'customer_aliases, alias ' || alias_id as place,
        'the alias belongs to ' || min(customer_id) || ' and to ' || max(customer_id)
        || '; keep the customer that it belongs to now.' as problem
    from aliases
    group by alias_id
    having count(*) > 1
),

looped_alias_problems as (
    select
        'customer_aliases, alias ' || here.alias_id as place,
        'following it does not end within 16 steps (is it a loop?); point each alias to the '
        || 'customer that it belongs to now.' as problem
    from aliases as here
    inner join aliases as onward on here.customer_id = onward.alias_id
),

kpi_event_problems as (
    select
        '{{ seed_label('kpi_events') }}' || {{ row_name(['event_name', 'role']) }} as place,
        case
            when event_name is null then 'event_name is empty; name the event.'
            when coalesce(role, '') not in ({{ listed_texts(kpi_event_roles()) }})
                then 'role ' || coalesce(role, '(empty)') || ' is unknown; write one of '
                    || '{{ kpi_event_roles() | join(", ") }}.'
            when event_name in ({{ listed_texts(derived_event_names()) }})
                then 'the project derives this event itself, and it has no role; remove the row.'
            when count(*) over (partition by event_name, role) > 1
                then 'the event has this role more than once; keep one row.'
            when
                role = 'passive'
                and sum(case when role = 'feature' then 1 else 0 end) over (
                    partition by event_name
                ) > 0
                then 'a passive event makes nobody active and cannot be a feature; '
                    || 'remove one of the two rows.'
        end as problem
    from kpi_events
),

kpi_definition_problems as (
    select
        '{{ seed_label('kpi_definitions') }}' || {{ row_name(['kpi']) }} as place,
        case
            when kpi is null then 'kpi is empty; give the row a name.'
            when count(*) over (partition by kpi) > 1
                then 'the kpi is there more than once; keep one row.'
            when coalesce(unit, '') not in ({{ listed_texts(kpi_units()) }})
                then 'unit ' || coalesce(unit, '(empty)') || ' is unknown; write one of '
                    || '{{ kpi_units() | join(", ") }}.'
            when coalesce(direction, '') not in ('up', 'down', 'none')
                then 'direction ' || coalesce(direction, '(empty)')
                    || ' is unknown; write up, down or none.'
            when coalesce(numerator, '') not in ({{ listed_texts(kpi_measures()) }})
                then 'numerator ' || coalesce(numerator, '(empty)')
                    || ' is no measure; use one of those in macros/rules/kpi_seeds.sql.'
            when denominator not in ({{ listed_texts(kpi_measures()) }})
                then 'denominator ' || denominator
                    || ' is no measure; use one of those in macros/rules/kpi_seeds.sql, '
                    || 'or leave it empty.'
        end as problem
    from kpi_definitions
),

outcome_problems as (
    select
        '{{ seed_label('outcomes') }}' || {{ row_name(['outcome']) }} as place,
        case
            when outcome is null then 'outcome is empty; give the row a name.'
            when count(*) over (partition by outcome) > 1
                then 'the outcome is there more than once; keep one row.'
            when coalesce(kind, '') not in ({{ listed_texts(outcome_kinds()) }})
                then 'kind ' || coalesce(kind, '(empty)') || ' is unknown; write one of '
                    || '{{ outcome_kinds() | join(", ") }}.'
            when lead_days is null or lead_days not between 0 and 3660
                then 'lead_days ' || coalesce(lead_days_text, '(empty)')
                    || ' is not a number of days from 0 to 3660; write a whole number.'
            when horizon_days is null or horizon_days not between 1 and 3660
                then 'horizon_days ' || coalesce(horizon_days_text, '(empty)')
                    || ' is not a number of days from 1 to 3660; write a whole number.'
            when event_names is not null and kind != 'lapse'
                then 'event_names ' || event_names || ' means nothing for the kind ' || kind
                    || '; leave it empty.'
            {{ population_problem() }}
        end as problem
    from outcomes
),

problems as (
    select
        place,
        problem
    from scorecard_problems
    union all
    select
        place,
        problem
    from missing_scorecard_problems
    union all
    select
        place,
        problem
    from weight_problems
    union all
    select
        place,
        problem
    from band_problems
    union all
    select
        place,
        problem
    from unbanded_scorecard_problems
    union all
    select
        place,
        problem
    from contradictory_alias_problems
    union all
    select
        place,
        problem
    from looped_alias_problems
    union all
    select
        place,
        problem
    from action_rule_problems
    union all
    select
        place,
        problem
    from kpi_event_problems
    union all
    select
        place,
        problem
    from kpi_definition_problems
    union all
    select
        place,
        problem
    from outcome_problems
)

select
    place,
    problem
from problems
where problem is not null
