{{ config(
    materialized='incremental',
    incremental_strategy=replace_all_rows(),
    unique_key=['scorecard', 'customer_id'],
    on_schema_change=when_columns_differ()
) }}
{%- set are_kept = (
    is_kept('engagement_scores_daily')
    and is_kept('int_engagement__points_by_day')
    and is_kept('engagement_tier_changes')
) %}

with

customer_spans as (
    select * from {{ ref('int_engagement__customer_spans') }}
),

versions as (
    select * from {{ ref('int_engagement__scorecard_versions') }}
),

current_spans as (
    select
        scorecard_customers.scorecard,
        scorecard_customers.customer_id,
        scorecard_customers.first_day,
        scorecard_customers.last_day,
        scorecard_customers.mature_from,
        versions.version
    from {{ ref('int_engagement__scorecard_customers') }} as scorecard_customers
    inner join versions on scorecard_customers.scorecard = versions.scorecard
),

processed_spans as (
    {% if is_incremental() -%}
    select * from {{ this }}
    {%- else -%}
    select
        scorecard,
        customer_id,
        first_day as processed_first_day,
        version as processed_version,
        first_day as from_day
    from current_spans
    where 1 = 0
    {%- endif %}
),

spans as (
    select
        coalesce(current_spans.scorecard, processed_spans.scorecard) as scorecard,
        coalesce(current_spans.customer_id, processed_spans.customer_id) as customer_id,
        current_spans.first_day,
        current_spans.last_day,
        current_spans.mature_from,
        current_spans.version,
        processed_spans.processed_first_day,
        processed_spans.processed_version
    from current_spans
    full outer join processed_spans
        on current_spans.scorecard = processed_spans.scorecard
        and current_spans.customer_id = processed_spans.customer_id
),

-- Each reason to score days anew, and the first day that it can move.
reasons as (
    select
        scorecard,
        customer_id,
        case
            when processed_first_day < first_day or first_day is null then processed_first_day
            else first_day
        end as from_day
    from spans
    where
        version is distinct from processed_version
        or first_day is distinct from processed_first_day
        {% if not are_kept -%}
        or 1 = 1
        {%- endif %}
    union all
    select
        spans.scorecard,
        spans.customer_id,
        customer_spans.from_day
    from spans
    inner join customer_spans on spans.customer_id = customer_spans.customer_id
    where customer_spans.from_day is not null
    union all
    -- What an interrupted run has begun is done again.
    select
        scorecard,
        customer_id,
        from_day
    from processed_spans
    where from_day is not null
),

first_changes as (
    select
        scorecard,
        customer_id,
        min(from_day) as from_day
    from reasons
    group by scorecard, customer_id
)

select
    spans.scorecard,
    spans.customer_id,
    {{ number_of_row(['spans.scorecard', 'spans.customer_id']) }} as span_number,
    spans.first_day,
    spans.last_day,
    cast(spans.mature_from as date) as mature_from,
    spans.version,
    spans.processed_first_day,
    spans.processed_version,
    first_changes.from_day
from spans
left join first_changes
    on spans.scorecard = first_changes.scorecard
    and spans.customer_id = first_changes.customer_id
