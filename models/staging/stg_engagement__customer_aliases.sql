{{ config(materialized='table') }}

with

received as (
    {{ received_rows('customer_aliases', ['alias_id', 'customer_id']) }}
),

erased_customers as (
    select * from {{ ref('stg_engagement__erased_customers') }}
),

{{ followed_aliases('received') }}

select distinct
    followed_16.alias_id,
    followed_16.customer_id
from followed_16
left join erased_customers on followed_16.alias_id = erased_customers.customer_id
where erased_customers.customer_id is null
