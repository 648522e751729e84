-- The floor: what one would write by hand, for DuckDB alone and for these two tables alone. It has
-- no ledger, no rejected rows, no history and no trend, and computes no derived events (the
-- scorecard of the benchmark weighs none). handwritten.py fills {placeholders} and runs the
-- statements; a comment of the form `-- step: name` begins a step, `each period` repeats it for
-- every month with events, `each scorecard` for every scorecard that is not retired.
--
-- What makes it fast:
--   * Events are counted first and corrected afterwards. A hash aggregate over the ids finds those
--     that may have come twice; only their rows are looked at in full, and what does not count is
--     taken off again. No sort, join or table ever holds all events.
--   * It takes a month at a time, by the Parquet files' own statistics: hash tables stay small.
--   * `trim` is kept for the ids that need it. It copies the text of every row otherwise.
--   * A score without decay changes only where a day enters or leaves its window: points are added
--     on day d and taken off on day d + window, a running sum over these changes gives the scores,
--     and they are rounded and given a tier once for each stretch of equal days. Days come last.
--   * With decay it is the same sum of points x 2^(day / half-life), scaled back day by day.
--   * Points are whole numbers of 0.00000001, not decimals, which would be rescaled at every step;
--     and scores are divided in doubles, but for those near a tie of the rounding.


-- step: views
create temp macro tidy(id) as
    case
        when id like ' %' or id like '% ' or id = '' then nullif(trim(id), '')
        else id
    end;

create temp macro whole(units, divisor) as
    -- units / divisor, rounded half away from zero; both are whole numbers, the divisor is positive
    sign(units)::hugeint * ((2 * abs(units)::hugeint + divisor) // (2 * divisor));

create temp macro is_far_from_tie(ten_thousandths) as
    abs(ten_thousandths) < 1e9
    and abs(abs(ten_thousandths) - floor(abs(ten_thousandths)) - 0.5) > 1e-5;

create temp view received as
select
    tidy(event_id) as event_id,
    nullif(trim(customer_id), '') as customer_id,
    nullif(trim(event_name), '') as event_name,
    nullif(trim(user_id), '') as user_id,
    occurred_at,
    cast(occurred_at as date) as event_date,
    case when not isnan(quantity) then quantity end as quantity,
    loaded_at,
from read_parquet('{events}', hive_partitioning = false);

-- Accepted, or without an event_id: to look at that here would mean to read it once more.
create temp view countable as
select *
from received
where
    customer_id is not null
    and event_name is not null
    and event_name not in (
        'inactive_day', 'session_started', 'session_bounced', 'active_minutes', 'new_active_user'
    )
    and coalesce(abs(quantity), 0) <= 1000000000;

create temp table repeated (id_hash ubigint);

create temp table uncounted (
    customer_id varchar,
    event_name varchar,
    user_id varchar,
    event_date date,
    quantity double
);

create temp table facts (
    customer_id varchar,
    event_name varchar,
    user_id varchar,
    event_date date,
    events bigint,
    quantity_units bigint
);

create temp table weights as
select
    scorecard,
    event_name,
    cast(weight * 10000 as bigint) as weight_units,
    measure,
    cast(daily_cap_per_user * 10000 as bigint) as cap_units,
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
);


-- step: find repeated ids, each period
insert into repeated
select hash(event_id) as id_hash
from received
where occurred_at >= '{period_start}' and occurred_at < '{period_end}'
group by id_hash
having count(*) > 1;

-- step: look at their rows, each period
-- Missing ids share the hash of null, be there one or many.
insert into uncounted
select customer_id, event_name, user_id, event_date, quantity
from countable
where
    occurred_at >= '{period_start}' and occurred_at < '{period_end}'
    and hash(event_id) in (select id_hash from repeated union all select hash(null::varchar))
qualify
    event_id is null
    or row_number() over (
        partition by event_id, event_date
        order by
            loaded_at asc nulls last,
            occurred_at asc,
            customer_id asc,
            event_name asc,
            user_id asc nulls last,
            quantity asc nulls last
    ) > 1;

-- step: count, each period
insert into facts
with signed as (
    select customer_id, event_name, user_id, event_date, 1 as events, quantity
    from countable
    where occurred_at >= '{period_start}' and occurred_at < '{period_end}'
    union all
    select customer_id, event_name, user_id, event_date, -1 as events, -quantity as quantity
    from uncounted
)

select
    customer_id,
    event_name,
    user_id,
    event_date,
    sum(events) as events,
    coalesce(sum(round(quantity * 10000)), 0) as quantity_units,
from signed
group by customer_id, event_name, user_id, event_date
having sum(events) > 0;

truncate repeated;
truncate uncounted;


-- step: spine
create temp table spine as
with known as (
    select customer_id, event_date as first_day
    from facts
    union all
    select nullif(trim(customer_id), '') as customer_id, cast(signed_up_at as date) as first_day
    from read_parquet('{customers}')
)

select
    customer_id,
    greatest(min(first_day), date '{first_day}') as first_day,
from known
where customer_id is not null
group by customer_id;

set variable as_of = (select max(event_date) from facts);

set variable anchor = (select min(event_date) from facts);

create temp macro amount_units(measure, events, quantity_units, cap_units) as
    least(
        case measure
            when 'events' then events * 10000
            when 'users' then 10000
            else quantity_units
        end,
        cap_units
    );


-- step: points of a customer's days, each scorecard without half-life
create or replace temp table customer_days as
select
    facts.customer_id,
    facts.event_date,
    sum(amount_units(measure, events, quantity_units, cap_units) * weight_units) as points,
from facts
inner join weights
    on
        facts.event_name = weights.event_name
        and facts.event_date between weights.valid_from and weights.valid_to
where weights.scorecard = '{scorecard}'
group by facts.customer_id, facts.event_date;

-- step: points of a customer's days, each scorecard with half-life
select error('The half-life of {scorecard} is too short for so long a history.')
where (getvariable('as_of') - getvariable('anchor')) / {half_life} > 900;

create or replace temp table customer_days as
select
    facts.customer_id,
    facts.event_date,
    sum(amount_units(measure, events, quantity_units, cap_units) * weight_units)::double
    * 2 ** ((facts.event_date - getvariable('anchor')) / {half_life}) as points,
from facts
inner join weights
    on
        facts.event_name = weights.event_name
        and facts.event_date between weights.valid_from and weights.valid_to
where weights.scorecard = '{scorecard}'
group by facts.customer_id, facts.event_date;

-- step: running sums, each scorecard
create or replace temp table stretches as
with changes as (
    select customer_id, event_date as first_day, points
    from customer_days
    union all
    select customer_id, event_date + {window_days} as first_day, -points as points
    from customer_days
    where event_date + {window_days} <= getvariable('as_of')
    union all
    select customer_id, first_day, 0 as points
    from spine
),

changed_days as (
    select customer_id, first_day, sum(points) as points
    from changes
    group by customer_id, first_day
)

select
    customer_id,
    first_day,
    sum(points) over stretch as points,
    coalesce(lead(first_day) over stretch, getvariable('as_of') + 1) as next_day,
from changed_days
window stretch as (partition by customer_id order by first_day);

-- step: scores, each scorecard without half-life
insert into result.scores_daily
with measured as (
    select
        *,
        points::double / {full_score_units} * 100 as ten_thousandths,
    from stretches
),

scored as (
    select
        *,
        case
            when is_far_from_tie(ten_thousandths)
                then cast(ten_thousandths / 10000 as decimal(18, 4))
            else whole(whole(points * 100000000, {full_score_units}), 1000000)::decimal(18, 0)
                * 0.0001
        end::decimal(18, 4) as ces,
    from measured
)

select
    '{scorecard}' as scorecard,
    customer_id,
    first_day + unnest(range(next_day - first_day))::integer as score_date,
    ces,
    {tier} as tier,
from scored;

-- step: scores, each scorecard with half-life
insert into result.scores_daily
with days as (
    select
        customer_id,
        points,
        first_day + unnest(range(next_day - first_day))::integer as score_date,
    from stretches
),

measured as (
    select
        customer_id,
        score_date,
        points / {full_score_units} * 100
        * 2 ** ((getvariable('anchor') - score_date) / {half_life}) as ten_thousandths,
    from days
),

scored as (
    select
        customer_id,
        score_date,
        case
            when is_far_from_tie(ten_thousandths)
                then cast(ten_thousandths / 10000 as decimal(18, 4))
            else round(cast(ten_thousandths / 10000 as decimal(28, 10)), 4)
        end::decimal(18, 4) as ces,
    from measured
)

select
    '{scorecard}' as scorecard,
    customer_id,
    score_date,
    ces,
    {tier} as tier,
from scored;

-- step: drivers, each scorecard
insert into result.drivers
with amounts as (
    select
        facts.customer_id,
        facts.event_name,
        facts.events,
        facts.event_date > getvariable('as_of') - {window_days} as is_current,
        amount_units(measure, events, quantity_units, cap_units) * weight_units{fade} as points,
    from facts
    inner join weights
        on
            facts.event_name = weights.event_name
            and facts.event_date between weights.valid_from and weights.valid_to
    where
        weights.scorecard = '{scorecard}'
        and (
            facts.event_date > getvariable('as_of') - {window_days}
            or facts.event_date between
            getvariable('as_of') - {window_days} - 27 and getvariable('as_of') - 28
        )
),

drivers as (
    select
        customer_id,
        event_name,
        coalesce(sum(events) filter (where is_current), 0) as occurrences,
        coalesce(sum(points) filter (where is_current), 0) as points,
    from amounts
    group by customer_id, event_name
),

scaled as (
    select
        customer_id,
        event_name,
        occurrences,
        whole((points * 100000000)::hugeint, {full_score_units}) as points,
        whole(
            (sum(points) over (partition by customer_id) * 100000000)::hugeint, {full_score_units}
        ) as ces_unrounded,
    from drivers
)

-- What rounding to ten places leaves over belongs to the driver with the most points.
select
    '{scorecard}' as scorecard,
    customer_id,
    event_name,
    occurrences,
    (
        points + case
            when row_number() over largest = 1
                then ces_unrounded - sum(points) over (partition by customer_id)
            else 0
        end
    )::decimal(28, 0) * 0.0000000001 as points,
from scaled
window largest as (partition by customer_id order by abs(points) desc, event_name);
