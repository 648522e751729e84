with

aliases as (
    select * from {{ ref('stg_engagement__customer_aliases') }}
),

customers as (
    select * from {{ ref('int_engagement__customer_groups') }}
),

calendar as (
    select * from {{ ref('int_engagement__calendar') }}
),

received as (
    {{ received_terms() }}
),

subscriptions as (
    select
        received.customer_id,
        coalesce(received.started_on, customers.first_day) as started_on,
        received.ended_on,
        received.mrr
    from received
    inner join customers on received.customer_id = customers.customer_id
),

starts as (
    select
        customer_id,
        started_on
    from subscriptions
    group by customer_id, started_on
),

-- A subscription is open on the day it ends, unless another takes over on that day.
terms as (
    select
        subscriptions.customer_id,
        subscriptions.mrr,
        case
            when subscriptions.started_on < {{ first_scored_day() }} then {{ first_scored_day() }}
            else subscriptions.started_on
        end as first_open_day,
        cast(
            case
                when starts.started_on != subscriptions.started_on then subscriptions.ended_on
                else {{ dbt.dateadd('day', 1, 'subscriptions.ended_on') }}
            end as date
        ) as first_closed_day
    from subscriptions
    left join starts
        on subscriptions.customer_id = starts.customer_id
        and subscriptions.ended_on = starts.started_on
),

changes as (
    select
        customer_id,
        first_open_day as changed_on,
        1 as terms,
        mrr
    from terms
    where first_closed_day is null or first_closed_day > first_open_day
    union all
    select
        customer_id,
        first_closed_day as changed_on,
        -1 as terms,
        -mrr as mrr
    from terms
    where first_closed_day > first_open_day
),

changed_months as (
    select
        changes.customer_id,
        calendar.month_start,
        sum(changes.terms) as terms,
        sum(changes.mrr) as mrr
    from changes
    inner join calendar on changes.changed_on = calendar.date_day
    group by changes.customer_id, calendar.month_start
),

balances as (
    select
        customer_id,
        month_start,
        sum(terms) over (
            partition by customer_id order by month_start
            rows between unbounded preceding and current row
        ) as closing_terms,
        sum(mrr) over (
            partition by customer_id order by month_start
            rows between unbounded preceding and current row
        ) as closing_mrr
    from changed_months
),

compared as (
    select
        customer_id,
        month_start,
        closing_terms,
        closing_mrr,
        coalesce(
            lag(closing_terms) over (partition by customer_id order by month_start), 0
        ) as opening_terms,
        coalesce(
            lag(closing_mrr) over (partition by customer_id order by month_start), 0
        ) as opening_mrr,
        coalesce(
            max(closing_terms) over (
                partition by customer_id order by month_start
                rows between unbounded preceding and 1 preceding
            ), 0
        ) as most_terms_before
    from balances
)

select
    customer_id,
    month_start,
    case
        when opening_terms > 0 and closing_terms > 0 then 'kept'
        when opening_terms > 0 then 'lost'
        when closing_terms > 0 and most_terms_before > 0 then 'reactivated'
        when closing_terms > 0 then 'new'
        else 'none'
    end as movement,
    cast(opening_mrr as {{ type_decimal(24, 4) }}) as opening_mrr,
    cast(closing_mrr as {{ type_decimal(24, 4) }}) as closing_mrr
from compared
