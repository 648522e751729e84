{%- set never = 1000000 %}

with

spells as (
    select * from {{ ref('int_engagement__alert_spells') }}
),

readings as {{ read_where_used() }} (
    select * from {{ ref('int_engagement__weekly_readings') }}
),

rules as (
    select * from {{ ref('int_engagement__alert_rules') }}
),

bands as (
    select * from {{ ref('int_engagement__tier_bands') }}
),

customers as (
    select * from {{ ref('int_engagement__customers') }}
),

followed_spells as (
    select
        scorecard,
        customer_id,
        reason_code,
        opened_number,
        coalesce(closed_number, {{ never }}) as closed_number,
        closed_because,
        max(coalesce(closed_number, {{ never }})) over (
            partition by scorecard, customer_id, reason_code
            order by opened_number
            rows between unbounded preceding and 1 preceding
        ) as closed_number_before
    from spells
),

-- Falls within a fall prolong its alert, they open no second one.
numbered_spells as (
    select
        followed_spells.*,
        sum(
            case when closed_number_before >= opened_number then 0 else 1 end
        ) over (
            partition by scorecard, customer_id, reason_code
            order by opened_number
            rows between unbounded preceding and current row
        ) as alert_number
    from followed_spells
),

alerts as (
    select
        scorecard,
        customer_id,
        reason_code,
        min(opened_number) as opened_number,
        max(closed_number) as closed_number,
        max(case when closed_because = 'recovered' then closed_number end) as recovered_number
    from numbered_spells
    group by scorecard, customer_id, reason_code, alert_number
),

dated_alerts as (
    select
        alerts.scorecard,
        alerts.customer_id,
        alerts.reason_code,
        opening.reading_date as opened_on,
        opening.ces,
        opening.ces_before,
        opening.tier_rank,
        opening.days_quiet,
        opening.last_event_date,
        coalesce(
            closing.reading_date,
            cast({{ dbt.dateadd('day', 1, 'customers.ended_on') }} as date)
        ) as closed_on,
        case
            when alerts.recovered_number = closing.reading_number then 'recovered'
            when closing.reading_number is not null then 'expired'
            when customers.ended_on is not null then 'ended'
        end as closed_because,
        rules.kind,
        rules.severity,
        rules.title,
        rules.playbook,
        rules.below_score,
        case when rules.kind = 'score_drop' then opening.base_ces end as base_ces,
        case when rules.kind = 'tier_fall' then opening.base_tier_rank end as base_tier_rank
    from alerts
    inner join readings as opening
        on alerts.scorecard = opening.scorecard
        and alerts.customer_id = opening.customer_id
        and alerts.opened_number = opening.reading_number
    inner join rules
        on alerts.scorecard = rules.scorecard
        and alerts.reason_code = rules.reason_code
    inner join customers on alerts.customer_id = customers.customer_id
    left join readings as closing
        on alerts.scorecard = closing.scorecard
        and alerts.customer_id = closing.customer_id
        and alerts.closed_number = closing.reading_number
)

select
    dated_alerts.scorecard,
    dated_alerts.customer_id,
    dated_alerts.reason_code,
    dated_alerts.opened_on,
    dated_alerts.closed_on,
    dated_alerts.closed_because,
    dated_alerts.closed_on is null as is_open,
    dated_alerts.title,
    dated_alerts.severity,
    case
        when dated_alerts.kind = 'score_drop'
            then 'Score ' || {{ number_words('dated_alerts.ces', 1) }} || ', after '
                || {{ number_words('dated_alerts.ces_before', 1) }} || ' a week before: '
                || {{ number_words('dated_alerts.base_ces - dated_alerts.ces', 1) }}
                || ' points below ' || {{ number_words('dated_alerts.base_ces', 1) }}
                || ', the median of the four weeks before.'
        when dated_alerts.kind = 'tier_fall'
            then 'Tier ' || tiers.title || ' (score '
                || {{ number_words('dated_alerts.ces', 1) }} || ', after '
                || {{ number_words('dated_alerts.ces_before', 1) }}
                || ' a week before): in the four weeks before at least ' || base_tiers.title || '.'
        when dated_alerts.kind = 'low_score'
            then 'Score ' || {{ number_words('dated_alerts.ces', 1) }} || ', after '
                || {{ number_words('dated_alerts.ces_before', 1) }} || ' a week before: below '
                || {{ number_words('dated_alerts.below_score', 1) }} || '.'
        when dated_alerts.last_event_date is null
            then 'No event in the ' || {{ plain_words('dated_alerts.days_quiet') }}
                || ' days since the first day of the customer.'
        else 'No event for ' || {{ plain_words('dated_alerts.days_quiet') }}
            || ' days, since ' || {{ plain_words('dated_alerts.last_event_date') }} || '.'
    end as evidence,
    dated_alerts.ces,
    dated_alerts.ces_before,
    dated_alerts.base_ces,
    cast(dated_alerts.ces - dated_alerts.base_ces as {{ type_decimal(24, 5) }}) as ces_change,
    tiers.tier,
    base_tiers.tier as base_tier,
    dated_alerts.days_quiet,
    coalesce(dated_alerts.playbook, tiers.playbook) as playbook
from dated_alerts
inner join bands as tiers
    on dated_alerts.scorecard = tiers.scorecard
    and dated_alerts.tier_rank = tiers.tier_rank
left join bands as base_tiers
    on dated_alerts.scorecard = base_tiers.scorecard
    and dated_alerts.base_tier_rank = base_tiers.tier_rank
