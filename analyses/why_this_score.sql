-- Why does this customer have this score on this day? Every row that makes it, the latest first, in units of
-- the score: `score_points` adds up to the score.
--
--   dbt show --select why_this_score --limit 500 \
--     --vars '{customer_id: "304", score_date: 2017-12-31, scorecard: loyalty}'
--
-- Without variables: the highest score at as_of.
with

as_of as (
    select * from {{ ref('int_engagement__as_of') }}
),

ranked_scores as (
    select
        scorecard,
        customer_id,
        as_of_date,
        row_number() over (order by ces desc, scorecard, customer_id) as place
    from {{ ref('engagement_scores') }}
    where
        1 = 1
        {%- if var('scorecard', none) %}
        and scorecard = '{{ sql_text(var("scorecard")) }}'
        {%- endif %}
        {%- if var('customer_id', none) %}
        and customer_id = '{{ sql_text(var("customer_id")) }}'
        {%- endif %}
),

question as (
    select
        {% if var('scorecard', none) and var('customer_id', none) -%}
        '{{ sql_text(var("scorecard")) }}' as scorecard,
        '{{ sql_text(var("customer_id")) }}' as customer_id,
        as_of_date
    from as_of
        {%- else -%}
        scorecard,
        customer_id,
        as_of_date
    from ranked_scores
    where place = 1
        {%- endif %}
),

reading as (
    select
        question.scorecard,
        question.customer_id,
        scorecards.window_days,
        scorecards.half_life_days,
        scorecards.full_score_points,
        {% if var('score_date', none) -%}
        cast('{{ var("score_date") }}' as date) as score_date
        {%- else -%}
        question.as_of_date as score_date
        {%- endif %}
    from question
    inner join {{ ref('int_engagement__scorecards') }} as scorecards
        on question.scorecard = scorecards.scorecard
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
        and points.event_date <= reading.score_date
        and points.event_date
        > {{ dbt.dateadd('day', '-reading.window_days', 'reading.score_date') }}
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
