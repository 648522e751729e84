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
    {%- set values = {} -%}
    {%- set changed = [] -%}
    {%- for column in columns -%}
        {%- do values.update({'processed_' ~ column: column}) -%}
        {#- Untouched rows are left alone: a table would grow with each run otherwise. -#}
        {%- do changed.append('processed_' ~ column ~ ' is distinct from ' ~ column) -%}
    {%- endfor -%}
    {{ update_rows(relation, values, changed | join(' or ')) }}
{%- endmacro %}


{#- Forgets the rows of what is no more. Arguments: relation; gone, the column that is null in them. -#}
{% macro forget_gone(relation, gone) -%}
    {{ delete_rows(relation, gone ~ ' is null', is_this=false) }}
{%- endmacro %}


{#- Forgets what was to be computed anew. Arguments: relation, one with the column from_day. -#}
{% macro forget_changes(relation) -%}
    {{ update_rows(relation, {'from_day': 'null'}, 'from_day is not null') }}
{%- endmacro %}
