{#-
    Whether the rows that an earlier run left in a table stay: it exists, and this run is no full refresh.

    Arguments: model_name, an incremental model of this project.
-#}
{% macro is_kept(model_name) %}
    {% if not execute or flags.FULL_REFRESH %}
        {% do return(false) %}
    {% endif %}
    {% do return(load_relation(kept_relation(model_name)) is not none) %}
{% endmacro %}


{#-
    The table of an incremental model that is built later in the run, to read what the run before left in
    it; ref() would be a circle. Arguments: model_name, an incremental model of this project.
-#}
{% macro kept_relation(model_name) %}
    {% do return(api.Relation.create(
        database=this.database, schema=this.schema, identifier=model_name
    )) %}
{% endmacro %}
