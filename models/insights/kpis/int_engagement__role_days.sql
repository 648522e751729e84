with

event_counts as (
    select * from {{ ref('int_engagement__event_counts') }}
),

roles as (
    select * from {{ ref('int_engagement__kpi_roles') }}
    where role not in ('passive', 'session')
)

select
    roles.role,
    roles.label,
    event_counts.customer_id,
    event_counts.event_date,
    cast(sum(event_counts.event_count) as {{ dbt.type_bigint() }}) as event_count,
    cast(sum(event_counts.quantity) as {{ type_decimal(24, 4) }}) as quantity
from event_counts
inner join roles on event_counts.event_name = roles.event_name
group by roles.role, roles.label, event_counts.customer_id, event_counts.event_date
