{% set attributes = segment_attributes() %}

with

customers as (
    select * from {{ ref('int_engagement__customers') }}
)

select
    customer_id,
    first_day,
    {% for attribute in attributes %}
    {{ attribute }},
    {% endfor %}
    case when ended_on < first_day then first_day else ended_on end as last_day,
    cast(
        dense_rank() over (
            order by
                {% for attribute in attributes[:-1] %}
                {{ attribute }} nulls last,
                {% endfor %}
                {{ attributes | last }} nulls last
        ) as {{ dbt.type_int() }}
    ) as segment_group
from customers
