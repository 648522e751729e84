with

latest_scores as (
    select * from {{ ref('int_engagement__latest_scores') }}
),

trends as (
    select * from {{ ref('int_engagement__trends') }}
),

drivers as (
    select * from {{ ref('engagement_drivers') }}
),

alerts as (
    select * from {{ ref('engagement_alerts') }}
),

-- Less than this would read as no change.
moved_drivers as (
    select
        scorecard,
        customer_id,
        case when points_change_28d > 0 then 'up' else 'down' end as direction,
        {{ driver_words(
            'event_name', 'points_change_28d', 'occurrences', 'occurrences_28d_before'
        ) }} as words,
        row_number() over (
            partition by
                scorecard, customer_id, case when points_change_28d > 0 then 'up' else 'down' end
            order by abs(points_change_28d) desc, event_name asc
        ) as place
    from drivers
    where abs(points_change_28d) >= 0.05
),

driver_words as (
    select
        scorecard,
        customer_id,
        max(case when direction = 'up' and place = 1 then words end) as up_1,
        max(case when direction = 'up' and place = 2 then words end) as up_2,
        max(case when direction = 'up' and place = 3 then words end) as up_3,
        max(case when direction = 'down' and place = 1 then words end) as down_1,
        max(case when direction = 'down' and place = 2 then words end) as down_2,
        max(case when direction = 'down' and place = 3 then words end) as down_3
    from moved_drivers
    where place <= 3
    group by scorecard, customer_id
),

open_alerts as (
    select
        scorecard,
        customer_id,
        title || ' (since ' || {{ plain_words('opened_on') }} || ')' as words,
        {{ severity_rank('severity') }} as severity_rank,
        row_number() over (
            partition by scorecard, customer_id
            order by {{ severity_rank('severity') }} desc, opened_on asc, reason_code asc
        ) as place
    from alerts
    where is_open
),

risks as (
    select
        scorecard,
        customer_id,
        count(*) as open_alerts,
        max(severity_rank) as severity_rank,
        max(case when place = 1 then words end) as reason_1,
        max(case when place = 2 then words end) as reason_2,
        max(case when place = 3 then words end) as reason_3
    from open_alerts
    group by scorecard, customer_id
)

select
    latest_scores.scorecard,
    latest_scores.customer_id,
    latest_scores.as_of_date,
    latest_scores.customer_name,
    latest_scores.plan,
    latest_scores.lifecycle,
    latest_scores.owner,
    {% for column in carried_customer_columns() %}
    latest_scores.{{ column }},
    {% endfor %}
    latest_scores.ces,
    latest_scores.ces_unrounded,
    latest_scores.ces_1_to_100,
    latest_scores.ces_percentile,
    latest_scores.tier,
    latest_scores.tier_rank,
    latest_scores.tier_title,
    latest_scores.playbook,
    latest_scores.is_provisional,
    latest_scores.ces_7d_before,
    latest_scores.ces_change_7d,
    latest_scores.ces_28d_before,
    latest_scores.ces_change_28d,
    latest_scores.main_driver,
    latest_scores.customer_since,
    latest_scores.ended_on,
    latest_scores.last_event_date,
    latest_scores.days_since_last_event,
    latest_scores.events_in_window,
    latest_scores.active_days_in_window,
    latest_scores.active_users_in_window,
    trends.slope_28d,
    trends.trend,
    {{ risk_level(
        'risks.severity_rank', 'latest_scores.is_provisional', 'latest_scores.ended_on'
    ) }} as risk_level,
    cast(coalesce(risks.open_alerts, 0) as {{ dbt.type_int() }}) as open_alerts,
    risks.reason_1 || coalesce('; ' || risks.reason_2, '') || coalesce('; ' || risks.reason_3, '')
        as risk_reasons,
    driver_words.up_1 || coalesce('; ' || driver_words.up_2, '')
    || coalesce('; ' || driver_words.up_3, '') as drivers_up,
    driver_words.down_1 || coalesce('; ' || driver_words.down_2, '')
    || coalesce('; ' || driver_words.down_3, '') as drivers_down
from latest_scores
inner join trends
    on latest_scores.scorecard = trends.scorecard
    and latest_scores.customer_id = trends.customer_id
left join driver_words
    on latest_scores.scorecard = driver_words.scorecard
    and latest_scores.customer_id = driver_words.customer_id
left join risks
    on latest_scores.scorecard = risks.scorecard
    and latest_scores.customer_id = risks.customer_id
