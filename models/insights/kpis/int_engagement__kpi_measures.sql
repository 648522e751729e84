{% set families = [
    'activity', 'lifecycle', 'event', 'customer', 'subscription', 'cohort', 'survey',
] %}

with

measures as (
    {% for family in families -%}
    {{ measure_rows(ref('int_engagement__' ~ family ~ '_measures')) }}
    {{ 'union all' if not loop.last }}
    {% endfor -%}
),

periods as (
    select * from {{ ref('int_engagement__periods') }}
),

first_periods as (
    select
        fill_group,
        period_grain,
        min(period_start) as first_start
    from measures
    where fill_group is not null
    group by fill_group, period_grain
),

-- What is counted at all in a grain, and for which segments.
filled_measures as (
    select
        fill_group,
        measure,
        period_grain,
        segment_dimension,
        segment_value
    from measures
    where fill_group is not null
    group by fill_group, measure, period_grain, segment_dimension, segment_value
),

every_period as (
    select
        filled_measures.measure,
        filled_measures.period_grain,
        periods.period_start,
        filled_measures.segment_dimension,
        filled_measures.segment_value
    from filled_measures
    inner join first_periods
        on filled_measures.fill_group = first_periods.fill_group
        and filled_measures.period_grain = first_periods.period_grain
    inner join periods
        on filled_measures.period_grain = periods.period_grain
        and first_periods.first_start <= periods.period_start
),

counted as (
    select
        measure,
        period_grain,
        period_start,
        segment_dimension,
        segment_value,
        amount
    from measures
    union all
    select
        measure,
        period_grain,
        period_start,
        segment_dimension,
        segment_value,
        {{ measure_amount(0) }} as amount
    from every_period
),

totals as (
    select
        measure,
        period_grain,
        period_start,
        segment_dimension,
        segment_value,
        {{ measure_amount('sum(amount)') }} as amount
    from counted
    group by measure, period_grain, period_start, segment_dimension, segment_value
),

days as (
    select
        'days' as measure,
        totals.period_grain,
        totals.period_start,
        totals.segment_dimension,
        totals.segment_value,
        {{ measure_amount('periods.elapsed_days') }} as amount
    from totals
    inner join periods
        on totals.period_grain = periods.period_grain
        and totals.period_start = periods.period_start
    where totals.measure = 'active_user_days'
),

engagement_parts as (
    select
        period_grain,
        period_start,
        segment_dimension,
        segment_value,
        max(case when measure = 'features_used' then amount end) as features_used,
        max(case when measure = 'possible_features' then amount end) as possible_features,
        max(case when measure = 'active_user_days' then amount end) as user_days,
        max(case when measure = 'possible_user_days' then amount end) as possible_user_days,
        max(case when measure = 'gained_customers' then amount end) as gained,
        max(case when measure = 'dormant_customers' then amount end) as dormant
    from totals
    where period_grain = 'month'
    group by period_grain, period_start, segment_dimension, segment_value
    having max(case when measure = 'possible_features' then amount end) is not null
),

engagement_shares as (
    select
        period_grain,
        period_start,
        segment_dimension,
        segment_value,
        {{ share_of('features_used', 'possible_features') }}
        + {{ share_of('user_days', 'possible_user_days') }}
        + {{ share_of('gained', '(gained + dormant)') }} as sum_of_shares
    from engagement_parts
),

named_shares as (
    {{ measures_as_rows('engagement_shares', 'cast(null as ' ~ dbt.type_string() ~ ')', {
        'pes_sum_of_shares': 'sum_of_shares',
        'pes_parts': '3',
    }) }}
)

select
    measure,
    period_grain,
    period_start,
    segment_dimension,
    segment_value,
    amount
from totals
union all
select
    measure,
    period_grain,
    period_start,
    segment_dimension,
    segment_value,
    amount
from days
union all
select
    measure,
    period_grain,
    period_start,
    segment_dimension,
    segment_value,
    amount
from named_shares
