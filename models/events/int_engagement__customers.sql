{% set carried = carried_customer_columns() %}

with

as_of as (
    select * from {{ ref('int_engagement__as_of') }}
),

aliases as (
    select * from {{ ref('stg_engagement__customer_aliases') }}
),

event_counts as (
    select * from {{ ref('int_engagement__event_counts') }}
),

listed_customers as (
    select
        customers.*,
        coalesce(aliases.customer_id, customers.customer_id) as current_customer_id,
        row_number() over (
            partition by coalesce(aliases.customer_id, customers.customer_id)
            order by
                case when aliases.customer_id is null then 0 else 1 end,
                customers.signed_up_at nulls last,
                customers.ended_at nulls last,
                customers.customer_name nulls last,
                customers.plan nulls last,
                customers.lifecycle nulls last,
                customers.licensed_seats nulls last,
                customers.owner nulls last,
                {% for column in carried %}
                customers.{{ column }} nulls last,
                {% endfor %}
                customers.customer_id
        ) as listing
    from {{ ref('stg_engagement__customers') }} as customers
    left join aliases on customers.customer_id = aliases.alias_id
),

internal_customers as (
    select current_customer_id as customer_id
    from listed_customers
    where is_internal
    group by current_customer_id
),

subscriptions as (
    {{ received_terms() }}
),

subscribers as (
    select
        subscriptions.customer_id,
        min(subscriptions.started_on) as first_started_on,
        max(subscriptions.started_on) as last_started_on,
        max(subscriptions.ended_on) as last_ended_on,
        sum(
            case
                when
                    subscriptions.ended_on is null
                    or subscriptions.ended_on >= as_of.as_of_date
                    then 1
                else 0
            end
        ) as open_subscriptions
    from subscriptions
    cross join as_of
    where
        subscriptions.started_on is null
        or subscriptions.started_on <= as_of.as_of_date
    group by subscriptions.customer_id
),

active_customers as (
    select
        customer_id,
        min(event_date) as first_event_date,
        max(event_date) as last_event_date
    from event_counts
    group by customer_id
),

customer_ids as (
    select current_customer_id as customer_id from listed_customers
    {{ union_distinct() }}
    select customer_id from subscribers
    {{ union_distinct() }}
    select customer_id from active_customers
),

joined as (
    select
        customer_ids.customer_id,
        listed_customers.customer_name,
        listed_customers.plan,
        listed_customers.lifecycle,
        listed_customers.licensed_seats,
        listed_customers.owner,
        {% for column in carried %}
        listed_customers.{{ column }},
        {% endfor %}
        active_customers.first_event_date,
        active_customers.last_event_date,
        as_of.as_of_date,
        subscribers.last_ended_on,
        subscribers.open_subscriptions,
        cast(listed_customers.ended_at as date) as listed_end,
        coalesce(
            subscribers.last_started_on > cast(listed_customers.ended_at as date), 1 = 0
        ) as has_returned,
        case
            when active_customers.first_event_date < cast(listed_customers.signed_up_at as date)
                then active_customers.first_event_date
            when listed_customers.signed_up_at is not null
                then cast(listed_customers.signed_up_at as date)
            when active_customers.first_event_date is not null
                then active_customers.first_event_date
            when subscribers.first_started_on is not null then subscribers.first_started_on
            else as_of.as_of_date
        end as earliest_day
    from customer_ids
    cross join as_of
    left join listed_customers
        on customer_ids.customer_id = listed_customers.current_customer_id
        and listed_customers.listing = 1
    left join internal_customers on customer_ids.customer_id = internal_customers.customer_id
    left join subscribers on customer_ids.customer_id = subscribers.customer_id
    left join active_customers on customer_ids.customer_id = active_customers.customer_id
    where internal_customers.customer_id is null
),

ended as (
    select
        joined.*,
        case
            when earliest_day < {{ first_scored_day() }} then {{ first_scored_day() }}
            else earliest_day
        end as first_day,
        case
            when listed_end is not null and not has_returned
                then case when listed_end < as_of_date then listed_end end
            when coalesce(open_subscriptions, 0) = 0 then last_ended_on
        end as ended_on
    from joined
),

scored_to as (
    select
        ended.*,
        {{ dbt.dateadd('day', 30, 'ended_on') }} as last_day_after_end
    from ended
    where first_day <= as_of_date
)

select
    customer_id,
    customer_name,
    plan,
    lifecycle,
    licensed_seats,
    owner,
    {% for column in carried %}
    {{ column }},
    {% endfor %}
    first_event_date,
    last_event_date,
    first_day,
    ended_on,
    case
        when ended_on is null or last_day_after_end >= as_of_date then as_of_date
        when last_day_after_end < first_day then first_day
        else cast(last_day_after_end as date)
    end as last_day
from scored_to
