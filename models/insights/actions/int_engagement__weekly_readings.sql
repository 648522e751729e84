{# The readings that one is measured against, by the weeks before it. #}
{% set base_scores = {2: 'ces_2', 3: 'ces_3', 4: 'ces_4', 5: 'ces_5'} %}
{% set base_ranks = {2: 'rank_2', 3: 'rank_3', 4: 'rank_4', 5: 'rank_5'} %}

with

dates as (
    select * from {{ ref('int_engagement__dates') }}
),

customers as (
    select * from {{ ref('int_engagement__customers') }}
),

event_counts as (
    select * from {{ ref('int_engagement__event_counts') }}
),

pipeline_gaps as (
    select * from {{ ref('engagement_pipeline_gaps') }}
),

weeks as (
    select
        date_day,
        cast(
            {{ dbt.dateadd('day', days_to_reading('day_number'), 'date_day') }} as date
        ) as reading_date
    from dates
),

silenced_dates as (
    select weeks.reading_date
    from weeks
    inner join pipeline_gaps
        on weeks.reading_date >= pipeline_gaps.event_date
        and {{ dbt.dateadd('day', -alert_silence_days(), 'weeks.reading_date') }}
        < pipeline_gaps.event_date
    where weeks.date_day = weeks.reading_date
    group by weeks.reading_date
),

reading_dates as (
    select
        weeks.reading_date,
        coalesce(silenced_dates.reading_date = weeks.reading_date, 1 = 0) as has_gap
    from weeks
    left join silenced_dates on weeks.reading_date = silenced_dates.reading_date
    where weeks.date_day = weeks.reading_date
),

active_weeks as (
    select
        event_counts.customer_id,
        weeks.reading_date,
        max(event_counts.event_date) as last_event_date
    from event_counts
    inner join weeks on event_counts.event_date = weeks.date_day
    group by event_counts.customer_id, weeks.reading_date
),

readings as (
    select
        daily.scorecard,
        daily.customer_id,
        daily.score_date as reading_date,
        daily.ces,
        daily.tier_rank,
        daily.is_provisional,
        reading_dates.has_gap,
        customers.first_day,
        active_weeks.last_event_date
    from {{ ref('engagement_scores_daily') }} as daily
    inner join reading_dates on daily.score_date = reading_dates.reading_date
    inner join customers
        on daily.customer_id = customers.customer_id
        and daily.score_date <= coalesce(customers.ended_on, daily.score_date)
    left join active_weeks
        on daily.customer_id = active_weeks.customer_id
        and daily.score_date = active_weeks.reading_date
),

followed_readings as (
    select
        scorecard,
        customer_id,
        reading_date,
        ces,
        tier_rank,
        is_provisional,
        has_gap,
        first_day,
        row_number() over (
            partition by scorecard, customer_id order by reading_date
        ) as reading_number,
        lag(ces) over (
            partition by scorecard, customer_id order by reading_date
        ) as ces_before,
        lag(tier_rank) over (
            partition by scorecard, customer_id order by reading_date
        ) as tier_rank_before,
        lag(is_provisional) over (
            partition by scorecard, customer_id order by reading_date
        ) as was_provisional_before,
        {%- for weeks in base_scores %}
        lag(ces, {{ weeks }}) over (
            partition by scorecard, customer_id order by reading_date
        ) as {{ base_scores[weeks] }},
        lag(tier_rank, {{ weeks }}) over (
            partition by scorecard, customer_id order by reading_date
        ) as {{ base_ranks[weeks] }},
        {%- endfor %}
        max(last_event_date) over (
            partition by scorecard, customer_id
            order by reading_date
            rows between unbounded preceding and current row
        ) as last_event_date
    from readings
)

select
    scorecard,
    customer_id,
    reading_date,
    cast(reading_number as {{ dbt.type_int() }}) as reading_number,
    ces,
    tier_rank,
    cast(ces_before as {{ type_decimal(18, 4) }}) as ces_before,
    tier_rank_before,
    case
        when reading_number > 5 then {{ median_of_four(base_scores.values() | list) }}
    end as base_ces,
    case
        when reading_number > 5 then {{ least_of(base_ranks.values() | list) }}
    end as base_tier_rank,
    last_event_date,
    cast(
        {{ dbt.datediff('coalesce(last_event_date, first_day)', 'reading_date', 'day') }}
        as {{ dbt.type_int() }}
    ) as days_quiet,
    not has_gap and not is_provisional and coalesce(not was_provisional_before, 1 = 0) as may_open
from followed_readings
