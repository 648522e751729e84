{#-
    The select of one row for each id in a text that lists several, such as `501;1502` or `["501","1502"]`, with
    the columns owner_id and listed_id.

    Arguments: relation, what to select from; owner_id, an expression that the list belongs to; ids, the
    expression of the list.
-#}
{% macro listed_ids(relation, owner_id, ids) -%}
    {%- set lists -%}
        select
            {{ owner_id }} as owner_id,
            replace(replace(replace(replace({{ ids }}, '[', ''), ']', ''), '"', ''), ',', ';') as ids
        from {{ relation }}
    {%- endset -%}
    {{- return(adapter.dispatch('split_ids', 'customer_engagement')(lists)) -}}
{%- endmacro %}

{#- Trino's and Athena's. -#}
{% macro default__split_ids(lists) -%}
    select
        lists.owner_id,
        trim(pieces.listed_id) as listed_id
    from ({{ lists }}) as lists
    cross join unnest(split(lists.ids, ';')) as pieces (listed_id)
{%- endmacro %}

{% macro redshift__split_ids(lists) -%}
    select
        lists.owner_id,
        trim(cast(pieces as varchar)) as listed_id
    from (
        select
            split_lists.owner_id,
            split_to_array(split_lists.ids, ';') as pieces
        from ({{ lists }}) as split_lists
    ) as lists, lists.pieces as pieces
{%- endmacro %}

{% macro duckdb__split_ids(lists) -%}
    select
        lists.owner_id,
        trim(unnest(string_split(lists.ids, ';'))) as listed_id
    from ({{ lists }}) as lists
{%- endmacro %}

{% macro postgres__split_ids(lists) -%}
    select
        lists.owner_id,
        trim(regexp_split_to_table(lists.ids, ';')) as listed_id
    from ({{ lists }}) as lists
{%- endmacro %}

{% macro spark__split_ids(lists) -%}
    select
        lists.owner_id,
        trim(explode(split(lists.ids, ';'))) as listed_id
    from ({{ lists }}) as lists
{%- endmacro %}

{% macro clickhouse__split_ids(lists) -%}
    select
        lists.owner_id,
        trim(arrayJoin(splitByChar(';', assumeNotNull(lists.ids)))) as listed_id
    from ({{ lists }}) as lists
    where lists.ids is not null
{%- endmacro %}

{% macro bigquery__split_ids(lists) -%}
    select
        lists.owner_id,
        trim(listed_id) as listed_id
    from ({{ lists }}) as lists, unnest(split(lists.ids, ';')) as listed_id
{%- endmacro %}

{% macro snowflake__split_ids(lists) -%}
    select
        lists.owner_id,
        trim(pieces.value) as listed_id
    from ({{ lists }}) as lists, lateral split_to_table(lists.ids, ';') as pieces
{%- endmacro %}
