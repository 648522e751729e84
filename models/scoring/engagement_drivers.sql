{{ config(
    pre_hook="{{ note_day(
        'first_driver_day',
        dbt.dateadd('day', '-28 - scorecards.window_days', 'as_of.as_of_date'),
        ref('int_engagement__as_of').render() ~ ' as as_of cross join '
        ~ ref('int_engagement__scorecards').render() ~ ' as scorecards'
    ) }}"
) }}
{%- set share_type = type_decimal(28, 6) %}

with

as_of as (
    select * from {{ ref('int_engagement__as_of') }}
),

scorecards as (
    select * from {{ ref('int_engagement__scorecards') }}
),

weights as (
    select
        scorecard,
        event_name,
        max(category) as category
    from {{ ref('stg_engagement__event_weights') }}
    group by scorecard, event_name
),

ages as (
    select 0 as days_before
    union all
    select 28 as days_before
),

readings as (
    select
        scorecards.scorecard,
        scorecards.half_life_days,
        scorecards.full_score_points,
        as_of.as_of_date,
        ages.days_before,
        cast(
            {{ dbt.dateadd('day', '-ages.days_before', 'as_of.as_of_date') }} as date
        ) as reading_date,
        cast(
            {{ dbt.dateadd(
                'day', '-ages.days_before - scorecards.window_days', 'as_of.as_of_date'
            ) }} as date
        ) as leaving_date
    from scorecards
    cross join as_of
    cross join ages
),

scores as (
    select
        readings.scorecard,
        readings.days_before,
        readings.as_of_date,
        readings.half_life_days,
        readings.full_score_points,
        daily.customer_id,
        daily.ces_unrounded
    from {{ ref('engagement_scores_daily') }} as daily
    inner join readings
        on daily.scorecard = readings.scorecard
        and daily.score_date = readings.reading_date
),

points as (
    select * from {{ ref('int_engagement__points') }}
    where
        event_date > (select min(readings.leaving_date) from readings)
        and {{ is_since_noted_day('event_date', 'first_driver_day') }}
),

faded as (
    select
        points.scorecard,
        points.customer_id,
        points.event_name,
        readings.days_before,
        points.event_count,
        points.points,
        {{ fade_factor(
            '(' ~ dbt.datediff('readings.reading_date', 'points.event_date', 'day') ~ ')',
            'readings.half_life_days'
        ) }} as factor
    from points
    inner join readings
        on points.scorecard = readings.scorecard
        and points.event_date > readings.leaving_date
        and points.event_date <= readings.reading_date
),

summed as (
    select
        scorecard,
        customer_id,
        event_name,
        days_before,
        sum(event_count) as occurrences,
        sum({{ faded_points('points', 'factor') }}) as points
    from faded
    group by scorecard, customer_id, event_name, days_before
),

scaled as (
    select
        summed.scorecard,
        summed.customer_id,
        summed.event_name,
        summed.days_before,
        summed.occurrences,
        scores.ces_unrounded,
        {{ points_to_score(
            'summed.points',
            'scores.full_score_points',
            score_factor('0', 'scores.half_life_days', 'scores.full_score_points')
        ) }} as points
    from summed
    inner join scores
        on summed.scorecard = scores.scorecard
        and summed.customer_id = scores.customer_id
        and summed.days_before = scores.days_before
),

ranked as (
    select
        scaled.*,
        ces_unrounded - sum(points) over (
            partition by scorecard, customer_id, days_before
        ) as left_over,
        row_number() over (
            partition by scorecard, customer_id, days_before
            order by abs(points) desc, event_name
        ) as driver_rank
    from scaled
),

settled as (
    select
        scorecard,
        customer_id,
        event_name,
        days_before,
        occurrences,
        ces_unrounded,
        driver_rank,
        points as scaled_points,
        case
            when driver_rank = 1 and abs(left_over) < 0.000001 then points + left_over
            else points
        end as points
    from ranked
),

compared as (
    select
        scorecard,
        customer_id,
        event_name,
        coalesce(sum(case when days_before = 0 then occurrences end), 0) as occurrences,
        coalesce(sum(case when days_before = 0 then points end), 0) as points,
        max(case when days_before = 0 then driver_rank end) as driver_rank,
        coalesce(sum(case when days_before = 28 then occurrences end), 0) as occurrences_28d_before,
        coalesce(sum(case when days_before = 28 then points end), 0) as points_28d_before,
        sum(case when days_before = 0 then scaled_points else -scaled_points end) as scaled_change
    from settled
    group by scorecard, customer_id, event_name
),

{{ former_changes() }},

explained as (
    select
        compared.scorecard,
        compared.customer_id,
        compared.event_name,
        compared.occurrences,
        compared.points,
        compared.driver_rank,
        compared.occurrences_28d_before,
        compared.points_28d_before,
        compared.points - compared.points_28d_before as points_change_28d,
        case
            when changed_rules.event_name is null then 0
            else compared.scaled_change - coalesce(former_changes.points_change, 0)
        end as change_from_weight
    from compared
    left join changed_rules
        on compared.scorecard = changed_rules.scorecard
        and compared.event_name = changed_rules.event_name
    left join former_changes
        on compared.scorecard = former_changes.scorecard
        and compared.customer_id = former_changes.customer_id
        and compared.event_name = former_changes.event_name
)

select
    explained.scorecard,
    explained.customer_id,
    scores.as_of_date,
    explained.event_name,
    weights.category,
    cast(explained.occurrences as {{ dbt.type_bigint() }}) as occurrences,
    cast(explained.points as {{ type_decimal(28, 10) }}) as points,
    case
        when abs(scores.ces_unrounded) < 0.0001 then cast(null as {{ share_type }})
        else {{ share_of('explained.points', 'scores.ces_unrounded') }}
    end as share_of_score,
    cast(explained.driver_rank as {{ dbt.type_int() }}) as driver_rank,
    cast(explained.occurrences_28d_before as {{ dbt.type_bigint() }}) as occurrences_28d_before,
    cast(explained.points_28d_before as {{ type_decimal(28, 10) }}) as points_28d_before,
    cast(explained.points_change_28d as {{ type_decimal(28, 10) }}) as points_change_28d,
    -- Each is cast before, as some engines drop places of a difference that needs too many.
    cast(
        cast(explained.points_change_28d as {{ type_decimal(28, 10) }})
        - cast(explained.change_from_weight as {{ type_decimal(28, 10) }})
        as {{ type_decimal(28, 10) }}
    ) as change_from_volume,
    cast(explained.change_from_weight as {{ type_decimal(28, 10) }}) as change_from_weight
from explained
inner join scores
    on explained.scorecard = scores.scorecard
    and explained.customer_id = scores.customer_id
    and scores.days_before = 0
inner join weights
    on explained.scorecard = weights.scorecard
    and explained.event_name = weights.event_name
