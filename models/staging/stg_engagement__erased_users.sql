{{ config(materialized=view_of_many_joins()) }}

with

requests as (
    select * from {{ ref('input_engagement__erasure_requests') }}
    where user_id is not null
),

received_aliases as (
    {{ received_rows('customer_aliases', ['alias_id', 'customer_id']) }}
),

aliases as (
    select * from received_aliases
    where exists (select 1 from requests)
),

{{ followed_aliases('aliases') }},

present as (
    select
        requests.user_id,
        coalesce(followed_16.customer_id, requests.customer_id) as customer_id
    from requests
    left join followed_16 on requests.customer_id = followed_16.alias_id
)

select
    user_id,
    customer_id
from requests
{{ union_distinct() }}
select
    user_id,
    customer_id
from present
{{ union_distinct() }}
select
    present.user_id,
    followed_16.alias_id as customer_id
from present
inner join followed_16 on present.customer_id = followed_16.customer_id
