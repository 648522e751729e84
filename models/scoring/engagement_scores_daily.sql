with

scorecard_days as (
    select * from {{ ref('int_engagement__scorecard_days') }}
),

scorecard_customers as (
    select * from {{ ref('int_engagement__scorecard_customers') }}
),

points_by_day as (
    select * from {{ ref('int_engagement__points_by_day') }}
),

block_openings as (
    select * from {{ ref('int_engagement__block_openings') }}
),

bands as (
    select * from {{ ref('int_engagement__tier_bands') }}
),

customer_days as (
    select
        scorecard_customers.scorecard,
        scorecard_customers.customer_id,
        scorecard_days.score_date,
        scorecard_days.leaving_date,
        scorecard_days.block_number,
        scorecard_days.entering_factor,
        scorecard_days.leaving_factor,
        scorecard_days.score_factor,
        scorecard_days.full_score_points,
        scorecard_days.score_date < scorecard_customers.mature_from as is_provisional
    from scorecard_customers
    inner join scorecard_days
        on scorecard_customers.scorecard = scorecard_days.scorecard
        and scorecard_customers.first_day <= scorecard_days.score_date
        and scorecard_customers.last_day >= scorecard_days.score_date
),

changes as (
    select
        customer_days.*,
        {{ faded_points('coalesce(entering.points, 0)', 'customer_days.entering_factor') }}
        - {{ faded_points('coalesce(leaving.points, 0)', 'customer_days.leaving_factor') }}
        + coalesce(block_openings.points, 0) as change_of_points
    from customer_days
    left join points_by_day as entering
        on customer_days.scorecard = entering.scorecard
        and customer_days.customer_id = entering.customer_id
        and customer_days.score_date = entering.event_date
    left join points_by_day as leaving
        on customer_days.scorecard = leaving.scorecard
        and customer_days.customer_id = leaving.customer_id
        and customer_days.leaving_date = leaving.event_date
    left join block_openings
        on customer_days.scorecard = block_openings.scorecard
        and customer_days.customer_id = block_openings.customer_id
        and customer_days.score_date = block_openings.score_date
),

windows as (
    select
        changes.*,
        sum(change_of_points) over (
            partition by scorecard, customer_id, block_number
            order by score_date
            rows between unbounded preceding and current row
        ) as window_points
    from changes
),

unrounded as (
    select
        scorecard,
        customer_id,
        score_date,
        is_provisional,
        cast(
            {{ points_to_score('window_points', 'full_score_points', 'score_factor') }}
            as {{ type_decimal(28, 10) }}
        ) as ces_unrounded
    from windows
),

scored as (
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
