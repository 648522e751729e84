{{ config(
    materialized='incremental',
    incremental_strategy=replace_all_rows(),
    unique_key='received_id',
    on_schema_change=when_columns_differ()
) }}

{{ after_news() }}
with

aliases as (
    select * from {{ ref('stg_engagement__customer_aliases') }}
)
{%- if is_incremental() %},

processed_identities as (
    select * from {{ this }}
)

select
    coalesce(aliases.alias_id, processed_identities.received_id) as received_id,
    aliases.customer_id,
    processed_identities.processed_customer_id
from aliases
full outer join processed_identities on aliases.alias_id = processed_identities.received_id
{%- else %}

select
    alias_id as received_id,
    customer_id,
    cast(null as {{ dbt.type_string() }}) as processed_customer_id
from aliases
{%- endif %}
