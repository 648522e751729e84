{#- Whether what is being compiled is a unit test, whose inputs are its own. -#}
{% macro is_unit_test() %}
    {% do return(model is defined and model.resource_type == 'unit_test') %}
{% endmacro %}
