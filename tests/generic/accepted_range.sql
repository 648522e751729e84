{#-
    A column lies between two numbers, both inclusive.

    Arguments: min_value and max_value, either optional.
-#}
{% test accepted_range(model, column_name, min_value=none, max_value=none) %}

{% set too_low = column_name ~ ' < ' ~ min_value if min_value is not none else '1 = 0' %}
{% set too_high = column_name ~ ' > ' ~ max_value if max_value is not none else '1 = 0' %}

select {{ column_name }} as out_of_range
from {{ model }}
where {{ too_low }} or {{ too_high }}

{% endtest %}
