with

scorecards as (
    select * from {{ ref('int_engagement__scorecards') }}
),

bands as (
    select * from {{ ref('stg_engagement__tier_bands') }}
),

own_bands as (
    select
        scorecards.scorecard,
        count(bands.tier) as bands
    from scorecards
    left join bands on scorecards.scorecard = bands.scorecard
    group by scorecards.scorecard
),

chosen_bands as (
    select
        own_bands.scorecard,
        bands.tier,
        bands.tier_rank,
        bands.upper_bound,
        bands.title,
        bands.playbook,
        lag(bands.upper_bound) over (
            partition by own_bands.scorecard order by bands.tier_rank
        ) as previous_upper_bound
    from own_bands
    inner join bands
        on bands.scorecard = case when own_bands.bands > 0 then own_bands.scorecard else '*' end
)

select
    scorecard,
    tier,
    tier_rank,
    title,
    playbook,
    cast(
        coalesce(previous_upper_bound, {{ lowest_bound() }}) as {{ type_decimal(18, 4) }}
    ) as lower_bound,
    cast(coalesce(upper_bound, {{ highest_bound() }}) as {{ type_decimal(18, 4) }}) as upper_bound
from chosen_bands
