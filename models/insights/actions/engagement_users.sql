{{ config(materialized='view') }}

with

scores as (
    select * from {{ ref('engagement_scores') }}
),

scorecards as (
    select * from {{ ref('int_engagement__scorecards') }}
),

event_counts as (
    select * from {{ ref('int_engagement__event_counts') }}
),

passive_events as (
    select distinct event_name
    from {{ ref('int_engagement__kpi_roles') }}
    where role = 'passive'
),

events_in_window as (
    select
        scores.scorecard,
        scores.customer_id,
        scores.as_of_date,
        event_counts.user_id,
        event_counts.event_count,
        case
            when passive_events.event_name is null then event_counts.event_date
        end as active_date
    from scores
    inner join scorecards on scores.scorecard = scorecards.scorecard
    inner join event_counts
        on scores.customer_id = event_counts.customer_id
        and scores.as_of_date >= event_counts.event_date
    left join passive_events on event_counts.event_name = passive_events.event_name
    where
        event_counts.event_date
        > {{ dbt.dateadd('day', '-scorecards.window_days', 'scores.as_of_date') }}
)

select
    scorecard,
    customer_id,
    as_of_date,
    user_id,
    cast(sum(event_count) as {{ dbt.type_bigint() }}) as events,
    cast(count(distinct active_date) as {{ dbt.type_int() }}) as active_days,
    max(active_date) as last_active_on
from events_in_window
group by scorecard, customer_id, as_of_date, user_id
