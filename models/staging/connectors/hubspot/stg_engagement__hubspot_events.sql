{{ config(enabled=is_connected('hubspot')) }}

{%- set engagement = raw_table('hubspot', 'engagement') %}
{%- set contact = raw_table('hubspot', 'contact') %}
{%- set ticket = raw_table('hubspot', 'ticket') %}
{%- set created = hubspot_creation_times() %}
{%- set tables = {} %}
{%- for kind in hubspot_activities() %}
{%- do tables.update({kind: raw_table('hubspot', kind)}) %}
{%- endfor %}

with

contacts as (
    select
        {{ raw_column(contact, ['id', 'record id', 'vid'], 'id') }} as contact_id,
        {{ raw_column(
            contact, hubspot_names('associatedcompanyid') + ['primary associated company id'], 'id'
        ) }} as company_id
    from {{ raw_rows(contact) }}
),

{{ hubspot_links('company', ['companies', 'associated company ids']) }},

{{ hubspot_links('contact', ['contacts', 'associated contact ids']) }},

engagements as (
    select
        {{ raw_column(engagement, ['id'], 'id') }} as activity_id,
        upper({{ raw_column(engagement, ['type'], 'text') }}) as activity_type,
        {{ raw_column(engagement, ['timestamp'], 'time') }} as held_at,
        {{ raw_column(engagement, ['created_at', 'createdat'], 'time') }} as created_at,
        {{ raw_column(engagement, ['metadata.completionDate'], 'time') }} as completed_at,
        upper({{ raw_column(engagement, ['metadata.status'], 'text') }}) as outcome,
        lower({{ raw_column(engagement, ['metadata.disposition'], 'text') }}) as disposition,
        {{ raw_column(engagement, ['metadata.durationMilliseconds'], 'number') }}
            as call_milliseconds,
        {{ raw_column(engagement, ['metadata.startTime'], 'time') }} as meeting_started_at,
        {{ raw_column(engagement, ['metadata.endTime'], 'time') }} as meeting_ended_at,
        {{ raw_flag(engagement, hubspot_deletions(), false) }} as is_deleted,
        {{ raw_column(engagement, hubspot_load_times(), 'time') }} as loaded_at
    from {{ raw_rows(engagement) }}
),

details as (
    {%- for kind, table in tables.items() if table['from'] is not none %}
    select
        {{ raw_column(table, hubspot_ids(), 'id') }} as activity_id,
        '{{ kind }}' as kind,
        {{ raw_column(
            table, hubspot_names('hs_timestamp') + ['start_time', 'activity date'], 'time'
        ) }} as held_at,
        {{ raw_column(table, created, 'time') }} as created_at,
        {{ raw_column(
            table, hubspot_names('hs_task_completion_date')
            + ['completion_date', 'completed at'], 'time'
        ) }}
            as completed_at,
        -- Exports have names, such as No Show, in the place of NO_SHOW.
        replace(upper({{ raw_column(
            table,
            hubspot_names('hs_' ~ kind ~ '_direction') + [kind ~ ' direction']
            + (['type'] if kind == 'email' else []),
            'text'
        ) }}), ' ', '_') as direction,
        replace(upper({{ raw_column(
            table,
            hubspot_names('hs_' ~ kind ~ ('_outcome' if kind == 'meeting' else '_status'))
            + ['meeting_outcome', 'status']
            + [kind ~ (' outcome' if kind == 'meeting' else ' status')],
            'text'
        ) }}), ' ', '_') as outcome,
        lower({{ raw_column(
            table,
            (hubspot_names('hs_call_disposition') + ['call outcome'] if kind == 'call' else []),
            'text'
        ) }}) as disposition,
        {{ raw_column(
            table, hubspot_names('hs_call_duration') + ['duration_milliseconds'], 'number'
        ) }} as call_milliseconds,
        {{ raw_column(
            table, hubspot_names('hs_meeting_start_time') + ['start_time', 'meeting start time'],
            'time'
        ) }} as meeting_started_at,
        {{ raw_column(
            table, hubspot_names('hs_meeting_end_time') + ['end_time', 'meeting end time'], 'time'
        ) }} as meeting_ended_at,
        {{ raw_flag(table, hubspot_deletions(), false) }} as is_deleted,
        {{ raw_column(table, hubspot_load_times(), 'time') }} as loaded_at
    from {{ raw_rows(table) }}
    union all
    {%- endfor %}
    -- Of an engagement whose own table is not loaded, what the common one tells.
    select
        activity_id,
        case
            when activity_type like '%EMAIL' then 'email'
            else lower(activity_type)
        end as kind,
        held_at,
        created_at,
        completed_at,
        case when activity_type like '%EMAIL' then activity_type end as direction,
        outcome,
        disposition,
        call_milliseconds,
        meeting_started_at,
        meeting_ended_at,
        is_deleted,
        loaded_at
    from engagements
    {%- for kind, table in tables.items() if table['from'] is not none %}
    {{ 'where' if loop.first else 'and' }} not exists (
        select 1
        from {{ raw_rows(table) }}
            and {{ raw_column(table, hubspot_ids(), 'id') }} = engagements.activity_id
    )
    {%- endfor %}
),

activities as (
    select
        'engagement:' || details.activity_id as record_key,
        details.kind || ':' || details.activity_id as record_id,
        details.kind,
        details.direction,
        details.outcome,
        details.disposition,
        coalesce(details.held_at, details.meeting_started_at, engagements.held_at) as held_at,
        coalesce(details.created_at, engagements.created_at) as created_at,
        details.completed_at,
        case
            when details.kind = 'call'
                then {{ exact_ratio('details.call_milliseconds', 60000) }}
            when details.kind = 'meeting' and coalesce(details.outcome, 'COMPLETED') = 'COMPLETED'
                then {{ exact_ratio(
                    dbt.datediff(
                        'details.meeting_started_at', 'details.meeting_ended_at', 'second'
                    ),
                    60
                ) }}
        end as minutes,
        details.is_deleted or coalesce(engagements.is_deleted, 1 = 0) as is_deleted,
        coalesce(details.loaded_at, engagements.loaded_at) as loaded_at
    from details
    left join engagements on details.activity_id = engagements.activity_id
),

tickets as (
    select
        {{ raw_column(ticket, hubspot_ids(), 'id') }} as ticket_id,
        {{ raw_column(ticket, created, 'time') }} as opened_at,
        {{ raw_column(
            ticket, hubspot_names('closed_date') + ['close date'], 'time'
        ) }} as closed_at,
        {{ raw_column(ticket, hubspot_names('hs_ticket_priority') + ['priority'], 'text') }}
            as priority,
        {{ raw_column(ticket, hubspot_names('hs_pipeline') + ['pipeline'], 'text') }} as pipeline,
        {{ raw_flag(ticket, hubspot_deletions(), false) }} as is_deleted,
        {{ raw_column(ticket, hubspot_load_times(), 'time') }} as loaded_at
    from {{ raw_rows(ticket) }}
),

records as (
    select
        record_key,
        record_id,
        case
            when kind = 'call' and outcome in ('BUSY', 'CANCELED', 'FAILED', 'MISSED', 'NO_ANSWER')
                then 'call_missed'
            -- A call that was logged by hand is completed, whatever came of it.
            when kind = 'call' and {{ is_missed_call('disposition') }} then 'call_missed'
            when kind = 'call' then 'call_held'
            when kind = 'email' and direction like 'INCOMING%' then 'email_received'
            when kind = 'email' and direction like 'FORWARDED%' then 'email_forwarded'
            when kind = 'email' then 'email_sent'
            when kind = 'meeting' and outcome = 'NO_SHOW' then 'meeting_missed'
            when kind = 'meeting' and outcome in ('SCHEDULED', 'RESCHEDULED', 'CANCELED')
                then 'meeting_' || lower(outcome)
            when kind = 'meeting' then 'meeting_held'
            when kind = 'note' then 'note_written'
            when kind = 'task' and outcome = 'COMPLETED' then 'task_completed'
            when kind = 'task' then 'task_created'
            when kind = 'communication' then 'message_exchanged'
            else kind
        end as event_name,
        -- The time of a task is when it is due.
        case
            when kind != 'task' then coalesce(held_at, created_at)
            when outcome = 'COMPLETED' then coalesce(completed_at, created_at)
            else created_at
        end as occurred_at,
        minutes as quantity,
        {{ json_of_texts({'direction': 'direction', 'outcome': 'outcome'}) }} as properties,
        is_deleted,
        loaded_at
    from activities
    union all
    select
        'ticket:' || ticket_id as record_key,
        'ticket:' || ticket_id as record_id,
        'support_ticket_opened' as event_name,
        opened_at as occurred_at,
        null as quantity,
        {{ json_of_texts({'priority': 'priority', 'pipeline': 'pipeline'}) }} as properties,
        is_deleted,
        loaded_at
    from tickets
    union all
    select
        'ticket:' || ticket_id as record_key,
        'ticket_closed:' || ticket_id as record_id,
        'support_ticket_solved' as event_name,
        closed_at as occurred_at,
        null as quantity,
        {{ json_of_texts({'priority': 'priority', 'pipeline': 'pipeline'}) }} as properties,
        is_deleted,
        loaded_at
    from tickets
    where closed_at is not null
),

keys_with_company as (
    select record_key
    from company_links
    group by record_key
),

record_customers as (
    select
        record_key,
        linked_id as customer_id
    from company_links
    {{ union_distinct() }}
    select
        contact_links.record_key,
        coalesce(contacts.company_id, contact_links.linked_id) as customer_id
    from contact_links
    left join contacts on contact_links.linked_id = contacts.contact_id
    left join keys_with_company on contact_links.record_key = keys_with_company.record_key
    where keys_with_company.record_key is null
),

record_users as (
    select
        record_customers.record_key,
        record_customers.customer_id,
        coalesce(
            min(
                case
                    when
                        coalesce(contacts.company_id, contact_links.linked_id)
                        = record_customers.customer_id
                        then contact_links.linked_id
                end
            ),
            min(contact_links.linked_id)
        ) as user_id
    from record_customers
    inner join contact_links on record_customers.record_key = contact_links.record_key
    left join contacts on contact_links.linked_id = contacts.contact_id
    group by record_customers.record_key, record_customers.customer_id
),

customer_records as (
    select
        records.record_id || coalesce(':' || record_customers.customer_id, '') as event_id,
        record_customers.customer_id,
        case
            when
                records.event_name in (
                    'call_held', 'meeting_held', 'email_received', 'message_exchanged',
                    'support_ticket_opened'
                )
                then record_users.user_id
        end as user_id,
        records.event_name,
        records.occurred_at,
        cast(records.occurred_at as {{ dbt.type_string() }}) as time_received,
        cast(records.quantity as {{ type_decimal(18, 4) }}) as quantity,
        records.properties,
        records.loaded_at,
        case when records.is_deleted then 'deleted_at_source' end as source_rejection
    from records
    left join record_customers on records.record_key = record_customers.record_key
    left join record_users
        on record_customers.record_key = record_users.record_key
        and record_customers.customer_id = record_users.customer_id
)

{{ connector_events('customer_records', 'hubspot') }}
