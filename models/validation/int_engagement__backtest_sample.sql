with

labels as (
    select * from {{ ref('int_engagement__outcome_labels') }}
),

scorecards as (
    select * from {{ ref('int_engagement__scorecards') }}
),

customers as (
    select * from {{ ref('int_engagement__customers') }}
),

bands as (
    select * from {{ ref('int_engagement__tier_bands') }}
),

passive_events as (
    select distinct event_name from {{ ref('stg_engagement__kpi_events') }}
    where role = 'passive'
),

reference_dates as (
    select distinct reference_date from labels
),

scores as (
    select
        scorecard,
        customer_id,
        reference_date,
        {%- for age in [0, 7, 14, 21, 28] %}
        coalesce(max(case when days_before = {{ age }} then ces end), 0) as ces_{{ age }},
        {%- endfor %}
        max(case when days_before = 0 and not is_provisional then 1 else 0 end) as is_mature
    from {{ ref('int_engagement__known_scores') }}
    group by scorecard, customer_id, reference_date
),

days as (
    select
        event_counts.customer_id,
        event_counts.event_date,
        sum(event_counts.event_count) as event_count
    from {{ ref('int_engagement__event_counts') }} as event_counts
    left join passive_events on event_counts.event_name = passive_events.event_name
    where passive_events.event_name is null
    group by event_counts.customer_id, event_counts.event_date
),

signed_days as (
    select
        reference_dates.reference_date,
        days.customer_id,
        days.event_date,
        days.event_count
    from days
    inner join reference_dates on days.event_date <= reference_dates.reference_date
    union all
    select
        late_counts.reference_date,
        late_counts.customer_id,
        late_counts.event_date,
        -late_counts.event_count as event_count
    from {{ ref('int_engagement__late_counts') }} as late_counts
    left join passive_events on late_counts.event_name = passive_events.event_name
    where passive_events.event_name is null
),

summed_days as (
    select
        reference_date,
        customer_id,
        event_date,
        sum(event_count) as event_count
    from signed_days
    group by reference_date, customer_id, event_date
),

known_days as (
    select * from summed_days
    where event_count > 0
),

aged_days as (
    select
        reference_date,
        customer_id,
        event_count,
        {{ dbt.datediff('event_date', 'reference_date', 'day') }} as age
    from known_days
),

activity as (
    select
        scorecards.scorecard,
        aged_days.reference_date,
        aged_days.customer_id,
        min(aged_days.age) as days_since_last_event,
        sum(case when aged_days.age < scorecards.window_days then aged_days.event_count else 0 end)
            as event_count,
        sum(case when aged_days.age < scorecards.window_days then 1 else 0 end) as active_days
    from aged_days
    cross join scorecards
    group by scorecards.scorecard, aged_days.reference_date, aged_days.customer_id
)

select
    labels.outcome,
    scores.scorecard,
    labels.reference_date,
    labels.customer_id,
    labels.engagement_sign,
    labels.is_positive,
    scores.ces_0 as ces,
    bands.tier,
    bands.tier_rank,
    cast(scores.ces_0 - scores.ces_28 as {{ type_decimal(18, 4) }}) as ces_change_28d,
    case
        when scores.ces_0 < scores.ces_7 then 0
        when scores.ces_7 < scores.ces_14 then 7
        when scores.ces_14 < scores.ces_21 then 14
        when scores.ces_21 < scores.ces_28 then 21
        else 28
    end as days_since_score_fell,
    coalesce(
        activity.days_since_last_event,
        1 + {{ dbt.datediff('customers.first_day', 'labels.reference_date', 'day') }}
    ) as days_since_last_event,
    cast(coalesce(activity.event_count, 0) as {{ dbt.type_bigint() }}) as event_count,
    cast(coalesce(activity.active_days, 0) as {{ dbt.type_bigint() }}) as active_days
from labels
inner join scores
    on labels.customer_id = scores.customer_id
    and labels.reference_date = scores.reference_date
    and scores.is_mature = 1
inner join customers on labels.customer_id = customers.customer_id
inner join bands
    on scores.scorecard = bands.scorecard
    and scores.ces_0 > bands.lower_bound
    and scores.ces_0 <= bands.upper_bound
left join activity
    on scores.scorecard = activity.scorecard
    and labels.reference_date = activity.reference_date
    and labels.customer_id = activity.customer_id
