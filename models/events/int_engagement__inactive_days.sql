{{ config(
    materialized='incremental',
    incremental_strategy=append_rows(),
    on_schema_change='fail',
    pre_hook=[
        '{{ delete_without_customer_spans() }}',
        "{{ delete_changed_customer_days('event_date') }}",
    ],
    **laid_out_by('event_date')
) }}

with

weights as (
    select * from {{ ref('stg_engagement__event_weights') }}
    where event_name = 'inactive_day'
),

changed_customers as (
    select * from {{ ref('int_engagement__customer_spans') }}
    where
        from_day <= last_day
        and exists (select 1 from weights)
),

event_counts as {{ read_where_used() }} (
    select * from {{ ref('int_engagement__event_counts') }}
    where exists (select 1 from weights)
),

-- Days before the first that changed matter by the last event among them alone.
marks as (
    select
        customer_id,
        {{ dbt.dateadd('day', -1, 'first_day') }} as active_date
    from changed_customers
    {{ union_distinct() }}
    select
        event_counts.customer_id,
        max(event_counts.event_date) as active_date
    from event_counts
    inner join changed_customers
        on event_counts.customer_id = changed_customers.customer_id
        and event_counts.event_date < changed_customers.from_day
    group by event_counts.customer_id
    {{ union_distinct() }}
    select
        event_counts.customer_id,
        event_counts.event_date as active_date
    from event_counts
    inner join changed_customers
        on event_counts.customer_id = changed_customers.customer_id
        and event_counts.event_date >= changed_customers.from_day
),

silences as (
    select
        customer_id,
        {{ dbt.dateadd('day', var('inactivity_grace_days') | int + 1, 'active_date') }} as from_day,
        lead(active_date) over (partition by customer_id order by active_date) as next_active_date
    from marks
),

ends_of_silence as (
    select
        silences.customer_id,
        silences.from_day,
        {{ dbt.dateadd('day', -1, 'silences.next_active_date') }} as last_quiet_day,
        changed_customers.from_day as first_changed_day,
        changed_customers.active_until as last_possible_day
    from silences
    inner join changed_customers on silences.customer_id = changed_customers.customer_id
),

bounded_silences as (
    select
        customer_id,
        cast(
            case when from_day < first_changed_day then first_changed_day else from_day end as date
        ) as from_day,
        cast(
            case
                when last_quiet_day < last_possible_day then last_quiet_day
                else last_possible_day
            end as date
        ) as to_day
    from ends_of_silence
),

long_silences as (
    select
        customer_id,
        from_day,
        to_day
    from bounded_silences
    where from_day <= to_day
)

select
    long_silences.customer_id,
    {{ each_day('long_silences.from_day', 'long_silences.to_day') }} as event_date
from long_silences
{{ join_each_day('long_silences.from_day', 'long_silences.to_day', ref('int_engagement__dates')) }}
