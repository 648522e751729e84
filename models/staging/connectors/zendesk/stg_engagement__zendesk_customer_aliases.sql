{{ config(enabled=is_connected('zendesk')) }}

{%- set organization = raw_table('zendesk', 'organization') %}

with

organizations as (
    select
        {{ raw_column(organization, ['id'], 'id') }} as organization_id,
        {{ raw_column(organization, ['external_id'], 'id') }} as external_id
    from {{ raw_rows(organization) }}
)

select
    {{ kept_id('organization_id') }} as alias_id,
    {{ kept_id('min(external_id)') }} as customer_id
from organizations
where organization_id != external_id
group by organization_id
