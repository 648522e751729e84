{{ config(materialized='view') }}

-- No CTE: DuckDB would keep one that is read twice, and then reads all days and columns of the
-- counts, whichever are asked for. Of customers with several ids the counts are added up, so that
-- caps hold for all of them together.
select
    counts.customer_id,
    counts.user_id,
    counts.event_date,
    counts.event_name,
    counts.event_count,
    counts.quantity
from {{ ref('int_engagement__received_counts') }} as counts
left join {{ ref('int_engagement__joint_ids') }} as joint_ids
    on counts.customer_id = joint_ids.received_id
where joint_ids.received_id is null
union all
select
    joint_ids.customer_id,
    counts.user_id,
    counts.event_date,
    counts.event_name,
    cast(sum(counts.event_count) as {{ dbt.type_bigint() }}) as event_count,
    cast(sum(counts.quantity) as {{ type_decimal(24, 4) }}) as quantity
from {{ ref('int_engagement__received_counts') }} as counts
inner join {{ ref('int_engagement__joint_ids') }} as joint_ids
    on counts.customer_id = joint_ids.received_id
group by
    joint_ids.customer_id,
    counts.user_id,
    counts.event_date,
    counts.event_name
