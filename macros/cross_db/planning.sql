{#-
    Pre-hook of all models: keeps the engine from plans that are a thousand times too slow where it
    underestimates the rows of a subquery.
-#}
{% macro guard_planner() %}
    {{- return(adapter.dispatch('guard_planner', 'customer_engagement')()) -}}
{% endmacro %}

{% macro default__guard_planner() -%}
{%- endmacro %}

{% macro postgres__guard_planner() -%}
    {#- It takes an aggregate for one row, and then computes it anew for each row of the other side. -#}
    {% if model.config.materialized in ['table', 'incremental'] %}set local enable_nestloop = off{% endif %}
{%- endmacro %}

{#- Redshift would otherwise take those of PostgreSQL here, and wherever a macro has one for it. -#}
{% macro redshift__guard_planner() -%}
{%- endmacro %}


{#-
    Post-hook of all models: has the engine count a table that was just built, where it would otherwise plan
    the next joins blindly.
-#}
{% macro gather_statistics() %}
    {{- return(adapter.dispatch('gather_statistics', 'customer_engagement')()) -}}
{% endmacro %}

{% macro default__gather_statistics() -%}
{%- endmacro %}

{% macro postgres__gather_statistics() -%}
    {% if model.config.materialized in ['table', 'incremental'] %}analyze {{ this }}{% endif %}
{%- endmacro %}

{#- It counts a table while it makes it. -#}
{% macro redshift__gather_statistics() -%}
{%- endmacro %}
