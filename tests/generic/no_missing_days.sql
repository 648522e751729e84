{#-
    Each group has every day from its first to its last, once. Arguments: day_column; group_by, columns.
-#}
{% test no_missing_days(model, day_column, group_by) %}

with

spans as (
    select
        {{ group_by | join(',\n        ') }},
        count(*) as row_count,
        min({{ day_column }}) as first_day,
        max({{ day_column }}) as last_day
    from {{ model }}
    group by {{ group_by | join(', ') }}
)

select
    {{ group_by | join(',\n    ') }},
    row_count,
    first_day,
    last_day
from spans
where row_count != {{ dbt.datediff('first_day', 'last_day', 'day') }} + 1

{% endtest %}
