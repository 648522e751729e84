{#-
    The tables of Segment and of RudderStack, which land in the same form, for connector_tables().
    Arguments: connector, segment or rudderstack.
-#}
{% macro call_tables(connector) %}
    {% set tables = {} %}
    {% for name in ['tracks', 'pages', 'screens'] %}
        {% do tables.update({name: {
            'names': [name],
            'columns': [
                ['id', 'message_id'], ['anonymous_id', 'user_id'], call_times(),
            ] + ([['event', 'event_text']] if name == 'tracks' else []),
        }}) %}
    {% endfor %}
    {% do tables.update({
        'identifies': {'names': ['identifies'], 'columns': [['user_id', 'anonymous_id']]},
        'groups': {'names': ['groups', '_groups'], 'columns': [['group_id'], ['user_id', 'anonymous_id']]},
        'aliases': {'names': ['aliases'], 'columns': [['previous_id'], ['user_id']]},
    }) %}
    {% for event, column in call_options(connector)['quantities'].items() %}
        {% do tables.update({
            event: {'names': [event | lower], 'columns': [['id', 'message_id'], [column | lower]]},
        }) %}
    {% endfor %}
    {% do return({'any_of': ['tracks', 'pages', 'screens'], 'tables': tables}) %}
{% endmacro %}


{#- What the variables of Segment or RudderStack say. Arguments: connector. -#}
{% macro call_options(connector) %}
    {% do return({
        'segment': {
            'account': var('segment_account') | string | trim | lower,
            'quantities': var('segment_quantities'),
        },
        'rudderstack': {
            'account': var('rudderstack_account') | string | trim | lower,
            'quantities': var('rudderstack_quantities'),
        },
    }[connector]) %}
{% endmacro %}


{#- The columns with the time of a call, the best one first. -#}
{% macro call_times() %}
    {% do return(['timestamp', 'original_timestamp', 'sent_at', 'received_at']) %}
{% endmacro %}


{#-
    The columns that name the account of a call; none where groups are not the customers.
    Arguments: connector, segment or rudderstack.
-#}
{% macro call_account_columns(connector) %}
    {% set account = call_options(connector)['account'] %}
    {% if account == 'group' %}
        {% do return(['context_group_id', 'context_groupid']) %}
    {% endif %}
    {% do return([] if account in ['', 'user'] else [account]) %}
{% endmacro %}


{#-
    Fails with one sentence where the account is a column that no table has, or a table with quantities is missing.
    Arguments: connector, segment or rudderstack.
-#}
{% macro check_calls(connector) %}
    {% set account = call_options(connector)['account'] %}
    {% set columns = [] %}
    {% for name in ['tracks', 'pages', 'screens'] %}
        {% do columns.extend(raw_table(connector, name)['columns'].keys()) %}
    {% endfor %}
    {% if account not in ['', 'user', 'group'] and account not in columns %}
        {% do stop_with(
            'The variable ' ~ connector ~ '_account is ' ~ account ~ ', and none of the tables tracks, pages and '
            ~ 'screens in ' ~ connector_places()[connector] ~ ' has such a column: set it to group, to user, or '
            ~ 'to a column of theirs.'
        ) %}
    {% endif %}
    {% for event in call_options(connector)['quantities'] %}
        {% if raw_table(connector, event)['from'] is none %}
            {% do stop_with(
                'There is no table ' ~ event ~ ' in ' ~ connector_places()[connector] ~ ', which the variable '
                ~ connector ~ '_quantities names: take it out, or write it as the table is called.'
            ) %}
        {% endif %}
    {% endfor %}
{% endmacro %}


{#- The select of all calls of one kind, for call_events(). Arguments: connector; table_name. -#}
{% macro calls_of(connector, table_name) -%}
    {%- set found = raw_table(connector, table_name) -%}
    {%- set page = {
        'name': raw_column(found, ['name'], 'text'), 'title': raw_column(found, ['title'], 'text'),
        'path': raw_column(found, ['path', 'context_page_path'], 'text'),
        'url': raw_column(found, ['url', 'context_page_url'], 'text'),
    } -%}
    select
        {{ raw_column(found, ['id', 'message_id'], 'id') }} as event_id,
        {{ raw_column(found, ['user_id'], 'id') }} as known_user_id,
        {{ raw_column(found, ['anonymous_id'], 'id') }} as anonymous_id,
        {{ raw_column(found, call_account_columns(connector), 'id') }} as account_id,
        {% if table_name == 'tracks' -%}
        {{ raw_column(found, ['event_text', 'event'], 'text') }} as tracked_name,
        {{ raw_column(found, ['event'], 'text') }} as event_table,
        {%- else -%}
        {{ named_view("'" ~ table_name[:-1] ~ "_viewed'", page['name']) }} as tracked_name,
        cast(null as {{ dbt.type_string() }}) as event_table,
        {%- endif %}
        {{ page['path'] if table_name != 'screens' else page['name'] }} as viewed,
        {{ raw_column(found, call_times(), 'time') }} as occurred_at,
        {{ raw_column(found, call_times(), 'text') }} as time_received,
        {{ raw_column(found, ['received_at', 'loaded_at', 'uuid_ts'], 'time') }} as loaded_at,
        {% if table_name == 'tracks' -%}
        {{ raw_column(found, ['properties'], 'json') }} as properties,
        {%- else -%}
        {{ json_of_texts(page) }} as properties,
        {%- endif %}
        {{ raw_column(found, ['context_user_agent', 'context_useragent'], 'text') }} as user_agent,
        {{ page['url'] }} as address,
        {{ raw_column(
            found, ['context_environment', 'context_env', 'context_app_environment'], 'text'
        ) }} as environment,
        {{ raw_flag(found, ['context_is_bot'], false) }} as is_bot
    from {{ raw_rows(found) }}
{%- endmacro %}


{#- Whether accounts, not users, are the customers of Segment or RudderStack. Arguments: connector. -#}
{% macro calls_have_accounts(connector) %}
    {% do return(call_options(connector)['account'] not in ['', 'user']) %}
{% endmacro %}


{#- A CTE, sightings, of the anonymous and former ids that were seen with a user. Arguments: connector. -#}
{% macro call_sightings(connector) -%}
{%- set aliases = raw_table(connector, 'aliases') -%}
sightings as (
    {%- for table_name in ['identifies', 'tracks', 'pages', 'screens', 'groups'] %}
    {%- set found = raw_table(connector, table_name) %}
    select
        {{ raw_column(found, ['anonymous_id'], 'id') }} as anonymous_id,
        {{ raw_column(found, ['user_id'], 'id') }} as user_id
    from {{ raw_rows(found) }}
    {{ union_distinct() }}
    {%- endfor %}
    select
        {{ raw_column(aliases, ['previous_id'], 'id') }} as anonymous_id,
        {{ raw_column(aliases, ['user_id'], 'id') }} as user_id
    from {{ raw_rows(aliases) }}
)
{%- endmacro %}


{#-
    The query of the events of Segment or RudderStack: tracks as they are named, views of pages and screens. Where
    groups are the customers, it is the group that the user had joined last by then, before the first one that.

    Arguments: connector, segment or rudderstack.
-#}
{% macro call_events(connector) -%}
{%- set groups = raw_table(connector, 'groups') -%}
{%- set by_group = call_options(connector)['account'] == 'group' -%}
{%- set quantities = call_options(connector)['quantities'] -%}
with

calls as (
    {%- for table_name in ['tracks', 'pages', 'screens'] %}
    {{ 'union all' if not loop.first }}
    {{ calls_of(connector, table_name) }}
    {%- endfor %}
),

{% if quantities -%}
quantities as (
    {%- for event, column in quantities.items() %}
    {%- set found = raw_table(connector, event) %}
    {{ 'union all' if not loop.first }}
    select
        '{{ sql_text(event | lower) }}' as event_table,
        {{ raw_column(found, ['id', 'message_id'], 'id') }} as event_id,
        max({{ raw_column(found, [column | lower], 'number') }}) as quantity
    from {{ raw_rows(found) }}
    group by {{ raw_column(found, ['id', 'message_id'], 'id') }}
    {%- endfor %}
),

{% endif -%}
{% if calls_have_accounts(connector) -%}
{{ call_sightings(connector) }},

{{ sole_owners('known_users', 'sightings', 'anonymous_id', 'user_id') }},

people as (
    select
        calls.*,
        coalesce(calls.known_user_id, known_users.owner_id, calls.anonymous_id) as user_id
    from calls
    left join known_users on calls.anonymous_id = known_users.alias_id
),

group_calls as (
    select
        {{ raw_column(groups, ['user_id'], 'id') }} as known_user_id,
        {{ raw_column(groups, ['anonymous_id'], 'id') }} as anonymous_id,
        {{ raw_column(groups, ['group_id'], 'id') }} as group_id,
        {{ raw_column(groups, call_times(), 'time') }} as joined_at
    from {{ raw_rows(groups) }}
        and {{ '1 = 1' if by_group else '1 = 0' }}
),

joined_groups as (
    select
        coalesce(group_calls.known_user_id, known_users.owner_id, group_calls.anonymous_id) as user_id,
        group_calls.group_id,
        group_calls.joined_at
    from group_calls
    left join known_users on group_calls.anonymous_id = known_users.alias_id
    where
        group_calls.group_id is not null
        and group_calls.joined_at is not null
),

memberships as (
    select
        user_id,
        group_id,
        joined_at,
        row_number() over (partition by user_id order by joined_at, group_id) = 1 as is_first,
        lead(joined_at) over (partition by user_id order by joined_at, group_id) as left_at
    from joined_groups
),

{{ sole_owners('known_accounts', 'people', 'user_id', 'account_id') }},

identified_calls as (
    select
        people.*,
        coalesce(
            people.account_id, memberships.group_id, known_accounts.owner_id,
            {{ customer_without_account('people.user_id') }}
        ) as customer_id
    from people
    left join memberships
        on people.user_id = memberships.user_id
        and (
            memberships.is_first
            or people.occurred_at >= memberships.joined_at {# portable: beside an equality #}
        )
        and (
            memberships.left_at is null
            or people.occurred_at < memberships.left_at {# portable: beside an equality #}
        )
    left join known_accounts on people.user_id = known_accounts.alias_id
),
{%- else -%}
identified_calls as (
    select
        calls.*,
        coalesce(calls.known_user_id, calls.anonymous_id) as user_id,
        coalesce(calls.known_user_id, calls.anonymous_id) as customer_id
    from calls
),
{%- endif %}

named_calls as (
    select
        identified_calls.event_id,
        identified_calls.customer_id,
        identified_calls.user_id,
        {{ viewed_event_name('identified_calls.tracked_name', 'identified_calls.viewed') }} as event_name,
        identified_calls.occurred_at,
        identified_calls.time_received,
        {{ 'quantities.quantity' if quantities else 'cast(null as ' ~ type_decimal(18, 4) ~ ')' }} as quantity,
        identified_calls.properties,
        identified_calls.loaded_at,
        case
            when identified_calls.is_bot or {{ is_robot('identified_calls.user_agent') }} then 'bot_traffic'
            when
                {{ is_test_address('identified_calls.address') }}
                or {{ is_test_environment('identified_calls.environment') }}
                then 'test_traffic'
        end as source_rejection
    from identified_calls
    {%- if quantities %}
    left join quantities
        on identified_calls.event_id = quantities.event_id
        and lower(identified_calls.event_table) = quantities.event_table
    {%- endif %}
)

{{ connector_events('named_calls', connector) }}
{%- endmacro %}


{#-
    The query of the aliases of Segment or RudderStack: of anonymous and former ids that were seen with exactly one
    user; none where accounts are the customers. Arguments: connector, segment or rudderstack.
-#}
{% macro call_aliases(connector) -%}
with

{{ call_sightings(connector) }},

{{ sole_owners('user_aliases', 'sightings', 'anonymous_id', 'user_id') }}

{{ connector_aliases('user_aliases', calls_have_accounts(connector)) }}
{%- endmacro %}
