with

ledger as (
    select * from {{ ref('engagement_event_ledger') }}
    where event_date is not null
),

dates as (
    select * from {{ ref('int_engagement__dates') }}
),

first_days as (
    select
        source,
        min(event_date) as first_date
    from ledger
    where accepted > 0
    group by source
),

daily_counts as (
    select
        first_days.source,
        dates.date_day as event_date,
        dates.day_number,
        coalesce(ledger.accepted, 0) as events
    from first_days
    inner join dates on first_days.first_date <= dates.date_day
    left join ledger
        on first_days.source = ledger.source
        and dates.date_day = ledger.event_date
),

earlier_weekdays as (
    select
        daily_counts.source,
        daily_counts.event_date,
        daily_counts.events,
        earlier.events as earlier_events,
        row_number() over (
            partition by daily_counts.source, daily_counts.event_date
            order by earlier.events, earlier.event_date
        ) as place,
        count(*) over (partition by daily_counts.source, daily_counts.event_date) as weeks_compared
    from daily_counts
    inner join daily_counts as earlier
        on daily_counts.source = earlier.source
        and mod(daily_counts.day_number - earlier.day_number, 7) = 0
        and daily_counts.day_number > earlier.day_number
        and daily_counts.day_number - 56 <= earlier.day_number
),

usual_counts as (
    select
        source,
        event_date,
        events,
        weeks_compared,
        max(case when 2 * place <= weeks_compared + 1 then earlier_events end) as usual_events
    from earlier_weekdays
    group by source, event_date, events, weeks_compared
)

select
    source,
    event_date,
    cast(events as {{ dbt.type_bigint() }}) as events,
    cast(usual_events as {{ dbt.type_bigint() }}) as usual_events,
    {{ share_of('events', 'usual_events') }} as share_of_usual,
    cast(weeks_compared as {{ dbt.type_int() }}) as weeks_compared
from usual_counts
where {{ is_pipeline_gap('events', 'usual_events', 'weeks_compared') }}
