with

received as (
    select * from {{ ref('input_engagement__customers') }}
)

select
    customer_id,
    customer_name,
    signed_up_at,
    ended_at,
    plan,
    lifecycle,
    licensed_seats,
    owner,
    {% for column in carried_customer_columns() %}
    {{ column }},
    {% endfor %}
    coalesce(lower(is_internal) in ('true', 't', '1', '1.0', 'yes', 'y'), 1 = 0) as is_internal
from received
where customer_id is not null
