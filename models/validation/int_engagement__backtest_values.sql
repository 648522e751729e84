with

sampled as (
    select * from {{ ref('int_engagement__backtest_sample') }}
),

predictors as (
    {{ oriented_predictors('sampled') }}
),

daily as (
    select
        outcome,
        scorecard,
        predictor,
        reference_date,
        oriented_value,
        count(*) as customers,
        sum(is_positive) as positives
    from predictors
    group by outcome, scorecard, predictor, reference_date, oriented_value
),

-- The pooled figures stand beside those of each day, without a date.
daily_and_pooled as (
    select
        outcome,
        scorecard,
        predictor,
        reference_date,
        oriented_value,
        customers,
        positives
    from daily
    union all
    select
        outcome,
        scorecard,
        predictor,
        cast(null as date) as reference_date,
        oriented_value,
        sum(customers) as customers,
        sum(positives) as positives
    from daily
    group by outcome, scorecard, predictor, oriented_value
),

summed as (
    select
        daily_and_pooled.*,
        sum(customers) over (
            partition by outcome, scorecard, predictor, reference_date order by oriented_value
            rows between unbounded preceding and current row
        ) as customers_up_to,
        sum(positives) over (
            partition by outcome, scorecard, predictor, reference_date order by oriented_value
            rows between unbounded preceding and current row
        ) as positives_up_to,
        sum(customers) over (
            partition by outcome, scorecard, predictor, reference_date
        ) as all_customers,
        sum(positives) over (
            partition by outcome, scorecard, predictor, reference_date
        ) as all_positives
    from daily_and_pooled
)

select
    outcome,
    scorecard,
    predictor,
    reference_date,
    oriented_value,
    cast(customers as {{ dbt.type_bigint() }}) as customers,
    cast(positives as {{ dbt.type_bigint() }}) as positives,
    cast(customers_up_to - customers as {{ dbt.type_bigint() }}) as customers_below,
    cast(positives_up_to - positives as {{ dbt.type_bigint() }}) as positives_below,
    cast(all_customers as {{ dbt.type_bigint() }}) as all_customers,
    cast(all_positives as {{ dbt.type_bigint() }}) as all_positives,
    -- At most 1,000 steps for the bootstrap; up to 1,000 customers each value has its own.
    cast(
        floor(
            cast(500 * (2 * customers_up_to - customers) as {{ type_double() }})
            / case  -- portable: a double is divided
                when all_customers > 1000 then all_customers
                else 1000
            end
        ) as {{ dbt.type_int() }}
    ) as step
from summed
