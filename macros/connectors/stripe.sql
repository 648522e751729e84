{#- The columns that tell when a row of Stripe was loaded, by whatever loads it. -#}
{% macro stripe_load_times() %}
    {% do return(['_fivetran_synced', 'batch_timestamp', '_updated_at', '_airbyte_extracted_at']) %}
{% endmacro %}


{#-
    A CTE of Stripe's customers whose metadata name their account (variable stripe_account), as JSON or in rows of their
    own: stripe_customer_id and account_id.
-#}
{% macro stripe_accounts() -%}
{%- set account = var('stripe_account') | string | trim -%}
{%- set customer = raw_table('stripe', 'customer') -%}
{%- set entry = raw_table('stripe', 'customer_metadata') -%}
named_accounts as (
    {%- if account %}
    select
        {{ raw_column(customer, ['id'], 'id') }} as stripe_customer_id,
        {{ json_text(raw_column(customer, ['metadata'], 'json'), sql_text(account)) }} as account_id
    from {{ raw_rows(customer) }}
    union all
    select
        {{ raw_column(entry, ['customer_id'], 'id') }} as stripe_customer_id,
        {{ raw_column(entry, ['value'], 'id') }} as account_id
    from {{ raw_rows(entry) }}
        and {{ raw_column(entry, ['key'], 'text') }} = '{{ sql_text(account) }}'
    {%- else %}
    select
        cast(null as {{ dbt.type_string() }}) as stripe_customer_id,
        cast(null as {{ dbt.type_string() }}) as account_id
    from (select 1 as nothing) as no_rows
    where 1 = 0
    {%- endif %}
),

accounts as (
    select
        stripe_customer_id,
        max(account_id) as account_id
    from named_accounts
    group by stripe_customer_id
),
{%- endmacro %}


{#-
    The columns that tell the price of an item, or of a subscription that has but one, with a comma behind each: in
    columns of their own, or in the price or plan itself, as JSON. Arguments: found, what raw_table() returned.
-#}
{% macro stripe_price_columns(found) -%}
        {{ raw_column(found, ['price_id', 'price.id', 'price', 'plan_id', 'plan.id', 'plan'], 'id') }}
            as price_id,
        {{ raw_column(
            found,
            ['price_unit_amount', 'plan_amount', 'price.unit_amount_decimal', 'price.unit_amount',
             'plan.amount_decimal', 'plan.amount'],
            'number'
        ) }} as unit_amount,
        lower({{ raw_column(
            found, ['price_currency', 'plan_currency', 'price.currency', 'plan.currency'], 'text'
        ) }}) as currency,
        lower({{ raw_column(
            found,
            ['price_recurring_interval', 'plan_interval', 'price.recurring.interval', 'plan.interval'],
            'text'
        ) }}) as billing_interval,
        {{ raw_column(
            found,
            ['price_recurring_interval_count', 'plan_interval_count', 'price.recurring.interval_count',
             'plan.interval_count'],
            'number'
        ) }} as interval_count,
        lower({{ raw_column(
            found,
            ['price_recurring_usage_type', 'plan_usage_type', 'price.recurring.usage_type',
             'plan.usage_type'],
            'text'
        ) }}) as usage_type,
        lower({{ raw_column(
            found,
            ['price_billing_scheme', 'plan_billing_scheme', 'price.billing_scheme', 'plan.billing_scheme'],
            'text'
        ) }}) as billing_scheme,
        {{ raw_column(
            found, ['price.transform_quantity.divide_by', 'plan.transform_usage.divide_by'], 'number'
        ) }} as package_size,
        lower({{ raw_column(
            found, ['price.transform_quantity.round', 'plan.transform_usage.round'], 'text'
        ) }}) as package_rounding,
        {{ raw_column(
            found, ['price_nickname', 'plan_nickname', 'price.nickname', 'plan.nickname'], 'text'
        ) }} as nickname,
        {{ raw_column(
            found, ['price_product_id', 'plan_product_id', 'price.product', 'plan.product'], 'id'
        ) }} as product_id,
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
