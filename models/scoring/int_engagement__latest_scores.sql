{{ config(
    pre_hook=[
        "{{ note_day(
            'first_compared_day',
            dbt.dateadd('day', -28, 'as_of_date'),
            ref('int_engagement__as_of').render()
        ) }}",
        "{{ note_day(
            'first_window_day',
            dbt.dateadd('day', '-scorecards.window_days', 'as_of.as_of_date'),
            ref('int_engagement__as_of').render() ~ ' as as_of cross join '
            ~ ref('int_engagement__scorecards').render() ~ ' as scorecards'
        ) }}",
    ]
) }}

with

as_of as (
    select * from {{ ref('int_engagement__as_of') }}
),

scorecards as (
    select * from {{ ref('int_engagement__scorecards') }}
),

bands as (
    select * from {{ ref('int_engagement__tier_bands') }}
),

customers as (
    select * from {{ ref('int_engagement__customers') }}
),

event_counts as (
    select * from {{ ref('int_engagement__event_counts') }}
),

drivers as (
    select * from {{ ref('engagement_drivers') }}
),

readings as (
    select
        daily.scorecard,
        daily.customer_id,
        daily.ces,
        daily.ces_unrounded,
        daily.ces_1_to_100,
        daily.tier,
        daily.tier_rank,
        daily.is_provisional,
        as_of.as_of_date,
        {{ dbt.datediff('daily.score_date', 'as_of.as_of_date', 'day') }} as days_before
    from {{ ref('engagement_scores_daily') }} as daily
    cross join as_of
    where
        daily.score_date in (
            as_of.as_of_date,
            {{ dbt.dateadd('day', -7, 'as_of.as_of_date') }},
            {{ dbt.dateadd('day', -28, 'as_of.as_of_date') }}
        )
        and {{ is_since_noted_day('daily.score_date', 'first_compared_day') }}
),

scores as (
    select
        readings.*,
        rank() over (partition by scorecard order by ces) as rank_from_below,
        count(*) over (partition by scorecard, ces) as equal_scores,
        count(*) over (partition by scorecard) as scored_customers
    from readings
    where days_before = 0
),

earlier as (
    select
        scorecard,
        customer_id,
        max(case when days_before = 7 then ces end) as ces_7d_before,
        max(case when days_before = 28 then ces end) as ces_28d_before
    from readings
    group by scorecard, customer_id
),

activity as (
    select
        scorecards.scorecard,
        event_counts.customer_id,
        sum(event_counts.event_count) as events_in_window,
        count(distinct event_counts.event_date) as active_days_in_window,
        count(distinct coalesce(event_counts.user_id, '')) as active_users_in_window
    from event_counts
    cross join as_of
    cross join scorecards
    where
        event_counts.event_date <= as_of.as_of_date
        and event_counts.event_date
        > {{ dbt.dateadd('day', '-scorecards.window_days', 'as_of.as_of_date') }}
        and {{ is_since_noted_day('event_counts.event_date', 'first_window_day') }}
    group by scorecards.scorecard, event_counts.customer_id
)

select
    scores.scorecard,
    scores.customer_id,
    scores.as_of_date,
    customers.customer_name,
    customers.plan,
    customers.lifecycle,
    customers.owner,
    {% for column in carried_customer_columns() %}
    customers.{{ column }},
    {% endfor %}
    scores.ces,
    scores.ces_unrounded,
    scores.ces_1_to_100,
    {{ round_to_four(
        exact_ratio('(50 * (2 * (scores.rank_from_below - 1) + scores.equal_scores))', 'scores.scored_customers')
    ) }} as ces_percentile,
    scores.tier,
    scores.tier_rank,
    bands.title as tier_title,
    bands.playbook,
    scores.is_provisional,
    cast(earlier.ces_7d_before as {{ type_decimal(18, 4) }}) as ces_7d_before,
    cast(scores.ces - earlier.ces_7d_before as {{ type_decimal(18, 4) }}) as ces_change_7d,
    cast(earlier.ces_28d_before as {{ type_decimal(18, 4) }}) as ces_28d_before,
    cast(scores.ces - earlier.ces_28d_before as {{ type_decimal(18, 4) }}) as ces_change_28d,
    drivers.event_name as main_driver,
    customers.first_day as customer_since,
    customers.ended_on,
    customers.last_event_date,
    cast(
        {{ dbt.datediff('customers.last_event_date', 'scores.as_of_date', 'day') }}
        as {{ dbt.type_int() }}
    ) as days_since_last_event,
    cast(coalesce(activity.events_in_window, 0) as {{ dbt.type_bigint() }}) as events_in_window,
    cast(coalesce(activity.active_days_in_window, 0) as {{ dbt.type_int() }})
        as active_days_in_window,
    cast(coalesce(activity.active_users_in_window, 0) as {{ dbt.type_int() }})
        as active_users_in_window
from scores
inner join customers on scores.customer_id = customers.customer_id
inner join bands
    on scores.scorecard = bands.scorecard
    and scores.tier = bands.tier
left join earlier
    on scores.scorecard = earlier.scorecard
    and scores.customer_id = earlier.customer_id
left join drivers
    on scores.scorecard = drivers.scorecard
    and scores.customer_id = drivers.customer_id
    and drivers.driver_rank = 1
left join activity
    on scores.scorecard = activity.scorecard
    and scores.customer_id = activity.customer_id
