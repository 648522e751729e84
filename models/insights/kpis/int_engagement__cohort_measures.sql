with

customers as (
    select * from {{ ref('int_engagement__customer_groups') }}
),

role_days as (
    select * from {{ ref('int_engagement__role_days') }}
    where role in ('activation', 'first_value')
),

roles as (
    select * from {{ ref('int_engagement__kpi_roles') }}
),

period_days as (
    select * from {{ ref('int_engagement__period_days') }}
    where period_grain != 'day'
),

segment_values as (
    select * from {{ ref('int_engagement__segment_values') }}
),

first_times as (
    select
        customer_id,
        min(case when role = 'activation' then event_date end) as activated_on,
        min(case when role = 'first_value' then event_date end) as first_value_on
    from role_days
    group by customer_id
),

beginners as (
    select
        customers.customer_id,
        customers.segment_group,
        period_days.period_grain,
        period_days.period_start,
        {{ dbt.datediff('customers.first_day', 'first_times.activated_on', 'day') }}
            as days_to_activation,
        {{ dbt.datediff('customers.first_day', 'first_times.first_value_on', 'day') }}
            as days_to_value
    from customers
    inner join period_days on customers.first_day = period_days.date_day
    left join first_times on customers.customer_id = first_times.customer_id
),

by_group as (
    select
        period_grain,
        period_start,
        segment_group,
        count(*) as cohort_customers,
        sum(
            case when days_to_activation <= {{ activation_days() }} then 1 else 0 end
        ) as activated_customers
    from beginners
    where exists (select 1 from roles where roles.role = 'activation')
    group by period_grain, period_start, segment_group
),

by_segment as (
    {{ added_up_by_segment(
        'by_group', 'segment_values', ['cohort_customers', 'activated_customers']
    ) }}
),

ranked as (
    select
        beginners.period_grain,
        beginners.period_start,
        segment_values.segment_dimension,
        segment_values.segment_value,
        beginners.days_to_value,
        row_number() over (
            partition by
                beginners.period_grain,
                beginners.period_start,
                segment_values.segment_dimension,
                segment_values.segment_value
            order by beginners.days_to_value nulls last
        ) as place,
        count(*) over (
            partition by
                beginners.period_grain,
                beginners.period_start,
                segment_values.segment_dimension,
                segment_values.segment_value
        ) as customers
    from beginners
    inner join segment_values on beginners.segment_group = segment_values.segment_group
    where exists (select 1 from roles where roles.role = 'first_value')
),

medians as (
    select
        period_grain,
        period_start,
        segment_dimension,
        segment_value,
        max(
            case when 2 * place >= customers and 2 * (place - 1) < customers then days_to_value end
        ) as median_days_to_value
    from ranked
    group by period_grain, period_start, segment_dimension, segment_value
),

measures as (
    {{ measures_as_rows('by_segment', 'cast(null as ' ~ dbt.type_string() ~ ')', {
        'cohort_customers': 'cohort_customers',
        'activated_customers': 'activated_customers',
    }) }}
    union all
    {{ measures_as_rows('medians', 'cast(null as ' ~ dbt.type_string() ~ ')', {
        'median_days_to_value': 'median_days_to_value',
    }) }}
)

{{ measure_rows('measures') }}
