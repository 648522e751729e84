{{ config(enabled=is_connected('zendesk')) }}

{%- set ticket = raw_table('zendesk', 'ticket') %}
{%- set person = raw_table('zendesk', 'user') %}
{%- set rating = raw_table('zendesk', 'rating') %}
{%- set history = raw_table('zendesk', 'history') %}

with

received_people as (
    select
        {{ raw_column(person, ['id'], 'id') }} as user_id,
        {{ raw_column(person, ['organization_id'], 'id') }} as organization_id,
        row_number() over (
            partition by {{ raw_column(person, ['id'], 'id') }}
            order by {{ raw_column(person, ['updated_at'], 'time') }} desc nulls last
        ) as version_number
    from {{ raw_rows(person) }}
),

-- Loaders that append have a row for each version.
people as (
    select * from received_people
    where version_number = 1
),

received_tickets as (
    select
        {{ raw_column(ticket, ['id'], 'id') }} as ticket_id,
        {{ raw_column(ticket, ['organization_id'], 'id') }} as organization_id,
        {{ raw_column(ticket, ['requester_id', 'submitter_id'], 'id') }} as user_id,
        {{ raw_flag(ticket, ['_fivetran_deleted'], false) }}
        or coalesce(lower({{ raw_column(ticket, ['status'], 'text') }}) = 'deleted', 1 = 0)
            as is_deleted,
        row_number() over (
            partition by {{ raw_column(ticket, ['id'], 'id') }}
            order by {{ raw_column(ticket, ['updated_at'], 'time') }} desc nulls last
        ) as version_number
    from {{ raw_rows(ticket) }}
),

tickets as (
    select * from received_tickets
    where version_number = 1
),

ratings as (
    {%- if rating['from'] is not none %}
    select
        {{ raw_column(rating, ['ticket_id'], 'id') }} as ticket_id,
        lower({{ raw_column(rating, ['score'], 'text') }}) as rating,
        {{ raw_column(rating, ['updated_at', 'created_at'], 'time') }} as responded_at
    from {{ raw_rows(rating) }}
    {%- else %}
    select
        {{ raw_column(history, ['ticket_id'], 'id') }} as ticket_id,
        lower({{ raw_column(history, ['value'], 'text') }}) as rating,
        {{ raw_column(history, ['updated'], 'time') }} as responded_at
    from {{ raw_rows(history) }}
        and lower({{ raw_column(history, ['field_name'], 'text') }}) = 'satisfaction_score'
    {%- endif %}
),

-- Who changes an answer has answered once.
numbered_ratings as (
    select
        ratings.*,
        row_number() over (partition by ticket_id order by responded_at desc) as listing
    from ratings
    where rating like 'good%' or rating like 'bad%'
)

select
    {{ kept_id('coalesce(tickets.organization_id, people.organization_id, tickets.user_id)') }}
        as customer_id,
    {{ kept_id('tickets.user_id') }} as user_id,
    'csat' as survey,
    case
        when numbered_ratings.rating like 'good%' then cast(5 as {{ type_decimal(18, 4) }})
        else cast(1 as {{ type_decimal(18, 4) }})
    end as score,
    numbered_ratings.responded_at
from numbered_ratings
inner join tickets on numbered_ratings.ticket_id = tickets.ticket_id
left join people on tickets.user_id = people.user_id
where numbered_ratings.listing = 1 and not tickets.is_deleted
