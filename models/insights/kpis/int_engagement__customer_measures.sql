with

role_days as (
    select * from {{ ref('int_engagement__role_days') }}
    where role in ('feature', 'purchase')
),

roles as (
    select * from {{ ref('int_engagement__kpi_roles') }}
),

features as (
    select label
    from roles
    where role = 'feature'
    group by label
),

customers_by_day as (
    select * from {{ ref('int_engagement__customers_by_day') }}
    where exists (select 1 from features)
),

customers as (
    select * from {{ ref('int_engagement__customer_groups') }}
),

period_days as (
    select * from {{ ref('int_engagement__period_days') }}
    where period_grain != 'day'
),

segment_values as (
    select * from {{ ref('int_engagement__segment_values') }}
),

-- For each customer, how often in a period it used a feature or made a kind of transaction.
customer_periods as (
    select
        role_days.role,
        role_days.label,
        role_days.customer_id,
        period_days.period_grain,
        period_days.period_start,
        sum(role_days.event_count) as event_count
    from role_days
    inner join period_days on role_days.event_date = period_days.date_day
    group by
        role_days.role,
        role_days.label,
        role_days.customer_id,
        period_days.period_grain,
        period_days.period_start
),

customer_totals as (
    select
        role,
        customer_id,
        period_grain,
        period_start,
        count(*) as labels,
        sum(event_count) as event_count
    from customer_periods
    group by role, customer_id, period_grain, period_start
),

buyers_by_group as (
    select
        totals.period_grain,
        totals.period_start,
        customers.segment_group,
        count(*) as buyers,
        sum(
            case when {{ is_repeat_buyer('totals.event_count') }} then 1 else 0 end
        ) as repeat_buyers
    from customer_totals as totals
    inner join customers on totals.customer_id = customers.customer_id
    where totals.role = 'purchase'
    group by totals.period_grain, totals.period_start, customers.segment_group
),

features_by_group as (
    select
        totals.period_grain,
        totals.period_start,
        customers.segment_group,
        count(*) as adopters,
        sum(totals.labels) as features_used,
        sum(totals.event_count) as feature_uses,
        0 as adoption_base
    from customer_totals as totals
    inner join customers on totals.customer_id = customers.customer_id
    where totals.role = 'feature'
    group by totals.period_grain, totals.period_start, customers.segment_group
    union all
    select
        period_days.period_grain,
        period_days.period_start,
        customers_by_day.segment_group,
        0 as adopters,
        0 as features_used,
        0 as feature_uses,
        sum(
            case
                when period_days.period_grain = 'week' then customers_by_day.customers_of_week
                else customers_by_day.customers_of_month
            end
        ) as adoption_base
    from customers_by_day
    inner join period_days on customers_by_day.event_date = period_days.date_day
    group by period_days.period_grain, period_days.period_start, customers_by_day.segment_group
),

buyers_by_segment as (
    {{ added_up_by_segment('buyers_by_group', 'segment_values', ['buyers', 'repeat_buyers']) }}
),

features_by_segment as (
    {{ added_up_by_segment(
        'features_by_group',
        'segment_values',
        ['adopters', 'features_used', 'feature_uses', 'adoption_base']
    ) }}
),

by_label as (
    select
        customer_periods.period_grain,
        customer_periods.period_start,
        customer_periods.role as segment_role,
        customer_periods.label,
        count(*) as customers,
        sum(customer_periods.event_count) as event_count
    from customer_periods
    group by
        customer_periods.period_grain,
        customer_periods.period_start,
        customer_periods.role,
        customer_periods.label
),

labels as (
    select
        role,
        label
    from roles
    where role in ('feature', 'purchase')
    group by role, label
),

totals_by_role as (
    select
        period_grain,
        period_start,
        segment_role,
        sum(event_count) as event_count
    from by_label
    group by period_grain, period_start, segment_role
),

transactions as (
    select
        totals.period_grain,
        totals.period_start,
        'transaction' as segment_dimension,
        labels.label as segment_value,
        coalesce(by_label.event_count, 0) as purchases_of_kind,
        totals.event_count as purchases_of_all
    from totals_by_role as totals
    inner join labels on totals.segment_role = labels.role
    left join by_label
        on totals.period_grain = by_label.period_grain
        and totals.period_start = by_label.period_start
        and totals.segment_role = by_label.segment_role
        and labels.label = by_label.label
    where totals.segment_role = 'purchase'
),

features_by_label as (
    select
        bases.period_grain,
        bases.period_start,
        'feature' as segment_dimension,
        labels.label as segment_value,
        coalesce(by_label.customers, 0) as adopters,
        coalesce(by_label.event_count, 0) as feature_uses,
        bases.adoption_base
    from features_by_segment as bases
    inner join labels on labels.role = 'feature'
    left join by_label
        on bases.period_grain = by_label.period_grain
        and bases.period_start = by_label.period_start
        and by_label.segment_role = 'feature'
        and labels.label = by_label.label
    where bases.segment_dimension = 'all'
),

measures as (
    {{ measures_as_rows('buyers_by_segment', "'purchase'", {
        'buyers': 'buyers',
        'repeat_buyers': 'repeat_buyers',
    }) }}
    union all
    {{ measures_as_rows('features_by_segment', "'feature'", {
        'adopters': 'adopters',
        'adoption_base': 'adoption_base',
        'features_used': 'features_used',
        'feature_uses': 'feature_uses',
        'possible_features': 'adoption_base * (select count(*) from features)',
    }) }}
    union all
    {{ measures_as_rows('features_by_label', 'cast(null as ' ~ dbt.type_string() ~ ')', {
        'adopters': 'adopters',
        'adoption_base': 'adoption_base',
        'feature_uses': 'feature_uses',
    }) }}
    union all
    {{ measures_as_rows('transactions', 'cast(null as ' ~ dbt.type_string() ~ ')', {
        'transactions': 'purchases_of_kind',
        'all_transactions': 'purchases_of_all',
    }) }}
)

{{ measure_rows('measures') }}
