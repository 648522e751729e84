{#- A seed's cell as text; blank cells are null. Arguments: column. -#}
{% macro cell_text(column) -%}
    {{ trimmed(column) }}
{%- endmacro %}


{#- A seed's cell as a whole number, null where it is none. Arguments: column. -#}
{% macro cell_integer(column) -%}
    {%- set number = safe_decimal(cell_text(column), 18, 4) -%}
    case
        when {{ number }} between -1000000000 and 1000000000 and {{ number }} = floor({{ number }})
            then cast({{ number }} as {{ dbt.type_int() }})
    end
{%- endmacro %}


{#-
    Whether a number in a cell has more than four decimals, without the zeros at its end, which decimals of a model
    have. Arguments: text, what cell_text() gave.
-#}
{% macro has_long_fraction(text) -%}
    length(replace(substr({{ text_part(text, "'.'", 2) }}, 5), '0', '')) > 0
{%- endmacro %}


{#- A quoted row name for messages, such as `row "loyalty, basket"`. Arguments: columns, a list. -#}
{% macro row_name(columns) -%}
    ', row "'
    {%- for column in columns %} || coalesce({{ column }}, '') || {{ "', '" if not loop.last else "'\"'" }}{% endfor -%}
{%- endmacro %}
