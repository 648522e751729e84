with

readings as (
    select * from {{ ref('int_engagement__segment_readings') }}
),

segment_values as (
    select * from {{ ref('int_engagement__segment_values') }}
),

bands as (
    select * from {{ ref('int_engagement__tier_bands') }}
),

grouped_readings as (
    select
        scorecard,
        score_date,
        is_latest,
        segment_group,
        age_band,
        tier,
        count(*) as customers
    from readings
    group by scorecard, score_date, is_latest, segment_group, age_band, tier
),

members as (
    select
        grouped_readings.scorecard,
        segment_values.segment_dimension,
        segment_values.segment_value,
        grouped_readings.score_date,
        grouped_readings.is_latest,
        grouped_readings.tier,
        grouped_readings.customers
    from grouped_readings
    inner join segment_values on grouped_readings.segment_group = segment_values.segment_group
    union all
    select
        scorecard,
        'age_band' as segment_dimension,
        age_band as segment_value,
        score_date,
        is_latest,
        tier,
        customers
    from grouped_readings
),

counts as (
    select
        scorecard,
        segment_dimension,
        segment_value,
        score_date,
        is_latest,
        tier,
        sum(customers) as customers
    from members
    group by scorecard, segment_dimension, segment_value, score_date, is_latest, tier
),

totals as (
    select
        scorecard,
        segment_dimension,
        segment_value,
        score_date,
        is_latest,
        sum(customers) as all_customers
    from counts
    group by scorecard, segment_dimension, segment_value, score_date, is_latest
)

select
    totals.scorecard,
    totals.segment_dimension,
    totals.segment_value,
    totals.score_date,
    totals.is_latest,
    bands.tier,
    bands.tier_rank,
    cast(coalesce(counts.customers, 0) as {{ dbt.type_bigint() }}) as customers,
    {{ share_of('coalesce(counts.customers, 0)', 'totals.all_customers') }} as share_of_segment
from totals
inner join bands on totals.scorecard = bands.scorecard
left join counts
    on totals.scorecard = counts.scorecard
    and totals.segment_dimension = counts.segment_dimension
    and totals.segment_value = counts.segment_value
    and totals.score_date = counts.score_date
    and bands.tier = counts.tier
