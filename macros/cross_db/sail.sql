{#-
    What dbt's own macros for Spark get wrong on Sail. A project that uses this one as a package has to name it in
    `dispatch` of its dbt_project.yml, for the namespace dbt.
-#}

{#-
    dbt's dateadd(), where that of dbt-spark comes to 1970.

    Arguments: datepart, of month, day, hour and minute; interval, a whole number; from_date_or_timestamp.
-#}
{% macro sail__dateadd(datepart, interval, from_date_or_timestamp) -%}
    {%- set moment = 'cast(' ~ from_date_or_timestamp ~ ' as timestamp_ntz)' -%}
    {%- if datepart == 'month' -%}
        {%- set day = 'cast(' ~ from_date_or_timestamp ~ ' as date)' -%}
        (
            cast(add_months({{ day }}, cast({{ interval }} as int)) as timestamp_ntz)
            + ({{ moment }} - cast({{ day }} as timestamp_ntz))
        )
    {%- elif datepart in ['day', 'hour', 'minute'] -%}
        {%- set before = {'day': '', 'hour': '0, ', 'minute': '0, 0, '}[datepart] -%}
        ({{ moment }} + make_dt_interval({{ before }}cast({{ interval }} as int)))
    {%- else -%}
        {%- do exceptions.raise_compiler_error('dateadd on Sail knows no ' ~ datepart ~ '.') -%}
    {%- endif -%}
{%- endmacro %}


{#-
    The statements that fill a seed's table, where dbt-spark's session takes nulls for a word and stops at quotes.
    Arguments: model; agate_table, the rows.
-#}
{% macro sail__load_csv_rows(model, agate_table) %}
    {%- set chosen = model['config'].get('column_types', {}) -%}
    {%- set types = [] -%}
    {%- for name in agate_table.column_names -%}
        {%- do types.append(chosen.get(name, adapter.convert_type(agate_table, loop.index0))) -%}
    {%- endfor -%}
    {%- for chunk in agate_table.rows | batch(1000) -%}
        {%- set lines = [] -%}
        {%- for row in chunk -%}
            {%- set cells = [] -%}
            {%- for cell in row -%}
                {%- set text -%}
                    '{{ cell | string | replace('\\', '\\\\') | replace("'", "\\'") }}'
                {%- endset -%}
                {%- do cells.append(
                    'cast(' ~ ('null' if cell is none else text) ~ ' as ' ~ types[loop.index0] ~ ')'
                ) -%}
            {%- endfor -%}
            {%- do lines.append('(' ~ cells | join(', ') ~ ')') -%}
        {%- endfor -%}
        {#- A table that was dropped and created again would still have the rows of its old files. -#}
        {%- do adapter.add_query(
            'insert ' ~ ('overwrite table ' if loop.first else 'into ') ~ this.render() ~ ' values '
            ~ lines | join(', '),
            abridge_sql_log=True
        ) -%}
    {%- endfor -%}
{% endmacro %}


{#-
    The statement that makes a table of a query. A kept table is created with its columns first: made of the query
    it would never again take a null in a column that has none in the first run.

    Arguments: temporary, whether it goes with the session; relation; compiled_code, the query; language.
-#}
{% macro sail__create_table_as(temporary, relation, compiled_code, language='sql') %}
    {%- if temporary or config.get('materialized') != 'incremental' -%}
        {{- spark__create_table_as(temporary, relation, compiled_code, language) -}}
    {%- else -%}
        {%- if config.get('contract').enforced -%}
            {%- do get_assert_columns_equivalent(compiled_code) -%}
            {%- set compiled_code = get_select_subquery(compiled_code) -%}
        {%- endif -%}
        {%- set rows = 'rows_of_' ~ relation.identifier -%}
        {%- do run_query('create or replace temporary view ' ~ rows ~ ' as ' ~ compiled_code) -%}
        {%- set columns = [] -%}
        {%- set described = run_query('describe extended ' ~ rows).rows -%}
        {%- set names = described | map('first') | list -%}
        {#- What comes after a blank line tells of the view. -#}
        {%- for row in described[:names.index('')] -%}
            {%- do columns.append(row[0] ~ ' ' ~ row[1]) -%}
        {%- endfor -%}
        {%- do run_query(
            'create or replace table ' ~ relation.render() ~ ' (' ~ columns | join(', ') ~ ') '
            ~ file_format_clause() ~ ' ' ~ partition_cols(label='partitioned by')
        ) -%}
        insert into {{ relation.render() }} select * from {{ rows }}
    {%- endif -%}
{% endmacro %}
