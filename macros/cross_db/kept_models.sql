{#-
    How DuckDB keeps models as they are in a run without news, see macros/incremental/news.sql and, for the place
    where dbt asks, materializations.sql.
-#}

{#- Whether the model that is being built may stay as it is: it is there, and int_engagement__news found none. -#}
{% macro is_kept_as_it_is() %}
    {% if not model.config.meta.get('kept') or graph.get('run_without_news') != invocation_id %}
        {% do return(false) %}
    {% endif %}
    {% set existing = load_cached_relation(this) %}
    {% do return(existing is not none and existing.is_view == (model.config.materialized == 'view')) %}
{% endmacro %}


{#-
    Post-hook of int_engagement__news: tells the models after it that nothing is new. dbt hands one graph to all of
    a run; asking the database took a third of the time of a model that is kept.
-#}
{% macro pass_on_news() %}
    {% if can_keep_models() and run_query(
        'select count(*) from ' ~ this ~ ' where kept_fingerprint is not null'
    ).rows[0][0] == 1 %}
        {% do graph.update({'run_without_news': invocation_id}) %}
    {% endif %}
{% endmacro %}


{#- What a materialization gives back where nothing is done; dbt says KEPT in its log and in run_results.json. -#}
{% macro kept_as_it_is() %}
    {% call noop_statement('main', 'KEPT', 'KEPT') %}-- kept as it is: nothing is new{% endcall %}
    {% do return({'relations': [load_cached_relation(this)]}) %}
{% endmacro %}


{#- Whether this project, on this engine, can keep models as they are. -#}
{% macro can_keep_models() %}
    {{- return(adapter.dispatch('can_keep_models', 'customer_engagement')()) -}}
{% endmacro %}

{% macro default__can_keep_models() %}
    {% do return(false) %}
{% endmacro %}

{#- Not where dbt passes over the materializations above, nor in a lake, whose tables DuckDB does not list. -#}
{% macro duckdb__can_keep_models() %}
    {% do return(
        execute and flags.WHICH in ['build', 'run', 'retry', 'clone'] and dbt_version.startswith('1.')
        and project_name == 'customer_engagement'
        and not adapter.is_ducklake(api.Relation.create(database=target.database))
    ) %}
{% endmacro %}


{#- A text that says what all rows of a query are, in any order, as a scalar subquery. Arguments: query. -#}
{% macro rows_mark(query) -%}
    (
        select count(*) || ' ' || coalesce(sum(hash(read_rows)), 0) || ' ' || coalesce(bit_xor(hash(read_rows)), 0)
        from ({{ query }}) as read_rows
    )
{%- endmacro %}


{#-
    A text that says how tables are defined, and how many columns views have, as a scalar subquery: DuckDB words a
    view in another way once its file was closed. Arguments: names, a list of rendered relations.
-#}
{% macro definitions_mark(names) -%}
    (
        select count(*) || ' ' || coalesce(md5(string_agg(definition, chr(10) order by definition)), '')
        from (
            select database_name, schema_name, table_name as name, sql as definition
            from duckdb_tables()
            union all
            select database_name, schema_name, view_name as name, view_name || ' ' || column_count as definition
            from duckdb_views()
        ) as definitions
        where concat('"', database_name, '"."', schema_name, '"."', name, '"') in ({{ listed_texts(names) }})
    )
{%- endmacro %}
