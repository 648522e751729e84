{#-
    On DuckDB these take the place of dbt's own materializations. A model is kept as it is in a run without news, see
    macros/incremental/news.sql, or else replaced in one statement, where dbt has four; whatever asks for more is
    handed over to dbt. Where this project is a package, dbt passes them over, and all is made anew in each run, as on
    other engines.
-#}

{% materialization table, adapter='duckdb', supported_languages=['sql', 'python'] %}
    {% if is_kept_as_it_is() %}
        {{ return(kept_as_it_is()) }}
    {% endif %}
    {% if can_be_replaced_at_once() %}
        {{ return(replaced_at_once()) }}
    {% endif %}
    {{ return(dbt.materialization_table_duckdb()) }}
{% endmaterialization %}


{% materialization incremental, adapter='duckdb', supported_languages=['sql', 'python'] %}
    {% if is_kept_as_it_is() %}
        {{ return(kept_as_it_is()) }}
    {% endif %}
    {{ return(dbt.materialization_incremental_duckdb()) }}
{% endmaterialization %}


{% materialization view, adapter='duckdb' %}
    {% if is_kept_as_it_is() %}
        {{ return(kept_as_it_is()) }}
    {% endif %}
    {% if can_be_replaced_at_once() %}
        {{ return(replaced_at_once()) }}
    {% endif %}
    {{ return(dbt.materialization_view_default()) }}
{% endmaterialization %}


{#-
    Whether nothing but a query makes the model that is being built, and nothing of another kind has its name. With a
    contract the table is made before its rows, so that a model which reads what it was would find nothing.
-#}
{% macro can_be_replaced_at_once() %}
    {% set existing = load_cached_relation(this) %}
    {% set asked = config.get('contract').enforced or config.get('sql_header') or config.get('grants')
        or config.get('indexes') %}
    {% do return(
        model.language == 'sql' and not asked and not adapter.is_ducklake(this)
        and (existing is none or existing.type == model.config.materialized)
    ) %}
{% endmacro %}


{#- Builds a model by one statement, which leaves what was there where it fails; returns what dbt wants to know. -#}
{% macro replaced_at_once() %}
    {% set relation = this.incorporate(type=model.config.materialized) %}
    {% do run_hooks(pre_hooks, inside_transaction=false) %}
    {% do run_hooks(pre_hooks, inside_transaction=true) %}
    {% call statement('main') -%}
        create or replace {{ relation.type }} {{ relation }} as (
            {{ compiled_code }}
        )
    {%- endcall %}
    {% do persist_docs(relation, model) %}
    {% do run_hooks(post_hooks, inside_transaction=true) %}
    {% do adapter.commit() %}
    {% do run_hooks(post_hooks, inside_transaction=false) %}
    {% do return({'relations': [relation]}) %}
{% endmacro %}
