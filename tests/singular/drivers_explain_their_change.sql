-- A driver's change over 28 days is what came of volume and what came of weight, to the last
-- place; and one rule on all days of both windows changes nothing.
with

as_of as (
    select * from {{ ref('int_engagement__as_of') }}
),

scorecards as (
    select * from {{ ref('int_engagement__scorecards') }}
),

steady_rules as (
    select distinct
        weights.scorecard,
        weights.event_name
    from {{ ref('stg_engagement__event_weights') }} as weights
    inner join scorecards on weights.scorecard = scorecards.scorecard
    cross join as_of
    where
        weights.counts_from
        <= {{ dbt.dateadd('day', '-27 - scorecards.window_days', 'as_of.as_of_date') }}
        and weights.counts_to >= as_of.as_of_date
)

select
    drivers.scorecard,
    drivers.customer_id,
    drivers.event_name,
    drivers.points_change_28d,
    drivers.change_from_volume,
    drivers.change_from_weight
from {{ ref('engagement_drivers') }} as drivers
left join steady_rules
    on drivers.scorecard = steady_rules.scorecard
    and drivers.event_name = steady_rules.event_name
where
    drivers.change_from_volume + drivers.change_from_weight
    is distinct from drivers.points_change_28d
    or (steady_rules.event_name is not null and drivers.change_from_weight != 0)
