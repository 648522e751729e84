{% set keys = ['scorecard', 'segment_dimension', 'segment_value', 'score_date'] %}

with

readings as {{ read_where_used() }} (
    select * from {{ ref('int_engagement__segment_readings') }}
),

segment_values as (
    select * from {{ ref('int_engagement__segment_values') }}
),

members as (
    select
        readings.scorecard,
        segment_values.segment_dimension,
        segment_values.segment_value,
        readings.score_date,
        readings.is_latest,
        readings.ces,
        readings.ces_28d_before,
        readings.engagement_state
    from readings
    inner join segment_values on readings.segment_group = segment_values.segment_group
    {%- for dimension in ['tier', 'age_band'] %}
    union all
    select
        scorecard,
        '{{ dimension }}' as segment_dimension,
        {{ dimension }} as segment_value,
        score_date,
        is_latest,
        ces,
        ces_28d_before,
        engagement_state
    from readings
    {%- endfor %}
),

ranked as (
    select
        members.*,
        row_number() over (partition by {{ keys | join(', ') }} order by ces) as place,
        count(*) over (partition by {{ keys | join(', ') }}) as customers
    from members
),

summarized as (
    select
        scorecard,
        segment_dimension,
        segment_value,
        score_date,
        is_latest,
        customers,
        sum(ces) as sum_ces,
        {{ nearest_rank('ces', 'place', 'customers', 10) }} as p10_ces,
        {{ nearest_rank('ces', 'place', 'customers', 50) }} as median_ces,
        {{ nearest_rank('ces', 'place', 'customers', 90) }} as p90_ces,
        count(ces_28d_before) as compared_customers,
        sum(case when ces_28d_before is not null then ces - ces_28d_before end) as sum_change,
        sum(case when engagement_state = 'engaged' then 1 else 0 end) as engaged_customers,
        sum(case when engagement_state = 'responsive' then 1 else 0 end) as responsive_customers,
        sum(case when engagement_state = 'disengaged' then 1 else 0 end) as disengaged_customers
    from ranked
    group by scorecard, segment_dimension, segment_value, score_date, is_latest, customers
)

select
    scorecard,
    segment_dimension,
    segment_value,
    score_date,
    is_latest,
    cast(customers as {{ dbt.type_bigint() }}) as customers,
    {{ round_to_four(exact_ratio('sum_ces', 'customers')) }} as mean_ces,
    cast(median_ces as {{ type_decimal(18, 4) }}) as median_ces,
    cast(p10_ces as {{ type_decimal(18, 4) }}) as p10_ces,
    cast(p90_ces as {{ type_decimal(18, 4) }}) as p90_ces,
    cast(compared_customers as {{ dbt.type_bigint() }}) as compared_customers,
    {{ round_to_four(exact_ratio('sum_change', 'compared_customers')) }} as mean_change_28d,
    cast(engaged_customers as {{ dbt.type_bigint() }}) as engaged_customers,
    cast(responsive_customers as {{ dbt.type_bigint() }}) as responsive_customers,
    cast(disengaged_customers as {{ dbt.type_bigint() }}) as disengaged_customers,
    {{ share_of('engaged_customers', 'customers') }} as share_engaged,
    {{ share_of('responsive_customers', 'customers') }} as share_responsive,
    {{ share_of('disengaged_customers', 'customers') }} as share_disengaged
from summarized
