with

event_counts as (
    select * from {{ ref('int_engagement__event_counts') }}
)

select
    {% if var('as_of') -%}
    cast('{{ var("as_of") }}' as date) as as_of_date,
    {%- else -%}
    max(event_date) as as_of_date,
    {%- endif %}
    max(event_date) as latest_event_date
from event_counts
