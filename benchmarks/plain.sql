-- The same scores and drivers as handwritten.sql, as an analytics engineer would write them in an
-- hour: one step after the other, each over all events or all days, and every rule said once.
-- plain.py fills {placeholders} and runs the statements; a comment of the form `-- step: name`
-- begins a step, `each scorecard` repeats it for every scorecard that is not retired.


-- step: deduplicate
create temp table events as
with received as (
    select
        nullif(trim(event_id), '') as event_id,
        nullif(trim(customer_id), '') as customer_id,
        nullif(trim(event_name), '') as event_name,
        nullif(trim(user_id), '') as user_id,
        occurred_at,
        cast(occurred_at as date) as event_date,
        case when not isnan(quantity) then quantity end as quantity,
        loaded_at,
    from read_parquet('{events}', hive_partitioning = false)
),

accepted as (
    select *
    from received
    where
        event_id is not null
        and customer_id is not null
        and event_name is not null
        and event_date between date '{first_day}' and date '{today}'
        and event_name not in (
            'inactive_day',
            'session_started',
            'session_bounced',
            'active_minutes',
            'new_active_user'
        )
        and coalesce(abs(quantity), 0) <= 1000000000
),

numbered as (
    select
        *,
        row_number() over (
            partition by event_id, event_date
            order by
                loaded_at asc nulls last,
                occurred_at asc,
                customer_id asc,
                event_name asc,
                user_id asc nulls last,
                quantity asc nulls last
        ) as load_number,
    from accepted
)

select
    customer_id,
    event_name,
    user_id,
    event_date,
    quantity,
from numbered
where load_number = 1;

-- step: count
create temp table facts as
select
    customer_id,
    event_name,
    user_id,
    event_date,
    count(*) as events,
    coalesce(sum(cast(quantity as decimal(18, 4))), 0) as quantity,
from events
group by customer_id, event_name, user_id, event_date;

set variable as_of = (select max(event_date) from facts);

-- step: spine
create temp table spine as
with first_days as (
    select
        customer_id,
        event_date as first_day,
    from facts
    union all
    select
        nullif(trim(customer_id), '') as customer_id,
        cast(signed_up_at as date) as first_day,
    from read_parquet('{customers}')
),

customers as (
    select
        customer_id,
        greatest(min(first_day), date '{first_day}') as first_day,
    from first_days
    where customer_id is not null
    group by customer_id
),

calendar as (
    select cast(generate_series as date) as score_date
    from generate_series(
        (select min(first_day) from customers)::timestamp,
        getvariable('as_of')::timestamp,
        interval 1 day
    )
)

select
    customers.customer_id,
    calendar.score_date,
from customers
inner join calendar on customers.first_day <= calendar.score_date;

-- step: points, each scorecard
create or replace temp table points as
with weights as (
    select
        event_name,
        weight,
        measure,
        daily_cap_per_user,
        coalesce(valid_from, date '0001-01-01') as valid_from,
        coalesce(valid_to, date '9999-12-31') as valid_to,
    from read_csv(
        '{seeds}/event_weights.csv',
        types = {{
            'weight': 'decimal(9, 4)',
            'daily_cap_per_user': 'decimal(18, 4)',
            'valid_from': 'date',
            'valid_to': 'date'
        }}
    )
    where scorecard = '{scorecard}'
),

amounts as (
    select
        facts.customer_id,
        facts.event_name,
        facts.event_date,
        facts.events,
        weights.weight,
        least(
            case weights.measure
                when 'events' then facts.events
                when 'users' then 1
                else facts.quantity
            end,
            weights.daily_cap_per_user
        ) as amount,
    from facts
    inner join weights
        on
            facts.event_name = weights.event_name
            and facts.event_date between weights.valid_from and weights.valid_to
)

select
    customer_id,
    event_name,
    event_date,
    sum(events) as events,
    sum(amount * weight) as points,
from amounts
group by customer_id, event_name, event_date;

-- step: scores, each scorecard
insert into result.scores_daily
with customer_days as (
    select
        customer_id,
        event_date,
        sum(points) as points,
    from points
    group by customer_id, event_date
),

windows as (
    select
        spine.customer_id,
        spine.score_date,
        sum(coalesce(customer_days.points, 0)) over (
            partition by spine.customer_id
            order by spine.score_date
            rows between {window_days} - 1 preceding and current row
        ) as points,
    from spine
    left join customer_days
        on
            spine.customer_id = customer_days.customer_id
            and spine.score_date = customer_days.event_date
),

scores as (
    select
        customer_id,
        score_date,
        -- To ten places first: a double may miss a tie of the fourth place by a hair.
        cast(
            round(cast(100 * points / {full_score_points} as decimal(28, 10)), 4) as decimal(18, 4)
        ) as ces,
    from windows
)

select
    '{scorecard}' as scorecard,
    customer_id,
    score_date,
    ces,
    {tier} as tier,
from scores;

-- step: drivers, each scorecard
insert into result.drivers
with windows as (
    select
        *,
        event_date > getvariable('as_of') - {window_days} as is_current,
        event_date > getvariable('as_of') - 28 - {window_days}
        and event_date <= getvariable('as_of') - 28 as is_former,
    from points
)

select
    '{scorecard}' as scorecard,
    customer_id,
    event_name,
    coalesce(sum(events) filter (where is_current), 0) as occurrences,
    100 * coalesce(sum(points) filter (where is_current), 0) / {full_score_points} as points,
from windows
where is_current or is_former
group by customer_id, event_name;
