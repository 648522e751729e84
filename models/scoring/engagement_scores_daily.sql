{{ config(
    materialized='incremental',
    incremental_strategy=append_rows(),
    on_schema_change='fail',
    pre_hook=[
        '{{ demand_all_spans() }}',
        '{{ delete_without_score_spans() }}',
        "{{ delete_rescored_days('score_date') }}",
    ],
    **laid_out_by('score_date')
) }}

with

scorecard_days as (
    select * from {{ ref('int_engagement__scorecard_days') }}
),

stretches as (
    select * from {{ ref('int_engagement__score_stretches') }}
),

bands as (
    select * from {{ ref('int_engagement__tier_bands') }}
),

-- Without a half-life the score is the same on all days of a stretch.
measured_stretches as (
    select
        stretches.*,
        case
            when scorecard_days.score_factor is null
                then {{ steady_score('stretches.points', 'scorecard_days.full_score_points') }}
        end as steady_score
    from stretches
    inner join scorecard_days
        on stretches.scorecard = scorecard_days.scorecard
        and stretches.first_day = scorecard_days.score_date
),

customer_days as (
    select
        stretches.scorecard,
        stretches.customer_id,
        stretches.points,
        stretches.steady_score,
        stretches.mature_from,
        {{ each_day('stretches.first_day', 'stretches.last_day') }} as score_date
    from measured_stretches as stretches
    {{ join_each_day('stretches.first_day', 'stretches.last_day', ref('int_engagement__dates')) }}
),

unrounded as {{ computed_once() }} (
    select
        customer_days.scorecard,
        customer_days.customer_id,
        customer_days.score_date,
        customer_days.score_date < customer_days.mature_from as is_provisional,
        cast(
            coalesce(
                customer_days.steady_score,
                {{ fading_score('customer_days.points', 'scorecard_days.score_factor') }}
            ) as {{ type_decimal(28, 10) }}
        ) as ces_unrounded
    from customer_days
    inner join scorecard_days
        on customer_days.scorecard = scorecard_days.scorecard
        and customer_days.score_date = scorecard_days.score_date
),

scored as {{ computed_once() }} (
    select
        unrounded.*,
        {{ round_to_four('ces_unrounded') }} as ces
    from unrounded
)

select
    scored.scorecard,
    scored.customer_id,
    scored.score_date,
    scored.ces,
    scored.ces_unrounded,
    {{ clamped_score('scored.ces') }} as ces_1_to_100,
    bands.tier,
    bands.tier_rank,
    scored.is_provisional
from scored
inner join bands
    on scored.scorecard = bands.scorecard
    and scored.ces > bands.lower_bound
    and scored.ces <= bands.upper_bound
