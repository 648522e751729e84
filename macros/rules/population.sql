{#-
    Whether a customer is in the population of a scorecard.

    Arguments: customers and scorecards, the relations in scope.
-#}
{% macro is_in_population(customers, scorecards) %}
    {{- return(
        adapter.dispatch('is_in_population', 'customer_engagement')(customers, scorecards)
    ) -}}
{% endmacro %}

{% macro default__is_in_population(customers, scorecards) -%}
    (
        {{ scorecards }}.population_attribute is null
        {%- for attribute in population_attributes() %}
        or (
            {{ scorecards }}.population_attribute = '{{ attribute }}'
            and {{ dbt.position(
                "'|' || " ~ customers ~ "." ~ attribute ~ " || '|'",
                "'|' || " ~ scorecards ~ ".population_values || '|'"
            ) }} > 0
        )
        {%- endfor %}
    )
{%- endmacro %}


{#- The values of a population, `value|value`, without the spaces around each. Arguments: text. -#}
{% macro listed_values(text) -%}
    {%- set tidy = namespace(text=text) -%}
    {%- for spaces in range(5) -%}
        {%- set tidy.text = "replace(replace(" ~ tidy.text ~ ", ' |', '|'), '| ', '|')" -%}
    {%- endfor -%}
    {{ cell_text(tidy.text) }}
{%- endmacro %}
