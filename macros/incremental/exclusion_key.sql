{#-
    The key under which it is remembered that rows are excluded: those of a customer, of a user of a customer,
    or, with a customer that is null, of a user of any customer. Arguments: customer_id; user_id, if any.
-#}
{% macro exclusion_key(customer_id, user_id=none) -%}
    {%- set parts = "coalesce('c' || " ~ customer_id ~ ", '*')" -%}
    {%- if user_id -%}
        {%- set parts = parts ~ " || chr(10) || 'u' || " ~ user_id -%}
    {%- endif -%}
    {{ dbt.hash(parts) }}
{%- endmacro %}
