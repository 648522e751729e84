{%- set keys = ['outcome', 'scorecard', 'reference_date'] %}

with

-- A table of its own: each step of the fit reads it.
standardised as (
    select * from {{ ref('int_engagement__learnt_values') }}
),

measures as (
    select distinct
        outcome,
        scorecard,
        reference_date,
        center,
        spread,
        intercept,
        cast(0 as {{ type_double() }}) as slope,
        learnt_rate
    from standardised
),

counted as (
    select
        outcome,
        scorecard,
        reference_date,
        customers,
        positives,
        cast(oriented_value as {{ type_double() }}) as oriented_value
    from {{ ref('int_engagement__backtest_values') }}
    where
        predictor = 'ces'
        and reference_date is not null
),

{{ fitted_logistic('standardised', 'measures', keys, 12) }},

foretold as (
    select
        counted.outcome,
        counted.scorecard,
        counted.reference_date,
        counted.customers,
        counted.positives,
        measures.learnt_rate,
        cast(
            {{ logistic(
                'fitted.intercept',
                'fitted.slope',
                '((counted.oriented_value - measures.center) / measures.spread)'  
            ) }} as {{ type_decimal(12, 10) }}
        ) as chance
    from counted
    inner join measures
        on counted.outcome = measures.outcome
        and counted.scorecard = measures.scorecard
        and counted.reference_date = measures.reference_date
    inner join fitted
        on counted.outcome = fitted.outcome
        and counted.scorecard = fitted.scorecard
        and counted.reference_date = fitted.reference_date
),

daily_and_pooled as (
    select
        outcome,
        scorecard,
        reference_date,
        customers,
        positives,
        learnt_rate,
        chance
    from foretold
    union all
    select
        outcome,
        scorecard,
        cast(null as date) as reference_date,
        customers,
        positives,
        learnt_rate,
        chance
    from foretold
),

errors as (
    select
        outcome,
        scorecard,
        reference_date,
        chance,
        sum(customers) as customers,
        sum(positives) as positives,
        sum(
            positives * power(1 - cast(chance as {{ type_double() }}), 2)
            + (customers - positives) * power(cast(chance as {{ type_double() }}), 2)
        ) as squared_error,
        sum(
            positives * power(1 - learnt_rate, 2)
            + (customers - positives) * power(learnt_rate, 2)
        ) as squared_error_of_rate
    from daily_and_pooled
    group by outcome, scorecard, reference_date, chance
),

summed as (
    select
        errors.*,
        sum(customers) over (
            partition by outcome, scorecard, reference_date order by chance
            rows between unbounded preceding and current row
        ) as customers_up_to,
        sum(customers) over (
            partition by outcome, scorecard, reference_date
        ) as all_customers
    from errors
),

-- Ten bins of about the same number of customers; those with the same chance stay together.
binned as (
    select
        summed.*,
        1 + cast(
            floor(
                cast(5 * (2 * customers_up_to - customers) as {{ type_double() }})
                / all_customers  {# portable: a double #}
            ) as {{ dbt.type_int() }}
        ) as bin
    from summed
)

select
    outcome,
    scorecard,
    reference_date,
    bin,
    cast(sum(customers) as {{ dbt.type_bigint() }}) as customers,
    cast(sum(positives) as {{ dbt.type_bigint() }}) as positives,
    min(chance) as lowest_chance,
    max(chance) as highest_chance,
    {{ share_of('sum(customers * chance)', 'sum(customers)') }} as foretold_rate,
    {{ share_of('sum(positives)', 'sum(customers)') }} as outcome_rate,
    {{ wilson_end('sum(positives)', 'sum(customers)', -1) }} as rate_low,
    {{ wilson_end('sum(positives)', 'sum(customers)', 1) }} as rate_high,
    {{ share_of('sum(squared_error)', 'sum(customers)') }} as brier,
    {{ share_of('sum(squared_error_of_rate)', 'sum(customers)') }} as brier_of_base_rate
from binned
group by outcome, scorecard, reference_date, bin
