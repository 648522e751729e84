{{ config(
    materialized='incremental',
    incremental_strategy=replace_all_rows(),
    unique_key='excluded_key',
    on_schema_change=when_columns_differ()
) }}

{{ after_news() }}
with

erased_customers as (
    select * from {{ ref('stg_engagement__erased_customers') }}
),

erased_users as (
    select * from {{ ref('stg_engagement__erased_users') }}
),

internal_ids as (
    select * from {{ ref('int_engagement__internal_ids') }}
),

-- Keys, since no table may hold the id of someone who is erased.
current_keys as (
    select {{ exclusion_key('customer_id') }} as excluded_key, 'erased' as reason
    from erased_customers
    union all
    select {{ exclusion_key('customer_id', 'user_id') }} as excluded_key, 'erased' as reason
    from erased_users
    union all
    select {{ exclusion_key('internal_ids.customer_id') }} as excluded_key, 'internal' as reason
    from internal_ids
    left join erased_customers on internal_ids.customer_id = erased_customers.customer_id
    where erased_customers.customer_id is null
)
{%- if is_incremental() %},

processed_keys as (
    select * from {{ this }}
)

select
    coalesce(current_keys.excluded_key, processed_keys.excluded_key) as excluded_key,
    current_keys.reason,
    processed_keys.processed_reason
from current_keys
full outer join processed_keys on current_keys.excluded_key = processed_keys.excluded_key
{%- else %}

select
    excluded_key,
    reason,
    cast(null as {{ dbt.type_string() }}) as processed_reason
from current_keys
{%- endif %}
