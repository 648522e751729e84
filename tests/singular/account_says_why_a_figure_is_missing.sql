-- A figure per user or per seat is there, or a reason why it is not, never both; and each scored
-- customer has an account.
with

accounts as (
    select * from {{ ref('engagement_accounts') }}
),

scores as (
    select * from {{ ref('engagement_scores') }}
)

select
    scores.scorecard,
    scores.customer_id,
    accounts.ces_per_active_user,
    accounts.missing_users_reason,
    accounts.ces_per_seat,
    accounts.missing_seats_reason,
    accounts.breadth
from scores
left join accounts
    on scores.scorecard = accounts.scorecard
    and scores.customer_id = accounts.customer_id
where
    accounts.customer_id is null
    or (accounts.ces_per_active_user is null) != (accounts.missing_users_reason is not null)
    or (accounts.ces_per_seat is null) != (accounts.missing_seats_reason is not null)
    or (accounts.breadth is null) != (
        accounts.missing_seats_reason is not null
        or coalesce(accounts.missing_users_reason, '') = 'users_unknown'
    )
