{{ config(materialized='view') }}

{{ after_news() }}
with

aliases as (
    select * from {{ ref('stg_engagement__customer_aliases') }}
)

select
    alias_id as received_id,
    customer_id
from aliases
{{ union_distinct() }}
select
    customer_id as received_id,
    customer_id
from aliases
