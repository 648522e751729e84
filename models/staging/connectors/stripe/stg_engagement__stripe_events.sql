{{ config(enabled=is_connected('stripe')) }}

{%- set charge = raw_table('stripe', 'charge') %}
{%- set refund = raw_table('stripe', 'refund') %}
{%- set invoice = raw_table('stripe', 'invoice') %}
{%- set invoice_payment = raw_table('stripe', 'invoice_payment') %}
{%- set load_times = stripe_load_times() %}

with

{{ stripe_accounts() }}

charges as (
    select
        {{ raw_column(charge, ['id'], 'id') }} as charge_id,
        {{ raw_column(charge, ['customer_id', 'customer'], 'id') }} as customer_id,
        {{ raw_column(charge, ['created'], 'time') }} as occurred_at,
        {{ raw_column(charge, ['created'], 'text') }} as time_received,
        {{ raw_column(charge, ['amount'], 'number') }} as amount,
        lower({{ raw_column(charge, ['currency'], 'text') }}) as currency,
        lower({{ raw_column(charge, ['status'], 'text') }}) as status,
        {{ raw_flag(charge, ['captured'], true) }} as is_captured,
        {{ raw_flag(charge, ['livemode'], true) }} as is_live,
        {{ raw_flag(charge, ['_fivetran_deleted', 'is_deleted', 'deleted'], false) }} as is_deleted,
        {{ raw_column(charge, ['invoice_id', 'invoice'], 'id') }} as invoice_id,
        {{ raw_column(charge, ['payment_intent_id', 'payment_intent'], 'id') }}
            as payment_intent_id,
        {{ raw_column(charge, ['failure_code'], 'text') }} as failure_code,
        {{ raw_column(charge, load_times, 'time') }} as loaded_at
    from {{ raw_rows(charge) }}
),

refunds as (
    select
        {{ raw_column(refund, ['id'], 'id') }} as refund_id,
        {{ raw_column(refund, ['charge_id', 'charge'], 'id') }} as charge_id,
        {{ raw_column(refund, ['created'], 'time') }} as occurred_at,
        {{ raw_column(refund, ['created'], 'text') }} as time_received,
        {{ raw_column(refund, ['amount'], 'number') }} as amount,
        lower({{ raw_column(refund, ['currency'], 'text') }}) as currency,
        lower({{ raw_column(refund, ['status'], 'text') }}) as status,
        {{ raw_column(refund, ['reason'], 'text') }} as reason,
        {{ raw_flag(refund, ['_fivetran_deleted', 'is_deleted', 'deleted'], false) }} as is_deleted,
        {{ raw_column(refund, load_times, 'time') }} as loaded_at
    from {{ raw_rows(refund) }}
),

invoices as (
    select
        {{ raw_column(invoice, ['charge_id', 'charge'], 'id') }} as charge_id,
        {{ raw_column(invoice, ['payment_intent_id', 'payment_intent'], 'id') }}
            as payment_intent_id
    from {{ raw_rows(invoice) }}
    union all
    select
        {{ raw_column(
            invoice_payment, ['payment_charge_id', 'payment_charge', 'payment.charge', 'charge_id'], 'id'
        ) }} as charge_id,
        {{ raw_column(
            invoice_payment,
            ['payment_payment_intent_id', 'payment_payment_intent', 'payment.payment_intent',
             'payment_intent_id'],
            'id'
        ) }} as payment_intent_id
    from {{ raw_rows(invoice_payment) }}
),

-- Charges of newer versions of the API name no invoice, but the invoice, or since 2025 the row
-- that says what it was paid with, names the payment.
invoiced_charges as (
    select charge_id
    from charges
    where invoice_id is not null
    {{ union_distinct() }}
    select charge_id
    from invoices
    where charge_id is not null
    {{ union_distinct() }}
    select charges.charge_id
    from charges
    inner join invoices on charges.payment_intent_id = invoices.payment_intent_id
),

charged as (
    select
        charges.*,
        invoiced_charges.charge_id is not null as is_invoiced
    from charges
    left join invoiced_charges on charges.charge_id = invoiced_charges.charge_id
),

payments as (
    select
        charge_id as event_id,
        customer_id,
        case
            when status = 'failed' then 'payment_failed'
            when status = 'pending' then 'payment_pending'
            when status = 'succeeded' and not is_captured then 'payment_authorized'
            when status = 'succeeded' and is_invoiced then 'payment_succeeded'
            when status = 'succeeded' then 'purchase'
            when status is not null then 'payment_' || status
        end as event_name,
        occurred_at,
        time_received,
        amount,
        currency,
        failure_code as detail,
        is_live,
        is_deleted,
        loaded_at
    from charged
),

returned as (
    select
        refunds.refund_id as event_id,
        charges.customer_id,
        case
            when coalesce(refunds.status, 'succeeded') = 'succeeded' then 'refund'
            else 'refund_' || refunds.status
        end as event_name,
        refunds.occurred_at,
        refunds.time_received,
        refunds.amount,
        coalesce(refunds.currency, charges.currency) as currency,
        refunds.reason as detail,
        coalesce(charges.is_live, 1 = 1) as is_live,
        refunds.is_deleted,
        refunds.loaded_at
    from refunds
    left join charges on refunds.charge_id = charges.charge_id
),

all_rows as (
    select * from payments
    union all
    select * from returned
),

account_rows as (
    select
        all_rows.event_id,
        coalesce(accounts.account_id, all_rows.customer_id) as customer_id,
        cast(null as {{ dbt.type_string() }}) as user_id,
        all_rows.event_name,
        all_rows.occurred_at,
        all_rows.time_received,
        case
            when {{ is_stripe_currency('all_rows.currency') }}
                then {{ major_units('all_rows.amount', 'all_rows.currency') }}
        end as quantity,
        {{ json_of_texts({'currency': 'all_rows.currency', 'detail': 'all_rows.detail'}) }}
            as properties,
        all_rows.loaded_at,
        case
            when not all_rows.is_live then 'test_traffic'
            when all_rows.is_deleted then 'deleted_at_source'
        end as source_rejection
    from all_rows
    left join accounts on all_rows.customer_id = accounts.stripe_customer_id
)

{{ connector_events('account_rows', 'stripe') }}
