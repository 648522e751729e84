{#-
    The select of subscriptions as they were received, each with the customer that it belongs to now and with
    days for times. Needs a relation `aliases`.
-#}
{% macro received_terms() -%}
    select
        coalesce(aliases.customer_id, subscriptions.customer_id) as customer_id,
        cast(subscriptions.started_at as date) as started_on,
        cast(subscriptions.ended_at as date) as ended_on,
        coalesce(subscriptions.mrr, 0) as mrr
    from {{ ref('stg_engagement__subscriptions') }} as subscriptions
    left join aliases on subscriptions.customer_id = aliases.alias_id
{%- endmacro %}
