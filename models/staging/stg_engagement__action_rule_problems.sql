with

scorecards as (
    select * from {{ ref('stg_engagement__scorecards') }}
),

bands as (
    select * from {{ ref('stg_engagement__tier_bands') }}
),

alert_rules as (
    select * from {{ ref('stg_engagement__alert_rules') }}
),

opportunity_rules as (
    select * from {{ ref('stg_engagement__opportunity_rules') }}
),

scorecard_names as (
    select scorecard as known_scorecard
    from scorecards
    where scorecard is not null
    group by scorecard
),

tiers as (
    select tier
    from bands
    where tier is not null
    group by tier
),

placed_alert_rules as (
    select
        rules.*,
        scorecard_names.known_scorecard,
        count(*) over (partition by rules.scorecard, rules.reason_code) as same_rule
    from alert_rules as rules
    left join scorecard_names on rules.scorecard = scorecard_names.known_scorecard
),

alert_rule_problems as (
    select
        '{{ seed_label('alert_rules') }}' || {{ row_name(['scorecard', 'reason_code']) }} as place,
        case
            when known_scorecard is null and coalesce(scorecard, '') != '*'
                then 'the scorecard ' || coalesce(scorecard, '(empty)')
                    || ' is not in {{ seed_label('scorecards') }}; correct the name, or '
                    || 'write * for all scorecards.'
            when reason_code is null then 'reason_code is empty; name the rule.'
            when same_rule > 1 then 'the rule is there more than once; keep one row.'
            when coalesce(kind, '') not in ('score_drop', 'tier_fall', 'low_score', 'silence')
                then 'kind ' || coalesce(kind, '(empty)')
                    || ' is unknown; write score_drop, tier_fall, low_score or silence.'
            when coalesce(enabled, '') not in ('yes', 'no')
                then 'enabled ' || coalesce(enabled, '(empty)') || ' is unknown; write yes or no.'
            when coalesce(severity, '') not in ('low', 'medium', 'high')
                then 'severity ' || coalesce(severity, '(empty)')
                    || ' is unknown; write low, medium or high.'
            when
                kind = 'score_drop'
                and (max_share_of_base is null or max_share_of_base not between 0 and 1)
                then 'max_share_of_base ' || coalesce(max_share_of_base_text, '(empty)')
                    || ' is not a number from 0 to 1; write a share, such as 0.7.'
            when kind = 'score_drop' and (min_points_down is null or min_points_down <= 0)
                then 'min_points_down ' || coalesce(min_points_down_text, '(empty)')
                    || ' is not a number above 0; write points of the score.'
            when kind = 'low_score' and below_score is null
                then 'below_score ' || coalesce(below_score_text, '(empty)')
                    || ' is not a number; write the score below which it alerts.'
            when kind = 'silence' and (quiet_days is null or quiet_days not between 1 and 3660)
                then 'quiet_days ' || coalesce(quiet_days_text, '(empty)')
                    || ' is not a number of days from 1 to 3660; write a whole number.'
            {{ whole_number_problem('max_weeks_open', 1, 520) }}
            {{ meaningless_cell_problem('max_share_of_base', ['score_drop']) }}
            {{ meaningless_cell_problem('min_points_down', ['score_drop']) }}
            {{ meaningless_cell_problem('below_score', ['low_score']) }}
            {{ meaningless_cell_problem('quiet_days', ['silence']) }}
            {{ meaningless_cell_problem('max_weeks_open', ['score_drop', 'tier_fall']) }}
            {{ long_fraction_problem('max_share_of_base') }}
            {{ long_fraction_problem('min_points_down') }}
            {{ long_fraction_problem('below_score') }}
        end as problem
    from placed_alert_rules
),

-- A rule for all scorecards holds for those that have its tiers.
known_tiers as (
    select
        rules.scorecard as placed_scorecard,
        rules.rule as placed_rule,
        max(case when {{ is_listed('tiers.tier', 'rules.tiers') }} then 1 else 0 end) as has_tier
    from opportunity_rules as rules
    cross join tiers
    where
        rules.tiers is not null
        and rules.scorecard != '*'
    group by rules.scorecard, rules.rule
),

placed_opportunity_rules as (
    select
        rules.*,
        scorecard_names.known_scorecard,
        coalesce(known_tiers.has_tier, 1) as has_tier,
        count(*) over (partition by rules.scorecard, rules.rule) as same_rule
    from opportunity_rules as rules
    left join scorecard_names on rules.scorecard = scorecard_names.known_scorecard
    left join known_tiers
        on rules.scorecard = known_tiers.placed_scorecard
        and rules.rule = known_tiers.placed_rule
),

opportunity_rule_problems as (
    select
        '{{ seed_label('opportunity_rules') }}' || {{ row_name(['scorecard', 'rule']) }} as place,
        case
            when known_scorecard is null and coalesce(scorecard, '') != '*'
                then 'the scorecard ' || coalesce(scorecard, '(empty)')
                    || ' is not in {{ seed_label('scorecards') }}; correct the name, or '
                    || 'write * for all scorecards.'
            when rule is null then 'rule is empty; name the rule.'
            when same_rule > 1 then 'the rule is there more than once; keep one row.'
            when
                coalesce(kind, '') not in ('pql', 'expansion', 'upsell', 'advocacy', 'attention')
                then 'kind ' || coalesce(kind, '(empty)')
                    || ' is unknown; write pql, expansion, upsell, advocacy or attention.'
            when coalesce(enabled, '') not in ('yes', 'no')
                then 'enabled ' || coalesce(enabled, '(empty)') || ' is unknown; write yes or no.'
            when has_tier = 0
                then 'tiers ' || tiers || ' names no tier of {{ seed_label('tier_bands') }}; '
                    || 'correct the names.'
            {{ unknown_words_problem('trends', ['rising', 'steady', 'falling', 'unknown']) }}
            {{ unknown_words_problem('risk_levels', ['none', 'low', 'medium', 'high', 'unknown']) }}
            {{ unknown_words_problem('satisfactions', ['happy', 'mixed', 'unhappy']) }}
            {{ whole_number_problem('min_promoters', 1, 1000000) }}
            {{ whole_number_problem('min_active_users', 1, 1000000) }}
            when
                min_breadth_text is not null
                and (min_breadth is null or min_breadth not between 0 and 100)
                then 'min_breadth ' || min_breadth_text
                    || ' is not a number from 0 to 100; write a share of the seats, such as 0.8.'
            {{ long_fraction_problem('min_breadth') }}
            {{ whole_number_problem('min_key_events', 1, 1000) }}
            {{ whole_number_problem('max_days_to_value', 0, 36600) }}
            when
                coalesce(
                    lifecycles, tiers, trends, risk_levels, satisfactions, min_promoters_text,
                    min_active_users_text, min_breadth_text, min_key_events_text,
                    max_days_to_value_text
                ) is null
                then 'the rule asks for nothing, so that every customer would be one; fill in at '
                    || 'least one criterion.'
        end as problem
    from placed_opportunity_rules
),

problems as (
    select
        place,
        problem
    from alert_rule_problems
    union all
    select
        place,
        problem
    from opportunity_rule_problems
)

select
    place,
    problem
from problems
where problem is not null
