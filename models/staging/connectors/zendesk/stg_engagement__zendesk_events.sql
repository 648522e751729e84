{{ config(enabled=is_connected('zendesk')) }}

{%- set ticket = raw_table('zendesk', 'ticket') %}
{%- set person = raw_table('zendesk', 'user') %}
{%- set comment = raw_table('zendesk', 'comment') %}
{%- set history = raw_table('zendesk', 'history') %}

with

people as (
    select
        {{ raw_column(person, ['id'], 'id') }} as user_id,
        {{ raw_column(person, ['organization_id'], 'id') }} as organization_id,
        lower({{ raw_column(person, ['role'], 'text') }}) in ('agent', 'admin') as is_staff
    from {{ raw_rows(person) }}
),

tickets as (
    select
        {{ raw_column(ticket, ['id'], 'id') }} as ticket_id,
        {{ raw_column(ticket, ['organization_id'], 'id') }} as organization_id,
        {{ raw_column(ticket, ['requester_id', 'submitter_id'], 'id') }} as user_id,
        {{ raw_column(ticket, ['created_at'], 'time') }} as opened_at,
        lower({{ raw_column(ticket, ['status'], 'text') }}) as status,
        {{ raw_column(ticket, ['subject'], 'text') }} as subject,
        lower({{ raw_column(ticket, ['priority'], 'text') }}) as priority,
        lower({{ raw_column(ticket, ['via_channel', 'via.channel'], 'text') }}) as channel,
        {{ raw_flag(ticket, ['_fivetran_deleted'], false) }} as is_deleted,
        {{ raw_column(ticket, ['_fivetran_synced', '_airbyte_extracted_at'], 'time') }} as loaded_at
    from {{ raw_rows(ticket) }}
),

customer_tickets as (
    select
        tickets.ticket_id,
        tickets.user_id,
        tickets.opened_at,
        tickets.subject,
        tickets.priority,
        tickets.channel,
        tickets.loaded_at,
        coalesce(tickets.organization_id, people.organization_id, tickets.user_id) as customer_id,
        case
            when tickets.is_deleted or tickets.status = 'deleted' then 'deleted_at_source'
            when tickets.channel like 'sample%' then 'test_traffic'
            when people.is_staff and tickets.organization_id is null then 'internal_traffic'
        end as rejection_reason
    from tickets
    left join people on tickets.user_id = people.user_id
),

received_comments as (
    select
        {{ raw_column(comment, ['id'], 'id') }} as comment_id,
        {{ raw_column(comment, ['ticket_id'], 'id') }} as ticket_id,
        {{ raw_column(comment, ['user_id', 'author_id'], 'id') }} as user_id,
        {{ raw_column(comment, ['created', 'created_at'], 'time') }} as occurred_at,
        {{ raw_flag(comment, ['public'], true) }} as is_public,
        {{ raw_flag(comment, ['_fivetran_deleted'], false) }} as is_deleted,
        {{ raw_column(comment, ['_fivetran_synced', '_airbyte_extracted_at'], 'time') }}
            as loaded_at
    from {{ raw_rows(comment) }}
),

numbered_comments as (
    select
        received_comments.*,
        row_number() over (
            partition by ticket_id order by occurred_at, comment_id
        ) as comment_number
    from received_comments
),

-- The first comment of a ticket is what it was opened with.
comments as (
    select * from numbered_comments
    where comment_number > 1
),

changes as (
    select
        {{ raw_column(history, ['ticket_id'], 'id') }} as ticket_id,
        {{ raw_column(history, ['user_id'], 'id') }} as user_id,
        {{ raw_column(history, ['updated'], 'time') }} as occurred_at,
        lower({{ raw_column(history, ['value'], 'text') }}) as status,
        {{ raw_column(history, ['_fivetran_synced'], 'time') }} as loaded_at,
        lag(lower({{ raw_column(history, ['value'], 'text') }})) over (
            partition by {{ raw_column(history, ['ticket_id'], 'id') }}
            order by {{ raw_column(history, ['updated'], 'time') }}
        ) as status_before
    from {{ raw_rows(history) }}
        and lower({{ raw_column(history, ['field_name'], 'text') }}) = 'status'
),

all_rows as (
    select
        'ticket:' || ticket_id as event_id,
        customer_id,
        user_id,
        'support_ticket_opened' as event_name,
        opened_at as occurred_at,
        loaded_at,
        {{ json_of_texts({
            'ticket_id': 'ticket_id', 'priority': 'priority', 'channel': 'channel',
        }) }}
            as properties,
        rejection_reason as source_rejection
    from customer_tickets
    union all
    select
        'comment:' || comments.comment_id as event_id,
        customer_tickets.customer_id,
        comments.user_id,
        case
            when not comments.is_public then 'support_note_written'
            when people.is_staff then 'support_ticket_answered'
            else 'support_ticket_commented'
        end as event_name,
        comments.occurred_at,
        comments.loaded_at,
        {{ json_of_texts({'ticket_id': 'comments.ticket_id'}) }} as properties,
        case
            when customer_tickets.rejection_reason is not null
                then customer_tickets.rejection_reason
            when comments.is_deleted then 'deleted_at_source'
            when people.is_staff or not comments.is_public then 'internal_traffic'
        end as source_rejection
    from comments
    left join customer_tickets on comments.ticket_id = customer_tickets.ticket_id
    left join people on comments.user_id = people.user_id
    union all
    select
        'status:' || changes.ticket_id || ':'
        || cast(changes.occurred_at as {{ dbt.type_string() }}) as event_id,
        customer_tickets.customer_id,
        case
            when changes.status != 'solved' and not coalesce(people.is_staff, 1 = 0)
                then changes.user_id
        end as user_id,
        case
            when changes.status = 'solved' then 'support_ticket_solved'
            else 'support_ticket_reopened'
        end as event_name,
        changes.occurred_at,
        changes.loaded_at,
        {{ json_of_texts({'ticket_id': 'changes.ticket_id'}) }} as properties,
        customer_tickets.rejection_reason as source_rejection
    from changes
    left join customer_tickets on changes.ticket_id = customer_tickets.ticket_id
    left join people on changes.user_id = people.user_id
    where
        changes.status = 'solved'
        or (
            changes.status_before = 'solved'
            and changes.status in ('new', 'open', 'pending', 'hold')
        )
),

timed_rows as (
    select
        all_rows.*,
        cast(occurred_at as {{ dbt.type_string() }}) as time_received,
        cast(null as {{ type_decimal(18, 4) }}) as quantity
    from all_rows
)

{{ connector_events('timed_rows', 'zendesk') }}
