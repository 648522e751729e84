with

sampled as (
    select * from {{ ref('int_engagement__backtest_sample') }}
),

reference_days as (
    select
        outcome,
        reference_date,
        lag(reference_date) over (partition by outcome order by reference_date) as previous_date
    from {{ ref('int_engagement__reference_days') }}
),

counted as (
    select
        outcome,
        scorecard,
        reference_date,
        ces,
        count(*) as customers
    from sampled
    group by outcome, scorecard, reference_date, ces
),

summed as (
    select
        counted.*,
        sum(customers) over (
            partition by outcome, scorecard, reference_date order by ces
            rows between unbounded preceding and current row
        ) as customers_up_to,
        sum(customers) over (partition by outcome, scorecard, reference_date) as all_customers
    from counted
),

numbers as (
    {{ dbt.generate_series(9) }}
),

-- The nine scores that part the customers of a day in tenths (nearest rank); equal ones are one.
edges as (
    select
        tenths.outcome,
        tenths.scorecard,
        tenths.reference_date,
        tenths.edge,
        row_number() over (
            partition by tenths.outcome, tenths.scorecard, tenths.reference_date
            order by tenths.edge
        ) as edge_number
    from (
        select distinct
            summed.outcome,
            summed.scorecard,
            summed.reference_date,
            summed.ces as edge
        from summed
        inner join numbers
            on 10 * (summed.customers_up_to - summed.customers)
            < numbers.generated_number * summed.all_customers
            and 10 * summed.customers_up_to >= numbers.generated_number * summed.all_customers
    ) as tenths
),

bins as (
    select
        outcome,
        scorecard,
        reference_date,
        edge_number as bin,
        lag(edge) over (
            partition by outcome, scorecard, reference_date order by edge_number
        ) as lower_edge,
        edge as upper_edge
    from edges
    union all
    select
        outcome,
        scorecard,
        reference_date,
        max(edge_number) + 1 as bin,
        max(edge) as lower_edge,
        cast(null as {{ type_decimal(18, 4) }}) as upper_edge
    from edges
    group by outcome, scorecard, reference_date
),

compared_days as (
    select
        outcome,
        reference_date,
        previous_date,
        reference_date as counted_date
    from reference_days
    where previous_date is not null
    union all
    select
        outcome,
        reference_date,
        previous_date,
        previous_date as counted_date
    from reference_days
    where previous_date is not null
),

-- Each bin is there, whether anyone is in it or not.
binned as (
    select
        bins.outcome,
        bins.scorecard,
        reference_days.reference_date,
        bins.bin,
        0 as customers,
        0 as previous_customers
    from bins
    inner join reference_days
        on bins.outcome = reference_days.outcome
        and bins.reference_date = reference_days.previous_date
    union all
    select
        bins.outcome,
        bins.scorecard,
        compared_days.reference_date,
        bins.bin,
        case
            when counted.reference_date = compared_days.reference_date then counted.customers
            else 0
        end as customers,
        case
            when counted.reference_date = compared_days.previous_date then counted.customers
            else 0
        end as previous_customers
    from compared_days
    inner join bins
        on compared_days.outcome = bins.outcome
        and compared_days.previous_date = bins.reference_date
    inner join counted
        on bins.outcome = counted.outcome
        and bins.scorecard = counted.scorecard
        and compared_days.counted_date = counted.reference_date
        and (bins.lower_edge is null or bins.lower_edge < counted.ces)
        and (bins.upper_edge is null or bins.upper_edge >= counted.ces)
),

bin_counts as (
    select
        outcome,
        scorecard,
        reference_date,
        bin,
        sum(customers) as customers,
        sum(previous_customers) as previous_customers
    from binned
    group by outcome, scorecard, reference_date, bin
),

-- Half a customer more in each bin, so that an empty one has a logarithm.
shares as (
    select
        bin_counts.*,
        sum(customers) over (partition by outcome, scorecard, reference_date) as all_customers,
        (customers + 0.5)
        / cast(  -- portable: a double is divided
            sum(customers + 0.5) over (partition by outcome, scorecard, reference_date)
            as {{ type_double() }}
        ) as bin_share,
        (previous_customers + 0.5)
        / cast(  -- portable: a double is divided
            sum(previous_customers + 0.5) over (partition by outcome, scorecard, reference_date)
            as {{ type_double() }}
        ) as previous_share
    from bin_counts
),

shifts as (
    select
        outcome,
        scorecard,
        reference_date,
        max(all_customers) as customers,
        sum((bin_share - previous_share) * ln(bin_share / previous_share))  -- portable: doubles
            as psi
    from shares
    group by outcome, scorecard, reference_date
    having max(all_customers) > 0
),

pairs as (
    select
        now_scored.outcome,
        now_scored.scorecard,
        now_scored.reference_date,
        now_scored.tier as tier_now,
        before_scored.tier as tier_before,
        rank() over (
            partition by now_scored.outcome, now_scored.scorecard, now_scored.reference_date
            order by now_scored.ces
        ) as rank_now,
        count(*) over (
            partition by
                now_scored.outcome, now_scored.scorecard, now_scored.reference_date, now_scored.ces
        ) as ties_now,
        rank() over (
            partition by now_scored.outcome, now_scored.scorecard, now_scored.reference_date
            order by before_scored.ces
        ) as rank_before,
        count(*) over (
            partition by
                now_scored.outcome,
                now_scored.scorecard,
                now_scored.reference_date,
                before_scored.ces
        ) as ties_before
    from sampled as now_scored
    inner join reference_days
        on now_scored.outcome = reference_days.outcome
        and now_scored.reference_date = reference_days.reference_date
    inner join sampled as before_scored
        on now_scored.outcome = before_scored.outcome
        and now_scored.scorecard = before_scored.scorecard
        and now_scored.customer_id = before_scored.customer_id
        and reference_days.previous_date = before_scored.reference_date
),

-- Twice the mid-ranks are whole numbers, so that the sums are exact.
ranked_pairs as (
    select
        outcome,
        scorecard,
        reference_date,
        case when tier_now = tier_before then 1 else 0 end as is_same_tier,
        cast(2 * rank_now + ties_now - 1 as {{ type_decimal(38, 0) }}) as place_now,
        cast(2 * rank_before + ties_before - 1 as {{ type_decimal(38, 0) }}) as place_before
    from pairs
),

rank_sums as (
    select
        outcome,
        scorecard,
        reference_date,
        count(*) as pairs,
        sum(is_same_tier) as same_tier,
        cast(sum(place_now) as {{ type_double() }}) as sum_now,
        cast(sum(place_before) as {{ type_double() }}) as sum_before,
        cast(sum(place_now * place_now) as {{ type_double() }}) as squares_now,
        cast(sum(place_before * place_before) as {{ type_double() }}) as squares_before,
        cast(sum(place_now * place_before) as {{ type_double() }}) as products
    from ranked_pairs
    group by outcome, scorecard, reference_date
),

correlated as (
    select
        rank_sums.*,
        pairs * products - sum_now * sum_before as covariance,
        (pairs * squares_now - sum_now * sum_now)
        * (pairs * squares_before - sum_before * sum_before) as variances
    from rank_sums
)

select
    shifts.outcome,
    shifts.scorecard,
    shifts.reference_date,
    reference_days.previous_date,
    cast(shifts.customers as {{ dbt.type_bigint() }}) as customers,
    cast(coalesce(correlated.pairs, 0) as {{ dbt.type_bigint() }}) as customers_on_both,
    cast(shifts.psi as {{ type_decimal(28, 6) }}) as psi,
    case
        when correlated.variances > 0
            then
                cast(
                    correlated.covariance / sqrt(correlated.variances)  -- portable: doubles
                    as {{ type_decimal(28, 6) }}
                )
    end as rank_correlation,
    {{ share_of('correlated.same_tier', 'correlated.pairs') }} as same_tier_share,
    case
        when shifts.psi < 0.1 then 'steady'
        when shifts.psi < 0.25 then 'shifted'
        else 'changed'
    end as shift
from shifts
inner join reference_days
    on shifts.outcome = reference_days.outcome
    and shifts.reference_date = reference_days.reference_date
left join correlated
    on shifts.outcome = correlated.outcome
    and shifts.scorecard = correlated.scorecard
    and shifts.reference_date = correlated.reference_date
