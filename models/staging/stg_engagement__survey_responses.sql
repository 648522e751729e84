with

received as (
    select * from {{ ref('input_engagement__survey_responses') }}
)

select
    customer_id,
    user_id,
    score,
    responded_at,
    lower(survey) as survey
from received
where customer_id is not null
