{{ config(enabled=is_connected('ga4')) }}

{%- set events = raw_table('ga4', 'events') %}
{%- set account = var('ga4_account') | string | trim %}

with

received_events as (
    select
        {{ raw_column(events, ['event_name'], 'text') }} as event_name,
        {{ raw_column(events, ['event_timestamp'], 'text') }} as time_received,
        {{ raw_column(events, ['event_timestamp'], 'whole') }} as event_micros,
        {{ raw_column(events, ['event_server_timestamp_offset'], 'whole') }} as offset_micros,
        {{ raw_column(events, ['user_id'], 'id') }} as known_user_id,
        {{ raw_column(events, ['user_pseudo_id'], 'id') }} as pseudo_id,
        {{ raw_column(events, ['event_bundle_sequence_id'], 'text') }} as bundle_id,
        {{ raw_column(events, ['batch_page_id'], 'text') }} as batch_page_id,
        {{ raw_column(events, ['batch_ordering_id'], 'text') }} as batch_ordering_id,
        {{ raw_column(events, ['batch_event_index'], 'text') }} as batch_event_index,
        {{ raw_column(events, ['stream_id'], 'text') }} as stream_id,
        {{ raw_column(events, ['event_params'], 'json') }} as event_params,
        {{ raw_column(events, ['user_properties'], 'json') }} as user_params,
        {{ raw_column(events, ['ecommerce'], 'json') }} as ecommerce
    from {{ raw_rows(events) }}
),

unpacked_events as (
    select
        received_events.*,
        coalesce(known_user_id, pseudo_id) as user_id,
        {{ keyed_values('event_params') }} as properties,
        {{ keyed_values('user_params') }} as user_properties
    from received_events
),

read_events as (
    select
        unpacked_events.*,
        {{ json_text('properties', 'page_location') }} as page_location,
        {{ json_text('properties', 'firebase_screen') }} as screen,
        lower({{ json_text('properties', 'traffic_type') }}) as traffic_type,
        {{ json_text('properties', 'debug_mode') }} as debug_mode,
        {{ json_text('ecommerce', 'purchase_revenue') }} as revenue,
        {{ json_text('ecommerce', 'refund_value') }} as refunded,
        {{ json_text('properties', 'value') }} as event_value
    from unpacked_events
),

-- Exports from before the batch columns tell the events of a bundle by what they say.
named_events as (
    select
        {{ dbt.hash(joined_parts([
            'pseudo_id', 'known_user_id', 'stream_id', 'time_received', 'event_name', 'bundle_id',
            'batch_page_id', 'batch_ordering_id', 'batch_event_index',
            'case when batch_event_index is null then properties end',
        ])) }} as event_id,
        {% if account -%}
        coalesce(
            {{ json_text('user_properties', sql_text(account)) }},
            {{ json_text('properties', sql_text(account)) }},
            {{ customer_without_account('user_id') }}
        ) as customer_id,
        {%- else -%}
        user_id as customer_id,
        {%- endif %}
        user_id,
        {{ viewed_event_name(
            'event_name', 'coalesce(' ~ dbt.split_part('page_location', "'?'", 1) ~ ', screen)'
        ) }} as event_name,
        {{ micros_to_utc('event_micros') }} as occurred_at,
        time_received,
        case
            when event_name = 'purchase' and revenue is not null
                then {{ safe_decimal('revenue', 18, 4) }}
            when event_name = 'refund' and refunded is not null
                then {{ safe_decimal('refunded', 18, 4) }}
            else {{ safe_decimal('event_value', 18, 4) }}
        end as quantity,
        properties,
        {{ micros_to_utc('event_micros + coalesce(offset_micros, 0)') }} as loaded_at,
        case
            when traffic_type = 'internal' then 'internal_traffic'
            when traffic_type = 'developer' or debug_mode in ('1', 'true') then 'test_traffic'
        end as source_rejection
    from read_events
)

{{ connector_events('named_events', 'ga4') }}
