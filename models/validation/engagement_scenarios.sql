{%- set no_text = 'cast(null as ' ~ dbt.type_string() ~ ')' %}
{%- set no_number = 'cast(null as ' ~ type_decimal(28, 6) ~ ')' %}
{%- set no_rank = 'cast(null as ' ~ dbt.type_int() ~ ')' %}

with

scorecards as (
    select * from {{ ref('int_engagement__scorecards') }}
),

scores as (
    select * from {{ ref('int_engagement__latest_scores') }}
),

backtest as (
    select * from {{ ref('engagement_backtest') }}
    where
        predictor = 'ces'
        and reference_date is null
        and auc is not null
),

pairs as (
    select
        active.scorecard,
        candidates.scorecard as candidate
    from scorecards as active
    cross join scorecards as candidates
    where
        active.status = 'active'
        and candidates.status = 'candidate'
),

moves as (
    select
        pairs.scorecard,
        pairs.candidate,
        active_scores.customer_id,
        active_scores.tier as from_tier,
        active_scores.tier_rank as from_tier_rank,
        candidate_scores.tier as to_tier,
        candidate_scores.tier_rank as to_tier_rank,
        active_scores.ces as active_value,
        candidate_scores.ces as candidate_value,
        row_number() over (
            partition by pairs.scorecard, pairs.candidate
            order by abs(candidate_scores.ces - active_scores.ces) desc, active_scores.customer_id
        ) as place
    from pairs
    inner join scores as active_scores on pairs.scorecard = active_scores.scorecard
    inner join scores as candidate_scores
        on pairs.candidate = candidate_scores.scorecard
        and active_scores.customer_id = candidate_scores.customer_id
),

migrations as (
    select
        scorecard,
        candidate,
        from_tier,
        from_tier_rank,
        to_tier,
        to_tier_rank,
        count(*) as customers,
        sum(active_value) as active_value,
        sum(candidate_value) as candidate_value
    from moves
    group by scorecard, candidate, from_tier, from_tier_rank, to_tier, to_tier_rank
),

replicates as (
    select
        outcome,
        scorecard,
        'auc' as aspect,
        replicate,
        auc as figure
    from {{ ref('int_engagement__backtest_replicates') }}
    where
        predictor = 'ces'
        and reference_date is null
    union all
    select
        outcome,
        scorecard,
        'top_decile_lift' as aspect,
        replicate,
        top_decile_lift as figure
    from {{ ref('int_engagement__backtest_replicates') }}
    where
        predictor = 'ces'
        and reference_date is null
),

figures as (
    select
        outcome,
        scorecard,
        'auc' as aspect,
        customers,
        cast(auc as {{ type_decimal(28, 10) }}) as figure
    from backtest
    union all
    select
        outcome,
        scorecard,
        'top_decile_lift' as aspect,
        customers,
        cast(top_decile_lift as {{ type_decimal(28, 10) }}) as figure
    from backtest
),

changes as (
    select
        pairs.scorecard,
        pairs.candidate,
        active_replicates.outcome,
        active_replicates.aspect,
        candidate_replicates.figure - active_replicates.figure as difference,
        row_number() over (
            partition by
                pairs.scorecard,
                pairs.candidate,
                active_replicates.outcome,
                active_replicates.aspect
            order by candidate_replicates.figure - active_replicates.figure
        ) as place,
        count(*) over (
            partition by
                pairs.scorecard,
                pairs.candidate,
                active_replicates.outcome,
                active_replicates.aspect
        ) as places
    from pairs
    inner join replicates as active_replicates on pairs.scorecard = active_replicates.scorecard
    inner join replicates as candidate_replicates
        on pairs.candidate = candidate_replicates.scorecard
        and active_replicates.outcome = candidate_replicates.outcome
        and active_replicates.aspect = candidate_replicates.aspect
        and active_replicates.replicate = candidate_replicates.replicate
),

intervals as (
    select
        scorecard,
        candidate,
        outcome,
        aspect,
        {{ interval_end('difference', 'place', 'places', 'low') }} as difference_low,
        {{ interval_end('difference', 'place', 'places', 'high') }} as difference_high
    from changes
    group by scorecard, candidate, outcome, aspect
),

-- Scorecards are compared where they share customers: others are told apart by whom they score.
comparable as (
    select distinct
        scorecard,
        candidate
    from moves
),

measured as (
    select
        comparable.scorecard,
        comparable.candidate,
        active_figures.outcome,
        active_figures.aspect,
        active_figures.customers,
        active_figures.figure as active_value,
        candidate_figures.customers as candidate_customers,
        candidate_figures.figure as candidate_value,
        intervals.difference_low,
        intervals.difference_high
    from comparable
    inner join figures as active_figures on comparable.scorecard = active_figures.scorecard
    inner join figures as candidate_figures
        on comparable.candidate = candidate_figures.scorecard
        and active_figures.outcome = candidate_figures.outcome
        and active_figures.aspect = candidate_figures.aspect
    left join intervals
        on comparable.scorecard = intervals.scorecard
        and comparable.candidate = intervals.candidate
        and active_figures.outcome = intervals.outcome
        and active_figures.aspect = intervals.aspect
),

findings as (
    select
        scorecard,
        candidate,
        'tier_migration' as aspect,
        {{ no_text }} as outcome,
        row_number() over (
            partition by scorecard, candidate order by from_tier_rank, to_tier_rank
        ) as place,
        {{ no_text }} as customer_id,
        from_tier,
        from_tier_rank,
        to_tier,
        to_tier_rank,
        customers,
        {{ share_of('active_value', 'customers') }} as active_value,
        {{ share_of('candidate_value', 'customers') }} as candidate_value,
        {{ share_of('candidate_value - active_value', 'customers') }} as difference,
        {{ no_number }} as difference_low,
        {{ no_number }} as difference_high,
        {{ plain_words('customers') }} || case
            when from_tier_rank = to_tier_rank then ' stay in ' || from_tier
            when from_tier_rank < to_tier_rank then ' rise from ' || from_tier || ' to ' || to_tier
            else ' fall from ' || from_tier || ' to ' || to_tier
        end as finding
    from migrations
    union all
    select
        scorecard,
        candidate,
        'mover' as aspect,
        {{ no_text }} as outcome,
        place,
        customer_id,
        from_tier,
        from_tier_rank,
        to_tier,
        to_tier_rank,
        1 as customers,
        active_value,
        candidate_value,
        candidate_value - active_value as difference,
        {{ no_number }} as difference_low,
        {{ no_number }} as difference_high,
        'from ' || {{ number_words('active_value', 1) }} || ' to '
        || {{ number_words('candidate_value', 1) }} as finding
    from moves
    where place <= 20
    union all
    select
        scorecard,
        candidate,
        aspect,
        outcome,
        1 as place,
        {{ no_text }} as customer_id,
        {{ no_text }} as from_tier,
        {{ no_rank }} as from_tier_rank,
        {{ no_text }} as to_tier,
        {{ no_rank }} as to_tier_rank,
        customers,
        active_value,
        candidate_value,
        candidate_value - active_value as difference,
        difference_low,
        difference_high,
        case
            when difference_low > 0 then 'the candidate is better, more than noise'
            when difference_high < 0 then 'the active scorecard is better, more than noise'
            else 'no difference beyond noise'
        end || case
            when candidate_customers != customers
                then ' (the candidate was asked about ' || {{ plain_words('candidate_customers') }}
                    || ' customers instead of ' || {{ plain_words('customers') }} || ')'
            else ''
        end as finding
    from measured
)

select
    scorecard,
    candidate,
    aspect,
    outcome,
    cast(place as {{ dbt.type_int() }}) as place,
    customer_id,
    from_tier,
    from_tier_rank,
    to_tier,
    to_tier_rank,
    cast(customers as {{ dbt.type_bigint() }}) as customers,
    cast(active_value as {{ type_decimal(28, 6) }}) as active_value,
    cast(candidate_value as {{ type_decimal(28, 6) }}) as candidate_value,
    cast(difference as {{ type_decimal(28, 6) }}) as difference,
    cast(difference_low as {{ type_decimal(28, 6) }}) as difference_low,
    cast(difference_high as {{ type_decimal(28, 6) }}) as difference_high,
    finding
from findings
