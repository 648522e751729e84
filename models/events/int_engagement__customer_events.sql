with

facts as (
    select * from {{ ref('int_engagement__facts') }}
)

select
    customer_id,
    event_name,
    sum(event_count) as occurrences,
    min(event_date) as first_event_date,
    max(event_date) as last_event_date
from facts
group by customer_id, event_name
