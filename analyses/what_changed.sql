-- What changed this score between two days? One row for each event, the largest change first, and
-- one for what came or was corrected after the earlier score was reported. `points_change` is the
-- sum of the three parts beside it, and its sum is the score of the later day less what was
-- reported on the earlier one (where nothing was, less what that day reads today).
--
--   dbt show --select what_changed --limit 500 \
--     --vars '{scorecard: loyalty, customer_id: "304", from_date: 2017-12-03, to_date: 2017-12-31}'
--
-- Without days: the 28 days up to as_of. Without a customer: the one whose score moved most then.
{%- set scorecard = var('scorecard', none) %}
{%- set customer_id = var('customer_id', none) %}
{%- set from_date = var('from_date', none) %}
{%- set to_date = var('to_date', none) %}

with

ranked_customers as (
    select
        customers.scorecard,
        customers.customer_id,
        row_number() over (
            order by
                abs(scores.ces_change_28d) desc nulls last,
                customers.scorecard asc,
                customers.customer_id asc
        ) as place
    from {{ ref('int_engagement__scorecard_customers') }} as customers
    left join {{ ref('engagement_scores') }} as scores
        on customers.scorecard = scores.scorecard
        and customers.customer_id = scores.customer_id
    where
        {{ chosen_or_any('customers.scorecard', scorecard) }}
        and {{ chosen_or_any('customers.customer_id', customer_id) }}
),

later_day as (
    select
        {{ "cast('" ~ to_date ~ "' as date)" if to_date else 'as_of_date' }} as reading_date
    from {{ ref('int_engagement__as_of') }}
),

days as (
    select
        0 as days_before,
        reading_date
    from later_day
    union all
    select
        28 as days_before,
        cast(
            {{ "'" ~ from_date ~ "'" if from_date else dbt.dateadd('day', -28, 'reading_date') }}
            as date
        ) as reading_date
    from later_day
),

readings as (
    select
        ranked_customers.scorecard,
        ranked_customers.customer_id,
        scorecards.half_life_days,
        scorecards.full_score_points,
        days.days_before,
        days.reading_date,
        cast(
            {{ dbt.dateadd('day', '-scorecards.window_days', 'days.reading_date') }} as date
        ) as leaving_date
    from ranked_customers
    inner join {{ ref('int_engagement__scorecards') }} as scorecards
        on ranked_customers.scorecard = scorecards.scorecard
    cross join days
    where ranked_customers.place = 1
),

scores as (
    select
        readings.scorecard,
        readings.customer_id,
        readings.days_before,
        daily.ces_unrounded,
        coalesce(reported.ces_unrounded, daily.ces_unrounded) as reported_ces
    from readings
    inner join {{ ref('engagement_scores_daily') }} as daily
        on readings.scorecard = daily.scorecard
        and readings.customer_id = daily.customer_id
        and readings.reading_date = daily.score_date
    left join {{ ref('engagement_scores_reported') }} as reported
        on readings.scorecard = reported.scorecard
        and readings.customer_id = reported.customer_id
        and readings.reading_date = reported.score_date
),

faded as (
    select
        readings.scorecard,
        readings.half_life_days,
        readings.full_score_points,
        readings.days_before,
        points.event_name,
        points.event_count,
        points.points,
        {{ fade_factor(
            '(' ~ dbt.datediff('readings.reading_date', 'points.event_date', 'day') ~ ')',
            'readings.half_life_days'
        ) }} as factor
    from readings
    inner join scores on readings.days_before = scores.days_before
    inner join {{ ref('int_engagement__points') }} as points
        on readings.scorecard = points.scorecard
        and readings.customer_id = points.customer_id
        and readings.leaving_date < points.event_date
        and readings.reading_date >= points.event_date
),

summed as (
    select
        scorecard,
        half_life_days,
        full_score_points,
        days_before,
        event_name,
        sum(event_count) as occurrences,
        sum({{ faded_points('points', 'factor') }}) as points
    from faded
    group by scorecard, half_life_days, full_score_points, days_before, event_name
),

scaled as (
    select
        scorecard,
        event_name,
        days_before,
        occurrences,
        {{ points_to_score(
            'points', 'full_score_points', score_factor('0', 'half_life_days', 'full_score_points')
        ) }} as points
    from summed
),

compared as (
    select
        scorecard,
        event_name,
        sum(case when days_before = 28 then occurrences else 0 end) as occurrences_before,
        sum(case when days_before = 0 then occurrences else 0 end) as occurrences,
        sum(case when days_before = 28 then points else 0 end) as points_before,
        sum(case when days_before = 0 then points else 0 end) as points
    from scaled
    group by scorecard, event_name
),

{{ former_changes('facts.customer_id in (select readings.customer_id from readings)') }},

explained as (
    select
        compared.event_name,
        compared.occurrences_before,
        compared.occurrences,
        compared.points_before,
        compared.points,
        case
            when changed_rules.event_name is null then 0
            else
                compared.points - compared.points_before
                - coalesce(former_changes.points_change, 0)
        end as change_from_weight
    from compared
    left join changed_rules
        on compared.scorecard = changed_rules.scorecard
        and compared.event_name = changed_rules.event_name
    left join former_changes on compared.event_name = former_changes.event_name
),

parts as (
    select
        event_name,
        occurrences_before,
        occurrences,
        points_before,
        points,
        points - points_before - change_from_weight as change_from_volume,
        change_from_weight,
        0 as change_from_late_data
    from explained
    union all
    select
        '(late data and corrections)' as event_name,
        null as occurrences_before,
        null as occurrences,
        reported_ces - ces_unrounded as points_before,
        0 as points,
        0 as change_from_volume,
        0 as change_from_weight,
        ces_unrounded - reported_ces as change_from_late_data
    from scores
    where days_before = 28
)

select
    parts.event_name,
    parts.occurrences_before,
    parts.occurrences,
    parts.points_before,
    parts.points,
    parts.points - parts.points_before as points_change,
    parts.change_from_volume,
    parts.change_from_weight,
    parts.change_from_late_data,
    earlier.scorecard,
    earlier.customer_id,
    earlier.reading_date as from_date,
    later.reading_date as to_date
from parts
inner join readings as earlier on earlier.days_before = 28
inner join readings as later on later.days_before = 0
order by abs(parts.points - parts.points_before) desc, parts.event_name asc
