{#- The kinds of activities of HubSpot that have tables of their own. -#}
{% macro hubspot_activities() %}
    {% do return(['call', 'email', 'meeting', 'note', 'task', 'communication']) %}
{% endmacro %}


{#-
    What a property of HubSpot is called by Fivetran, by HubSpot's own API and by Airbyte.
    Arguments: property.
-#}
{% macro hubspot_names(property) %}
    {% do return(['property_' ~ property, property, 'properties_' ~ property]) %}
{% endmacro %}


{#-
    Whether the outcome that was logged of a call says that the customer was not reached: the ids of HubSpot's own outcomes,
    which are the same in all accounts, and their names in exports. Arguments: disposition, in lower case.
-#}
{% macro is_missed_call(disposition) -%}
    {{ disposition }} in (
        '9d9162e7-6cf3-4944-bf63-4dff82258764', 'busy',
        'b2cf5968-551e-4856-9783-52b3da59a7d0', 'left voicemail',
        '73a0d17f-1163-4015-bdd5-ec830791da20', 'no answer',
        '17b47fee-58de-441e-a44c-c6300d46f273', 'wrong number'
    )
{%- endmacro %}


{#- The columns that tell that a record of HubSpot was deleted or archived. -#}
{% macro hubspot_deletions() %}
    {% do return(['_fivetran_deleted', 'is_deleted', 'archived']) %}
{% endmacro %}


{#- The columns that tell when a record of HubSpot was created. -#}
{% macro hubspot_creation_times() %}
    {% do return(
        hubspot_names('hs_createdate') + hubspot_names('createdate')
        + ['created_at', 'createdat', 'create date']
    ) %}
{% endmacro %}


{#- The columns that tell when a record of HubSpot was loaded. -#}
{% macro hubspot_load_times() %}
    {% do return(['_fivetran_synced', '_airbyte_extracted_at']) %}
{% endmacro %}


{#- The columns with the id of a record of HubSpot, in tables and in exports. -#}
{% macro hubspot_ids() %}
    {% do return(['engagement_id', 'id', 'hs_object_id', 'record id', 'ticket id']) %}
{% endmacro %}


{#-
    A CTE with the distinct ids that engagements and tickets of HubSpot are associated with, from association
    tables and from lists in the records' own rows: record_key and linked_id.

    Arguments: linked, company or contact; lists, the names of the columns with such lists.
-#}
{% macro hubspot_links(linked, lists) %}
{{ linked }}_links as (
    {%- for record in ['engagement', 'ticket'] %}
    {%- set found = raw_table('hubspot', record ~ '_' ~ linked) %}
    select
        '{{ record }}:' || {{ raw_column(found, [record ~ '_id'], 'id') }} as record_key,
        {{ raw_column(found, [linked ~ '_id'], 'id') }} as linked_id
    from {{ raw_rows(found) }}
        and {{ raw_column(found, [linked ~ '_id'], 'id') }} is not null
        and not {{ raw_flag(found, hubspot_deletions(), false) }}
    {{ union_distinct() }}
    {%- endfor %}
    {%- for table_name in hubspot_activities() + ['engagement', 'ticket'] %}
    {%- set found = raw_table('hubspot', table_name) %}
    {%- set nested = ['associations.' ~ linked ~ 'Ids'] if 'associations' in found['columns'] else [] %}
    {%- if nested or lists | select('in', found['columns']) | list %}
    select
        '{{ 'ticket' if table_name == 'ticket' else 'engagement' }}:' || listed.owner_id as record_key,
        listed.listed_id as linked_id
    from (
        {{ listed_ids(
            raw_rows(found), raw_column(found, hubspot_ids(), 'id'),
            raw_column(found, lists + nested, 'text')
        ) }}
    ) as listed
    where listed.listed_id != ''
    {{ union_distinct() }}
    {%- endif %}
    {%- endfor %}
    select
        cast(null as {{ dbt.type_string() }}) as record_key,
        cast(null as {{ dbt.type_string() }}) as linked_id
    from (select 1 as nothing) as no_rows
    where 1 = 0
)
{%- endmacro %}
