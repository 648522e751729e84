{{ config(enabled=is_connected('posthog')) }}

{%- set events = raw_table('posthog', 'events') %}
{%- set persons = raw_table('posthog', 'persons') %}
{%- set account = var('posthog_account') | string | trim %}

with

received_events as (
    select
        {{ raw_column(events, ['uuid', 'id'], 'id') }} as event_id,
        {{ raw_column(events, ['event'], 'text') }} as tracked_name,
        {{ raw_column(events, ['distinct_id'], 'id') }} as distinct_id,
        {{ raw_column(events, ['person_id'], 'id') }} as person_id,
        {{ raw_column(events, ['timestamp'], 'time') }} as occurred_at,
        {{ raw_column(events, ['timestamp'], 'text') }} as time_received,
        {{ raw_column(
            events, ['inserted_at', '_inserted_at', 'bq_ingested_timestamp', 'created_at'], 'time'
        ) }} as loaded_at,
        {{ raw_column(events, ['$group_0', 'group_0'], 'id') }} as first_group,
        {{ raw_column(events, ['properties'], 'json') }} as properties
    from {{ raw_rows(events) }}
),

person_ids as (
    select
        {{ raw_column(persons, ['distinct_id'], 'id') }} as distinct_id,
        {{ raw_column(persons, ['person_id'], 'id') }} as person_id,
        {{ raw_flag(persons, ['is_deleted'], false) }} as is_deleted,
        {{ raw_column(persons, ['person_distinct_id_version', 'version'], 'whole') }} as version
    from {{ raw_rows(persons) }}
),

-- Files have each version: of a distinct id that became another person's the last one counts.
numbered_persons as (
    select
        person_ids.*,
        row_number() over (
            partition by distinct_id order by version desc nulls last, person_id desc
        ) as listing
    from person_ids
),

known_persons as (
    select
        distinct_id,
        person_id
    from numbered_persons
    where listing = 1 and not is_deleted
),

read_events as (
    select
        received_events.*,
        coalesce(known_persons.person_id, received_events.person_id, received_events.distinct_id)
            as user_id,
        {{ json_text('received_events.properties', '$groups') }} as group_keys,
        {{ json_text('received_events.properties', '$group_0') }} as other_group,
        {{ json_text('received_events.properties', '$pathname') }} as page,
        {{ json_text('received_events.properties', '$screen_name') }} as screen,
        lower({{ json_text('received_events.properties', '$host') }}) as page_host,
        lower({{ json_text('received_events.properties', '$browser_type') }}) as browser_type,
        coalesce(
            {{ json_text('received_events.properties', 'quantity') }},
            {{ json_text('received_events.properties', 'revenue') }},
            {{ json_text('received_events.properties', 'value') }}
        ) as amount
    from received_events
    left join known_persons on received_events.distinct_id = known_persons.distinct_id
),

named_events as (
    select
        event_id,
        {% if account -%}
        coalesce(
            {{ json_text('group_keys', sql_text(account)) }},
            {{ customer_without_account('user_id') }}
        ) as customer_id,
        {%- else -%}
        coalesce(
            first_group,
            {%- for group_type in account_group_types() %}
            {{ json_text('group_keys', group_type) }},
            {%- endfor %}
            other_group,
            {{ customer_without_account('user_id') }}
        ) as customer_id,
        {%- endif %}
        user_id,
        {{ viewed_event_name('tracked_name', 'coalesce(page, screen)') }} as event_name,
        occurred_at,
        time_received,
        {{ safe_decimal('amount', 18, 4) }} as quantity,
        properties,
        loaded_at,
        case
            when browser_type = 'bot' or tracked_name = '$bot_pageview' then 'bot_traffic'
            when page_host like 'localhost%' or page_host like '127.0.0.1%' then 'test_traffic'
        end as source_rejection
    from read_events
)

{{ connector_events('named_events', 'posthog') }}
