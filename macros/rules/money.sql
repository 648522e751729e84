{#-
    How many of its smallest units make one of a currency, as in amounts of Stripe: 100, for some currencies 1 or
    1,000. Of ISK and UGX, which have no smaller unit any more, Stripe still counts hundredths.

    Arguments: currency, an ISO code in lower case.
-#}
{% macro minor_units(currency) %}
    {{- return(adapter.dispatch('minor_units', 'customer_engagement')(currency)) -}}
{% endmacro %}

{% macro default__minor_units(currency) -%}
    case
        when
            {{ currency }} in (
                'bif', 'clp', 'djf', 'gnf', 'jpy', 'kmf', 'krw', 'mga', 'pyg', 'rwf', 'vnd', 'vuv',
                'xaf', 'xof', 'xpf'
            )
            then 1
        when {{ currency }} in ('bhd', 'jod', 'kwd', 'omr', 'tnd') then 1000
        else 100
    end
{%- endmacro %}


{#-
    The months that a billing period stands for, as a decimal: a year is 12 months, a day 12/365 of one, a week
    seven days. Null where the interval is unknown.

    Arguments: billing_interval (day, week, month or year); interval_count, how many make the period.
-#}
{% macro billing_months(billing_interval, interval_count) %}
    {{- return(
        adapter.dispatch('billing_months', 'customer_engagement')(billing_interval, interval_count)
    ) -}}
{% endmacro %}

{% macro default__billing_months(billing_interval, interval_count) -%}
    case {{ billing_interval }}
        when 'year' then 12
        when 'month' then 1
        when 'week' then {{ exact_ratio(84, 365) }}
        when 'day' then {{ exact_ratio(12, 365) }}
    end * {{ interval_count }}
{%- endmacro %}


{#-
    An amount in the smallest units of its currency in the currency itself, as a decimal(18, 4).
    Arguments: amount, a decimal; currency, an ISO code in lower case.
-#}
{% macro major_units(amount, currency) -%}
    {{ round_to_four('cast(' ~ exact_ratio(amount, minor_units(currency)) ~ ' as ' ~ type_decimal(24, 10) ~ ')') }}
{%- endmacro %}
