{{ config(materialized=view_of_many_joins()) }}

{{ after_news() }}
with

aliases as (
    select * from {{ ref('stg_engagement__customer_aliases') }}
),

internal_customers as (
    select distinct coalesce(aliases.customer_id, customers.customer_id) as customer_id
    from {{ ref('stg_engagement__customers') }} as customers
    left join aliases on customers.customer_id = aliases.alias_id
    where customers.is_internal
)

select customer_id from internal_customers
{{ union_distinct() }}
select aliases.alias_id as customer_id
from aliases
inner join internal_customers on aliases.customer_id = internal_customers.customer_id
