{#-
    Models that are kept as they are in a run without news, see macros/incremental/news.sql. On DuckDB these take
    the place of dbt's own materializations, and hand over to them wherever a model has to be made; where this
    project is a package, dbt passes them over, and all is made anew in each run, as on other engines.
-#}

{% materialization table, adapter='duckdb', supported_languages=['sql', 'python'] %}
    {% if is_kept_as_it_is() %}
        {{ return(kept_as_it_is()) }}
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
    {{ return(dbt.materialization_view_default()) }}
{% endmaterialization %}
