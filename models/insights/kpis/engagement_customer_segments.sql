{{ config(materialized='view') }}

with

customers as (
    select * from {{ ref('int_engagement__customer_groups') }}
),

segment_values as (
    select * from {{ ref('int_engagement__segment_values') }}
    where segment_dimension != 'all'
)

select
    customers.customer_id,
    segment_values.segment_dimension,
    segment_values.segment_value
from customers
inner join segment_values on customers.segment_group = segment_values.segment_group
