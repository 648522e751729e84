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

changes as (
    select
        entering.scorecard,
        entering.customer_id,
        scorecard_days.block_number,
        scorecard_days.score_date,
        {{ faded_points('entering.points', 'scorecard_days.entering_factor') }} as points
    from points_by_day as entering
    inner join scorecard_days
        on entering.scorecard = scorecard_days.scorecard
        and entering.event_date = scorecard_days.score_date
    union all
    select
        leaving.scorecard,
        leaving.customer_id,
        scorecard_days.block_number,
        scorecard_days.score_date,
        -{{ faded_points('leaving.points', 'scorecard_days.leaving_factor') }} as points
    from points_by_day as leaving
    inner join scorecard_days
        on leaving.scorecard = scorecard_days.scorecard
        and leaving.event_date = scorecard_days.leaving_date
    union all
    select
        scorecard,
        customer_id,
        block_number,
        score_date,
        points
    from block_openings
    union all
    select
        scorecard_customers.scorecard,
        scorecard_customers.customer_id,
        scorecard_days.block_number,
        scorecard_days.score_date,
        cast(0 as {{ type_decimal(38, 8) }}) as points
    from scorecard_customers
    inner join scorecard_days
        on scorecard_customers.scorecard = scorecard_days.scorecard
        and scorecard_customers.first_day = scorecard_days.score_date
),

changed_days as (
    select
        scorecard,
        customer_id,
        block_number,
        score_date,
        sum(points) as points
    from changes
    group by scorecard, customer_id, block_number, score_date
),

stretches as (
    select
        scorecard,
        customer_id,
        score_date as first_day,
        sum(points) over (
            partition by scorecard, customer_id, block_number
            order by score_date
            rows between unbounded preceding and current row
        ) as points,
        lead(score_date) over (
            partition by scorecard, customer_id order by score_date
        ) as next_day
    from changed_days
),

bounded_stretches as (
    select
        stretches.scorecard,
        stretches.customer_id,
        stretches.first_day,
        stretches.points,
        scorecard_customers.mature_from,
        case
            when stretches.next_day <= scorecard_customers.last_day
                then cast({{ dbt.dateadd('day', -1, 'stretches.next_day') }} as date)
            else scorecard_customers.last_day
        end as last_day
    from stretches
    inner join scorecard_customers
        on stretches.scorecard = scorecard_customers.scorecard
        and stretches.customer_id = scorecard_customers.customer_id
        and stretches.first_day <= scorecard_customers.last_day
)

select
    scorecard,
    customer_id,
    first_day,
    last_day,
    cast(points as {{ type_decimal(38, 8) }}) as points,
    cast(mature_from as date) as mature_from
from bounded_stretches
