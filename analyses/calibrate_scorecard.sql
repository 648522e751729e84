-- Which full_score_points make a score of 100 what the busiest tenth of established customers has?
-- For each of the last months: the points of the ninth decile of customers that are not provisional
-- and have not ended, and the share of customers that each tier would have if the median of these
-- proposals were used.
--
--   dbt show --select calibrate_scorecard --limit 200 --vars '{scorecard: loyalty}'
--
-- Without variables: all scorecards, the last six ends of months. A proposal that differs much from
-- month to month is no scale: look at engagement_backtest_stability, and at the season.
{%- set scorecard = var('scorecard', none) %}
{%- set months = var('calibration_months', 6) | int %}

with

scorecards as (
    select * from {{ ref('int_engagement__scorecards') }}
    where {{ chosen_or_any('scorecard', scorecard) }}
),

as_of as (
    select * from {{ ref('int_engagement__as_of') }}
),

customers as (
    select * from {{ ref('int_engagement__customers') }}
),

bands as (
    select * from {{ ref('int_engagement__tier_bands') }}
),

ends_of_months as (
    select
        dates.date_day as reference_date,
        row_number() over (order by dates.date_day desc) as recency
    from {{ ref('int_engagement__dates') }} as dates
    inner join as_of on dates.date_day <= as_of.as_of_date
    where
        {{ dbt.dateadd('day', 1, 'dates.date_day') }}
        = {{ dbt.date_trunc('month', dbt.dateadd('day', 1, 'dates.date_day')) }}
),

scored as (
    select
        daily.scorecard,
        daily.customer_id,
        daily.score_date,
        scorecards.full_score_points,
        daily.ces,
        row_number() over (
            partition by daily.scorecard, daily.score_date order by daily.ces, daily.customer_id
        ) as place,
        count(*) over (partition by daily.scorecard, daily.score_date) as customers
    from {{ ref('engagement_scores_daily') }} as daily
    inner join scorecards on daily.scorecard = scorecards.scorecard
    inner join ends_of_months
        on daily.score_date = ends_of_months.reference_date
        and ends_of_months.recency <= {{ months }}
    inner join customers
        on daily.customer_id = customers.customer_id
        and (customers.ended_on is null or daily.score_date <= customers.ended_on)
    where not daily.is_provisional
),

ninth_deciles as (
    select
        scorecard,
        score_date,
        full_score_points,
        customers,
        min(case when 10 * place >= 9 * customers then ces end) as ninth_decile
    from scored
    group by scorecard, score_date, full_score_points, customers
),

month_proposals as (
    select
        ninth_deciles.*,
        row_number() over (partition by scorecard order by ninth_decile) as place,
        count(*) over (partition by scorecard) as months_known
    from ninth_deciles
),

proposals as (
    select
        scorecard,
        full_score_points,
        min(case when 2 * place >= months_known then ninth_decile end) as ninth_decile
    from month_proposals
    group by scorecard, full_score_points
),

scales as (
    select
        scorecard,
        full_score_points,
        case
            when ninth_decile > 0
                then
                    cast(
                        {{ share_of('full_score_points * ninth_decile', '100') }}
                        as {{ type_decimal(18, 4) }}
                    )
        end as proposed_points
    from proposals
),

rescored as (
    select
        scored.scorecard,
        scored.score_date,
        scored.customers,
        cast(
            {{ share_of('scored.ces * scales.full_score_points', 'scales.proposed_points') }}
            as {{ type_decimal(18, 4) }}
        ) as ces
    from scored
    inner join scales on scored.scorecard = scales.scorecard
    where scales.proposed_points > 0
),

tier_counts as (
    select
        rescored.scorecard,
        rescored.score_date,
        rescored.customers,
        bands.tier,
        bands.tier_rank,
        count(*) as tier_customers
    from rescored
    inner join bands
        on rescored.scorecard = bands.scorecard
        and rescored.ces > bands.lower_bound
        and rescored.ces <= bands.upper_bound
    group by
        rescored.scorecard,
        rescored.score_date,
        rescored.customers,
        bands.tier,
        bands.tier_rank
)

select
    tier_counts.scorecard,
    scales.full_score_points,
    scales.proposed_points,
    tier_counts.score_date,
    {{ share_of(
        'scales.full_score_points * ninth_deciles.ninth_decile', '100'
    ) }} as points_of_that_month,
    tier_counts.tier,
    tier_counts.tier_customers as customers,
    {{ share_of('tier_counts.tier_customers', 'tier_counts.customers') }} as share_of_customers
from tier_counts
inner join scales on tier_counts.scorecard = scales.scorecard
inner join ninth_deciles
    on tier_counts.scorecard = ninth_deciles.scorecard
    and tier_counts.score_date = ninth_deciles.score_date
order by tier_counts.scorecard, tier_counts.score_date, tier_counts.tier_rank
