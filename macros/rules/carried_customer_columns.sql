{#- The columns of customers that the user carries through (variable customer_columns), in lower case. -#}
{% macro carried_customer_columns() %}
    {% set known = input_contract('customers')['columns'] %}
    {% set carried = [] %}
    {% for column in var('customer_columns') if column | lower not in known %}
        {% do carried.append(column | lower) %}
    {% endfor %}
    {% do return(carried) %}
{% endmacro %}


{#- The attributes of a customer that a scorecard's population can be chosen by. -#}
{% macro population_attributes() %}
    {% do return(['lifecycle', 'plan', 'owner'] + carried_customer_columns()) %}
{% endmacro %}
