with

accepted_events as (
    select * from {{ ref('int_engagement__accepted_events') }}
)

select
    customer_id,
    user_id,
    event_date,
    event_name,
    count(*) as event_count,
    cast(coalesce(sum(quantity), 0) as {{ type_decimal(24, 4) }}) as quantity
from accepted_events
group by customer_id, user_id, event_date, event_name
