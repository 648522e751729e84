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
    {{ union_distinct() }}
    {%- endfor %}
    {%- for table_name in hubspot_activities() + ['ticket'] %}
    {%- set found = raw_table('hubspot', table_name) %}
    {%- if lists | select('in', found['columns']) | list %}
    select
        '{{ 'ticket' if table_name == 'ticket' else 'engagement' }}:' || listed.owner_id as record_key,
        listed.listed_id as linked_id
    from (
        {{ listed_ids(
            raw_rows(found), raw_column(found, hubspot_ids(), 'id'), raw_column(found, lists, 'text')
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
