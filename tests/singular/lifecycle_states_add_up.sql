-- Each customer of a week or month is in one state: the states add up to the customers that are
-- counted anew from their days, in total.
with

customers as (
    select * from {{ ref('int_engagement__customer_groups') }}
),

customer_days as (
    select * from {{ ref('int_engagement__active_customer_days') }}
),

periods as (
    select * from {{ ref('int_engagement__periods') }}
    where period_grain != 'day'
),

told as (
    select
        period_grain,
        period_start,
        sum(case when measure = 'customers' then amount end) as customers,
        sum(case when measure != 'customers' then amount end) as states
    from {{ ref('int_engagement__kpi_measures') }}
    where
        measure in (
            'new_customers', 'retained_customers', 'resurrected_customers', 'dormant_customers',
            'inactive_customers', 'customers'
        )
        and segment_dimension = 'all'
    group by period_grain, period_start
),

-- Begun by the end of the period, and not ended before it or active in it or in the one before.
present as (
    select
        periods.period_grain,
        periods.period_start,
        customers.customer_id
    from periods
    inner join customers
        on periods.period_end >= customers.first_day
        and (customers.last_day is null or periods.period_start <= customers.last_day)
    {{ union_distinct() }}
    select
        periods.period_grain,
        periods.period_start,
        customer_days.customer_id
    from periods
    inner join customer_days
        on periods.period_end >= customer_days.event_date
        and customer_days.event_date >= case
            when periods.period_grain = 'week'
                then {{ dbt.dateadd('day', -7, 'periods.period_start') }}
            else {{ dbt.dateadd('month', -1, 'periods.period_start') }}
        end
),

counted as (
    select
        period_grain,
        period_start,
        count(*) as customers
    from present
    group by period_grain, period_start
)

select
    counted.period_grain,
    counted.period_start,
    counted.customers as counted_customers,
    told.customers,
    told.states
from counted
left join told
    on counted.period_grain = told.period_grain
    and counted.period_start = told.period_start
where
    told.customers is null
    or counted.customers != told.customers
    or counted.customers != told.states
