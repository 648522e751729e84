{{ config(
    materialized='incremental',
    incremental_strategy='append',
    on_schema_change='fail',
    pre_hook=[
        '{{ delete_without_score_spans() }}',
        "{{ delete_rescored_days('event_date') }}",
        "{{ note_day('first_rescored_day', 'from_day', ref('int_engagement__score_spans').render()) }}",
    ],
    **laid_out_by('event_date')
) }}

with

{% if is_incremental() -%}
rescored as (
    select * from {{ ref('int_engagement__score_spans') }}
    where from_day is not null
),

first_change as (
    select min(from_day) as from_day
    from rescored
),

points as (
    select points.*
    from {{ ref('int_engagement__points') }} as points
    inner join rescored
        on points.scorecard = rescored.scorecard
        and points.customer_id = rescored.customer_id
        and points.event_date >= rescored.from_day
    where
        points.event_date >= (select first_change.from_day from first_change)
        and {{ is_since_noted_day('points.event_date', 'first_rescored_day') }}
)
{%- else -%}
-- depends_on: {{ ref('int_engagement__score_spans') }}
points as (
    select * from {{ ref('int_engagement__points') }}
)
{%- endif %}

select
    scorecard,
    customer_id,
    event_date,
    cast(sum(points) as {{ type_decimal(28, 8) }}) as points
from points
group by scorecard, customer_id, event_date
