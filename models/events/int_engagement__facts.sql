{{ config(materialized='view') }}
{%- set one = 'cast(1 as ' ~ dbt.type_bigint() ~ ')' %}
{%- set no_quantity = 'cast(0 as ' ~ type_decimal(24, 4) ~ ')' %}

with

event_counts as (
    select * from {{ ref('int_engagement__event_counts') }}
),

new_active_users as (
    select * from {{ ref('int_engagement__new_active_users') }}
),

inactive_days as (
    select * from {{ ref('int_engagement__inactive_days') }}
),

sessions as (
    select * from {{ ref('int_engagement__sessions') }}
),

session_days as (
    select
        customer_id,
        user_id,
        event_date,
        count(*) as sessions,
        sum(case when {{ is_bounce('event_count') }} then 1 else 0 end) as bounces,
        sum(duration_seconds) as active_seconds
    from sessions
    group by customer_id, user_id, event_date
)

select
    customer_id,
    user_id,
    event_date,
    event_name,
    event_count,
    quantity
from event_counts
union all
select
    customer_id,
    cast(null as {{ dbt.type_string() }}) as user_id,
    event_date,
    'inactive_day' as event_name,
    {{ one }} as event_count,
    {{ no_quantity }} as quantity
from inactive_days
union all
select
    customer_id,
    user_id,
    event_date,
    'new_active_user' as event_name,
    {{ one }} as event_count,
    {{ no_quantity }} as quantity
from new_active_users
union all
select
    customer_id,
    user_id,
    event_date,
    'session_started' as event_name,
    sessions as event_count,
    {{ no_quantity }} as quantity
from session_days
union all
select
    customer_id,
    user_id,
    event_date,
    'session_bounced' as event_name,
    cast(bounces as {{ dbt.type_bigint() }}) as event_count,
    {{ no_quantity }} as quantity
from session_days
where bounces > 0
union all
select
    customer_id,
    user_id,
    event_date,
    'active_minutes' as event_name,
    {{ one }} as event_count,
    cast({{ exact_ratio('active_seconds', '60') }} as {{ type_decimal(24, 4) }}) as quantity
from session_days
where active_seconds > 0
