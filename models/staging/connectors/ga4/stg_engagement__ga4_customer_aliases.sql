{{ config(enabled=is_connected('ga4')) }}

{%- set events = raw_table('ga4', 'events') %}

with

sightings as (
    select
        {{ raw_column(events, ['user_pseudo_id'], 'id') }} as pseudo_id,
        {{ raw_column(events, ['user_id'], 'id') }} as user_id
    from {{ raw_rows(events) }}
),

-- A device that several people use is nobody's, and where accounts are the customers, no alias.
owners as (
    select
        pseudo_id,
        min(user_id) as user_id
    from sightings
    where
        pseudo_id is not null
        and '{{ sql_text(var("ga4_account")) }}' = ''
    group by pseudo_id
    having count(distinct user_id) = 1
)

select
    {{ kept_id('pseudo_id') }} as alias_id,
    {{ kept_id('user_id') }} as customer_id
from owners
where pseudo_id != user_id
