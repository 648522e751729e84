{#-
    CTEs that count events by the rules of an earlier day, for those events alone whose rule is not the same on
    all days of the two windows. The last, former_changes, has scorecard, customer_id, event_name and
    points_change, in units of the score; changed_rules has scorecard and event_name of those whose rule changed.

    One weight that covers both windows explains nothing of a change; where none does, the difference between
    the points and these is what the change of rules did (a day without a rule counts nothing).

    Arguments: customers, a condition on facts, to count some customers alone. The relation `readings` has two rows
    for each scorecard: scorecard, half_life_days, full_score_points, days_before (0 for the later one),
    reading_date and leaving_date, the last day that is out of the window. The relation `scores` has scorecard,
    customer_id and days_before of the readings on which a customer is scored.
-#}
{% macro former_changes(customers='1 = 1') -%}
rules as (
    select * from {{ ref('stg_engagement__event_weights') }}
),

spans as (
    select
        scorecard,
        cast({{ dbt.dateadd('day', 1, 'min(leaving_date)') }} as date) as first_date,
        min(reading_date) as earlier_date,
        max(reading_date) as later_date
    from readings
    group by scorecard
),

steady_rules as (
    select distinct
        rules.scorecard,
        rules.event_name
    from rules
    inner join spans
        on rules.scorecard = spans.scorecard
        and rules.counts_from <= spans.first_date
        and rules.counts_to >= spans.later_date
),

changed_rules as (
    select distinct
        rules.scorecard,
        rules.event_name
    from rules
    left join steady_rules
        on rules.scorecard = steady_rules.scorecard
        and rules.event_name = steady_rules.event_name
    where steady_rules.event_name is null
),

former_rules as (
    select
        rules.scorecard,
        rules.event_name,
        rules.measure,
        rules.weight,
        rules.saturation,
        rules.daily_cap_per_user
    from rules
    inner join changed_rules
        on rules.scorecard = changed_rules.scorecard
        and rules.event_name = changed_rules.event_name
    inner join spans
        on rules.scorecard = spans.scorecard
        and spans.earlier_date between rules.counts_from and rules.counts_to
),

measured as (
    select
        readings.scorecard,
        readings.half_life_days,
        readings.full_score_points,
        readings.days_before,
        facts.customer_id,
        facts.event_name,
        former_rules.weight,
        former_rules.saturation,
        former_rules.daily_cap_per_user,
        {{ fade_factor(
            '(' ~ dbt.datediff('readings.reading_date', 'facts.event_date', 'day') ~ ')',
            'readings.half_life_days'
        ) }} as factor,
        cast(
            {{ measured_amount('former_rules.measure', 'facts.event_count', 'facts.quantity') }}
            as {{ type_decimal(24, 4) }}
        ) as amount
    from {{ ref('int_engagement__facts') }} as facts
    inner join former_rules on facts.event_name = former_rules.event_name
    inner join readings
        on former_rules.scorecard = readings.scorecard
        and facts.event_date > readings.leaving_date
        and facts.event_date <= readings.reading_date
    where {{ customers }}
),

{{ limited_amounts([
    'scorecard', 'half_life_days', 'full_score_points', 'days_before', 'customer_id', 'event_name',
    'weight', 'factor',
]) }},

counted as (
    select
        scorecard,
        half_life_days,
        full_score_points,
        days_before,
        customer_id,
        event_name,
        factor,
        cast(
            cast(weight as {{ type_decimal(9, 4) }}) * amount as {{ type_decimal(38, 8) }}
        ) as points
    from capped
),

added_up as (
    select
        scorecard,
        half_life_days,
        full_score_points,
        days_before,
        customer_id,
        event_name,
        sum({{ faded_points('points', 'factor') }}) as points
    from counted
    group by
        scorecard, half_life_days, full_score_points, days_before, customer_id, event_name
),

former_points as (
    select
        scorecard,
        customer_id,
        event_name,
        days_before,
        {{ points_to_score(
            'points', 'full_score_points', score_factor('0', 'half_life_days', 'full_score_points')
        ) }} as points
    from added_up
),

former_changes as (
    select
        former_points.scorecard,
        former_points.customer_id,
        former_points.event_name,
        sum(
            case
                when former_points.days_before = 0 then former_points.points
                else -former_points.points
            end
        ) as points_change
    from former_points
    inner join scores
        on former_points.scorecard = scores.scorecard
        and former_points.customer_id = scores.customer_id
        and former_points.days_before = scores.days_before
    group by former_points.scorecard, former_points.customer_id, former_points.event_name
)
{%- endmacro %}
