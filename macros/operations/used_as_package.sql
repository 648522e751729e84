{#-
    Where another project uses this one as a package: fails with one sentence where a model of that project has the
    name of one here, since dbt would hand the project's to the models here; and says which macros of the project take
    the place of one here, since a name may also be the same by chance.
-#}
{% macro check_project() %}
    {% if execute and project_name != 'customer_engagement' %}
        {% do check_model_names() %}
        {% set macros = overriding_macros() %}
        {% if macros %}
            {% do log(
                'customer_engagement takes these macros from ' ~ project_name ~ ': ' ~ macros | join(', '), info=true
            ) %}
        {% endif %}
    {% endif %}
{% endmacro %}


{#- Fails with one sentence where a model here reads one of the project that has the name of a model here. -#}
{% macro check_model_names() %}
    {% set own = [] %}
    {% set read = [] %}
    {% for node in graph.nodes.values() if node.package_name == 'customer_engagement' %}
        {% if node.resource_type == 'model' %}{% do own.append(node.name) %}{% endif %}
        {% do read.extend(node.depends_on.nodes) %}
    {% endfor %}
    {% set taken = [] %}
    {% for parent in read | unique if parent.split('.')[1] == project_name and parent.split('.')[2] in own %}
        {% do taken.append(parent.split('.')[2]) %}
    {% endfor %}
    {% if taken %}
        {% do stop_with(
            project_name ~ ' and customer_engagement both have ' ~ taken | join(', ') ~ ', and dbt takes that of '
            ~ project_name ~ ' for both: rename it, or set the flag '
            ~ 'require_ref_searches_node_package_before_root to true in dbt_project.yml.'
        ) %}
    {% endif %}
{% endmacro %}


{#- The macros of the project that adapter.dispatch() finds before those here. -#}
{% macro overriding_macros() %}
    {% set found = [] %}
    {% for name in context[project_name] if '__' in name %}
        {% if 'default__' ~ name.split('__', 1)[1] in context['customer_engagement'] %}
            {% do found.append(name) %}
        {% endif %}
    {% endfor %}
    {% do return(found | sort) %}
{% endmacro %}
