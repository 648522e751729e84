{#-
    Branches of a `case` that say what is wrong with a cell that holds a whole number, or nothing.

    Arguments: column, which stands beside its text; least and most, both inclusive.
-#}
{% macro whole_number_problem(column, least, most) -%}
    when
        {{ column }}_text is not null
        and ({{ column }} is null or {{ column }} not between {{ least }} and {{ most }})
        then '{{ column }} ' || {{ column }}_text
            || ' is not a whole number from {{ least }} to {{ most }}; write one, or leave it empty.'
{%- endmacro %}


{#-
    A branch of a `case` that says which values of a list are not understood.

    Arguments: column, a list `value|value`; words, those that it may hold.
-#}
{% macro unknown_words_problem(column, words) -%}
    {%- set rest = namespace(text="'|' || replace(" ~ column ~ ", '|', '||') || '|'") -%}
    {%- for word in words -%}
        {%- set rest.text = "replace(" ~ rest.text ~ ", '|" ~ word ~ "|', '')" -%}
    {%- endfor -%}
    when {{ rest.text }} != ''
        then '{{ column }} ' || {{ column }}
            || ' is not understood; write {{ words | join(", ") }}, with | between several.'
{%- endmacro %}


{#-
    A branch of a `case` for a cell that the kind of rule does not read.

    Arguments: column, which has a text beside it; kinds, those that read it.
-#}
{% macro meaningless_cell_problem(column, kinds) -%}
    when {{ column }}_text is not null and kind not in ('{{ kinds | join("', '") }}')
        then '{{ column }} ' || {{ column }}_text || ' means nothing for the kind ' || kind
            || '; leave it empty.'
{%- endmacro %}


{#- A branch of a `case` for a number with too many decimals. Arguments: column, with a text beside it. -#}
{% macro long_fraction_problem(column) -%}
    when {{ has_long_fraction(column ~ '_text') }}
        then '{{ column }} ' || {{ column }}_text || ' has more than four decimals; round it.'
{%- endmacro %}


{#- A branch of a `case` for a population that is not understood, in a seed that has one. -#}
{% macro population_problem() -%}
    when
        population is not null
        and (
            coalesce(population_values, '') = ''
            or population_attribute not in ({{ listed_texts(population_attributes()) }})
        )
        then 'population ' || population || ' is not understood; write attribute=value or '
            || 'attribute=value|value with one of {{ population_attributes() | join(", ") }}.'
{%- endmacro %}
