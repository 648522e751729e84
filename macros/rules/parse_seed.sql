{#- A seed's cell as text; blank cells are null. Arguments: column. -#}
{% macro cell_text(column) -%}
    {{ trimmed(column) }}
{%- endmacro %}


{#-
    A seed's column that younger files have and older ones may lack: its name, or an empty text where the file
    has no such column. Asks the database while a model is compiled, and takes the column for given where the
    seed is not there yet.

    Arguments: seed, what ref() gave; column.
-#}
{% macro optional_cell(seed, column) %}
    {%- set names = [] -%}
    {%- if execute -%}
        {%- for found in adapter.get_columns_in_relation(seed) -%}
            {%- do names.append(found.name | lower) -%}
        {%- endfor -%}
    {%- endif -%}
    {%- do return(column if not names or column in names else "''") -%}
{% endmacro %}


{#- A seed's cell as a whole number, null where it is none. Arguments: column. -#}
{% macro cell_integer(column) -%}
    {%- set number = safe_decimal(cell_text(column), 18, 4) -%}
    case
        when {{ number }} between -1000000000 and 1000000000 and {{ number }} = floor({{ number }})
            then cast({{ number }} as {{ dbt.type_int() }})
    end
{%- endmacro %}


{#- Whether a number in a cell has more than four decimals. Arguments: text, what cell_text() gave. -#}
{% macro has_long_fraction(text) -%}
    length({{ text_part(text, "'.'", 2) }}) > 4
{%- endmacro %}


{#- A quoted row name for messages, such as `row "loyalty, basket"`. Arguments: columns, a list. -#}
{% macro row_name(columns) -%}
    ', row "'
    {%- for column in columns %} || coalesce({{ column }}, '') || {{ "', '" if not loop.last else "'\"'" }}{% endfor -%}
{%- endmacro %}
