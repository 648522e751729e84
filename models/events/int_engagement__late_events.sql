{{ config(
    materialized='incremental',
    incremental_strategy='append',
    on_schema_change='fail',
    pre_hook=['{{ delete_changed_days() }}', '{{ note_first_changed_day() }}'],
    **laid_out_by('event_day')
) }}

with

changed_days as (
    select * from {{ ref('int_engagement__changed_days') }}
),

late_events as (
    select
        received_customer_id,
        user_id,
        event_day,
        event_date,
        event_name,
        quantity,
        cast(loaded_at as date) as loaded_on
    from {{ ref('int_engagement__accepted_events') }}
    where
        cast(loaded_at as date) > event_date
        {% if is_incremental() -%}
        and event_day in (select changed_days.event_day from changed_days)
        and {{ is_since_first_changed_day('occurred_at') }}
        {%- endif %}
)

select
    event_day,
    event_date,
    loaded_on,
    received_customer_id as customer_id,
    user_id,
    event_name,
    cast(count(*) as {{ dbt.type_bigint() }}) as event_count,
    cast(coalesce(sum(quantity), 0) as {{ type_decimal(24, 4) }}) as quantity
from late_events
group by event_day, event_date, loaded_on, received_customer_id, user_id, event_name
