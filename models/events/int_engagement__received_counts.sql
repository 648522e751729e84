{{ config(
    materialized='incremental',
    incremental_strategy=append_rows(),
    on_schema_change='fail',
    pre_hook='{{ delete_changed_days() }}',
    **laid_out_by('event_day')
) }}
-- depends_on: {{ ref('int_engagement__changed_days') }}
-- depends_on: {{ ref('int_engagement__changed_customer_days') }}
-- depends_on: {{ ref('int_engagement__signed_events') }}
-- depends_on: {{ ref('int_engagement__fresh_counts') }}
{%- if is_incremental() %}

with

fresh_counts as (
    select * from {{ ref('int_engagement__fresh_counts') }}
)

select
    event_day,
    event_date,
    customer_id,
    user_id,
    event_name,
    event_count,
    quantity
from fresh_counts
{%- else %}

with

signed_events as (
    select * from {{ ref('int_engagement__signed_events') }}
)

select
    event_day,
    event_date,
    customer_id,
    user_id,
    event_name,
    cast(sum(events) as {{ dbt.type_bigint() }}) as event_count,
    cast(coalesce(sum(quantity), 0) as {{ type_decimal(24, 4) }}) as quantity
from signed_events
group by event_day, event_date, customer_id, user_id, event_name
having sum(events) > 0
{%- endif %}
