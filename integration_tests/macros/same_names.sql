{#- Macros and tests of this project that have the names of the package's: neither takes the other's. -#}
{% macro trimmed(text) %}
    {{ exceptions.raise_compiler_error('the package has called a macro of the project') }}
{% endmacro %}

{% macro cell_text(column) %}
    {{ trimmed(column) }}
{% endmacro %}

{% macro check_inputs() %}
    {{ trimmed('inputs') }}
{% endmacro %}

{% macro seed_rows(seed) %}
    {{ trimmed(seed) }}
{% endmacro %}

{#- Takes no argument columns, which that of the package must have. -#}
{% test unique_combination(model) %}
    select customer_id from {{ model }} group by customer_id having count(*) > 1
{% endtest %}
