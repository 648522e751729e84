{#-
    Post-hooks of the last model: what this run has read is done with. A run that ends before leaves
    everything marked as it found it, and the next one does it again. Relations are rendered here, since
    `dbt build --empty` would put a query in the place of their names.
-#}

{#-
    Makes a table's marks of this run those of the last complete one.

    Arguments: relation; columns, each of which has a twin `processed_…`.
-#}
{% macro commit_marks(relation, columns) -%}
    update {{ relation.render() }} set
    {%- for column in columns %}
        processed_{{ column }} = {{ column }}{{ ',' if not loop.last }}
    {%- endfor %}
    {#- Untouched rows are left alone: a table would grow with each run otherwise. #}
    where
    {%- for column in columns %}
        processed_{{ column }} is distinct from {{ column }}{{ ' or' if not loop.last }}
    {%- endfor %}
{%- endmacro %}


{#- Forgets the rows of what is no more. Arguments: relation; gone, the column that is null in them. -#}
{% macro forget_gone(relation, gone) -%}
    delete from {{ relation.render() }} where {{ gone }} is null
{%- endmacro %}
