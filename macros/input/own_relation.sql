{#-
    A model or seed of the project that uses this one as a package, or, as in `other_package.model`, of another
    package. Two arguments of ref() say whose it is: with one alone dbt warns of a package that looks into a project.

    Arguments: name.
-#}
{% macro own_relation(name) %}
    {% set parts = name.split('.') %}
    {% do return(ref(parts[0], parts[1]) if parts | length > 1 else ref(project_name, name)) %}
{% endmacro %}


{#- Where own_relation() is, for what cannot ask ref(), such as the freshness of a source. Arguments: name. -#}
{% macro own_place(name) %}
    {% set wanted = name.split('.') if '.' in name else [project_name, name] %}
    {% for node in graph.nodes.values() if node.package_name == wanted[0] and node.name == wanted[1] %}
        {% if node.resource_type in ['model', 'seed', 'snapshot'] %}
            {% do return({
                'database': node.database, 'schema': node.schema, 'identifier': node.alias,
            }) %}
        {% endif %}
    {% endfor %}
{% endmacro %}
