{%- set keys = ['outcome', 'scorecard', 'reference_date'] %}

with

reference_days as (
    select * from {{ ref('int_engagement__reference_days') }}
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

-- What could be learnt by a reference day: the days whose outcomes were all known by then.
learnt as (
    select
        counted.outcome,
        counted.scorecard,
        later_days.reference_date,
        counted.oriented_value,
        sum(counted.customers) as customers,
        sum(counted.positives) as positives
    from counted
    inner join reference_days as earlier_days
        on counted.outcome = earlier_days.outcome
        and counted.reference_date = earlier_days.reference_date
    inner join reference_days as later_days
        on earlier_days.outcome = later_days.outcome
        and earlier_days.label_until <= later_days.reference_date
    group by
        counted.outcome, counted.scorecard, later_days.reference_date, counted.oriented_value
),

scales as (
    select
        outcome,
        scorecard,
        reference_date,
        sum(customers) as all_customers,
        sum(positives) as all_positives,
        sum(customers * oriented_value) / sum(customers) as center,  -- portable: doubles
        sum(customers * oriented_value * oriented_value) / sum(customers)  -- portable: doubles
            as center_of_squares
    from learnt
    group by outcome, scorecard, reference_date
    having
        sum(positives) > 0
        and sum(positives) < sum(customers)
),

measures as (
    select
        outcome,
        scorecard,
        reference_date,
        center,
        case
            when center_of_squares - center * center > 0.00000001
                then sqrt(center_of_squares - center * center)
            else cast(1 as {{ type_double() }})
        end as spread,
        ln(
            cast(all_positives as {{ type_double() }})
            / (all_customers - all_positives)  {# portable: a double #}
        ) as intercept,
        cast(0 as {{ type_double() }}) as slope,
        cast(all_positives as {{ type_double() }}) / all_customers  -- portable: a double
            as learnt_rate
    from scales
),

standardised as (
    select
        learnt.outcome,
        learnt.scorecard,
        learnt.reference_date,
        learnt.customers,
        learnt.positives,
        (learnt.oriented_value - measures.center) / measures.spread as x  -- portable: doubles
    from learnt
    inner join measures
        on learnt.outcome = measures.outcome
        and learnt.scorecard = measures.scorecard
        and learnt.reference_date = measures.reference_date
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
