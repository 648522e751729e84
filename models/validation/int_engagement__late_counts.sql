with

reference_dates as (
    select distinct reference_date from {{ ref('int_engagement__reference_days') }}
),

late_events as (
    select
        customer_id,
        user_id,
        event_date,
        event_name,
        quantity,
        cast(loaded_at as date) as loaded_on
    from {{ ref('int_engagement__accepted_events') }}
    where cast(loaded_at as date) > event_date
)

select
    reference_dates.reference_date,
    late_events.customer_id,
    late_events.user_id,
    late_events.event_date,
    late_events.event_name,
    cast(count(*) as {{ dbt.type_bigint() }}) as event_count,
    cast(coalesce(sum(late_events.quantity), 0) as {{ type_decimal(24, 4) }}) as quantity
from late_events
inner join reference_dates
    on late_events.event_date <= reference_dates.reference_date
    and late_events.loaded_on > reference_dates.reference_date
group by
    reference_dates.reference_date,
    late_events.customer_id,
    late_events.user_id,
    late_events.event_date,
    late_events.event_name
