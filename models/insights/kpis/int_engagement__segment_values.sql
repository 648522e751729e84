{% set attributes = segment_attributes() %}

with

customers as (
    select * from {{ ref('int_engagement__customer_groups') }}
),

segment_groups as (
    select
        segment_group{% for attribute in attributes %},
        max({{ attribute }}) as {{ attribute }}{% endfor %}
    from customers
    group by segment_group
)

select
    segment_group,
    'all' as segment_dimension,
    'all' as segment_value
from segment_groups
{%- for attribute in attributes %}
union all
select
    segment_group,
    '{{ attribute }}' as segment_dimension,
    coalesce({{ attribute }}, {{ no_value() }}) as segment_value
from segment_groups
where
    exists (
        select 1
        from segment_groups as known
        where known.{{ attribute }} is not null
    )
{%- endfor %}
