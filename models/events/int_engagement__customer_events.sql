with

facts as (
    select * from {{ ref('int_engagement__facts') }}
)

select
    customer_id,
    event_name,
    cast(sum(event_count) as {{ dbt.type_bigint() }}) as occurrences,
    min(event_date) as first_event_date,
    max(event_date) as last_event_date
from facts
group by customer_id, event_name
