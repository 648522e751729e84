-- Each customer of a scorecard is scored from its first day to its last, and nobody else is.
with

scored as (
    select
        scorecard,
        customer_id,
        min(score_date) as first_day,
        max(score_date) as last_day
    from {{ ref('engagement_scores_daily') }}
    group by scorecard, customer_id
),

expected as (
    select * from {{ ref('int_engagement__scorecard_customers') }}
),

compared as (
    select
        expected.scorecard,
        expected.customer_id,
        scored.first_day,
        scored.last_day,
        expected.first_day as expected_first_day,
        expected.last_day as expected_last_day
    from expected
    left join scored
        on expected.scorecard = scored.scorecard
        and expected.customer_id = scored.customer_id
    union all
    select
        scored.scorecard,
        scored.customer_id,
        scored.first_day,
        scored.last_day,
        expected.first_day as expected_first_day,
        expected.last_day as expected_last_day
    from scored
    left join expected
        on scored.scorecard = expected.scorecard
        and scored.customer_id = expected.customer_id
    where expected.customer_id is null
)

select
    scorecard,
    customer_id,
    first_day,
    last_day,
    expected_first_day,
    expected_last_day
from compared
where
    first_day is null
    or expected_first_day is null
    or first_day != expected_first_day
    or last_day != expected_last_day
