{#-
    What dbt's own macros for ClickHouse get wrong here. A project that uses this one as a package has to name it in
    `dispatch` of its dbt_project.yml, for the namespace dbt.
-#}

{#-
    The statements that make a table of a query: its columns first, all of which take nulls but those that a contract
    forbids them. Made of the query, a kept table would never again take a null in a column that has none in the first
    run.

    Arguments: temporary, whether it goes with the session; relation; sql, the query.
-#}
{% macro clickhouse__create_table_as(temporary, relation, sql) %}
    {%- if temporary -%}
        {{- return(create_table_or_empty(temporary, relation, sql, false)) -}}
    {%- endif -%}
    {%- if config.get('contract').enforced -%}
        {%- do clickhouse__get_assert_columns_equivalent(sql) -%}
        {%- set columns = clickhouse__contract_columns() -%}
    {%- else -%}
        {%- set columns = clickhouse__columns_with_nulls(clickhouse__query_columns(sql)) -%}
    {%- endif -%}
    {%- do run_query(
        'create table ' ~ relation.render() ~ ' ' ~ on_cluster_clause(relation) ~ columns ~ ' ' ~ engine_clause()
        ~ ' ' ~ order_cols('order by') ~ ' ' ~ partition_cols('partition by')
        ~ adapter.get_model_settings(model, config.get('engine', default='MergeTree'))
    ) -%}
    {{ clickhouse__insert_into(relation, sql, true) }}
{% endmacro %}


{#-
    The statement that makes a view, which keeps the settings of the profile: else it would answer others by the
    settings of their sessions. Arguments: relation; sql, the query.
-#}
{% macro clickhouse__create_view_as(relation, sql) %}
    {%- if config.get('contract').enforced -%}
        {%- do clickhouse__get_assert_columns_equivalent(sql) -%}
    {%- endif -%}
    {%- set settings = [] -%}
    {%- for name, value in (target.custom_settings or {}).items() -%}
        {%- do settings.append(name ~ " = '" ~ value ~ "'") -%}
    {%- endfor -%}
    create or replace view {{ relation.render() }} {{ on_cluster_clause(relation) }} as
    select * from (
        {{ sql }}
    )
    {{ 'settings ' ~ settings | join(', ') if settings }}
{% endmacro %}


{#- The columns of a query, with their types. Arguments: sql, the query. -#}
{% macro clickhouse__query_columns(sql) %}
    {%- do return(adapter.get_column_schema_from_query(as_taken(sql))) -%}
{% endmacro %}


{#- Columns in brackets, for a table that takes nulls in all of them. Arguments: columns, as the adapter has them. -#}
{% macro clickhouse__columns_with_nulls(columns) %}
    {%- set texts = [] -%}
    {%- for column in columns -%}
        {%- do texts.append(column.quoted ~ ' ' ~ clickhouse__with_nulls(column.data_type)) -%}
    {%- endfor -%}
    {%- do return('(' ~ texts | join(', ') ~ ')') -%}
{% endmacro %}


{#- A type that takes nulls, and what is below 0. Arguments: data_type. -#}
{% macro clickhouse__with_nulls(data_type) %}
    {%- set signed = modules.re.sub('UInt\\d+', 'Int64', data_type) -%}
    {%- do return(signed if signed.startswith('Nullable(') else 'Nullable(' ~ signed ~ ')') -%}
{% endmacro %}


{#-
    dbt's comparison of a query with the contract. Whole numbers and booleans count as one type, since the engine has
    ten of them and a table takes each as another. Arguments: sql, the query.
-#}
{% macro clickhouse__get_assert_columns_equivalent(sql) %}
    {%- set wanted, given, found = {}, {}, [] -%}
    {%- for name, column in translated_columns(model['columns']).items() -%}
        {%- do wanted.update({name: clickhouse__kind_of_type(column['data_type'])}) -%}
    {%- endfor -%}
    {%- for column in clickhouse__query_columns(sql) -%}
        {%- do given.update({column.name: clickhouse__kind_of_type(column.data_type)}) -%}
        {%- do found.append({'name': column.name, 'data_type': column.data_type}) -%}
    {%- endfor -%}
    {%- if wanted != given -%}
        {%- do exceptions.raise_contract_error(translated_columns(model['columns']).values(), found) -%}
    {%- endif -%}
{% endmacro %}


{#- A type without what does not matter to a contract. Arguments: data_type. -#}
{% macro clickhouse__kind_of_type(data_type) %}
    {%- set plain = modules.re.sub('^Nullable\\((.*)\\)$', '\\1', data_type) -%}
    {%- do return('whole' if modules.re.fullmatch('U?Int\\d+|Bool', plain) else plain) -%}
{% endmacro %}


{#-
    The statement that creates a seed's table: dbt-clickhouse takes numbers for those of 32 bits, and a missing value
    for a 0. Arguments: model; agate_table, the rows.
-#}
{% macro clickhouse__create_csv_table(model, agate_table) %}
    {%- set chosen = model['config'].get('column_types', {}) -%}
    {%- set texts = [] -%}
    {%- for name in agate_table.column_names -%}
        {%- set type = chosen.get(name, adapter.convert_type(agate_table, loop.index0)) -%}
        {%- set wide = {
            'Float32': 'Float64', 'Int32': 'Int64', 'Date': 'Date32', 'DateTime': type_timestamp_utc(),
        }.get(type, type) -%}
        {%- do texts.append(adapter.quote(name) ~ ' ' ~ clickhouse__with_nulls(wide)) -%}
    {%- endfor -%}
    {%- set sql -%}
        create table {{ this.render() }} {{ on_cluster_clause(this) }} ({{ texts | join(', ') }})
        {{ engine_clause() }} {{ order_cols('order by') }}
    {%- endset -%}
    {%- do run_query(sql) -%}
    {{- return(sql) -}}
{% endmacro %}
