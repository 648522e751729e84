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

ends_of_silence as (
    select
        silences.customer_id,
        silences.from_day,
        {{ dbt.dateadd('day', -1, 'silences.next_active_date') }} as last_quiet_day,
        case
            when customers.ended_on < customers.last_day then customers.ended_on
            else customers.last_day
        end as last_possible_day
    from silences
    inner join customers on silences.customer_id = customers.customer_id
),

bounded_silences as (
    select
        customer_id,
        cast(from_day as date) as from_day,
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
