{#- The columns that tell when a row of Stripe was loaded, by whatever loads it. -#}
{% macro stripe_load_times() %}
    {% do return(['_fivetran_synced', 'batch_timestamp', '_updated_at', '_airbyte_extracted_at']) %}
{% endmacro %}


{#-
    A CTE of Stripe's customers whose metadata name their account (variable stripe_account): stripe_customer_id
    and account_id.
-#}
{% macro stripe_accounts() -%}
{%- set account = var('stripe_account') | string | trim -%}
{%- set customer = raw_table('stripe', 'customer') -%}
accounts as (
    {%- if account and customer['from'] is not none %}
    select
        {{ raw_column(customer, ['id'], 'id') }} as stripe_customer_id,
        max({{ json_text(raw_column(customer, ['metadata'], 'json'), sql_text(account)) }}) as account_id
    from {{ raw_rows(customer) }}
    group by {{ raw_column(customer, ['id'], 'id') }}
    {%- else %}
    select
        cast(null as {{ dbt.type_string() }}) as stripe_customer_id,
        cast(null as {{ dbt.type_string() }}) as account_id
    from (select 1 as nothing) as no_rows
    where 1 = 0
    {%- endif %}
),
{%- endmacro %}


{#-
    Whether an amount is in the currency that amounts are taken in (variable stripe_currency).
    Arguments: currency, in lower case.
-#}
{% macro is_stripe_currency(currency) -%}
    {%- set chosen = var('stripe_currency') | string | trim | lower -%}
    {{ currency ~ " = '" ~ sql_text(chosen) ~ "'" if chosen else '1 = 1' }}
{%- endmacro %}


{#- Fails with one sentence where charges are in several currencies and none is chosen. -#}
{% macro check_stripe_currency() %}
    {% set charge = raw_table('stripe', 'charge') %}
    {% if charge['from'] is not none and not var('stripe_currency') | string | trim %}
        {% set currencies = run_query(
            'select distinct lower(' ~ raw_column(charge, ['currency'], 'text') ~ ') as currency from '
            ~ raw_rows(charge) ~ ' and ' ~ raw_flag(charge, ['livemode'], true)
            ~ ' and ' ~ raw_column(charge, ['currency'], 'text') ~ ' is not null order by currency'
        ).rows | map(attribute=0) | list %}
        {% if currencies | length > 1 %}
            {% do stop_with(
                charge['label'] ~ ' has amounts in several currencies (' ~ currencies | join(', ')
                ~ '), which cannot be added up: set the variable stripe_currency to the one to take.'
            ) %}
        {% endif %}
    {% endif %}
{% endmacro %}
