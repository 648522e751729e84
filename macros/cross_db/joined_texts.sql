{#-
    Values as one text in which each can be told from its neighbours and a missing one from an empty one.

    Arguments: columns, a list of expressions of any type.
-#}
{% macro joined_texts(columns) -%}
    {%- for column in columns -%}
        coalesce('=' || cast({{ column }} as {{ dbt.type_string() }}), '-')
        {%- if not loop.last %} || chr(9) || {% endif -%}
    {%- endfor -%}
{%- endmacro %}
