with

sampled as (
    select * from {{ ref('int_engagement__backtest_sample') }}
),

daily as (
    select
        outcome,
        scorecard,
        reference_date,
        engagement_sign,
        tier,
        tier_rank,
        count(*) as customers,
        sum(is_positive) as positives
    from sampled
    group by outcome, scorecard, reference_date, engagement_sign, tier, tier_rank
),

daily_and_pooled as (
    select
        outcome,
        scorecard,
        reference_date,
        engagement_sign,
        tier,
        tier_rank,
        customers,
        positives
    from daily
    union all
    select
        outcome,
        scorecard,
        cast(null as date) as reference_date,
        engagement_sign,
        tier,
        tier_rank,
        sum(customers) as customers,
        sum(positives) as positives
    from daily
    group by outcome, scorecard, engagement_sign, tier, tier_rank
),

rated as (
    select
        daily_and_pooled.*,
        {{ share_of('positives', 'customers') }} as outcome_rate,
        sum(customers) over (
            partition by outcome, scorecard, reference_date
        ) as all_customers,
        sum(positives) over (
            partition by outcome, scorecard, reference_date
        ) as all_positives
    from daily_and_pooled
),

compared as (
    select
        rated.*,
        lag(outcome_rate) over (
            partition by outcome, scorecard, reference_date order by tier_rank
        ) as rate_of_tier_below
    from rated
)

select
    outcome,
    scorecard,
    reference_date,
    tier,
    tier_rank,
    cast(customers as {{ dbt.type_bigint() }}) as customers,
    cast(positives as {{ dbt.type_bigint() }}) as positives,
    outcome_rate,
    {{ wilson_end('positives', 'customers', -1) }} as rate_low,
    {{ wilson_end('positives', 'customers', 1) }} as rate_high,
    {{ share_of('cast(positives as ' ~ type_double() ~ ') * all_customers',
                'cast(customers as ' ~ type_double() ~ ') * all_positives') }} as lift,
    case
        when rate_of_tier_below is null then 1 = 1
        else engagement_sign * (outcome_rate - rate_of_tier_below) >= 0
    end as is_in_order
from compared
