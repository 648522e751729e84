{{ config(
    materialized='incremental',
    incremental_strategy=append_rows(),
    on_schema_change='fail',
    pre_hook='{{ delete_changed_sessions() }}',
    **laid_out_by('event_day')
) }}
-- depends_on: {{ ref('int_engagement__changed_days') }}
-- depends_on: {{ ref('int_engagement__moved_customers') }}
-- depends_on: {{ ref('int_engagement__changed_customer_days') }}

with

fresh_sessions as (
    select * from {{ ref('int_engagement__fresh_sessions') }}
)

select
    customer_id,
    user_id,
    event_day,
    event_date,
    session_number,
    event_count,
    duration_seconds
from fresh_sessions
