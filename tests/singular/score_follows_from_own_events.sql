-- The score at as_of, summed anew from the customer's own facts and the seeds alone: running sums,
-- blocks and other customers play no part. So scores stay when other customers are removed.
with

as_of as (
    select * from {{ ref('int_engagement__as_of') }}
),

scorecards as (
    select * from {{ ref('int_engagement__scorecards') }}
),

facts as (
    select * from {{ ref('int_engagement__facts') }}
),

weights as (
    select * from {{ ref('stg_engagement__event_weights') }}
),

own_points as (
    select
        weights.scorecard,
        facts.customer_id,
        {{ dbt.datediff('facts.event_date', 'as_of.as_of_date', 'day') }} as age_days,
        weights.weight * {{ capped_amount(
            saturated_amount(
                measured_amount('weights.measure', 'facts.event_count', 'facts.quantity'),
                'weights.saturation'
            ),
            'weights.daily_cap_per_user'
        ) }} as points
    from facts
    cross join as_of
    inner join weights
        on facts.event_name = weights.event_name
        and facts.event_date between weights.counts_from and weights.counts_to
),

own_scores as (
    select
        own_points.scorecard,
        own_points.customer_id,
        sum(
            cast(own_points.points as {{ type_double() }})
            * coalesce(
                {{ power_of_two('-own_points.age_days', 'scorecards.half_life_days', 0) }}, 1
            )
        ) * 100 * max({{ inverse_of('scorecards.full_score_points') }}) as ces
    from own_points
    inner join scorecards on own_points.scorecard = scorecards.scorecard
    where own_points.age_days between 0 and scorecards.window_days - 1
    group by own_points.scorecard, own_points.customer_id
),

scores as (
    select * from {{ ref('engagement_scores') }}
)

select
    scores.scorecard,
    scores.customer_id,
    scores.ces,
    own_scores.ces as own_ces
from scores
left join own_scores
    on scores.scorecard = own_scores.scorecard
    and scores.customer_id = own_scores.customer_id
where
    abs(scores.ces - coalesce(own_scores.ces, 0))
    > 0.0000500001 + 0.000000000001 * abs(scores.ces)
