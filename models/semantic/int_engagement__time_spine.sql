with

dates as (
    select * from {{ ref('int_engagement__dates') }}
)

select date_day
from dates
