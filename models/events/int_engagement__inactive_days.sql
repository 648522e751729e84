with

weights as (
    select * from {{ ref('stg_engagement__event_weights') }}
    where event_name = 'inactive_day'
),

customers as (
    select * from {{ ref('int_engagement__customers') }}
    where exists (select 1 from weights)
),

event_counts as (
    select * from {{ ref('int_engagement__event_counts') }}
    where exists (select 1 from weights)
),

dates as (
    select * from {{ ref('int_engagement__dates') }}
),

marks as (
    select
        customer_id,
        {{ dbt.dateadd('day', -1, 'first_day') }} as active_date
    from customers
    union
    select
        customer_id,
        event_date as active_date
    from event_counts
),

silences as (
    select
        customer_id,
        {{ dbt.dateadd('day', var('inactivity_grace_days') | int + 1, 'active_date') }} as from_day,
        lead(active_date) over (partition by customer_id order by active_date) as next_active_date
    from marks
),

bounded_silences as (
    select
        silences.customer_id,
        silences.from_day,
        silences.next_active_date,
        case
            when customers.ended_on < customers.last_day then customers.ended_on
            else customers.last_day
        end as last_possible_day
    from silences
    inner join customers on silences.customer_id = customers.customer_id
    where
        silences.next_active_date is null
        or silences.from_day < silences.next_active_date
)

select
    bounded_silences.customer_id,
    dates.date_day as event_date
from bounded_silences
inner join dates
    on bounded_silences.from_day <= dates.date_day
    and bounded_silences.last_possible_day >= dates.date_day
where
    bounded_silences.next_active_date is null
    or dates.date_day < bounded_silences.next_active_date
