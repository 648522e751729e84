{{ config(
    materialized='incremental',
    incremental_strategy=replace_all_rows(),
    unique_key='customer_id',
    on_schema_change=when_columns_differ()
) }}

with

weights as (
    select * from {{ ref('stg_engagement__event_weights') }}
),

changed_customer_days as (
    select * from {{ ref('int_engagement__changed_customer_days') }}
),

moved_customers as (
    select * from {{ ref('int_engagement__moved_customers') }}
),

current_spans as (
    select
        customer_id,
        first_day,
        last_day,
        case when ended_on < last_day then ended_on else last_day end as active_until,
        case
            when exists (select 1 from weights where weights.event_name = 'inactive_day')
                then 'inactive after {{ var("inactivity_grace_days") | int }} days '
            else ''
        end
        || case
            when exists (select 1 from weights where weights.event_name = 'new_active_user')
                then 'new users'
            else ''
        end as derived_events
    from {{ ref('int_engagement__customers') }}
),

processed_spans as (
    {% if is_incremental() -%}
    select * from {{ this }}
    {%- else -%}
    select
        customer_id,
        first_day as processed_first_day,
        last_day as processed_last_day,
        active_until as processed_active_until,
        derived_events as processed_derived_events,
        first_day as from_day
    from current_spans
    where 1 = 0
    {%- endif %}
),

spans as (
    select
        coalesce(current_spans.customer_id, processed_spans.customer_id) as customer_id,
        current_spans.first_day,
        current_spans.last_day,
        current_spans.active_until,
        current_spans.derived_events,
        processed_spans.processed_first_day,
        processed_spans.processed_last_day,
        processed_spans.processed_active_until,
        processed_spans.processed_derived_events
    from current_spans
    full outer join processed_spans on current_spans.customer_id = processed_spans.customer_id
),

whole_customers as (
    select customer_id
    from spans
    where
        first_day is distinct from processed_first_day
        or derived_events is distinct from processed_derived_events
        or exists (
            select 1
            from changed_customer_days
            where changed_customer_days.customer_id is null
        )
    {{ union_distinct() }}
    select customer_id from moved_customers
),

-- Each reason to compute days anew, and the first day that it can move.
reasons as (
    select
        spans.customer_id,
        case
            when spans.processed_first_day < spans.first_day or spans.first_day is null
                then spans.processed_first_day
            else spans.first_day
        end as from_day
    from spans
    inner join whole_customers on spans.customer_id = whole_customers.customer_id
    union all
    select
        customer_id,
        {{ dbt.dateadd('day', 1, earlier_of('last_day', 'processed_last_day')) }} as from_day
    from spans
    where last_day != processed_last_day
    union all
    select
        customer_id,
        {{ dbt.dateadd('day', 1, earlier_of('active_until', 'processed_active_until')) }}
            as from_day
    from spans
    where active_until != processed_active_until
    union all
    select
        customer_id,
        event_date as from_day
    from changed_customer_days
    union all
    -- What an interrupted run has begun is done again.
    select
        customer_id,
        from_day
    from processed_spans
    where from_day is not null
),

first_changes as (
    select
        customer_id,
        cast(min(from_day) as date) as from_day
    from reasons
    group by customer_id
)

select
    spans.customer_id,
    spans.first_day,
    spans.last_day,
    spans.active_until,
    spans.derived_events,
    spans.processed_first_day,
    spans.processed_last_day,
    spans.processed_active_until,
    spans.processed_derived_events,
    first_changes.from_day
from spans
left join first_changes on spans.customer_id = first_changes.customer_id
