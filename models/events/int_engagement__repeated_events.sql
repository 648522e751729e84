{{ config(
    materialized='incremental',
    incremental_strategy=append_rows(),
    on_schema_change='fail',
    pre_hook='{{ delete_changed_days() }}',
    **laid_out_by('event_day')
) }}

with

changed_days as (
    select * from {{ ref('int_engagement__changed_days') }}
),

doubtful_events as (
    select * from {{ ref('int_engagement__doubtful_events') }}
    {% if is_incremental() %}
    where event_day in (select changed_days.event_day from changed_days)
    {% endif %}
)

select
    event_id,
    event_day,
    event_date,
    received_customer_id,
    user_id,
    event_name,
    occurred_at,
    quantity,
    loaded_at,
    source,
    row_number() over (
        partition by event_date, event_id
        order by
            loaded_at nulls last,
            occurred_at,
            received_customer_id,
            event_name,
            user_id nulls last,
            source,
            quantity nulls last
    ) as load_rank
from doubtful_events
where rejection_reason is null
