with

points as (
    select * from {{ ref('int_engagement__points') }}
)

select
    scorecard,
    customer_id,
    event_date,
    cast(sum(points) as {{ type_decimal(28, 8) }}) as points
from points
group by scorecard, customer_id, event_date
