-- The tiers of a segment hold each of its customers once, and their shares add up to 1 (each is
-- rounded to six places).
with

tiers as (
    select
        scorecard,
        segment_dimension,
        segment_value,
        score_date,
        sum(customers) as customers,
        sum(share_of_segment) as share_sum,
        count(*) as tiers
    from {{ ref('engagement_segment_tiers') }}
    group by scorecard, segment_dimension, segment_value, score_date
),

segments as (
    select * from {{ ref('engagement_segments') }}
    where segment_dimension != 'tier'
)

select
    segments.scorecard,
    segments.segment_dimension,
    segments.segment_value,
    segments.score_date,
    segments.customers,
    tiers.customers as customers_of_tiers,
    tiers.share_sum
from segments
left join tiers
    on segments.scorecard = tiers.scorecard
    and segments.segment_dimension = tiers.segment_dimension
    and segments.segment_value = tiers.segment_value
    and segments.score_date = tiers.score_date
where
    tiers.customers is null
    or segments.customers != tiers.customers
    or abs(tiers.share_sum - 1) > 0.0000005 * tiers.tiers
    or abs(segments.share_engaged + segments.share_responsive + segments.share_disengaged - 1)
    > 0.0000015
