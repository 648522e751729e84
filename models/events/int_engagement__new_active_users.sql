{{ config(
    materialized='incremental',
    incremental_strategy=append_rows(),
    on_schema_change='fail',
    pre_hook=[
        '{{ delete_without_customer_spans() }}',
        "{{ delete_changed_customer_days('event_date') }}",
        "{{ note_day(
            'first_day_of_changed_customers', 'from_day',
            ref('int_engagement__customer_spans').render()
        ) }}",
    ],
    **laid_out_by('event_date')
) }}

with

weights as (
    select * from {{ ref('stg_engagement__event_weights') }}
    where event_name = 'new_active_user'
),

changed_customers as (
    select * from {{ ref('int_engagement__customer_spans') }}
    where
        from_day is not null
        and exists (select 1 from weights)
),

first_change as (
    select min(from_day) as from_day
    from changed_customers
),

event_counts as (
    select event_counts.*
    from {{ ref('int_engagement__event_counts') }} as event_counts
    inner join changed_customers
        on event_counts.customer_id = changed_customers.customer_id
        and event_counts.event_date >= changed_customers.from_day
    where
        event_counts.user_id is not null
        and event_counts.event_date >= (select first_change.from_day from first_change)
        and {{ is_since_noted_day('event_counts.event_date', 'first_day_of_changed_customers') }}
),

first_days as (
    select
        customer_id,
        user_id,
        min(event_date) as event_date
    from event_counts
    group by customer_id, user_id
)

select
    first_days.customer_id,
    first_days.user_id,
    first_days.event_date
-- What is left of the table are the users who came before the first day that changed.
from first_days{% if is_incremental() %}
left join {{ this }} as known_users
    on first_days.customer_id = known_users.customer_id
    and first_days.user_id = known_users.user_id
where known_users.user_id is null{% endif %}
