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
        cast(all_positives as {{ type_double() }}) / all_customers  -- portable: a double
            as learnt_rate
    from scales
)

select
    learnt.outcome,
    learnt.scorecard,
    learnt.reference_date,
    learnt.customers,
    learnt.positives,
    measures.center,
    measures.spread,
    measures.intercept,
    measures.learnt_rate,
    (learnt.oriented_value - measures.center) / measures.spread as x  -- portable: doubles
from learnt
inner join measures
    on learnt.outcome = measures.outcome
    and learnt.scorecard = measures.scorecard
    and learnt.reference_date = measures.reference_date
