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

{% macro spark__json_text(json, key) -%}
    get_json_object({{ json }}, "$['{{ key }}']")
{%- endmacro %}

{% macro snowflake__json_text(json, key) -%}
    cast(get(try_parse_json({{ json }}), '{{ key }}') as text)
{%- endmacro %}

{% macro bigquery__json_text(json, key) -%}
    {%- set value = "parse_json(" ~ json ~ ", wide_number_mode => 'round')['" ~ key ~ "']" -%}
    coalesce(json_value({{ value }}), to_json_string({{ value }}))
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

{% macro bigquery__json_of(column, dtype) -%}
    {{ column if dtype == 'string' else 'to_json_string(' ~ column ~ ')' }}
{%- endmacro %}
