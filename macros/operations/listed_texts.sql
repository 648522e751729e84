{#- A list of names as SQL texts between commas. Arguments: names. -#}
{% macro listed_texts(names) -%}
    {%- for name in names %}'{{ name }}'{{ ', ' if not loop.last }}{% endfor -%}
{%- endmacro %}
