{% set counts = [
    'new_subscribers', 'reactivated_subscribers', 'lost_subscribers', 'new_mrr', 'reactivated_mrr',
    'expansion_mrr', 'contraction_mrr', 'churned_mrr',
] %}

with

subscription_months as (
    select * from {{ ref('int_engagement__subscription_months') }}
),

customers as (
    select * from {{ ref('int_engagement__customer_groups') }}
),

periods as (
    select * from {{ ref('int_engagement__periods') }}
    where period_grain = 'month'
),

segment_values as (
    select * from {{ ref('int_engagement__segment_values') }}
),

by_group as (
    select
        'month' as period_grain,
        months.month_start as period_start,
        customers.segment_group,
        sum(case when months.movement = 'new' then 1 else 0 end) as new_subscribers,
        sum(case when months.movement = 'reactivated' then 1 else 0 end) as reactivated_subscribers,
        sum(case when months.movement = 'lost' then 1 else 0 end) as lost_subscribers,
        sum(case when months.movement = 'new' then months.closing_mrr else 0 end) as new_mrr,
        sum(
            case when months.movement = 'reactivated' then months.closing_mrr else 0 end
        ) as reactivated_mrr,
        sum(
            case
                when months.movement = 'kept' and months.closing_mrr > months.opening_mrr
                    then months.closing_mrr - months.opening_mrr
                else 0
            end
        ) as expansion_mrr,
        sum(
            case
                when months.movement = 'kept' and months.closing_mrr < months.opening_mrr
                    then months.opening_mrr - months.closing_mrr
                else 0
            end
        ) as contraction_mrr,
        sum(case when months.movement = 'lost' then months.opening_mrr else 0 end) as churned_mrr
    from subscription_months as months
    inner join customers on months.customer_id = customers.customer_id
    group by months.month_start, customers.segment_group
),

by_segment as (
    {{ added_up_by_segment('by_group', 'segment_values', counts) }}
),

segments as (
    select
        segment_dimension,
        segment_value,
        min(period_start) as first_start
    from by_segment
    group by segment_dimension, segment_value
),

every_period as (
    select
        periods.period_grain,
        periods.period_start,
        segments.segment_dimension,
        segments.segment_value
    from segments
    inner join periods on segments.first_start <= periods.period_start
),

filled as (
    select
        every_period.period_grain,
        every_period.period_start,
        every_period.segment_dimension,
        every_period.segment_value{% for count in counts %},
        coalesce(by_segment.{{ count }}, 0) as {{ count }}{% endfor %}
    from every_period
    left join by_segment
        on every_period.period_start = by_segment.period_start
        and every_period.segment_dimension = by_segment.segment_dimension
        and every_period.segment_value = by_segment.segment_value
),

closings as (
    select
        filled.*,
        sum(new_subscribers + reactivated_subscribers - lost_subscribers) over (
            partition by segment_dimension, segment_value order by period_start
            rows between unbounded preceding and current row
        ) as closing_subscribers,
        sum(new_mrr + reactivated_mrr + expansion_mrr - contraction_mrr - churned_mrr) over (
            partition by segment_dimension, segment_value order by period_start
            rows between unbounded preceding and current row
        ) as closing_mrr
    from filled
),

balances as (
    select
        closings.*,
        closing_subscribers - new_subscribers - reactivated_subscribers + lost_subscribers
            as opening_subscribers,
        closing_mrr - new_mrr - reactivated_mrr - expansion_mrr + contraction_mrr + churned_mrr
            as opening_mrr
    from closings
),

measures as (
    {{ measures_as_rows('balances', "'subscriptions'", {
        'opening_subscribers': 'opening_subscribers',
        'new_subscribers': 'new_subscribers',
        'reactivated_subscribers': 'reactivated_subscribers',
        'lost_subscribers': 'lost_subscribers',
        'retained_subscribers': 'opening_subscribers - lost_subscribers',
        'closing_subscribers': 'closing_subscribers',
        'opening_mrr': 'opening_mrr',
        'new_mrr': 'new_mrr',
        'reactivated_mrr': 'reactivated_mrr',
        'expansion_mrr': 'expansion_mrr',
        'contraction_mrr': 'contraction_mrr',
        'churned_mrr': 'churned_mrr',
        'retained_mrr': 'opening_mrr - contraction_mrr - churned_mrr',
        'closing_mrr': 'closing_mrr',
        'gained_mrr': 'new_mrr + reactivated_mrr + expansion_mrr',
        'lost_mrr': 'contraction_mrr + churned_mrr',
        'net_lost_mrr': 'contraction_mrr + churned_mrr - expansion_mrr',
        'kept_and_expanded_mrr': 'opening_mrr - contraction_mrr - churned_mrr + expansion_mrr',
        'opening_mrr_margin': 'opening_mrr * ' ~ measure_amount(var('gross_margin')),
        'acquisition_cost_of_lost_subscribers':
            'lost_subscribers * ' ~ measure_amount(var('acquisition_cost') or 'null'),
    }) }}
)

{{ measure_rows('measures') }}
where amount is not null
