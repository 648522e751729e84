{% set grains = ['week', 'month'] %}
{% set counts = ['active', 'beginning', 'retained', 'dormant', 'ended', 'members'] %}

with

customers_by_day as (
    select * from {{ ref('int_engagement__customers_by_day') }}
),

customers as (
    select * from {{ ref('int_engagement__customer_groups') }}
),

calendar as (
    select * from {{ ref('int_engagement__calendar') }}
),

periods as (
    select * from {{ ref('int_engagement__periods') }}
),

segment_values as (
    select * from {{ ref('int_engagement__segment_values') }}
),

-- Members are those that have begun and not ended before the period: counted by changes.
by_group as (
    {%- for grain in grains %}
    select
        '{{ grain }}' as period_grain,
        calendar.{{ grain }}_start as period_start,
        customers_by_day.segment_group,
        sum(customers_by_day.customers_of_{{ grain }}) as active,
        sum(customers_by_day.new_customers) as beginning,
        sum(customers_by_day.retained_in_{{ grain }}) as retained,
        0 as dormant,
        sum(customers_by_day.ended_customers_of_{{ grain }}) as ended,
        0 as members
    from customers_by_day
    inner join calendar on customers_by_day.event_date = calendar.date_day
    group by calendar.{{ grain }}_start, customers_by_day.segment_group
    union all
    select
        '{{ grain }}' as period_grain,
        calendar.next_{{ grain }}_start as period_start,
        customers_by_day.segment_group,
        0 as active,
        0 as beginning,
        0 as retained,
        sum(customers_by_day.dormant_after_{{ grain }}) as dormant,
        sum(customers_by_day.ended_dormant_after_{{ grain }}) as ended,
        0 as members
    from customers_by_day
    inner join calendar on customers_by_day.event_date = calendar.date_day
    group by calendar.next_{{ grain }}_start, customers_by_day.segment_group
    union all
    select
        '{{ grain }}' as period_grain,
        calendar.{{ grain }}_start as period_start,
        customers.segment_group,
        0 as active,
        0 as beginning,
        0 as retained,
        0 as dormant,
        0 as ended,
        count(*) as members
    from customers
    inner join calendar on customers.first_day = calendar.date_day
    group by calendar.{{ grain }}_start, customers.segment_group
    union all
    select
        '{{ grain }}' as period_grain,
        calendar.next_{{ grain }}_start as period_start,
        customers.segment_group,
        0 as active,
        0 as beginning,
        0 as retained,
        0 as dormant,
        0 as ended,
        -count(*) as members
    from customers
    inner join calendar on customers.last_day = calendar.date_day
    group by calendar.next_{{ grain }}_start, customers.segment_group
    {{ 'union all' if not loop.last }}
    {%- endfor %}
),

by_segment as (
    {{ added_up_by_segment('by_group', 'segment_values', counts) }}
),

segments as (
    select
        segment_dimension,
        segment_value,
        period_grain,
        min(period_start) as first_start
    from by_segment
    group by segment_dimension, segment_value, period_grain
),

every_period as (
    select
        periods.period_grain,
        periods.period_start,
        segments.segment_dimension,
        segments.segment_value
    from segments
    inner join periods
        on segments.period_grain = periods.period_grain
        and segments.first_start <= periods.period_start
),

filled as (
    select
        every_period.period_grain,
        every_period.period_start,
        every_period.segment_dimension,
        every_period.segment_value{% for count in counts[:-1] %},
        coalesce(by_segment.{{ count }}, 0) as {{ count }}{% endfor %},
        sum(coalesce(by_segment.members, 0)) over (
            partition by
                every_period.period_grain,
                every_period.segment_dimension,
                every_period.segment_value
            order by every_period.period_start
            rows between unbounded preceding and current row
        ) as members
    from every_period
    left join by_segment
        on every_period.period_grain = by_segment.period_grain
        and every_period.period_start = by_segment.period_start
        and every_period.segment_dimension = by_segment.segment_dimension
        and every_period.segment_value = by_segment.segment_value
),

measures as (
    {{ measures_as_rows('filled', "'lifecycle'", {
        'new_customers': 'beginning',
        'retained_customers': 'retained',
        'resurrected_customers': 'active - beginning - retained',
        'dormant_customers': 'dormant',
        'inactive_customers': 'members + ended - active - dormant',
        'customers': 'members + ended',
        'gained_customers': 'active - retained',
        'previously_active_customers': 'retained + dormant',
    }) }}
)

{{ measure_rows('measures') }}
