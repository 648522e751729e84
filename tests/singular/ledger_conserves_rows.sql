-- Every row received is in the ledger, and what the ledger calls accepted, duplicate and rejected
-- are the rows that the facts, the duplicates and the rejected rows hold, day by day.
with

counted as (
    select
        event_date,
        count(*) as received,
        0 as accepted,
        0 as duplicate,
        0 as rejected
    from {{ ref('stg_engagement__received_events') }}
    group by event_date
    union all
    select
        event_date,
        0 as received,
        sum(event_count) as accepted,
        0 as duplicate,
        0 as rejected
    from {{ ref('int_engagement__event_counts') }}
    group by event_date
    union all
    select
        event_date,
        0 as received,
        0 as accepted,
        sum(case when load_rank > 1 then 1 else 0 end) as duplicate,
        0 as rejected
    from {{ ref('int_engagement__repeated_events') }}
    group by event_date
    union all
    select
        event_date,
        0 as received,
        0 as accepted,
        0 as duplicate,
        count(*) as rejected
    from {{ ref('engagement_rejected_events') }}
    group by event_date
    union all
    select
        event_date,
        -sum(received) as received,
        -sum(accepted) as accepted,
        -sum(duplicate) as duplicate,
        -sum(rejected) as rejected
    from {{ ref('engagement_event_ledger') }}
    group by event_date
)

select
    event_date,
    sum(received) as received_but_not_in_ledger,
    sum(accepted) as accepted_but_not_in_ledger,
    sum(duplicate) as duplicate_but_not_in_ledger,
    sum(rejected) as rejected_but_not_in_ledger
from counted
group by event_date
having
    sum(received) != 0
    or sum(accepted) != 0
    or sum(duplicate) != 0
    or sum(rejected) != 0
