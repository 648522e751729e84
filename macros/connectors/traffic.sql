{#-
    Whether a browser's or a client's own description of itself is that of a robot. Arguments: agent, an
    expression.
-#}
{% macro is_robot(agent) %}
    {{- return(adapter.dispatch('is_robot', 'customer_engagement')(agent)) -}}
{% endmacro %}

{#- Cubot makes telephones. -#}
{% macro default__is_robot(agent) -%}
    {%- set signs = [
        'bot', 'crawl', 'spider', 'slurp', 'headless', 'phantomjs', 'lighthouse', 'facebookexternalhit',
        'bingpreview', 'pingdom', 'datadogsynthetics', 'python-requests', 'curl/', 'wget/',
    ] -%}
    {%- set text = "replace(lower(" ~ agent ~ "), 'cubot', '')" -%}
    (
        {%- for sign in signs %}
        {{ 'or ' if not loop.first }}{{ text }} like '%{{ sign }}%'
        {%- endfor %}
    )
{%- endmacro %}


{#- Whether an address, or a host, is one's own machine. Arguments: address, an expression. -#}
{% macro is_test_address(address) %}
    {{- return(adapter.dispatch('is_test_address', 'customer_engagement')(address)) -}}
{% endmacro %}

{% macro default__is_test_address(address) -%}
    {%- set host -%}
        {{ text_part(
            text_part(
                "replace(replace(lower(" ~ address ~ "), 'https://', ''), 'http://', '')", "'/'", 1
            ), "':'", 1
        ) }}
    {%- endset -%}
    {{ host }} in ('localhost', '127.0.0.1', '0.0.0.0')
{%- endmacro %}


{#-
    Whether what a row calls its environment, or its application, is one for tests: the word alone, or at the
    end behind a hyphen, an underscore or a dot. Arguments: name, an expression.
-#}
{% macro is_test_environment(name) %}
    {{- return(adapter.dispatch('is_test_environment', 'customer_engagement')(name)) -}}
{% endmacro %}

{% macro default__is_test_environment(name) -%}
    {%- set words = [
        'test', 'testing', 'dev', 'develop', 'development', 'local', 'localhost', 'qa', 'stage', 'staging',
        'sandbox',
    ] -%}
    {%- set text = "'-' || replace(replace(lower(" ~ name ~ "), '_', '-'), '.', '-')" -%}
    (
        {%- for word in words %}
        {{ 'or ' if not loop.first }}{{ text }} like '%-{{ word }}'
        {%- endfor %}
    )
{%- endmacro %}


{#- The properties that hold an event's quantity, in the order of preference. -#}
{% macro quantity_properties() %}
    {{- return(adapter.dispatch('quantity_properties', 'customer_engagement')()) -}}
{% endmacro %}

{% macro default__quantity_properties() %}
    {%- do return(['quantity', 'revenue', 'value']) -%}
{% endmacro %}


{#-
    The name of a view of a page or screen that has a name of its own: with that name behind a colon. Override it to
    have one name for all. Arguments: event_name; name, null where it has none.
-#}
{% macro named_view(event_name, name) %}
    {{- return(adapter.dispatch('named_view', 'customer_engagement')(event_name, name)) -}}
{% endmacro %}

{% macro default__named_view(event_name, name) -%}
    {{ event_name }} || coalesce(': ' || {{ name }}, '')
{%- endmacro %}


{#-
    A CTE of the ids that were seen with exactly one owner, which makes them its aliases: alias_id and owner_id.

    Arguments: name, of the CTE; relation; alias_id and owner_id, columns of the relation.
-#}
{% macro sole_owners(name, relation, alias_id, owner_id) -%}
{{ name }} as (
    select
        {{ alias_id }} as alias_id,
        min({{ owner_id }}) as owner_id
    from {{ relation }}
    where
        {{ alias_id }} is not null
        and {{ owner_id }} is not null
    group by {{ alias_id }}
    having count(distinct {{ owner_id }}) = 1
)
{%- endmacro %}


{#-
    CTEs that tell the customer of each event: its account, else the only account that its user was ever seen with, else
    what customer_without_account() says. The last, identified_events, has the columns of the relation `people`, which
    has a user_id, and customer_id. Arguments: account_id, the column of people with the account.
-#}
{% macro identified_events(account_id) -%}
{{ sole_owners('known_accounts', 'people', 'user_id', account_id) }},

identified_events as (
    select
        people.*,
        coalesce(
            people.{{ account_id }}, known_accounts.owner_id,
            {{ customer_without_account('people.user_id') }}
        ) as customer_id
    from people
    left join known_accounts on people.user_id = known_accounts.alias_id
)
{%- endmacro %}


{#-
    The select that ends a connector's aliases. Two ids that are aliases of each other are none. Where accounts are
    the customers there are none, since the number of a user may be that of another's account.

    Arguments: relation, with alias_id and owner_id; have_accounts, whether accounts are the customers.
-#}
{% macro connector_aliases(relation, have_accounts) -%}
    select
        {{ kept_id('owners.alias_id') }} as alias_id,
        {{ kept_id('owners.owner_id') }} as customer_id
    from {{ relation }} as owners
    left join {{ relation }} as mutual
        on owners.owner_id = mutual.alias_id
        and owners.alias_id = mutual.owner_id
    where
        owners.alias_id != owners.owner_id
        and mutual.alias_id is null
        and {{ '1 = 0' if have_accounts else '1 = 1' }}
{%- endmacro %}


{#-
    The customer of a user of whom no account is known, where accounts are the customers: the user. Override it
    where users and accounts have the same numbers, as in `'user:' || user_id`, or `null` to reject such rows.

    Arguments: user_id.
-#}
{% macro customer_without_account(user_id) %}
    {{- return(adapter.dispatch('customer_without_account', 'customer_engagement')(user_id)) -}}
{% endmacro %}

{% macro default__customer_without_account(user_id) -%}
    {{ user_id }}
{%- endmacro %}
