with

scorecards as (
    select * from {{ ref('int_engagement__scorecards') }}
),

customers as (
    select * from {{ ref('int_engagement__customers') }}
)

select
    scorecards.scorecard,
    customers.customer_id,
    customers.first_day,
    customers.last_day,
    {{ dbt.dateadd('day', 'scorecards.window_days', 'customers.first_day') }} as mature_from
from customers
inner join scorecards
    on {{ is_in_population('customers', 'scorecards') }}
