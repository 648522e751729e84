with

checked_events as (
    select * from {{ ref('int_engagement__checked_events') }}
),

duplicate_events as (
    select * from {{ ref('int_engagement__repeated_events') }}
    where load_rank > 1
),

received_counts as (
    select
        event_date,
        source,
        rejection_reason,
        count(*) as row_count
    from checked_events
    group by event_date, source, rejection_reason
),

duplicate_counts as (
    select
        event_date,
        source,
        count(*) as row_count
    from duplicate_events
    group by event_date, source
),

outcomes as (
    select
        event_date,
        source,
        sum(row_count) as received,
        sum(case when rejection_reason is null then row_count else 0 end) as good,
        sum(case when rejection_reason is not null then row_count else 0 end) as rejected
        {%- for reason in rejection_reasons() %},
        sum(case when rejection_reason = '{{ reason }}' then row_count else 0 end) as {{ reason }}
        {%- endfor %}
    from received_counts
    group by event_date, source
)

select
    outcomes.event_date,
    outcomes.source,
    cast(outcomes.received as {{ dbt.type_bigint() }}) as received,
    cast(
        outcomes.good - coalesce(duplicate_counts.row_count, 0) as {{ dbt.type_bigint() }}
    ) as accepted,
    cast(coalesce(duplicate_counts.row_count, 0) as {{ dbt.type_bigint() }}) as duplicate,
    cast(outcomes.rejected as {{ dbt.type_bigint() }}) as rejected
    {%- for reason in rejection_reasons() %},
    cast(outcomes.{{ reason }} as {{ dbt.type_bigint() }}) as {{ reason }}
    {%- endfor %}
from outcomes
left join duplicate_counts
    on outcomes.event_date = duplicate_counts.event_date
    and outcomes.source = duplicate_counts.source
