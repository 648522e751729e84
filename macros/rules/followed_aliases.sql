{#-
    CTEs that follow customer_aliases, chains of up to 16 steps included; the last, followed_16, has alias_id
    and the customer_id that it belongs to now. Arguments: received, the relation with the input's rows.
-#}
{% macro followed_aliases(received) %}
followed_1 as (
    select distinct
        alias_id,
        customer_id
    from {{ received }}
    where
        alias_id is not null
        and customer_id is not null
        and alias_id != customer_id
)
{%- for steps in [1, 2, 4, 8] %},

followed_{{ steps * 2 }} as (
    select
        here.alias_id,
        coalesce(onward.customer_id, here.customer_id) as customer_id
    from followed_{{ steps }} as here
    left join followed_{{ steps }} as onward on here.customer_id = onward.alias_id
)
{%- endfor %}
{% endmacro %}
