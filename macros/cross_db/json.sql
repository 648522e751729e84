{#-
    What a key of a JSON object holds, as text: null where there is no such key, or no object.

    Arguments: json, an expression of JSON as text; key.
-#}
{% macro json_text(json, key) %}
    {{- return(adapter.dispatch('json_text', 'customer_engagement')(json, key)) -}}
{% endmacro %}

{% macro default__json_text(json, key) -%}
    get_json_object({{ json }}, '$["{{ key }}"]')
{%- endmacro %}

{#- An unreadable text would stop the query. -#}
{% macro duckdb__json_text(json, key) -%}
    case when json_valid({{ json }}) then json_extract_string({{ json }}, '$."{{ key }}"') end
{%- endmacro %}

{% macro postgres__json_text(json, key) -%}
    case when pg_input_is_valid({{ json }}, 'jsonb') then cast({{ json }} as jsonb) ->> '{{ key }}' end
{%- endmacro %}

{% macro redshift__json_text(json, key) -%}
    nullif(json_extract_path_text({{ json }}, '{{ key }}', true), '')
{%- endmacro %}

{% macro trino__json_text(json, key) -%}
    {{ trino__json_at(json, '$["' ~ key ~ '"]') }}
{%- endmacro %}

{% macro athena__json_text(json, key) -%}
    {{ trino__json_at(json, '$["' ~ key ~ '"]') }}
{%- endmacro %}

{#- What a path leads to, as text; null where it leads to nothing or the text is no JSON. Arguments: json; path. -#}
{% macro trino__json_at(json, path) -%}
    coalesce(
        json_extract_scalar({{ json }}, '{{ path }}'),
        nullif(try(json_format(json_extract({{ json }}, '{{ path }}'))), 'null')
    )
{%- endmacro %}

{% macro spark__json_text(json, key) -%}
    get_json_object({{ json }}, "$['{{ key }}']")
{%- endmacro %}

{% macro snowflake__json_text(json, key) -%}
    cast(get(try_parse_json({{ json }}), '{{ key }}') as text)
{%- endmacro %}

{% macro bigquery__json_text(json, key) -%}
    {{ bigquery__json_at(json, '$."' ~ key ~ '"') }}
{%- endmacro %}

{% macro clickhouse__json_text(json, key) -%}
    JSONExtract({{ json }}, '{{ key }}', 'Nullable(String)')
{%- endmacro %}


{#-
    A column that holds JSON, a struct or a list as JSON text. Arguments: column; dtype, its lower-case type.
-#}
{% macro json_of(column, dtype) %}
    {{- return(adapter.dispatch('json_of', 'customer_engagement')(column, dtype)) -}}
{% endmacro %}

{% macro default__json_of(column, dtype) -%}
    cast({{ column }} as {{ dbt.type_string() }})
{%- endmacro %}

{% macro duckdb__json_of(column, dtype) -%}
    {%- if 'struct' in dtype or dtype.endswith(']') or dtype.startswith('map') -%}
        cast(to_json({{ column }}) as varchar)
    {%- else -%}
        cast({{ column }} as varchar)
    {%- endif -%}
{%- endmacro %}

{% macro spark__json_of(column, dtype) -%}
    {%- if dtype.startswith('struct') or dtype.startswith('array') or dtype.startswith('map') -%}
        to_json({{ column }})
    {%- else -%}
        cast({{ column }} as string)
    {%- endif -%}
{%- endmacro %}

{% macro snowflake__json_of(column, dtype) -%}
    {%- if dtype in ['variant', 'object', 'array'] -%}
        to_json({{ column }})
    {%- else -%}
        cast({{ column }} as text)
    {%- endif -%}
{%- endmacro %}

{% macro redshift__json_of(column, dtype) -%}
    {{ 'json_serialize(' ~ column ~ ')' if dtype == 'super' else 'cast(' ~ column ~ ' as varchar)' }}
{%- endmacro %}

{% macro trino__json_of(column, dtype) -%}
    {%- if dtype == 'json' -%}
        json_format({{ column }})
    {%- elif dtype.startswith('row') or dtype.startswith('array') or dtype.startswith('map') -%}
        json_format(cast({{ column }} as json))
    {%- else -%}
        cast({{ column }} as varchar)
    {%- endif -%}
{%- endmacro %}

{% macro athena__json_of(column, dtype) -%}
    {{ trino__json_of(column, dtype | replace('struct', 'row')) }}
{%- endmacro %}

{% macro bigquery__json_of(column, dtype) -%}
    {{ column if dtype == 'string' else 'to_json_string(' ~ column ~ ')' }}
{%- endmacro %}


{#-
    The first element of a JSON list as text, and what is no list as it is. Arguments: json, an expression of JSON
    or other text.
-#}
{% macro json_first(json) -%}
    case when {{ json }} like '[%' then {{ first_of_list(json) }} else {{ json }} end
{%- endmacro %}

{#- The first element of what is a JSON list, as text. Arguments: json, its text. -#}
{% macro first_of_list(json) %}
    {{- return(adapter.dispatch('first_of_list', 'customer_engagement')(json)) -}}
{% endmacro %}

{% macro default__first_of_list(json) -%}
    get_json_object({{ json }}, '$[0]')
{%- endmacro %}

{% macro duckdb__first_of_list(json) -%}
    case when json_valid({{ json }}) then json_extract_string({{ json }}, '$[0]') end
{%- endmacro %}

{% macro postgres__first_of_list(json) -%}
    case when pg_input_is_valid({{ json }}, 'jsonb') then cast({{ json }} as jsonb) ->> 0 end
{%- endmacro %}

{% macro redshift__first_of_list(json) -%}
    nullif(json_extract_array_element_text({{ json }}, 0, true), '')
{%- endmacro %}

{% macro trino__first_of_list(json) -%}
    {{ trino__json_at(json, '$[0]') }}
{%- endmacro %}

{% macro athena__first_of_list(json) -%}
    {{ trino__json_at(json, '$[0]') }}
{%- endmacro %}

{% macro snowflake__first_of_list(json) -%}
    cast(get(try_parse_json({{ json }}), 0) as text)
{%- endmacro %}

{% macro bigquery__first_of_list(json) -%}
    {{ bigquery__json_at(json, '$[0]') }}
{%- endmacro %}

{% macro clickhouse__first_of_list(json) -%}
    JSONExtract({{ json }}, 1, 'Nullable(String)')
{%- endmacro %}

{#- What a path leads to, as text; null where it leads to nothing or the text is no JSON. Arguments: json; path. -#}
{% macro bigquery__json_at(json, path) -%}
    coalesce(json_value({{ json }}, '{{ path }}'), nullif(json_query({{ json }}, '{{ path }}'), 'null'))
{%- endmacro %}


{#-
    What a key holds in the first of the self-describing JSON objects in `{"schema": …, "data": [{"schema": …,
    "data": {…}}, …]}`, or in the one in `{"schema": …, "data": {"schema": …, "data": {…}}}`, whose schema has a name;
    without a key its whole data. Needed for files of Snowplow alone, which other engines do not read.

    Arguments: json, an expression of JSON as text; schema, the vendor and name with what is no letter or digit as
    `_`, and the version's first number where it matters; none for any; key.
-#}
{% macro described_value(json, schema=none, key=none) %}
    {{- return(adapter.dispatch('described_value', 'customer_engagement')(json, schema, key)) -}}
{% endmacro %}

{% macro default__described_value(json, schema=none, key=none) %}
    {% do exceptions.raise_compiler_error(
        'Self-describing JSON is read on DuckDB only: load it into columns of its own.'
    ) %}
{% endmacro %}

{% macro duckdb__described_value(json, schema=none, key=none) -%}
    {%- set described -%}
        from_json(
            case
                when not json_valid({{ json }}) then null
                when json_type({{ json }}, '$.data') = 'ARRAY' then json_extract({{ json }}, '$.data')
                else json_array(json_extract({{ json }}, '$.data'))
            end,
            '[{"schema":"VARCHAR","data":"JSON"}]'
        )
    {%- endset -%}
    {%- if schema is not none -%}
        {%- set described -%}
            list_filter(
                {{ described }},
                lambda entity: regexp_matches(
                    regexp_replace(lower(entity.schema), '[^a-z0-9]+', '_', 'g'),
                    '^(iglu_)?{{ modules.re.sub('(_[0-9]+)+$', '', schema) }}_jsonschema_'
                )
            )
        {%- endset -%}
    {%- endif -%}
    {%- if key is none -%}
        cast({{ described }}[1].data as varchar)
    {%- else -%}
        json_extract_string({{ described }}[1].data, '$."{{ key }}"')
    {%- endif -%}
{%- endmacro %}
