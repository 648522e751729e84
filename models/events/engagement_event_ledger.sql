with

event_days as (
    select * from {{ ref('int_engagement__event_days') }}
    where received is not null
),

rejected_events as (
    select * from {{ ref('engagement_rejected_events') }}
),

duplicate_events as (
    select * from {{ ref('int_engagement__repeated_events') }}
    where load_rank > 1
),

counts as (
    select
        event_date,
        source,
        received,
        0 as duplicate,
        {% for reason in rejection_reasons() %}
        0 as {{ reason }},
        {% endfor %}
        0 as rejected
    from event_days
    union all
    select
        event_date,
        source,
        0 as received,
        count(*) as duplicate,
        {% for reason in rejection_reasons() %}
        0 as {{ reason }},
        {% endfor %}
        0 as rejected
    from duplicate_events
    group by event_date, source
    union all
    select
        event_date,
        source,
        0 as received,
        0 as duplicate,
        {% for reason in rejection_reasons() %}
        sum(case when reason = '{{ reason }}' then 1 else 0 end) as {{ reason }},
        {% endfor %}
        count(*) as rejected
    from rejected_events
    group by event_date, source
)

select
    event_date,
    source,
    cast(sum(received) as {{ dbt.type_bigint() }}) as received,
    cast(sum(received) - sum(duplicate) - sum(rejected) as {{ dbt.type_bigint() }}) as accepted,
    cast(sum(duplicate) as {{ dbt.type_bigint() }}) as duplicate,
    {% for reason in rejection_reasons() %}
    cast(sum({{ reason }}) as {{ dbt.type_bigint() }}) as {{ reason }},
    {% endfor %}
    cast(sum(rejected) as {{ dbt.type_bigint() }}) as rejected
from counts
group by event_date, source
