{{ config(materialized='view') }}

with

own_counts as (
    select * from {{ ref('int_engagement__received_counts') }}
),

joint_counts as (
    select * from {{ ref('int_engagement__received_counts') }}
),

joint_ids as (
    select * from {{ ref('int_engagement__joint_ids') }}
),

-- Each CTE is read once: DuckDB would keep one that is read twice, and then reads all columns of
-- the counts, whichever are asked for.
identities as (
    select * from {{ ref('int_engagement__joint_ids') }}
)

-- Of customers with several ids the counts are added up, so that caps hold for all of them
-- together.
select
    own_counts.customer_id,
    own_counts.user_id,
    own_counts.event_date,
    own_counts.event_name,
    own_counts.event_count,
    own_counts.quantity
from own_counts
left join joint_ids on own_counts.customer_id = joint_ids.received_id
where joint_ids.received_id is null
union all
select
    identities.customer_id,
    joint_counts.user_id,
    joint_counts.event_date,
    joint_counts.event_name,
    cast(sum(joint_counts.event_count) as {{ dbt.type_bigint() }}) as event_count,
    cast(sum(joint_counts.quantity) as {{ type_decimal(24, 4) }}) as quantity
from joint_counts
inner join identities on joint_counts.customer_id = identities.received_id
group by
    identities.customer_id,
    joint_counts.user_id,
    joint_counts.event_date,
    joint_counts.event_name
