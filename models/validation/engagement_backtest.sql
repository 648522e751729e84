{%- set keys = ['outcome', 'scorecard', 'reference_date'] %}
{%- set auc_type = type_decimal(12, 10) %}

with

counted as (
    select * from {{ ref('int_engagement__backtest_values') }}
),

replicates as (
    select * from {{ ref('int_engagement__backtest_replicates') }}
),

first_deciles as (
    select * from {{ ref('engagement_backtest_deciles') }}
    where decile = 1
),

outcomes as (
    select * from {{ ref('stg_engagement__outcomes') }}
),

scorecards as (
    select * from {{ ref('int_engagement__scorecards') }}
),

calibration as (
    select
        outcome,
        scorecard,
        coalesce(reference_date, {{ last_date() }}) as reference_day,
        sum(customers * brier) / sum(customers) as brier,  -- portable: decimals
        sum(customers * brier_of_base_rate) / sum(customers)  -- portable: decimals
            as brier_of_base_rate
    from {{ ref('engagement_backtest_calibration') }}
    group by outcome, scorecard, coalesce(reference_date, {{ last_date() }})
),

predictors as (
    {%- for predictor in backtest_predictors() %}
    select
        '{{ predictor.name }}' as predictor,
        {{ 1 if predictor.is_baseline else 0 }} as is_baseline
    {%- if not loop.last %}
    union all
    {%- endif %}
    {%- endfor %}
),

-- A date that is null cannot be joined on: the pooled figures carry the calendar's last one here.
measured as (
    select
        outcome,
        scorecard,
        predictor,
        coalesce(reference_date, {{ last_date() }}) as reference_day,
        max(all_customers) as customers,
        max(all_positives) as positives,
        sum(
            cast(positives as {{ type_decimal(38, 0) }})
            * (
                2 * (customers_below - positives_below)
                + customers - positives
            )
        ) as ordered_pairs,
        sum(
            cast(positives as {{ type_double() }})
            * (all_positives - positives_below)
            / (all_customers - customers_below)  {# portable: a double is divided #}
        ) as summed_precision,
        max(abs(
            cast(
                positives_below * all_customers - customers_below * all_positives
                as {{ type_double() }}
            )
        )) as widest_gap
    from counted
    group by outcome, scorecard, predictor, coalesce(reference_date, {{ last_date() }})
),

asked as (
    select
        outcome,
        scorecard,
        predictor,
        reference_day
    from measured
    {{ union_distinct() }}
    select
        outcomes.outcome,
        scorecards.scorecard,
        predictors.predictor,
        {{ last_date() }} as reference_day
    from outcomes
    cross join scorecards
    cross join predictors
),

rated as (
    select
        asked.outcome,
        asked.scorecard,
        asked.predictor,
        asked.reference_day,
        predictors.is_baseline,
        coalesce(measured.customers, 0) as customers,
        coalesce(measured.positives, 0) as positives,
        case
            when measured.positives > 0 and measured.positives < measured.customers
                then
                    cast(
                        cast(measured.ordered_pairs as {{ type_double() }})
                        / (  -- portable: a double is divided
                            2 * cast(measured.positives as {{ type_double() }})
                            * (measured.customers - measured.positives)
                        )
                        as {{ auc_type }}
                    )
        end as auc,
        case
            when measured.positives > 0
                then
                    cast(
                        measured.summed_precision / measured.positives  -- portable: a double
                        as {{ auc_type }}
                    )
        end as pr_auc,
        case
            when measured.positives > 0 and measured.positives < measured.customers
                then
                    cast(
                        measured.widest_gap
                        / (  -- portable: a double is divided
                            cast(measured.positives as {{ type_double() }})
                            * (measured.customers - measured.positives)
                        )
                        as {{ auc_type }}
                    )
        end as ks
    from asked
    inner join predictors on asked.predictor = predictors.predictor
    left join measured
        on asked.outcome = measured.outcome
        and asked.scorecard = measured.scorecard
        and asked.predictor = measured.predictor
        and asked.reference_day = measured.reference_day
),

ranked as (
    select
        rated.*,
        row_number() over (
            partition by outcome, scorecard, reference_day, is_baseline
            order by auc desc nulls last, predictor asc
        ) as place
    from rated
),

-- The score and what is made of it stand against the best baseline, a baseline against the score.
opponents as (
    select
        ranked.outcome,
        ranked.scorecard,
        ranked.reference_day,
        ranked.predictor,
        ranked.auc,
        rated.predictor as compared_with,
        rated.auc as compared_auc
    from ranked
    inner join ranked as rated
        on ranked.outcome = rated.outcome
        and ranked.scorecard = rated.scorecard
        and ranked.reference_day = rated.reference_day
        and (
            (ranked.is_baseline = 0 and rated.is_baseline = 1 and rated.place = 1)
            or (ranked.is_baseline = 1 and rated.predictor = 'ces')
        )
),

drawn as (
    select
        outcome,
        scorecard,
        predictor,
        coalesce(reference_date, {{ last_date() }}) as reference_day,
        replicate,
        auc,
        top_decile_lift
    from replicates
),

differences as (
    select
        opponents.outcome,
        opponents.scorecard,
        opponents.predictor,
        opponents.reference_day,
        drawn.auc,
        drawn.top_decile_lift,
        drawn.auc - other_drawn.auc as difference
    from opponents
    inner join drawn
        on opponents.outcome = drawn.outcome
        and opponents.scorecard = drawn.scorecard
        and opponents.predictor = drawn.predictor
        and opponents.reference_day = drawn.reference_day
    inner join drawn as other_drawn
        on opponents.outcome = other_drawn.outcome
        and opponents.scorecard = other_drawn.scorecard
        and opponents.compared_with = other_drawn.predictor
        and opponents.reference_day = other_drawn.reference_day
        and drawn.replicate = other_drawn.replicate
),

placed as (
    select
        differences.*,
        {%- for figure in ['auc', 'top_decile_lift', 'difference'] %}
        row_number() over (
            partition by outcome, scorecard, predictor, reference_day order by {{ figure }}
        ) as place_by_{{ figure }},
        {%- endfor %}
        count(*) over (partition by outcome, scorecard, predictor, reference_day) as places
    from differences
),

intervals as (
    select
        outcome,
        scorecard,
        predictor,
        {%- for figure in ['auc', 'top_decile_lift', 'difference'] %}
        {{ interval_end(figure, 'place_by_' ~ figure, 'places', 'low') }} as {{ figure }}_low,
        {{ interval_end(figure, 'place_by_' ~ figure, 'places', 'high') }} as {{ figure }}_high,
        {%- endfor %}
        reference_day
    from placed
    group by outcome, scorecard, predictor, reference_day
),

joined as (
    select
        rated.outcome,
        rated.scorecard,
        rated.predictor,
        rated.reference_day,
        rated.customers,
        rated.positives,
        rated.auc,
        rated.pr_auc,
        rated.ks,
        outcomes.title,
        opponents.compared_with,
        rated.auc - opponents.compared_auc as difference,
        intervals.auc_low,
        intervals.auc_high,
        intervals.top_decile_lift_low,
        intervals.top_decile_lift_high,
        intervals.difference_low,
        intervals.difference_high,
        first_deciles.lift as top_decile_lift,
        case when rated.predictor = 'ces' then calibration.brier end as brier,
        case when rated.predictor = 'ces' then calibration.brier_of_base_rate end
            as brier_of_base_rate,
        case when rated.predictor = 'ces' then 'the score' else rated.predictor end as here,
        case when opponents.compared_with = 'ces' then 'the score' else opponents.compared_with end
            as there,
        coalesce(rated.auc > 0.9, 1 = 0) as needs_leakage_check
    from rated
    left join outcomes on rated.outcome = outcomes.outcome
    left join opponents
        on rated.outcome = opponents.outcome
        and rated.scorecard = opponents.scorecard
        and rated.predictor = opponents.predictor
        and rated.reference_day = opponents.reference_day
    left join intervals
        on rated.outcome = intervals.outcome
        and rated.scorecard = intervals.scorecard
        and rated.predictor = intervals.predictor
        and rated.reference_day = intervals.reference_day
    left join first_deciles
        on rated.outcome = first_deciles.outcome
        and rated.scorecard = first_deciles.scorecard
        and rated.predictor = first_deciles.predictor
        and rated.reference_day = coalesce(first_deciles.reference_date, {{ last_date() }})
    left join calibration
        on rated.outcome = calibration.outcome
        and rated.scorecard = calibration.scorecard
        and rated.reference_day = calibration.reference_day
)

select
    outcome,
    scorecard,
    predictor,
    case when reference_day < {{ last_date() }} then reference_day end as reference_date,
    cast(customers as {{ dbt.type_bigint() }}) as customers,
    cast(positives as {{ dbt.type_bigint() }}) as positives,
    {{ share_of('positives', 'customers') }} as base_rate,
    auc,
    cast(auc_low as {{ auc_type }}) as auc_low,
    cast(auc_high as {{ auc_type }}) as auc_high,
    pr_auc,
    ks,
    top_decile_lift,
    cast(top_decile_lift_low as {{ type_decimal(28, 6) }}) as lift_low,
    cast(top_decile_lift_high as {{ type_decimal(28, 6) }}) as lift_high,
    cast(brier as {{ type_decimal(28, 6) }}) as brier,
    cast(brier_of_base_rate as {{ type_decimal(28, 6) }}) as brier_of_base_rate,
    compared_with,
    cast(difference as {{ auc_type }}) as auc_difference,
    cast(difference_low as {{ auc_type }}) as difference_low,
    cast(difference_high as {{ auc_type }}) as difference_high,
    needs_leakage_check,
    case
        when customers = 0
            then 'Nobody could be asked about: no customer was active, of age and followed '
                || 'to the end of the horizon on a reference day.'
        when positives = 0 then 'Nobody had the outcome, so there is nothing to rank.'
        when positives = customers then 'Everybody had the outcome, so there is nothing to rank.'
        when positives < 10 or customers - positives < 10
            then case when needs_leakage_check then 'AUC above 0.9: look for leakage. ' else '' end
                || 'Too few to say who wins: ' || {{ plain_words('positives') }} || ' of '
                || {{ plain_words('customers') }} || ' had the outcome.'
        else case when needs_leakage_check then 'AUC above 0.9: look for leakage. ' else '' end
            || case
                when difference = 0 then here || ' and ' || there || ' are level'
                when difference > 0
                    then here || ' is ahead of ' || there || ' by '
                        || {{ number_words('difference', 3) }}
                else there || ' is ahead of ' || here || ' by '
                    || {{ number_words('-difference', 3) }}
            end
            || case
                when difference_low > 0 or difference_high < 0 then ', more than noise ('
                else ', which may be noise ('
            end
            || {{ signed_words('difference_low', 3) }} || ' to '
            || {{ signed_words('difference_high', 3) }} || ').'
    end as verdict,
    title
from joined
