{#- Whether ids are hashed (variable hash_ids). -#}
{% macro hashes_ids() %}
    {% do return(var('hash_ids') | string | trim | lower == 'true') %}
{% endmacro %}


{#-
    An id as it is kept: hashed with the secret, or as it is. What is missing stays missing, and equal ids stay
    equal, wherever they stand. Arguments: text, an expression.
-#}
{% macro kept_id(text) -%}
    {{ half_sha256(id_secret(), '(' ~ text ~ ')') if hashes_ids() else text }}
{%- endmacro %}


{#- A mark of the secret with which ids are hashed, null where they are not: kept beside what is never rebuilt. -#}
{% macro id_key() -%}
    {%- if hashes_ids() -%}
        {{ kept_id("'id_key'") }}
    {%- else -%}
        cast(null as {{ dbt.type_string() }})
    {%- endif -%}
{%- endmacro %}


{#- Pre-hook of what was reported: hashes the ids of the time before they were hashed. -#}
{% macro hash_reported_ids() %}
    {%- if is_incremental() and hashes_ids() -%}
        update {{ this }} set customer_id = {{ kept_id('customer_id') }}, id_key = {{ id_key() }}
        where id_key is null
    {%- endif -%}
{% endmacro %}


{#-
    Fails with one sentence, before anything is built, where ids are to be hashed and the secret is missing, or
    where what was reported holds ids that are raw, or hashed with another secret.
-#}
{% macro check_id_secret() %}
    {% if hashes_ids() %}
        {% set length = run_query('select length(' ~ given_id_secret() ~ ') as id_secret_length').rows[0][0] %}
        {% if (length or 0) < 16 %}
            {% do stop_with(
                'hash_ids is on, and there is no secret of at least 16 characters: put one into '
                ~ id_secret_place() ~ ', or set the variable hash_ids to false.'
            ) %}
        {% endif %}
    {% endif %}
    {% set found = reported_id_keys() %}
    {% if found['other'] %}
        {% do stop_with(
            'The ids in engagement_scores_reported are hashed with another secret than this run has: set that '
            ~ 'secret and hash_ids again, or drop (or rename) engagement_scores_reported and '
            ~ 'engagement_score_revisions and run dbt build --full-refresh.'
        ) %}
    {% elif found['raw'] and hashes_ids() and not flags.FULL_REFRESH %}
        {% do stop_with(
            'hash_ids is on, and this database holds ids that are not hashed: run dbt build --full-refresh once, '
            ~ 'which hashes those in engagement_scores_reported too, or set the variable hash_ids to false.'
        ) %}
    {% endif %}
{% endmacro %}


{#- Numbers of reported rows: `raw`, whose ids are not hashed, and `other`, hashed with another secret. -#}
{% macro reported_id_keys() %}
    {% set node = graph.nodes.get('model.customer_engagement.engagement_scores_reported') %}
    {% set relation = adapter.get_relation(
        database=node.database, schema=node.schema, identifier=node.alias
    ) if node %}
    {% if not relation %}
        {% do return({'raw': 0, 'other': 0}) %}
    {% endif %}
    {% if 'id_key' not in adapter.get_columns_in_relation(relation) | map(attribute='name') | map('lower') %}
        {#- A table of an earlier version gets the column in the next run. -#}
        {% if hashes_ids() %}
            {% do stop_with(
                'engagement_scores_reported has no column id_key yet: run dbt build once with hash_ids set to '
                ~ 'false, and turn it on after that.'
            ) %}
        {% endif %}
        {% do return({'raw': 0, 'other': 0}) %}
    {% endif %}
    {% set counts = run_query(
        'select count(*) - count(id_key) as raw_rows, sum(case when id_key '
        ~ ('!= ' ~ id_key() if hashes_ids() else 'is not null') ~ ' then 1 else 0 end) as other_rows from '
        ~ relation
    ).rows[0] %}
    {% do return({'raw': counts[0], 'other': counts[1]}) %}
{% endmacro %}
