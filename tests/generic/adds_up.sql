{#-
    A total equals the sum of its parts in every row.

    Arguments: total, a column; parts, a list of columns.
-#}
{% test adds_up(model, total, parts) %}

select
    {{ total }} as total,
    {{ parts | join(' + ') }} as sum_of_parts
from {{ model }}
where
    {{ total }} is null
    or {{ parts | join(' + ') }} is null
    or {{ total }} != {{ parts | join(' + ') }}

{% endtest %}
