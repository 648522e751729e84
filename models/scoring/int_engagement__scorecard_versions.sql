with

scorecards as (
    select * from {{ ref('int_engagement__scorecards') }}
),

weights as (
    select * from {{ ref('stg_engagement__event_weights') }}
),

bands as (
    select * from {{ ref('int_engagement__tier_bands') }}
),

-- All that can move a score or a tier, and nothing else: a new title is no new version.
rules as (
    select
        scorecard,
        'scorecard' as rule_key,
        {{ joined_texts([
            'window_days', 'half_life_days', 'full_score_points', 'population_attribute',
            'population_values',
        ]) }} as rule_text
    from scorecards
    union all
    select
        weights.scorecard,
        {{ joined_texts(["'weight'", 'weights.event_name', 'weights.counts_from']) }} as rule_key,
        {{ joined_texts([
            'weights.counts_to', 'weights.weight', 'weights.measure', 'weights.daily_cap_per_user',
        ]) }} as rule_text
    from weights
    inner join scorecards on weights.scorecard = scorecards.scorecard
    union all
    -- A rule of its own, so that scorecards without a saturation keep their version.
    select
        weights.scorecard,
        {{ joined_texts(["'saturation'", 'weights.event_name', 'weights.counts_from']) }}
            as rule_key,
        {{ joined_texts(['weights.saturation']) }} as rule_text
    from weights
    inner join scorecards on weights.scorecard = scorecards.scorecard
    where weights.saturation is not null
    union all
    select
        scorecard,
        {{ joined_texts(["'tier'", 'tier_rank']) }} as rule_key,
        {{ joined_texts(['tier', 'lower_bound', 'upper_bound']) }} as rule_text
    from bands
)

select
    scorecard,
    {{ dbt.hash(joined_in_order('rule_key || chr(10) || rule_text', 'rule_key', 'chr(10)')) }}
        as version
from rules
group by scorecard
