with

scores as (
    select * from {{ ref('engagement_scores') }}
),

customers as (
    select * from {{ ref('int_engagement__customers') }}
),

satisfaction as (
    select * from {{ ref('int_engagement__satisfaction') }}
),

subscription_months as (
    select * from {{ ref('int_engagement__subscription_months') }}
),

named_users as (
    select * from {{ ref('engagement_users') }}
    where user_id is not null
),

ranked_users as (
    select
        scorecard,
        customer_id,
        user_id,
        events,
        row_number() over (
            partition by scorecard, customer_id order by events desc, user_id asc
        ) as place
    from named_users
),

ranked_months as (
    select
        customer_id,
        closing_mrr,
        row_number() over (partition by customer_id order by month_start desc) as place
    from subscription_months
),

users as (
    select
        scorecard,
        customer_id,
        count(*) as active_users,
        sum(events) as events_of_users,
        max(case when place = 1 then events end) as events_of_top_user,
        max(case when place = 1 then user_id end) as top_user_id
    from ranked_users
    group by scorecard, customer_id
),

accounts as (
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
        scores.is_provisional,
        scores.events_in_window,
        customers.licensed_seats,
        satisfaction.satisfaction,
        ranked_months.closing_mrr as mrr,
        users.top_user_id,
        {{ share_of('users.events_of_top_user', 'users.events_of_users') }} as top_user_share,
        coalesce(scores.plan, '(none)') as peer_plan,
        {{ peer_size_band('customers.licensed_seats') }} as size_band,
        {{ peer_age_band(
            '(' ~ dbt.datediff('scores.customer_since', 'scores.as_of_date', 'day') ~ ')',
            'scores.is_provisional'
        ) }} as age_band,
        case when scores.ended_on is null then 1 else 0 end as is_peer,
        case
            when users.active_users is not null then users.active_users
            when scores.events_in_window = 0 then 0
        end as active_users
    from scores
    inner join customers on scores.customer_id = customers.customer_id
    left join users
        on scores.scorecard = users.scorecard
        and scores.customer_id = users.customer_id
    left join satisfaction on scores.customer_id = satisfaction.customer_id
    left join ranked_months
        on scores.customer_id = ranked_months.customer_id
        and ranked_months.place = 1
),

-- Sums and numbers of peers, the customer itself left out.
compared_accounts as (
    select
        accounts.*,
        sum(is_peer) over (partition by scorecard) - is_peer as other_customers,
        sum(is_peer * ces) over (partition by scorecard) - is_peer * ces as other_ces,
        sum(is_peer) over (
            partition by scorecard, size_band, peer_plan, age_band
        ) - is_peer as peers,
        sum(is_peer * ces) over (
            partition by scorecard, size_band, peer_plan, age_band
        ) - is_peer * ces as peers_ces
    from accounts
),

expected_accounts as (
    select
        compared_accounts.*,
        case
            when peers > 0 then {{ round_to_four(exact_ratio('peers_ces', 'peers')) }}
        end as peer_mean_ces,
        case
            when other_customers > 0 then {{ round_to_four(exact_ratio(
                '(peers_ces * other_customers + ' ~ peer_prior_customers() ~ ' * other_ces)',
                '((peers + ' ~ peer_prior_customers() ~ ') * other_customers)'
            )) }}
        end as expected_ces
    from compared_accounts
)

select
    scorecard,
    customer_id,
    as_of_date,
    customer_name,
    plan,
    lifecycle,
    owner,
    tier,
    is_provisional,
    ces,
    cast(active_users as {{ dbt.type_int() }}) as active_users,
    licensed_seats,
    case
        when active_users > 0 then {{ round_to_four(exact_ratio('ces', 'active_users')) }}
    end as ces_per_active_user,
    case
        when licensed_seats > 0 then {{ round_to_four(exact_ratio('ces', 'licensed_seats')) }}
    end as ces_per_seat,
    case
        when licensed_seats > 0 then {{ share_of('active_users', 'licensed_seats') }}
    end as breadth,
    case
        when active_users is null then 'users_unknown'
        when active_users = 0 then 'no_active_users'
    end as missing_users_reason,
    case
        when licensed_seats is null then 'seats_unknown'
        when licensed_seats <= 0 then 'no_seats'
    end as missing_seats_reason,
    top_user_id,
    top_user_share,
    {{ concentration_risk('top_user_share', 'active_users', 'licensed_seats') }}
        as concentration_risk,
    size_band,
    age_band,
    cast(peers as {{ dbt.type_int() }}) as peers,
    peer_mean_ces,
    expected_ces,
    cast(ces - expected_ces as {{ type_decimal(18, 4) }}) as ces_vs_expected,
    satisfaction,
    mrr
from expected_accounts
