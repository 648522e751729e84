{{ config(
    materialized='incremental',
    incremental_strategy=append_rows(),
    on_schema_change='fail',
    pre_hook=[
        '{{ delete_without_score_spans() }}',
        "{{ delete_rescored_days('changed_on') }}",
        "{{ note_day(
            'first_day_to_follow',
            dbt.dateadd('day', -1, 'from_day'),
            ref('int_engagement__score_spans').render()
        ) }}",
    ],
    **laid_out_by('changed_on')
) }}

with

bands as (
    select * from {{ ref('int_engagement__tier_bands') }}
),

spans as (
    select * from {{ ref('int_engagement__score_spans') }}
    {%- if is_incremental() %}
    where from_day is not null
    {%- endif %}
),
{%- if is_incremental() %}

first_change as (
    select min(from_day) as from_day
    from spans
),
{%- endif %}

-- The day before the first that changed is needed to see whether that one does.
scores as (
    select
        spans.span_number,
        daily.score_date,
        daily.ces,
        daily.tier_rank,
        {{ 'daily.score_date >= spans.from_day' if is_incremental() else '1 = 1' }} as is_rescored
    from {{ ref('engagement_scores_daily') }} as daily
    inner join spans
        on daily.scorecard = spans.scorecard
        and daily.customer_id = spans.customer_id
    {%- if is_incremental() %}
    where
        daily.score_date >= {{ dbt.dateadd('day', -1, 'spans.from_day') }}
        and daily.score_date
        >= (select {{ dbt.dateadd('day', -1, 'first_change.from_day') }} from first_change)
        and {{ is_since_noted_day('daily.score_date', 'first_day_to_follow') }}
    {%- endif %}
),

-- All scores pass through this window: it carries numbers, and names are given afterwards.
followed_scores as (
    select
        span_number,
        score_date,
        ces,
        tier_rank,
        is_rescored,
        lag(ces) over (partition by span_number order by score_date) as ces_before,
        lag(tier_rank) over (partition by span_number order by score_date) as tier_rank_before
    from scores
)

select
    spans.scorecard,
    spans.customer_id,
    followed_scores.score_date as changed_on,
    from_bands.tier as from_tier,
    to_bands.tier as to_tier,
    followed_scores.tier_rank_before as from_tier_rank,
    followed_scores.tier_rank as to_tier_rank,
    case
        when followed_scores.tier_rank > followed_scores.tier_rank_before then 'up' else 'down'
    end as direction,
    cast(followed_scores.ces_before as {{ type_decimal(18, 4) }}) as ces_before,
    followed_scores.ces
from followed_scores
inner join spans on followed_scores.span_number = spans.span_number
inner join bands as from_bands
    on spans.scorecard = from_bands.scorecard
    and followed_scores.tier_rank_before = from_bands.tier_rank
inner join bands as to_bands
    on spans.scorecard = to_bands.scorecard
    and followed_scores.tier_rank = to_bands.tier_rank
where
    followed_scores.is_rescored
    and followed_scores.tier_rank != followed_scores.tier_rank_before
