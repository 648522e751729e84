{#-
    The texts of a group as one text, in the order of a key. Arguments: text and key, expressions; delimiter, an
    expression.
-#}
{% macro joined_in_order(text, key, delimiter) %}
    {{- return(
        adapter.dispatch('joined_in_order', 'customer_engagement')(text, key, delimiter)
    ) -}}
{% endmacro %}

{% macro default__joined_in_order(text, key, delimiter) -%}
    {{ dbt.listagg(text, delimiter, 'order by ' ~ key) }}
{%- endmacro %}

{#- Its listagg comes in any order: the pairs of key and text are sorted instead. -#}
{% macro spark__joined_in_order(text, key, delimiter) -%}
    array_join(
        transform(
            array_sort(collect_list(struct({{ key }} as sort_key, {{ text }} as sorted_text))),
            pair -> pair.sorted_text
        ),
        {{ delimiter }}
    )
{%- endmacro %}

{% macro clickhouse__joined_in_order(text, key, delimiter) -%}
    arrayStringConcat(
        arrayMap(pair -> pair.2, arraySort(groupArray(tuple({{ key }}, {{ text }})))), {{ delimiter }}
    )
{%- endmacro %}
