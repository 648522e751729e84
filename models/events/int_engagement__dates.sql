with

as_of as (
    select * from {{ ref('int_engagement__as_of') }}
),

numbers as (
    {{ dbt.generate_series(65536) }}
),

dates as (
    select
        cast(
            {{ dbt.dateadd(
                'day', 'cast(generated_number as ' ~ dbt.type_int() ~ ') - 1', first_scored_day()
            ) }} as date
        ) as date_day
    from numbers
)

select
    dates.date_day,
    {{ dbt.datediff("cast('1970-01-01' as date)", 'dates.date_day', 'day') }} as day_number
from dates
inner join as_of on dates.date_day <= as_of.as_of_date
