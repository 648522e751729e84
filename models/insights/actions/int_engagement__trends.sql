with

as_of as (
    select * from {{ ref('int_engagement__as_of') }}
),

days as (
    select
        daily.scorecard,
        daily.customer_id,
        daily.ces,
        daily.is_provisional,
        {{ dbt.datediff('daily.score_date', 'as_of.as_of_date', 'day') }} as days_before
    from {{ ref('engagement_scores_daily') }} as daily
    cross join as_of
    where daily.score_date >= {{ dbt.dateadd('day', -28, 'as_of.as_of_date') }}
),

-- Least squares over 29 days: the squares of the distances from the middle one add up to 2,030, and
-- a week has seven days, so the sum is divided by 290.
sums as (
    select
        scorecard,
        customer_id,
        count(*) as days_scored,
        sum((14 - days_before) * ces) as weighted_sum,
        max(case when days_before = 0 and is_provisional then 1 else 0 end) as provisional
    from days
    group by scorecard, customer_id
    having max(case when days_before = 0 then 1 else 0 end) = 1
),

slopes as (
    select
        scorecard,
        customer_id,
        provisional = 1 as is_provisional,
        case
            when days_scored = 29 then {{ round_to_four(exact_ratio('weighted_sum', '290')) }}
        end as slope_28d
    from sums
)

select
    scorecard,
    customer_id,
    slope_28d,
    {{ trend_word('slope_28d', 'is_provisional') }} as trend
from slopes
