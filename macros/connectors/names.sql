{#-
    The name of an event that may be the view of a page or screen: as it was tracked. Override it to have pages of
    their own weight, as in `case when event_name = 'page_view' then 'page_view: ' || page else event_name end`.

    Arguments: event_name; page, the address without its query, the path or the screen, null where there is none.
-#}
{% macro viewed_event_name(event_name, page) %}
    {{- return(adapter.dispatch('viewed_event_name', 'customer_engagement')(event_name, page)) -}}
{% endmacro %}

{% macro default__viewed_event_name(event_name, page) -%}
    {{ event_name }}
{%- endmacro %}


{#- The types of groups that are taken for accounts where none is named, in the order of preference. -#}
{% macro account_group_types() %}
    {{- return(adapter.dispatch('account_group_types', 'customer_engagement')()) -}}
{% endmacro %}

{% macro default__account_group_types() %}
    {%- do return(['organization', 'company', 'account', 'workspace', 'tenant', 'customer', 'team']) -%}
{% endmacro %}


{#-
    A JSON object, as text, of texts without quotation marks and backslashes. Arguments: texts, a dictionary from
    keys to expressions.
-#}
{% macro json_of_texts(texts) -%}
    '{'
    {%- for key, text in texts.items() %}
    || '{{ ', ' if not loop.first }}"{{ key }}": '
    || coalesce('"' || {{ quotable(text) }} || '"', 'null')
    {%- endfor %}
    || '}'
{%- endmacro %}


{#- Texts with a bar between each two, what is null being empty. Arguments: parts, a list of expressions. -#}
{% macro joined_parts(parts) -%}
    {%- for part in parts -%}
        coalesce({{ part }}, ''){{ " || '|' || " if not loop.last }}
    {%- endfor -%}
{%- endmacro %}
