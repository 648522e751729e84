{{ config(
    materialized='incremental',
    incremental_strategy=append_rows(),
    on_schema_change='fail',
    meta={'kept': false},
    pre_hook=[
        '{{ note_files() }}',
        '{{ forget_changed_files() }}',
        '{{ note_unknown_files() }}',
    ]
) }}

with

noted_files as (
    {{ noted_files() }}
),

received_events as (
    select * from {{ ref('stg_engagement__received_events') }}
    where {{ is_in_unknown_file('input_file') }}
),

file_days as (
    select
        input_file,
        event_day,
        event_date,
        source,
        count(*) as received,
        sum(delivery_mark) as delivery_marks
    from received_events
    group by input_file, event_day, event_date, source
)

select
    noted_files.file_key,
    noted_files.file_mark,
    file_days.event_day,
    file_days.event_date,
    file_days.source,
    cast(file_days.received as {{ dbt.type_bigint() }}) as received,
    cast(file_days.delivery_marks as {{ type_decimal(38, 0) }}) as delivery_marks
from file_days
inner join noted_files on {{ file_key('file_days.input_file') }} = noted_files.file_key
