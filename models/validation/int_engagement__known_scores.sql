{{ config(pre_hook='{{ note_first_session_day() }}') }}

with

reference_dates as (
    select distinct reference_date from {{ ref('int_engagement__reference_days') }}
),

scorecards as (
    select * from {{ ref('int_engagement__scorecards') }}
),

weights as (
    select * from {{ ref('stg_engagement__event_weights') }}
),

customers as (
    select * from {{ ref('int_engagement__customers') }}
),

scorecard_customers as (
    select * from {{ ref('int_engagement__scorecard_customers') }}
),

late_counts as (
    select * from {{ ref('int_engagement__late_counts') }}
),

ages as (
    {%- for age in [0, 7, 14, 21, 28] %}
    select {{ age }} as days_before
    {%- if not loop.last %}
    union all
    {%- endif %}
    {%- endfor %}
),

readings as (
    select
        reference_dates.reference_date,
        ages.days_before,
        cast(
            {{ dbt.dateadd('day', '-ages.days_before', 'reference_dates.reference_date') }} as date
        ) as reading_date
    from reference_dates
    cross join ages
),

-- A day counts in the readings of a reference day if it comes after this one.
day_limits as (
    select
        readings.reference_date,
        cast(
            min({{ dbt.dateadd('day', '-scorecards.window_days', 'readings.reading_date') }})
            as date
        ) as day_before
    from readings
    cross join scorecards
    group by readings.reference_date
),

-- Everything of those about whom something was learnt after the reference day is computed anew
-- from what had come by then; the scores of all others are what they were.
late_customers as (
    select distinct
        late_counts.reference_date,
        late_counts.customer_id,
        customers.first_day,
        coalesce(customers.first_day < customers.first_event_date, 1 = 1)
            as is_first_day_on_record,
        day_limits.day_before
    from late_counts
    inner join customers on late_counts.customer_id = customers.customer_id
    inner join day_limits on late_counts.reference_date = day_limits.reference_date
),

signed_counts as (
    select
        late_customers.reference_date,
        event_counts.customer_id,
        event_counts.user_id,
        event_counts.event_date,
        event_counts.event_name,
        event_counts.event_count,
        event_counts.quantity
    from {{ ref('int_engagement__event_counts') }} as event_counts
    inner join late_customers
        on event_counts.customer_id = late_customers.customer_id
        and event_counts.event_date <= late_customers.reference_date
        and event_counts.event_date > late_customers.day_before
    union all
    select
        late_counts.reference_date,
        late_counts.customer_id,
        late_counts.user_id,
        late_counts.event_date,
        late_counts.event_name,
        -late_counts.event_count as event_count,
        -late_counts.quantity as quantity
    from late_counts
    inner join day_limits
        on late_counts.reference_date = day_limits.reference_date
        and late_counts.event_date > day_limits.day_before
),

summed_counts as (
    select
        reference_date,
        customer_id,
        user_id,
        event_date,
        event_name,
        cast(sum(event_count) as {{ dbt.type_bigint() }}) as event_count,
        cast(sum(quantity) as {{ type_decimal(24, 4) }}) as quantity
    from signed_counts
    group by reference_date, customer_id, user_id, event_date, event_name
),

known_counts as {{ computed_once() }} (
    select * from summed_counts
    where event_count > 0
),

-- Days before the limit matter by the first and the last of them alone.
late_user_days as (
    select
        reference_date,
        customer_id,
        user_id,
        event_date,
        sum(event_count) as event_count
    from late_counts
    group by reference_date, customer_id, user_id, event_date
),

late_days as (
    select distinct
        customer_id,
        event_date
    from late_counts
),

first_limit as (
    select min(day_before) as day_before from day_limits
),

placed_counts as (
    select
        event_counts.customer_id,
        event_counts.user_id,
        event_counts.event_date,
        event_counts.event_count,
        case
            when late_days.event_date is not null then event_counts.event_date
            when event_counts.event_date > first_limit.day_before then event_counts.event_date
        end as own_date
    from {{ ref('int_engagement__event_counts') }} as event_counts
    cross join first_limit
    left join late_days
        on event_counts.customer_id = late_days.customer_id
        and event_counts.event_date = late_days.event_date
    where event_counts.customer_id in (select late_customers.customer_id from late_customers)
),

-- Days before all limits of which nothing came late are the same for each reference day: they are
-- one row of a user, without a date of its own.
user_days as (
    select
        customer_id,
        user_id,
        own_date,
        min(event_date) as first_date,
        max(event_date) as last_date,
        sum(event_count) as event_count
    from placed_counts
    group by customer_id, user_id, own_date
),

early_users as {{ computed_once() }} (
    select
        late_customers.reference_date,
        user_days.customer_id,
        user_days.user_id,
        min(user_days.first_date) as first_date,
        max(user_days.last_date) as last_date
    from user_days
    inner join late_customers
        on user_days.customer_id = late_customers.customer_id
        and user_days.last_date <= late_customers.day_before
    left join late_user_days
        on late_customers.reference_date = late_user_days.reference_date
        and user_days.customer_id = late_user_days.customer_id
        and coalesce(user_days.user_id, '') = coalesce(late_user_days.user_id, '')
        and user_days.own_date = late_user_days.event_date
    where user_days.event_count > coalesce(late_user_days.event_count, 0)
    group by late_customers.reference_date, user_days.customer_id, user_days.user_id
),

known_user_days as (
    select
        reference_date,
        customer_id,
        user_id,
        event_date
    from known_counts
    union all
    select
        reference_date,
        customer_id,
        user_id,
        first_date as event_date
    from early_users
),

first_known_events as (
    select
        reference_date,
        customer_id,
        min(event_date) as event_date
    from known_user_days
    group by reference_date, customer_id
),

-- Who was known by nothing but events had come with the first of them that was there.
known_customers as (
    select
        late_customers.reference_date,
        late_customers.customer_id,
        case
            when late_customers.is_first_day_on_record then late_customers.first_day
            else first_known_events.event_date
        end as first_day
    from late_customers
    left join first_known_events
        on late_customers.reference_date = first_known_events.reference_date
        and late_customers.customer_id = first_known_events.customer_id
    where
        (
            late_customers.is_first_day_on_record
            and late_customers.first_day <= late_customers.reference_date
        )
        or first_known_events.event_date is not null
),

known_events as (
    select
        late_customers.reference_date,
        accepted_events.customer_id,
        accepted_events.user_id,
        accepted_events.event_date,
        accepted_events.occurred_at
    from {{ ref('int_engagement__accepted_events') }} as accepted_events
    inner join late_customers
        on accepted_events.customer_id = late_customers.customer_id
        and accepted_events.event_date <= late_customers.reference_date
        and accepted_events.event_date > late_customers.day_before
    where
        exists (
            select 1
            from weights
            where weights.event_name in ({{ listed_texts(session_event_names()) }})
        )
        and {{ is_since_noted_day('accepted_events.occurred_at', 'first_session_day') }}
        and (
            accepted_events.loaded_at is null
            or cast(accepted_events.loaded_at as date) <= late_customers.reference_date
        )
),

{{ numbered_sessions('known_events', ['reference_date']) }},

sessions as (
    select
        reference_date,
        customer_id,
        user_id,
        event_date,
        session_number,
        count(*) as event_count,
        {{ dbt.datediff('min(occurred_at)', 'max(occurred_at)', 'second') }} as duration_seconds
    from numbered_events
    group by reference_date, customer_id, user_id, event_date, session_number
),

session_days as (
    {{ session_days_of(['reference_date', 'customer_id', 'user_id', 'event_date']) }}
),

new_active_users as (
    select
        reference_date,
        customer_id,
        user_id,
        min(event_date) as event_date
    from known_user_days
    where user_id is not null
    group by reference_date, customer_id, user_id
),

last_early_days as (
    select
        reference_date,
        customer_id,
        max(last_date) as active_date
    from early_users
    group by reference_date, customer_id
),

marks as (
    select
        known_customers.reference_date,
        known_customers.customer_id,
        coalesce(
            last_early_days.active_date,
            cast({{ dbt.dateadd('day', -1, 'known_customers.first_day') }} as date)
        ) as active_date
    from known_customers
    left join last_early_days
        on known_customers.reference_date = last_early_days.reference_date
        and known_customers.customer_id = last_early_days.customer_id
    {{ union_distinct() }}
    select
        reference_date,
        customer_id,
        event_date as active_date
    from known_counts
),

silences as (
    select
        reference_date,
        customer_id,
        cast(
            {{ dbt.dateadd('day', var('inactivity_grace_days') | int + 1, 'active_date') }} as date
        ) as first_quiet_day,
        cast(
            {{ dbt.dateadd('day', -1, 'coalesce(lead(active_date) over (
                partition by reference_date, customer_id order by active_date
            ), ' ~ dbt.dateadd('day', 1, 'reference_date') ~ ')') }} as date
        ) as last_quiet_day
    from marks
    where exists (select 1 from weights where weights.event_name = 'inactive_day')
),

long_silences as (
    select
        silences.reference_date,
        silences.customer_id,
        case
            when silences.first_quiet_day > day_limits.day_before then silences.first_quiet_day
            else cast({{ dbt.dateadd('day', 1, 'day_limits.day_before') }} as date)
        end as first_quiet_day,
        silences.last_quiet_day
    from silences
    inner join day_limits on silences.reference_date = day_limits.reference_date
    where
        silences.first_quiet_day <= silences.last_quiet_day
        and silences.last_quiet_day > day_limits.day_before
),

inactive_days as (
    select
        long_silences.reference_date,
        long_silences.customer_id,
        {{ each_day('long_silences.first_quiet_day', 'long_silences.last_quiet_day') }}
            as event_date
    from long_silences
    {{ join_each_day(
        'long_silences.first_quiet_day',
        'long_silences.last_quiet_day',
        ref('int_engagement__dates')
    ) }}
),

known_facts as (
    {{ counted_and_derived_facts('known_counts', ['reference_date', 'customer_id', 'event_date']) }}
),

-- As in int_engagement__points: one row is one user's day of one event.
measured as (
    select
        weights.scorecard,
        known_facts.reference_date,
        known_facts.customer_id,
        known_facts.event_date,
        cast(weights.weight as {{ type_decimal(9, 4) }}) as weight,
        weights.saturation,
        weights.daily_cap_per_user,
        cast(
            {{ measured_amount(
                'weights.measure', 'known_facts.event_count', 'known_facts.quantity'
            ) }} as {{ type_decimal(24, 4) }}
        ) as amount
    from known_facts
    inner join weights
        on known_facts.event_name = weights.event_name
        and known_facts.event_date between weights.counts_from and weights.counts_to
),

{{ limited_amounts([
    'scorecard', 'reference_date', 'customer_id', 'event_date', 'weight',
]) }},

points as (
    select
        scorecard,
        reference_date,
        customer_id,
        event_date,
        cast(sum(cast(weight * amount as {{ type_decimal(38, 8) }})) as {{ type_decimal(28, 8) }})
            as points
    from capped
    group by scorecard, reference_date, customer_id, event_date
),

late_readings as (
    select
        scorecards.scorecard,
        scorecards.half_life_days,
        scorecards.full_score_points,
        scorecards.window_days,
        known_customers.customer_id,
        known_customers.first_day,
        readings.reference_date,
        readings.days_before,
        readings.reading_date,
        cast(
            {{ dbt.dateadd('day', '-scorecards.window_days', 'readings.reading_date') }} as date
        ) as leaving_date
    from known_customers
    inner join scorecard_customers
        on known_customers.customer_id = scorecard_customers.customer_id
    inner join scorecards on scorecard_customers.scorecard = scorecards.scorecard
    inner join readings
        on known_customers.reference_date = readings.reference_date
        and known_customers.first_day <= readings.reading_date
),

late_sums as (
    select
        late_readings.scorecard,
        late_readings.customer_id,
        late_readings.reference_date,
        late_readings.days_before,
        sum({{ faded_points(
            'points.points',
            fade_factor(
                '(' ~ dbt.datediff('late_readings.reading_date', 'points.event_date', 'day') ~ ')',
                'late_readings.half_life_days'
            )
        ) }}) as points
    from late_readings
    inner join points
        on late_readings.scorecard = points.scorecard
        and late_readings.customer_id = points.customer_id
        and late_readings.reference_date = points.reference_date
        and late_readings.reading_date >= points.event_date
        and late_readings.leaving_date < points.event_date
    group by
        late_readings.scorecard,
        late_readings.customer_id,
        late_readings.reference_date,
        late_readings.days_before
),

late_scores as {{ computed_once() }} (
    select
        late_readings.scorecard,
        late_readings.customer_id,
        late_readings.reference_date,
        late_readings.days_before,
        {{ dbt.datediff('late_readings.first_day', 'late_readings.reading_date', 'day') }}
        < late_readings.window_days as is_provisional,
        cast(
            {{ points_to_score(
                'coalesce(late_sums.points, 0)',
                'late_readings.full_score_points',
                score_factor(
                    '0', 'late_readings.half_life_days', 'late_readings.full_score_points'
                )
            ) }} as {{ type_decimal(28, 10) }}
        ) as ces_unrounded
    from late_readings
    left join late_sums
        on late_readings.scorecard = late_sums.scorecard
        and late_readings.customer_id = late_sums.customer_id
        and late_readings.reference_date = late_sums.reference_date
        and late_readings.days_before = late_sums.days_before
)

select
    daily.scorecard,
    daily.customer_id,
    readings.reference_date,
    readings.days_before,
    daily.is_provisional,
    daily.ces
from {{ ref('engagement_scores_daily') }} as daily
inner join readings on daily.score_date = readings.reading_date
left join late_customers
    on readings.reference_date = late_customers.reference_date
    and daily.customer_id = late_customers.customer_id
where late_customers.customer_id is null
union all
select
    scorecard,
    customer_id,
    reference_date,
    days_before,
    is_provisional,
    {{ round_to_four('ces_unrounded') }} as ces
from late_scores
