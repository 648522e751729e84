{#-
    How rows of kept tables are deleted and changed, and how these tables lie on disk. Where tables are plain
    files (Spark on Parquet) nothing can be changed in place: whole partitions, or whole small tables, are
    written anew instead.
-#}

{#-
    Whether the engine can delete and update rows: not so on Spark without a table format such as Delta or
    Iceberg (model configuration file_format).
-#}
{% macro can_change_rows() %}
    {{- return(adapter.dispatch('can_change_rows', 'customer_engagement')()) -}}
{% endmacro %}

{% macro default__can_change_rows() %}
    {%- do return(true) -%}
{% endmacro %}

{% macro spark__can_change_rows() %}
    {%- do return(config.get('file_format', 'parquet') in ['delta', 'iceberg', 'hudi']) -%}
{% endmacro %}

{% macro databricks__can_change_rows() %}
    {%- do return(true) -%}
{% endmacro %}


{#-
    Deletes the rows that meet a condition: the statement, for a hook; nothing where it was done already.

    Arguments: relation; condition, in which columns may be qualified by the relation's identifier; is_this,
    whether it is the table of the model whose hook this is, which may be partitioned.
-#}
{% macro delete_rows(relation, condition, is_this=true) %}
    {{- return(
        adapter.dispatch('delete_rows', 'customer_engagement')(relation, condition, is_this)
    ) -}}
{% endmacro %}

{% macro default__delete_rows(relation, condition, is_this) -%}
    delete from {{ relation.render() }}
    where {{ condition }}
{%- endmacro %}

{% macro spark__delete_rows(relation, condition, is_this) -%}
    {%- set day = config.get('partition_by') if is_this -%}
    {%- if can_change_rows() -%}
        {{- default__delete_rows(relation, condition, is_this) -}}
    {%- elif execute and day -%}
        {%- do spark__rewrite_partitions(relation, condition, day) -%}
    {%- elif execute -%}
        {%- if run_query(
            'select 1 as found from ' ~ relation.render() ~ ' as ' ~ relation.identifier
            ~ ' where ' ~ condition ~ ' limit 1'
        ).rows -%}
            {%- do spark__replace_table(
                relation,
                'select * from ' ~ relation.render() ~ ' as ' ~ relation.identifier
                ~ ' where case when ' ~ condition ~ ' then false else true end'
            ) -%}
        {%- endif -%}
    {%- endif -%}
{%- endmacro %}


{#- It deletes by simple conditions alone; a table of Delta may be read while it is overwritten. -#}
{% macro sail__delete_rows(relation, condition, is_this) -%}
    insert overwrite table {{ relation.render() }}
    select * from {{ relation.render() }} as {{ relation.identifier }}
    where not coalesce({{ condition }}, false)
{%- endmacro %}

{#- Its deletes know no correlated subqueries: rows are named by their places. -#}
{% macro clickhouse__delete_rows(relation, condition, is_this) -%}
    delete from {{ relation.render() }}
    where (_part, _part_offset) in (
        select
            _part,
            _part_offset
        from {{ relation.render() }} as {{ relation.identifier }}
        where {{ condition }}
    )
{%- endmacro %}


{#-
    Changes the rows that meet a condition: the statement, for a hook; nothing where it was done already.

    Arguments: relation, not partitioned; values, the new value of each column that changes; condition.
-#}
{% macro update_rows(relation, values, condition) %}
    {{- return(
        adapter.dispatch('update_rows', 'customer_engagement')(relation, values, condition)
    ) -}}
{% endmacro %}

{% macro default__update_rows(relation, values, condition) -%}
    update {{ relation.render() }} set
    {%- for column, value in values.items() %}
        {{ column }} = {{ value }}{{ ',' if not loop.last }}
    {%- endfor %}
    where {{ condition }}
{%- endmacro %}

{% macro spark__update_rows(relation, values, condition) -%}
    {%- if can_change_rows() -%}
        {{- default__update_rows(relation, values, condition) -}}
    {%- elif execute and run_query(
        'select 1 as found from ' ~ relation.render() ~ ' where ' ~ condition ~ ' limit 1'
    ).rows -%}
        {%- set columns = [] -%}
        {%- for column in adapter.get_columns_in_relation(relation) -%}
            {%- if column.name in values -%}
                {%- do columns.append(
                    'case when ' ~ condition ~ ' then ' ~ values[column.name] ~ ' else ' ~ column.name
                    ~ ' end as ' ~ column.name
                ) -%}
            {%- else -%}
                {%- do columns.append(column.name) -%}
            {%- endif -%}
        {%- endfor -%}
        {%- do spark__replace_table(
            relation, 'select ' ~ columns | join(', ') ~ ' from ' ~ relation.render()
        ) -%}
    {%- endif -%}
{%- endmacro %}

{% macro clickhouse__update_rows(relation, values, condition) -%}
    alter table {{ relation.render() }} update
    {%- for column, value in values.items() %}
        {{ column }} = {{ value }}{{ ',' if not loop.last }}
    {%- endfor %}
    where {{ condition }}
{%- endmacro %}


{#- Deletes all rows of a table: the statement, for a hook. Arguments: relation. -#}
{% macro empty_table(relation) %}
    {{- return(adapter.dispatch('empty_table', 'customer_engagement')(relation)) -}}
{% endmacro %}

{% macro default__empty_table(relation) -%}
    delete from {{ relation.render() }}
{%- endmacro %}

{% macro spark__empty_table(relation) -%}
    truncate table {{ relation.render() }}
{%- endmacro %}

{% macro sail__empty_table(relation) -%}
    delete from {{ relation.render() }} where 1 = 1
{%- endmacro %}

{#- It deletes nothing without a condition. -#}
{% macro bigquery__empty_table(relation) -%}
    delete from {{ relation.render() }} where 1 = 1
{%- endmacro %}

{% macro clickhouse__empty_table(relation) -%}
    truncate table {{ relation.render() }}
{%- endmacro %}


{#-
    The strategy of an incremental model whose query gives all rows, those of before among them.
-#}
{% macro replace_all_rows() %}
    {{- return(adapter.dispatch('replace_all_rows', 'customer_engagement')()) -}}
{% endmacro %}

{% macro default__replace_all_rows() %}
    {%- do return('delete+insert') -%}
{% endmacro %}

{% macro spark__replace_all_rows() %}
    {%- do return('insert_overwrite') -%}
{% endmacro %}

{% macro databricks__replace_all_rows() %}
    {%- do return('merge') -%}
{% endmacro %}

{% macro bigquery__replace_all_rows() %}
    {%- do return('merge') -%}
{% endmacro %}

{% macro athena__replace_all_rows() %}
    {%- do return('merge') -%}
{% endmacro %}


{#- What such a model does where its query has other columns than its table. -#}
{% macro when_columns_differ() %}
    {{- return(adapter.dispatch('when_columns_differ', 'customer_engagement')()) -}}
{% endmacro %}

{% macro default__when_columns_differ() %}
    {%- do return('fail') -%}
{% endmacro %}

{#- dbt-clickhouse compares the query as it is written, not as it is said; where a column is missing the engine stops. -#}
{% macro clickhouse__when_columns_differ() %}
    {%- do return('ignore') -%}
{% endmacro %}


{#-
    The strategy of an incremental model whose query gives new rows alone, none of which is there yet.
-#}
{% macro append_rows() %}
    {{- return(adapter.dispatch('append_rows', 'customer_engagement')()) -}}
{% endmacro %}

{% macro default__append_rows() %}
    {%- do return('append') -%}
{% endmacro %}

{#- It knows no other: without a key a merge only inserts. -#}
{% macro bigquery__append_rows() %}
    {%- do return('merge') -%}
{% endmacro %}


{#-
    How a large table lies on disk, as configuration: `config(**laid_out_by('event_day'))`. A daily run then
    reads and writes the days that it changes alone.

    Arguments: day, its date column; keys, the columns by which the rows of a day are best sorted.
-#}
{% macro laid_out_by(day, keys=['customer_id']) %}
    {{- return(adapter.dispatch('laid_out_by', 'customer_engagement')(day, keys)) -}}
{% endmacro %}

{% macro default__laid_out_by(day, keys) %}
    {%- do return({}) -%}
{% endmacro %}

{% macro spark__laid_out_by(day, keys) %}
    {%- do return({'partition_by': day}) -%}
{% endmacro %}

{% macro bigquery__laid_out_by(day, keys) %}
    {%- do return({
        'partition_by': {'field': day, 'data_type': 'date', 'granularity': 'month'},
        'cluster_by': keys,
    }) -%}
{% endmacro %}

{% macro snowflake__laid_out_by(day, keys) %}
    {%- do return({'cluster_by': [day]}) -%}
{% endmacro %}

{% macro redshift__laid_out_by(day, keys) %}
    {%- do return({'dist': keys[0], 'sort': [day]}) -%}
{% endmacro %}

{% macro databricks__laid_out_by(day, keys) %}
    {%- do return({'liquid_clustered_by': [day]}) -%}
{% endmacro %}

{% macro trino__laid_out_by(day, keys) %}
    {%- do return({'properties': {'partitioning': "array['month(" ~ day ~ ")']"}}) -%}
{% endmacro %}

{% macro athena__laid_out_by(day, keys) %}
    {%- do return({'partitioned_by': ['month(' ~ day ~ ')']}) -%}
{% endmacro %}


{#-
    Writes the partitions anew from which rows go, in one job that replaces each partition as a whole, and
    drops those of which nothing is left. What ends in between is done again by the next run.

    Arguments: relation; condition that holds for what goes; day, the column of its partitions.
-#}
{% macro spark__rewrite_partitions(relation, condition, day) %}
    {% set name = relation.identifier %}
    {% set table = relation.render() ~ ' as ' ~ name %}
    {% set going = {} %}
    {% for row in run_query(
        'select cast(' ~ day ~ ' as string) as day, count(*) as row_count from ' ~ table ~ ' where '
        ~ condition ~ ' group by ' ~ day
    ).rows %}
        {% do going.update({row[0]: row[1]}) %}
    {% endfor %}
    {% if going %}
        {#- The days are listed as texts, since a metastore would be asked for a list of dates, and Derby, for one, does
            not take one of a year. -#}
        {% set in_days -%}
            {{ day }} between date '{{ going | min }}' and date '{{ going | max }}'
            and cast({{ day }} as string) in ('{{ going.keys() | join("', '") }}')
        {%- endset %}
        {% set emptied = [] %}
        {% for row in run_query(
            'select cast(' ~ day ~ ' as string) as day, count(*) as row_count from ' ~ table ~ ' where '
            ~ in_days ~ ' group by ' ~ day
        ).rows %}
            {% if row[1] == going[row[0]] %}{% do emptied.append("date '" ~ row[0] ~ "'") %}{% endif %}
        {% endfor %}
        {% if emptied | length < going | length %}
            {% do run_query('set spark.sql.sources.partitionOverwriteMode = dynamic') %}
            {% do run_query(
                'insert overwrite table ' ~ relation.render() ~ ' partition (' ~ day ~ ') select /*+ rebalance('
                ~ day ~ ') */ * from ' ~ table ~ ' where ' ~ in_days
                ~ ' and case when ' ~ condition ~ ' then false else true end'
            ) %}
        {% endif %}
        {% if emptied %}
            {% do run_query(
                'alter table ' ~ relation.render() ~ ' drop if exists partition (' ~ day ~ ' = '
                ~ emptied | join('), partition (' ~ day ~ ' = ') ~ ')'
            ) %}
        {% endif %}
    {% endif %}
{% endmacro %}


{#-
    Puts the rows of a query, which may read the table itself, in the place of a small table. A run that ends
    between the last two statements leaves no table, which the next run makes up for.

    Arguments: relation; query.
-#}
{% macro spark__replace_table(relation, query) %}
    {% set fresh = relation.incorporate(path={'identifier': relation.identifier ~ '__fresh'}).render() %}
    {% do run_query('drop table if exists ' ~ fresh) %}
    {% do run_query('create table ' ~ fresh ~ ' using parquet as ' ~ query) %}
    {% do run_query('drop table ' ~ relation.render()) %}
    {% do run_query('alter table ' ~ fresh ~ ' rename to ' ~ relation.render()) %}
{% endmacro %}


{#-
    dbt-spark's statement that overwrites a table, for models of this project: a plain file cannot be read and
    overwritten in one.

    Arguments: source_relation, a view of the new rows; target_relation; existing_relation.
-#}
{% macro get_insert_overwrite_sql(source_relation, target_relation, existing_relation) %}
    {%- if can_change_rows() -%}
        {#- Of Iceberg, `overwrite` leaves all rows where none are new and partitions are replaced dynamically. -#}
        {%- if config.get('file_format') == 'iceberg' %}
        insert into {{ target_relation }} replace where true
        {%- else %}
        insert overwrite table {{ target_relation }}
        {%- endif %}
        select
        {%- for column in adapter.get_columns_in_relation(target_relation) %}
            {{ column.quoted }}{{ ',' if not loop.last }}
        {%- endfor %}
        from {{ source_relation }}
    {%- else -%}
        {%- do spark__replace_table(target_relation, 'select * from ' ~ source_relation) -%}
        select 1 as done
    {%- endif -%}
{% endmacro %}
