{{ config(materialized='view') }}
{%- set keys = ['customer_id', 'user_id', 'event_date'] %}

with

event_counts as (
    select * from {{ ref('int_engagement__event_counts') }}
),

new_active_users as (
    select * from {{ ref('int_engagement__new_active_users') }}
),

inactive_days as (
    select
        customer_id,
        cast(null as {{ dbt.type_string() }}) as user_id,
        event_date
    from {{ ref('int_engagement__inactive_days') }}
),

sessions as (
    select * from {{ ref('int_engagement__sessions') }}
),

session_days as (
    {{ session_days_of(keys) }}
)

{{ counted_and_derived_facts('event_counts', keys) }}
