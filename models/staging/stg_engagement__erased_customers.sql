{{ config(materialized=view_of_many_joins()) }}

with

requests as (
    select * from {{ ref('input_engagement__erasure_requests') }}
    where
        customer_id is not null
        and user_id is null
),

received_aliases as (
    {{ received_rows('customer_aliases', ['alias_id', 'customer_id']) }}
),

aliases as (
    select * from received_aliases
    where exists (select 1 from requests)
),

{{ followed_aliases('aliases') }},

erased as (
    select coalesce(followed_16.customer_id, requests.customer_id) as customer_id
    from requests
    left join followed_16 on requests.customer_id = followed_16.alias_id
)

select customer_id from requests
{{ union_distinct() }}
select customer_id from erased
{{ union_distinct() }}
select followed_16.alias_id as customer_id
from followed_16
inner join erased on followed_16.customer_id = erased.customer_id
