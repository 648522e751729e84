{{ config(
    materialized='incremental',
    incremental_strategy=append_rows(),
    on_schema_change='fail'
) }}
{%- set are_kept = (
    is_kept('int_engagement__received_counts') and is_kept('int_engagement__sessions')
) %}
-- depends_on: {{ ref('int_engagement__changed_days') }}
-- depends_on: {{ ref('int_engagement__moved_customers') }}
-- depends_on: {{ ref('int_engagement__fresh_counts') }}
-- depends_on: {{ ref('int_engagement__fresh_sessions') }}
-- depends_on: {{ ref('stg_engagement__customer_aliases') }}
{%- if not are_kept %}

-- Nothing to compare with: a row without a customer stands for everything.
select
    cast(null as {{ dbt.type_string() }}) as customer_id,
    cast(null as date) as event_date
{%- else %}

with

changed_days as (
    select * from {{ ref('int_engagement__changed_days') }}
),

moved_customers as (
    select * from {{ ref('int_engagement__moved_customers') }}
),

aliases as (
    select * from {{ ref('stg_engagement__customer_aliases') }}
),

counts as (
    select
        customer_id,
        user_id,
        event_date,
        event_name,
        event_count,
        quantity,
        1 as side
    from {{ ref('int_engagement__fresh_counts') }}
    union all
    select
        customer_id,
        user_id,
        event_date,
        event_name,
        event_count,
        quantity,
        -1 as side
    from {{ kept_relation('int_engagement__received_counts') }}
    where event_day in (select changed_days.event_day from changed_days)
),

changed_counts as (
    select
        customer_id,
        event_date
    from counts
    group by customer_id, user_id, event_date, event_name, event_count, quantity
    having sum(side) != 0
),

sessions as (
    select
        customer_id,
        user_id,
        event_date,
        session_number,
        event_count,
        duration_seconds,
        1 as side
    from {{ ref('int_engagement__fresh_sessions') }}
    union all
    select
        customer_id,
        user_id,
        event_date,
        session_number,
        event_count,
        duration_seconds,
        -1 as side
    from {{ kept_relation('int_engagement__sessions') }}
    where
        event_day in (select changed_days.event_day from changed_days)
        or customer_id in (select moved_customers.customer_id from moved_customers)
),

changed_sessions as (
    select
        customer_id,
        event_date
    from sessions
    group by customer_id, user_id, event_date, session_number, event_count, duration_seconds
    having sum(side) != 0
)

select
    coalesce(aliases.customer_id, changed_counts.customer_id) as customer_id,
    changed_counts.event_date
from changed_counts
left join aliases on changed_counts.customer_id = aliases.alias_id
{{ union_distinct() }}
select
    customer_id,
    event_date
from changed_sessions
{%- endif %}
