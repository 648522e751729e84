{#-
    The query that dbt compares with a model to enforce its contract, for models of this project: contracts
    name types as DuckDB and PostgreSQL do, and other engines have other names for them.

    Arguments: columns, those of the contract.
-#}
{% macro get_empty_schema_sql(columns) %}
    {{- return(adapter.dispatch('get_empty_schema_sql', 'dbt')(translated_columns(columns))) -}}
{% endmacro %}


{#- The columns of a contract with the engine's names of their types. Arguments: columns. -#}
{% macro translated_columns(columns) %}
    {%- set translated = {} -%}
    {%- for name, column in columns.items() -%}
        {%- set copy = dict(column) -%}
        {%- if 'data_type' in copy -%}
            {%- do copy.update({'data_type': contract_type(copy['data_type'])}) -%}
        {%- endif -%}
        {%- do translated.update({name: copy}) -%}
    {%- endfor -%}
    {%- do return(translated) -%}
{% endmacro %}


{#- The engine's name of a type in a contract. Arguments: data_type, in lower case. -#}
{% macro contract_type(data_type) %}
    {{- return(adapter.dispatch('contract_type', 'customer_engagement')(data_type)) -}}
{% endmacro %}

{% macro default__contract_type(data_type) %}
    {%- do return(data_type) -%}
{% endmacro %}

{% macro spark__contract_type(data_type) %}
    {%- do return({'text': 'string', 'timestamp': type_timestamp_utc()}.get(data_type, data_type)) -%}
{% endmacro %}

{% macro bigquery__contract_type(data_type) %}
    {%- do return({
        'text': 'string', 'timestamp': type_timestamp_utc(), 'double': type_double(), 'integer': 'int64',
        'bigint': 'int64', 'boolean': 'bool',
    }.get(data_type, data_type | replace('decimal', 'bignumeric'))) -%}
{% endmacro %}

{% macro snowflake__contract_type(data_type) %}
    {%- do return(type_timestamp_utc() if data_type == 'timestamp' else data_type) -%}
{% endmacro %}

{#- dbt has made `integer` and `timestamp` into the adapter's names already. -#}
{% macro clickhouse__contract_type(data_type) %}
    {%- do return({
        'text': 'String', 'DateTime': type_timestamp_utc(), 'double': 'Float64', 'bigint': 'Int64', 'boolean': 'Bool',
        'date': 'Date32',
    }.get(data_type, data_type | replace('decimal', 'Decimal'))) -%}
{% endmacro %}

{% macro trino__contract_type(data_type) %}
    {%- do return({'text': 'varchar', 'timestamp': type_timestamp_utc()}.get(data_type, data_type)) -%}
{% endmacro %}

{% macro athena__contract_type(data_type) %}
    {{- return(trino__contract_type(data_type)) -}}
{% endmacro %}


{#-
    The columns of a table that is created with a contract, for models of this project: their types as the engine
    names them.
-#}
{% macro get_table_columns_and_constraints() %}
    {{- return(adapter.dispatch('contract_columns', 'customer_engagement')()) -}}
{% endmacro %}

{% macro default__contract_columns() %}
    {{- return(adapter.dispatch('get_table_columns_and_constraints', 'dbt')()) -}}
{% endmacro %}

{% macro bigquery__contract_columns() -%}
    {%- set columns = adapter.render_raw_columns_constraints(raw_columns=translated_columns(model['columns'])) -%}
    {%- set constraints = adapter.render_raw_model_constraints(raw_constraints=model['constraints']) -%}
    ({{ (columns + constraints) | join(', ') }})
{%- endmacro %}

{#- Without a constraint a column takes nulls. -#}
{% macro clickhouse__contract_columns() %}
    {%- set texts = [] -%}
    {%- for name, column in translated_columns(model['columns']).items() -%}
        {%- set type = column['data_type'] -%}
        {%- set filled = column['constraints'] | selectattr('type', 'equalto', 'not_null') | list -%}
        {%- do texts.append(adapter.quote(name) ~ ' ' ~ (type if filled else clickhouse__with_nulls(type))) -%}
    {%- endfor -%}
    {%- do return('(' ~ texts | join(', ') ~ ')') -%}
{% endmacro %}


{#-
    dbt-spark's statements for constraints, for models of this project: it takes tables without a file format
    for Delta's, and Parquet knows no constraints. Arguments: relation; model.
-#}
{% macro persist_constraints(relation, model) %}
    {%- do adapter.dispatch('add_constraints', 'customer_engagement')(relation, model) -%}
{% endmacro %}

{% macro default__add_constraints(relation, model) %}
{% endmacro %}

{% macro spark__add_constraints(relation, model) %}
    {%- if config.get('file_format') == 'delta' -%}
        {%- do spark__persist_constraints(relation, model) -%}
    {%- endif -%}
{% endmacro %}

{#- It cannot alter a table. -#}
{% macro sail__add_constraints(relation, model) %}
{% endmacro %}

{% macro databricks__add_constraints(relation, model) %}
    {%- do databricks__persist_constraints(relation, model) -%}
{% endmacro %}
