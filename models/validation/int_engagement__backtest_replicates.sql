{%- set in_block = bootstrap_replicates_in_block() %}

with

sampled as (
    select * from {{ ref('int_engagement__backtest_sample') }}
),

steps as (
    select * from {{ ref('int_engagement__backtest_values') }}
),

blocks as (
    {{ dbt.generate_series(bootstrap_blocks()) }}
),

hashed as (
    select
        customer_id,
        {{ dbt.hash('customer_id') }} as digits
    from sampled
    group by customer_id
),

drawn_numbers as {{ computed_once() }} (
    select
        customer_id,
        {{ bootstrap_number('digits', 1) }} as first_number,
        {{ bootstrap_number('digits', 2) }} as second_number
    from hashed
),

numbered_blocks as (
    select
        cast(generated_number as {{ dbt.type_int() }}) as block_number,
        cast({{ in_block }} * (generated_number - 1) as {{ dbt.type_bigint() }})
            as replicates_before
    from blocks
),

-- A customer is drawn with all its reference days, since these depend on each other.
draws as {{ computed_once() }} (
    select
        drawn_numbers.customer_id,
        {%- for number in range(1, in_block + 1) %}
        {{ bootstrap_weight(
            'drawn_numbers.first_number',
            'drawn_numbers.second_number',
            '(numbered_blocks.replicates_before + ' ~ number ~ ')'
        ) }} as draws_{{ number }},
        {%- endfor %}
        numbered_blocks.block_number
    from drawn_numbers
    cross join numbered_blocks
),

predictors as (
    {{ oriented_predictors('sampled') }}
),

daily_and_pooled as (
    select
        predictors.outcome,
        predictors.scorecard,
        predictors.predictor,
        predictors.reference_date,
        predictors.customer_id,
        predictors.is_positive,
        steps.step
    from predictors
    inner join steps
        on predictors.outcome = steps.outcome
        and predictors.scorecard = steps.scorecard
        and predictors.predictor = steps.predictor
        and predictors.reference_date = steps.reference_date
        and predictors.oriented_value = steps.oriented_value
    where
        steps.all_positives > 0
        and steps.all_positives < steps.all_customers
    union all
    select
        predictors.outcome,
        predictors.scorecard,
        predictors.predictor,
        cast(null as date) as reference_date,
        predictors.customer_id,
        predictors.is_positive,
        steps.step
    from predictors
    inner join steps
        on predictors.outcome = steps.outcome
        and predictors.scorecard = steps.scorecard
        and predictors.predictor = steps.predictor
        and predictors.oriented_value = steps.oriented_value
    where
        steps.reference_date is null
        and steps.all_positives > 0
        and steps.all_positives < steps.all_customers
),

drawn_steps as (
    select
        daily_and_pooled.outcome,
        daily_and_pooled.scorecard,
        daily_and_pooled.predictor,
        daily_and_pooled.reference_date,
        daily_and_pooled.step,
        {%- for number in range(1, in_block + 1) %}
        sum(draws.draws_{{ number }}) as customers_{{ number }},
        sum(draws.draws_{{ number }} * daily_and_pooled.is_positive) as positives_{{ number }},
        {%- endfor %}
        draws.block_number
    from daily_and_pooled
    inner join draws on daily_and_pooled.customer_id = draws.customer_id
    group by
        daily_and_pooled.outcome,
        daily_and_pooled.scorecard,
        daily_and_pooled.predictor,
        daily_and_pooled.reference_date,
        daily_and_pooled.step,
        draws.block_number
),

summed_steps as {{ computed_once() }} (
    select
        {%- for number in range(1, in_block + 1) %}
        sum(customers_{{ number }}) over (
            partition by outcome, scorecard, predictor, reference_date, block_number order by step
            rows between unbounded preceding and current row
        ) as customers_up_to_{{ number }},
        sum(customers_{{ number }} - positives_{{ number }}) over (
            partition by outcome, scorecard, predictor, reference_date, block_number order by step
            rows between unbounded preceding and current row
        ) as negatives_up_to_{{ number }},
        sum(customers_{{ number }}) over (
            partition by outcome, scorecard, predictor, reference_date, block_number
        ) as all_customers_{{ number }},
        {%- endfor %}
        drawn_steps.*
    from drawn_steps
),

-- Twice the pairs that are in order, and the positives in the first tenth times ten, by which a
-- step on its edge counts in part.
totals as (
    select
        outcome,
        scorecard,
        predictor,
        reference_date,
        {%- for number in range(1, in_block + 1) %}
        sum(customers_{{ number }}) as all_customers_{{ number }},
        sum(positives_{{ number }}) as all_positives_{{ number }},
        sum(
            positives_{{ number }}
            * (
                2 * negatives_up_to_{{ number }} - customers_{{ number }} + positives_{{ number }}
            )
        ) as ordered_pairs_{{ number }},
        sum(
            case
                when customers_{{ number }} = 0 then 0
                when
                    10 * (
                        all_customers_{{ number }} - customers_up_to_{{ number }}
                        + customers_{{ number }}
                    ) <= all_customers_{{ number }}
                    then 10 * positives_{{ number }}
                when
                    10 * (all_customers_{{ number }} - customers_up_to_{{ number }})
                    < all_customers_{{ number }}
                    then positives_{{ number }}
                        * (
                            all_customers_{{ number }}
                            - 10 * (all_customers_{{ number }} - customers_up_to_{{ number }})
                        )
                        / nullif(customers_{{ number }}, 0)  -- portable: doubles
                else 0
            end
        ) as first_tenth_{{ number }},
        {%- endfor %}
        block_number
    from summed_steps
    group by outcome, scorecard, predictor, reference_date, block_number
),

replicates as (
    {%- for number in range(1, in_block + 1) %}
    select
        outcome,
        scorecard,
        predictor,
        reference_date,
        {{ in_block }} * (block_number - 1) + {{ number }} as replicate,
        all_positives_{{ number }} as positives,
        all_customers_{{ number }} - all_positives_{{ number }} as negatives,
        ordered_pairs_{{ number }} as ordered_pairs,
        first_tenth_{{ number }} as first_tenth
    from totals
    {%- if not loop.last %}
    union all
    {%- endif %}
    {%- endfor %}
)

select
    outcome,
    scorecard,
    predictor,
    reference_date,
    replicate,
    cast(
        ordered_pairs / (2 * positives * negatives)  {# portable: doubles #}
        as {{ type_decimal(12, 10) }}
    ) as auc,
    cast(
        first_tenth / positives  {# portable: doubles #}
        as {{ type_decimal(12, 10) }}
    ) as top_decile_lift
from replicates
where
    positives > 0
    and negatives > 0
