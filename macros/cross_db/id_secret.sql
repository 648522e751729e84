{#-
    The secret with which ids are hashed (variable hash_ids). It is a setting of the session that comes from the
    environment through the profile, so that no SQL, view, log or artifact of dbt ever holds it.
-#}

{#- The secret, an expression; null where the session has none. -#}
{% macro given_id_secret() %}
    {{- return(adapter.dispatch('given_id_secret', 'customer_engagement')()) -}}
{% endmacro %}

{% macro default__given_id_secret() %}
    {%- do exceptions.raise_compiler_error(
        'Ids cannot be hashed on ' ~ target.type ~ ', which gives models no secret: hash them before they are '
        ~ 'loaded, and set the variable hash_ids to false.'
    ) -%}
{% endmacro %}

{% macro duckdb__given_id_secret() -%}
    nullif(cast(getvariable('engagement_id_secret') as varchar), '')
{%- endmacro %}

{% macro postgres__given_id_secret() -%}
    nullif(current_setting('engagement.id_secret', true), '')
{%- endmacro %}

{% macro redshift__given_id_secret() %}
    {{- return(default__given_id_secret()) -}}
{% endmacro %}


{#-
    The secret, an expression that fails where the session has none: views outlive the run, and must not answer
    others with ids that are all missing.
-#}
{% macro id_secret() %}
    {{- return(adapter.dispatch('id_secret', 'customer_engagement')()) -}}
{% endmacro %}

{% macro default__id_secret() %}
    {%- do return(given_id_secret()) -%}
{% endmacro %}

{#- Without casts to text DuckDB would take all of it for a null, and answer instead of failing. -#}
{% macro duckdb__id_secret() -%}
    coalesce(
        {{ given_id_secret() }},
        cast(
            error('Ids are hashed here, and this session lacks the secret: read the public tables instead.')
            as varchar
        )
    )
{%- endmacro %}

{% macro postgres__id_secret() -%}
    current_setting('engagement.id_secret')
{%- endmacro %}

{% macro redshift__id_secret() %}
    {{- return(given_id_secret()) -}}
{% endmacro %}


{#- Where to put the secret, for messages. -#}
{% macro id_secret_place() %}
    {{- return(adapter.dispatch('id_secret_place', 'customer_engagement')()) -}}
{% endmacro %}

{% macro default__id_secret_place() %}
    {%- do return('the environment variable DBT_ENV_SECRET_ENGAGEMENT_ID, which profiles.yml passes on') -%}
{% endmacro %}

{% macro postgres__id_secret_place() %}
    {%- do return('the environment variable PGOPTIONS, as -c engagement.id_secret=…') -%}
{% endmacro %}

{% macro redshift__id_secret_place() %}
    {{- return(default__id_secret_place()) -}}
{% endmacro %}


{#-
    32 hexadecimal characters: half of the SHA-256 of two texts, one after the other.

    Arguments: secret and text, expressions.
-#}
{% macro half_sha256(secret, text) %}
    {{- return(adapter.dispatch('half_sha256', 'customer_engagement')(secret, text)) -}}
{% endmacro %}

{% macro default__half_sha256(secret, text) -%}
    substr(sha256({{ secret }} || {{ text }}), 1, 32)
{%- endmacro %}

{% macro postgres__half_sha256(secret, text) -%}
    substr(encode(sha256(convert_to({{ secret }} || {{ text }}, 'UTF8')), 'hex'), 1, 32)
{%- endmacro %}

{% macro clickhouse__half_sha256(secret, text) -%}
    substring(lower(hex(SHA256({{ secret }} || {{ text }}))), 1, 32)
{%- endmacro %}

{% macro redshift__half_sha256(secret, text) -%}
    substring(sha2({{ secret }} || {{ text }}, 256), 1, 32)
{%- endmacro %}
