with

received as (
    {{ received_rows(
        'survey_responses', ['customer_id', 'user_id', 'survey', 'score', 'responded_at']
    ) }}
),

erased_customers as (
    select * from {{ ref('stg_engagement__erased_customers') }}
),

erased_users as (
    select * from {{ ref('stg_engagement__erased_users') }}
    where customer_id is not null
),

-- Requests that name no customer hold for all of them.
erased_everywhere as (
    select * from {{ ref('stg_engagement__erased_users') }}
    where customer_id is null
)

select
    received.customer_id,
    received.user_id,
    received.score,
    received.responded_at,
    lower(received.survey) as survey
from received
left join erased_customers on received.customer_id = erased_customers.customer_id
left join erased_users
    on received.user_id = erased_users.user_id
    and received.customer_id = erased_users.customer_id
left join erased_everywhere on received.user_id = erased_everywhere.user_id
where
    received.customer_id is not null
    and erased_customers.customer_id is null
    and erased_users.user_id is null
    and erased_everywhere.user_id is null
