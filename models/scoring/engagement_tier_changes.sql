with

scores as (
    select * from {{ ref('engagement_scores_daily') }}
),

followed_scores as (
    select
        scorecard,
        customer_id,
        score_date,
        ces,
        tier,
        tier_rank,
        lag(ces) over (partition by scorecard, customer_id order by score_date) as ces_before,
        lag(tier) over (partition by scorecard, customer_id order by score_date) as tier_before,
        lag(tier_rank) over (
            partition by scorecard, customer_id order by score_date
        ) as tier_rank_before
    from scores
)

select
    scorecard,
    customer_id,
    score_date as changed_on,
    tier_before as from_tier,
    tier as to_tier,
    tier_rank_before as from_tier_rank,
    tier_rank as to_tier_rank,
    case when tier_rank > tier_rank_before then 'up' else 'down' end as direction,
    cast(ces_before as {{ type_decimal(18, 4) }}) as ces_before,
    ces
from followed_scores
where tier_rank != tier_rank_before
