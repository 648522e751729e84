with

received as (
    select
        {{ received_event_columns() | join(',
        ') }},
        cast(null as {{ dbt.type_string() }}) as source_rejection,
        input_file
    from {{ ref('input_engagement__events') }}
    {%- for connector in connected_to('events') %}
    union all
    select
        {{ received_event_columns() | join(',
        ') }},
        source_rejection,
        cast(null as {{ dbt.type_string() }}) as input_file
    from {{ ref('stg_engagement__' ~ connector ~ '_events') }}
    {%- endfor %}
)

select
    event_id,
    customer_id,
    user_id,
    event_name,
    occurred_at,
    has_occurred_at,
    occurred_at_received,
    quantity,
    has_quantity,
    quantity_received,
    properties,
    source_rejection,
    loaded_at,
    delivery_mark,
    input_file,
    cast(occurred_at as date) as event_date,
    coalesce(
        cast(occurred_at as date), cast(loaded_at as date), {{ unknown_day() }}
    ) as event_day,
    coalesce(source, 'events') as source
from received
