with

reference_dates as (
    select distinct reference_date from {{ ref('int_engagement__reference_days') }}
),

late_events as (
    select * from {{ ref('int_engagement__late_events') }}
),

aliases as (
    select * from {{ ref('stg_engagement__customer_aliases') }}
)

select
    reference_dates.reference_date,
    coalesce(aliases.customer_id, late_events.customer_id) as customer_id,
    late_events.user_id,
    late_events.event_date,
    late_events.event_name,
    cast(sum(late_events.event_count) as {{ dbt.type_bigint() }}) as event_count,
    cast(sum(late_events.quantity) as {{ type_decimal(24, 4) }}) as quantity
from late_events
inner join reference_dates
    on late_events.event_date <= reference_dates.reference_date
    and late_events.loaded_on > reference_dates.reference_date
left join aliases on late_events.customer_id = aliases.alias_id
group by
    reference_dates.reference_date,
    coalesce(aliases.customer_id, late_events.customer_id),
    late_events.user_id,
    late_events.event_date,
    late_events.event_name
