with

scores as (
    select * from {{ ref('engagement_scores') }}
    where ended_on is null
),

accounts as (
    select * from {{ ref('engagement_accounts') }}
),

satisfaction as (
    select * from {{ ref('int_engagement__satisfaction') }}
),

rules as (
    select * from {{ ref('int_engagement__opportunity_rules') }}
),

drivers as (
    select * from {{ ref('engagement_drivers') }}
    where occurrences > 0
),

customer_events as (
    select * from {{ ref('int_engagement__customer_events') }}
),

weighted_events as (
    select
        scorecard,
        event_name,
        max(weight) as weight
    from {{ ref('stg_engagement__event_weights') }}
    group by scorecard, event_name
),

known_customers as (
    select
        scores.scorecard,
        scores.customer_id,
        scores.as_of_date,
        scores.customer_name,
        scores.plan,
        scores.lifecycle,
        scores.owner,
        scores.ces,
        scores.tier,
        scores.tier_title,
        scores.trend,
        scores.risk_level,
        scores.customer_since,
        accounts.active_users,
        accounts.licensed_seats,
        accounts.breadth,
        satisfaction.satisfaction,
        satisfaction.answers,
        satisfaction.happy_answers,
        satisfaction.unhappy_answers,
        satisfaction.promoters
    from scores
    inner join accounts
        on scores.scorecard = accounts.scorecard
        and scores.customer_id = accounts.customer_id
    left join satisfaction on scores.customer_id = satisfaction.customer_id
),

candidates as (
    select
        customers.*,
        rules.rule,
        rules.kind,
        rules.title,
        rules.playbook,
        rules.min_key_events,
        rules.max_days_to_value
    from known_customers as customers
    inner join rules on customers.scorecard = rules.scorecard
    where
        {{ meets_list('customers.lifecycle', 'rules.lifecycles') }}
        and {{ meets_list('customers.tier', 'rules.tiers') }}
        and {{ meets_list('customers.trend', 'rules.trends') }}
        and {{ meets_list('customers.risk_level', 'rules.risk_levels') }}
        and {{ meets_list('customers.satisfaction', 'rules.satisfactions') }}
        and {{ meets_least('customers.promoters', 'rules.min_promoters') }}
        and {{ meets_least('customers.active_users', 'rules.min_active_users') }}
        and {{ meets_least('customers.breadth', 'rules.min_breadth') }}
),

rule_events as (
    select
        rules.scorecard,
        rules.rule,
        weighted_events.event_name
    from rules
    inner join weighted_events on rules.scorecard = weighted_events.scorecard
    where {{ is_key_event(
        'weighted_events.event_name', 'weighted_events.weight', 'rules.key_events'
    ) }}
),

key_events_in_use as (
    select
        candidates.scorecard,
        candidates.rule,
        candidates.customer_id,
        count(*) as key_events
    from candidates
    inner join rule_events
        on candidates.scorecard = rule_events.scorecard
        and candidates.rule = rule_events.rule
    inner join drivers
        on candidates.scorecard = drivers.scorecard
        and candidates.customer_id = drivers.customer_id
        and rule_events.event_name = drivers.event_name
    group by candidates.scorecard, candidates.rule, candidates.customer_id
),

first_values as (
    select
        candidates.scorecard,
        candidates.rule,
        candidates.customer_id,
        min(customer_events.first_event_date) as first_value_on
    from candidates
    inner join rule_events
        on candidates.scorecard = rule_events.scorecard
        and candidates.rule = rule_events.rule
    inner join customer_events
        on candidates.customer_id = customer_events.customer_id
        and rule_events.event_name = customer_events.event_name
    group by candidates.scorecard, candidates.rule, candidates.customer_id
),

judged as (
    select
        candidates.scorecard,
        candidates.customer_id,
        candidates.rule,
        candidates.kind,
        candidates.as_of_date,
        candidates.title,
        candidates.customer_name,
        candidates.plan,
        candidates.lifecycle,
        candidates.owner,
        candidates.ces,
        candidates.tier,
        candidates.tier_title,
        candidates.trend,
        candidates.risk_level,
        candidates.active_users,
        candidates.licensed_seats,
        candidates.breadth,
        candidates.satisfaction,
        candidates.answers,
        candidates.happy_answers,
        candidates.unhappy_answers,
        candidates.promoters,
        candidates.playbook,
        candidates.min_key_events,
        candidates.max_days_to_value,
        coalesce(key_events_in_use.key_events, 0) as key_events,
        {{ dbt.datediff('candidates.customer_since', 'first_values.first_value_on', 'day') }}
            as days_to_value
    from candidates
    left join key_events_in_use
        on candidates.scorecard = key_events_in_use.scorecard
        and candidates.rule = key_events_in_use.rule
        and candidates.customer_id = key_events_in_use.customer_id
    left join first_values
        on candidates.scorecard = first_values.scorecard
        and candidates.rule = first_values.rule
        and candidates.customer_id = first_values.customer_id
)

select
    scorecard,
    customer_id,
    rule,
    kind,
    as_of_date,
    title,
    customer_name,
    plan,
    lifecycle,
    owner,
    'Score ' || {{ number_words('ces', 1) }} || ', ' || tier_title || ', trend ' || trend
    || coalesce(
        '; active users ' || {{ plain_words('active_users') }}
        || coalesce(' of ' || {{ number_words('licensed_seats', 0) }} || ' seats', ''),
        ''
    )
    || '; key events in use ' || {{ plain_words('key_events') }}
    || coalesce('; first of them on day ' || {{ plain_words('days_to_value') }}, '')
    || coalesce(
        '; ' || satisfaction || ' (' || {{ plain_words('happy_answers') }} || ' happy and '
        || {{ plain_words('unhappy_answers') }} || ' unhappy of ' || {{ plain_words('answers') }}
        || ' answers)',
        ''
    ) || '.' as evidence,
    ces,
    tier,
    trend,
    risk_level,
    active_users,
    licensed_seats,
    breadth,
    cast(key_events as {{ dbt.type_int() }}) as key_events,
    cast(days_to_value as {{ dbt.type_int() }}) as days_to_value,
    satisfaction,
    promoters,
    playbook
from judged
where
    {{ meets_least('key_events', 'min_key_events') }}
    and {{ meets_most('days_to_value', 'max_days_to_value') }}
