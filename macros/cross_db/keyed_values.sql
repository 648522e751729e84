{#-
    A JSON object, as text, of the values in a list of `{"key": …, "value": {"string_value": …, "int_value": …,
    "float_value": …, "double_value": …}}`, in which Google Analytics keeps parameters: each key with its value as
    text, the first where a key repeats. Null where there is no list.

    Arguments: json, an expression of the list as JSON text.
-#}
{% macro keyed_values(json) %}
    {{- return(adapter.dispatch('keyed_values', 'customer_engagement')(json)) -}}
{% endmacro %}

{% macro duckdb__keyed_values(json) -%}
    {#- Parquet has a list as a struct, unless its writer was told otherwise: {"list": [{"element": …}, …]}. -#}
    {%- set entries -%}
        from_json(
            case
                when not json_valid({{ json }}) then null
                when json_type({{ json }}) = 'OBJECT'
                    then to_json(json_extract({{ json }}, '$.list[*].element'))
                else cast({{ json }} as json)
            end,
            '[{"key":"VARCHAR","value":{"string_value":"VARCHAR","int_value":"VARCHAR","float_value":"VARCHAR","double_value":"VARCHAR"}}]'
        )
    {%- endset -%}
    {%- set pieces -%}
        list_transform(
            list_filter({{ entries }}, lambda entry: entry.key is not null),
            lambda entry: concat(
                to_json(entry.key), ':', coalesce(
                    to_json(coalesce(
                        entry.value.string_value, entry.value.int_value, entry.value.double_value,
                        entry.value.float_value
                    )), 'null'
                )
            )
        )
    {%- endset -%}
    '{' || array_to_string({{ pieces }}, ',') || '}'
{%- endmacro %}

{% macro postgres__keyed_values(json) -%}
    (
        select
            cast(
                json_object_agg(
                    entries.entry ->> 'key',
                    coalesce(
                        entries.entry -> 'value' ->> 'string_value', entries.entry -> 'value' ->> 'int_value',
                        entries.entry -> 'value' ->> 'double_value', entries.entry -> 'value' ->> 'float_value'
                    )
                ) as text
            )
        from jsonb_array_elements(cast({{ json }} as jsonb)) as entries(entry)
        where entries.entry ->> 'key' is not null
    )
{%- endmacro %}

{% macro redshift__keyed_values(json) -%}
    {{ default__keyed_values(json) }}
{%- endmacro %}

{% macro bigquery__keyed_values(json) -%}
    (
        select
            '{' || string_agg(
                to_json_string(json_value(entry, '$.key')) || ':' || coalesce(
                    to_json_string(coalesce(
                        json_value(entry, '$.value.string_value'), json_value(entry, '$.value.int_value'),
                        json_value(entry, '$.value.double_value'), json_value(entry, '$.value.float_value')
                    )), 'null'
                ),
                ',' order by place
            ) || '}'
        from unnest(json_query_array({{ json }})) as entry with offset as place
        where json_value(entry, '$.key') is not null
    )
{%- endmacro %}

{#- Each entry becomes an object of its own, whose brackets then go. -#}
{% macro spark__keyed_values(json) -%}
    {%- set entries -%}
        from_json(
            {{ json }},
            'array<struct<key:string,value:struct<string_value:string,int_value:string,float_value:string,double_value:string>>>'
        )
    {%- endset -%}
    {%- set objects -%}
        transform(
            filter({{ entries }}, entry -> entry.key is not null),
            entry -> to_json(
                map(entry.key, coalesce(
                    entry.value.string_value, entry.value.int_value, entry.value.double_value,
                    entry.value.float_value
                )),
                map('ignoreNullFields', 'false')
            )
        )
    {%- endset -%}
    '{' || array_join(
        transform({{ objects }}, pair -> substring(pair, 2, length(pair) - 2)), ','
    ) || '}'
{%- endmacro %}

{% macro default__keyed_values(json) -%}
    {%- if execute -%}
        {%- do exceptions.raise_compiler_error(
            'Lists of parameters as Google Analytics keeps them are not read on ' ~ target.type
            ~ ': leave the variable ga4_input empty.'
        ) -%}
    {%- endif -%}
{%- endmacro %}
