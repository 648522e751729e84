with

definitions as (
    select * from {{ ref('stg_engagement__kpi_definitions') }}
),

measures as (
    select * from {{ ref('int_engagement__kpi_measures') }}
),

periods as (
    select * from {{ ref('int_engagement__periods') }}
),

divided as (
    select
        definitions.kpi,
        definitions.title,
        definitions.unit,
        definitions.direction,
        numerators.period_grain,
        numerators.period_start,
        numerators.segment_dimension,
        numerators.segment_value,
        numerators.amount as numerator,
        denominators.amount as denominator,
        case
            when definitions.denominator is null then numerators.amount
            else {{ share_of('numerators.amount', 'denominators.amount') }}
        end as quotient,
        case
            when definitions.numerator = 'activated_customers' then {{ activation_days() }}
            else 0
        end as wait_days
    from definitions
    inner join measures as numerators on definitions.numerator = numerators.measure
    left join measures as denominators
        on definitions.denominator = denominators.measure
        and numerators.period_grain = denominators.period_grain
        and numerators.period_start = denominators.period_start
        and numerators.segment_dimension = denominators.segment_dimension
        and numerators.segment_value = denominators.segment_value
    where definitions.denominator is null or denominators.measure is not null
)

select
    divided.kpi,
    divided.period_grain,
    divided.period_start,
    periods.period_end,
    {{ dbt.dateadd('day', 'divided.wait_days', 'periods.period_end') }} <= periods.as_of_date
        as is_complete,
    divided.segment_dimension,
    divided.segment_value,
    cast(
        case when divided.unit = 'points' then 100 * divided.quotient else divided.quotient end
        as {{ type_decimal(28, 6) }}
    ) as value,
    divided.numerator,
    divided.denominator,
    divided.unit,
    divided.direction,
    divided.title
from divided
inner join periods
    on divided.period_grain = periods.period_grain
    and divided.period_start = periods.period_start
