-- Why does this customer have this score on this day? Every row that makes it, the latest first, in
-- units of the score: `score_points` adds up to the score.
--
--   dbt show --select why_this_score --limit 500 \
--     --vars '{scorecard: loyalty, customer_id: "304", score_date: 2017-12-31}'
--
-- Without variables: the highest score at as_of.
{%- set scorecard = var('scorecard', none) %}
{%- set customer_id = var('customer_id', none) %}
{%- set score_date = var('score_date', none) %}

with

ranked_customers as (
    select
        customers.scorecard,
        customers.customer_id,
        as_of.as_of_date,
        row_number() over (
            order by scores.ces desc nulls last, customers.scorecard asc, customers.customer_id asc
        ) as place
    from {{ ref('int_engagement__scorecard_customers') }} as customers
    cross join {{ ref('int_engagement__as_of') }} as as_of
    left join {{ ref('engagement_scores') }} as scores
        on customers.scorecard = scores.scorecard
        and customers.customer_id = scores.customer_id
    where
        {{ chosen_or_any('customers.scorecard', scorecard) }}
        and {{ chosen_or_any('customers.customer_id', customer_id) }}
),

reading as (
    select
        ranked_customers.scorecard,
        ranked_customers.customer_id,
        scorecards.window_days,
        scorecards.half_life_days,
        scorecards.full_score_points,
        {% if score_date -%}
        cast('{{ score_date }}' as date) as score_date
        {%- else -%}
        ranked_customers.as_of_date as score_date
        {% endif %}
    from ranked_customers
    inner join {{ ref('int_engagement__scorecards') }} as scorecards
        on ranked_customers.scorecard = scorecards.scorecard
    where ranked_customers.place = 1
),

points as (
    select
        reading.scorecard,
        reading.customer_id,
        reading.score_date,
        reading.half_life_days,
        reading.full_score_points,
        points.event_date,
        points.user_id,
        points.event_name,
        points.event_count,
        points.weight,
        points.amount,
        points.points,
        {{ dbt.datediff('points.event_date', 'reading.score_date', 'day') }} as age_days,
        {{ fade_factor(
            '(' ~ dbt.datediff('reading.score_date', 'points.event_date', 'day') ~ ')',
            'reading.half_life_days'
        ) }} as fade
    from reading
    inner join {{ ref('int_engagement__points') }} as points
        on reading.scorecard = points.scorecard
        and reading.customer_id = points.customer_id
        and reading.score_date >= points.event_date
        and {{ dbt.dateadd('day', '-reading.window_days', 'reading.score_date') }}
        < points.event_date
)

select
    event_date,
    event_name,
    amount,
    weight,
    points,
    {{ points_to_score(
        faded_points('points', 'fade'),
        'full_score_points',
        score_factor('0', 'half_life_days', 'full_score_points')
    ) }} as score_points,
    age_days,
    user_id,
    event_count,
    scorecard,
    customer_id,
    score_date
from points
order by event_date desc, event_name asc, user_id asc
