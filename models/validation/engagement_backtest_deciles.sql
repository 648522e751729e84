with

counted as (
    select * from {{ ref('int_engagement__backtest_values') }}
),

numbers as (
    {{ dbt.generate_series(10) }}
),

deciles as (
    select cast(generated_number as {{ dbt.type_int() }}) as decile
    from numbers
),

-- Counted from the likeliest, in tenths of a customer, so that tenths of all are whole numbers.
placed as (
    select
        counted.*,
        10 * (all_customers - customers_below - customers) as placed_from,
        10 * (all_customers - customers_below) as placed_to
    from counted
),

shared as (
    select
        placed.outcome,
        placed.scorecard,
        placed.predictor,
        placed.reference_date,
        deciles.decile,
        placed.customers,
        placed.positives,
        placed.all_customers,
        placed.all_positives,
        case
            when placed.placed_to < deciles.decile * placed.all_customers then placed.placed_to
            else deciles.decile * placed.all_customers
        end
        - case
            when placed.placed_from > (deciles.decile - 1) * placed.all_customers
                then placed.placed_from
            else (deciles.decile - 1) * placed.all_customers
        end as tenths
    from placed
    inner join deciles
        on placed.placed_from < deciles.decile * placed.all_customers
        and placed.placed_to > (deciles.decile - 1) * placed.all_customers
),

summed as (
    select
        outcome,
        scorecard,
        predictor,
        reference_date,
        decile,
        all_customers,
        all_positives,
        -- The tied share the outcomes among them by how many of them are in the decile.
        sum(
            {{ divided('cast(positives as ' ~ type_double() ~ ') * tenths', '10 * customers') }}
        ) as positives
    from shared
    group by
        outcome, scorecard, predictor, reference_date, decile, all_customers, all_positives
),

accumulated as (
    select
        summed.*,
        sum(positives) over (
            partition by outcome, scorecard, predictor, reference_date order by decile
            rows between unbounded preceding and current row
        ) as positives_up_to
    from summed
)

select
    outcome,
    scorecard,
    predictor,
    reference_date,
    decile,
    {{ share_of('all_customers', '10') }} as customers,
    cast(positives as {{ type_decimal(28, 6) }}) as positives,
    {{ share_of('10 * positives', 'all_customers') }} as outcome_rate,
    {{ share_of('10 * positives', 'all_positives') }} as lift,
    {{ share_of('positives_up_to', 'all_positives') }} as captured_share
from accumulated
