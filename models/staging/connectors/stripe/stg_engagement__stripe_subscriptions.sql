{{ config(enabled=is_connected('stripe')) }}

{%- set subscription = raw_table('stripe', 'subscription') %}
{%- set item = raw_table('stripe', 'item') %}
{%- set price = raw_table('stripe', 'price') %}
{%- set plan = raw_table('stripe', 'plan') %}
{%- set load_times = stripe_load_times() %}
{%- set deletions = ['_fivetran_deleted', 'is_deleted', 'deleted'] %}
{%- set price_columns = [
    'price_id', 'unit_amount', 'currency', 'billing_interval', 'interval_count', 'usage_type',
    'billing_scheme', 'package_size', 'package_rounding', 'nickname', 'product_id',
] %}

with

{{ stripe_accounts() }}

received_subscriptions as (
    select
        {{ raw_column(subscription, ['id'], 'id') }} as subscription_id,
        {{ raw_column(subscription, ['customer_id', 'customer'], 'id') }} as customer_id,
        lower({{ raw_column(subscription, ['status'], 'text') }}) as status,
        {{ raw_column(subscription, ['start_date', 'start', 'created'], 'time') }} as started_at,
        {{ raw_column(subscription, ['ended_at'], 'time') }} as ended_at,
        {{ raw_column(subscription, ['canceled_at'], 'time') }} as canceled_at,
        {{ raw_column(subscription, ['cancel_at'], 'time') }} as cancel_at,
        {{ raw_flag(subscription, ['cancel_at_period_end'], false) }} as ends_with_period,
        {{ raw_column(subscription, ['current_period_end'], 'time') }} as period_end,
        {{ raw_column(subscription, ['trial_end'], 'time') }} as trial_end,
        {{ stripe_price_columns(subscription) }}
        {{ raw_column(subscription, ['quantity'], 'number') }} as quantity,
        {{ raw_flag(subscription, ['livemode'], true) }} as is_live,
        {{ raw_flag(subscription, deletions, false) }} as is_deleted,
        row_number() over (
            partition by {{ raw_column(subscription, ['id'], 'id') }}
            order by
                case
                    when {{ raw_flag(subscription, ['_fivetran_active'], true) }} then 0
                    else 1
                end asc,
                {{ raw_column(subscription, ['_fivetran_start'] + load_times, 'time') }}
                desc nulls last
        ) as version_number
    from {{ raw_rows(subscription) }}
),

subscriptions as (
    select * from received_subscriptions
    where version_number = 1
),

received_items as (
    select
        {{ raw_column(item, ['id'], 'id') }} as item_id,
        {{ raw_column(item, ['subscription_id', 'subscription'], 'id') }} as subscription_id,
        {{ stripe_price_columns(item) }}
        {{ raw_column(item, ['quantity'], 'number') }} as quantity,
        {{ raw_column(item, ['current_period_end'], 'time') }} as period_end,
        {{ raw_flag(item, deletions, false) }} as is_deleted
    from {{ raw_rows(item) }}
),

-- Where items are not loaded, a subscription names its one price itself.
items as (
    select
        item_id,
        subscription_id,
        quantity,
        {{ price_columns | join(',
        ') }},
        period_end
    from received_items
    where not is_deleted
    {%- if item['from'] is none %}
    union all
    select
        subscription_id as item_id,
        subscription_id,
        quantity,
        {{ price_columns | join(',
        ') }},
        cast(null as {{ type_timestamp_utc() }}) as period_end
    from subscriptions
    {%- endif %}
),

received_prices as (
    select
        {{ raw_column(price, ['id'], 'id') }} as price_id,
        1 as preference,
        {{ raw_column(price, ['unit_amount_decimal', 'unit_amount'], 'number') }} as unit_amount,
        lower({{ raw_column(price, ['currency'], 'text') }}) as currency,
        lower({{ raw_column(price, ['recurring_interval', 'recurring.interval'], 'text') }})
            as billing_interval,
        {{ raw_column(price, ['recurring_interval_count', 'recurring.interval_count'], 'number') }}
            as interval_count,
        lower({{ raw_column(price, ['recurring_usage_type', 'recurring.usage_type'], 'text') }})
            as usage_type,
        lower({{ raw_column(price, ['billing_scheme'], 'text') }}) as billing_scheme,
        {{ raw_column(
            price, ['transform_quantity_divide_by', 'transform_quantity.divide_by'], 'number'
        ) }} as package_size,
        lower({{ raw_column(
            price, ['transform_quantity_round', 'transform_quantity.round'], 'text'
        ) }}) as package_rounding,
        {{ raw_column(price, ['nickname'], 'text') }} as nickname,
        {{ raw_column(price, ['product_id', 'product'], 'id') }} as product_id
    from {{ raw_rows(price) }}
    union all
    select
        {{ raw_column(plan, ['id'], 'id') }} as price_id,
        2 as preference,
        {{ raw_column(plan, ['amount_decimal', 'amount'], 'number') }} as unit_amount,
        lower({{ raw_column(plan, ['currency'], 'text') }}) as currency,
        lower({{ raw_column(plan, ['interval'], 'text') }}) as billing_interval,
        {{ raw_column(plan, ['interval_count'], 'number') }} as interval_count,
        lower({{ raw_column(plan, ['usage_type'], 'text') }}) as usage_type,
        lower({{ raw_column(plan, ['billing_scheme'], 'text') }}) as billing_scheme,
        {{ raw_column(plan, ['transform_usage_divide_by', 'transform_usage.divide_by'], 'number') }}
            as package_size,
        lower({{ raw_column(plan, ['transform_usage_round', 'transform_usage.round'], 'text') }})
            as package_rounding,
        {{ raw_column(plan, ['nickname', 'name'], 'text') }} as nickname,
        {{ raw_column(plan, ['product_id', 'product'], 'id') }} as product_id
    from {{ raw_rows(plan) }}
),

numbered_prices as (
    select
        received_prices.*,
        row_number() over (partition by price_id order by preference) as listing
    from received_prices
),

prices as (
    select * from numbered_prices
    where listing = 1
),

priced_items as (
    select
        items.item_id,
        items.subscription_id,
        items.quantity,
        items.period_end,
        coalesce(items.currency, prices.currency) as currency,
        coalesce(
            items.nickname, prices.nickname, items.product_id, prices.product_id, items.price_id
        ) as plan,
        coalesce(items.unit_amount, prices.unit_amount) as unit_amount,
        coalesce(items.billing_interval, prices.billing_interval) as billing_interval,
        coalesce(items.interval_count, prices.interval_count, 1) as interval_count,
        coalesce(items.usage_type, prices.usage_type, 'licensed') as usage_type,
        coalesce(items.billing_scheme, prices.billing_scheme, 'per_unit') as billing_scheme,
        coalesce(items.package_size, prices.package_size) as package_size,
        coalesce(items.package_rounding, prices.package_rounding) as package_rounding,
        coalesce(items.quantity, 1) as counted_quantity
    from items
    left join prices on items.price_id = prices.price_id
),

measured_items as (
    select
        priced_items.*,
        {{ minor_units('currency') }} as minor_units,
        {{ billing_months('billing_interval', 'interval_count') }} as billing_months,
        -- What is counted by use or by tiers has no price for the month before it is over.
        usage_type = 'metered' or billing_scheme = 'tiered' as is_variable,
        case
            when package_size > 0 and package_rounding = 'down'
                then floor({{ exact_ratio('counted_quantity', 'package_size') }})
            when package_size > 0
                then ceil({{ exact_ratio('counted_quantity', 'package_size') }})
            else counted_quantity
        end as priced_quantity
    from priced_items
),

monthly_items as (
    select
        measured_items.*,
        case
            when not is_variable
                then {{ ratio_estimate(
                    'unit_amount * priced_quantity', 'minor_units * billing_months'
                ) }}
        end as monthly_amount
    from measured_items
),

ordered_items as (
    select
        monthly_items.*,
        row_number() over (
            partition by subscription_id
            order by monthly_amount desc nulls last, plan asc, item_id asc
        ) as place
    from monthly_items
),

-- One item of unknown price makes the sum unknown; the item that costs most gives its name.
totals as (
    select
        subscription_id,
        case when count(*) = count(monthly_amount) then sum(monthly_amount) end as mrr,
        max(case when place = 1 then plan end) as plan,
        max(case when place = 1 then quantity end) as quantity,
        max(case when place = 1 then currency end) as currency,
        max(period_end) as period_end
    from ordered_items
    group by subscription_id
),

-- A trial is no term: what is paid begins when it is over.
terms as (
    select
        coalesce(accounts.account_id, subscriptions.customer_id) as customer_id,
        subscriptions.status,
        subscriptions.is_live,
        subscriptions.is_deleted,
        case
            when subscriptions.trial_end > subscriptions.started_at then subscriptions.trial_end
            else subscriptions.started_at
        end as started_at,
        coalesce(
            subscriptions.ended_at,
            case when subscriptions.status = 'canceled' then subscriptions.canceled_at end,
            subscriptions.cancel_at,
            case
                when subscriptions.ends_with_period
                    then coalesce(subscriptions.period_end, totals.period_end)
            end
        ) as ended_at,
        totals.plan,
        totals.quantity,
        totals.currency,
        case
            when {{ is_stripe_currency('totals.currency') }}
                then {{ round_to_four('cast(totals.mrr as ' ~ type_decimal(24, 10) ~ ')') }}
        end as mrr
    from subscriptions
    left join totals on subscriptions.subscription_id = totals.subscription_id
    left join accounts on subscriptions.customer_id = accounts.stripe_customer_id
)

select
    {{ kept_id('customer_id') }} as customer_id,
    started_at,
    ended_at,
    plan,
    mrr,
    quantity,
    currency,
    status
from terms
where
    is_live
    and not is_deleted
    and coalesce(status, '') not in ('trialing', 'incomplete', 'incomplete_expired', 'paused')
    and (ended_at is null or ended_at > started_at)
