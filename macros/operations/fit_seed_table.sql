{#-
    Before a seed is loaded: makes its table anew where the file has other columns, or has them in another
    order, since dbt only empties the table, and DuckDB then fills it by position.
-#}
{% macro fit_seed_table() %}
    {%- if execute -%}
        {%- set existing = load_relation(this) -%}
        {%- if existing is not none and existing.is_table -%}
            {%- set names = [] -%}
            {%- for column in adapter.get_columns_in_relation(existing) -%}
                {%- do names.append(column.name | lower) -%}
            {%- endfor -%}
            {%- set agate_table = load_agate_table() -%}
            {%- if names != agate_table.column_names | map('lower') | list -%}
                {%- do adapter.drop_relation(existing) -%}
                {%- do create_csv_table(model, agate_table) -%}
            {%- endif -%}
        {%- endif -%}
    {%- endif -%}
{% endmacro %}
