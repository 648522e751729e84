{{ config(
    materialized='incremental',
    incremental_strategy=append_rows(),
    on_schema_change='fail'
) }}

with

moved_ids as (
    select * from {{ ref('int_engagement__identities') }}
    where
        {{ is_kept('int_engagement__received_counts') | string | lower }}
        and customer_id is distinct from processed_customer_id
),

-- All that an id is, was or could be counted under: itself, its customer now, and that of before.
moved_customers as (
    select received_id as customer_id
    from moved_ids
    {{ union_distinct() }}
    select customer_id
    from moved_ids
    where customer_id is not null
    {{ union_distinct() }}
    select processed_customer_id as customer_id
    from moved_ids
    where processed_customer_id is not null
)

-- What an interrupted run found stays on the list.
select moved_customers.customer_id
from moved_customers{% if is_incremental() %}
left join {{ this }} as known_customers
    on moved_customers.customer_id = known_customers.customer_id
where known_customers.customer_id is null{% endif %}
