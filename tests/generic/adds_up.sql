{#- A total equals the sum of its parts in every row. Arguments: total, a column; parts, columns. -#}
{% test adds_up(model, total, parts) %}

select
    {{ total }} as total,
    {{ parts | join(' + ') }} as sum_of_parts
from {{ model }}
where
    {{ total }} is null
    or {{ total }} != {{ parts | join(' + ') }}
    {%- for part in parts %}
    or {{ part }} is null
    {%- endfor %}

{% endtest %}
