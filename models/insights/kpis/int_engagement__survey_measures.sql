{% set no_fill = 'cast(null as ' ~ dbt.type_string() ~ ')' %}

with

aliases as (
    select * from {{ ref('stg_engagement__customer_aliases') }}
),

customers as (
    select * from {{ ref('int_engagement__customer_groups') }}
),

period_days as (
    select * from {{ ref('int_engagement__period_days') }}
    where period_grain != 'day'
),

segment_values as (
    select * from {{ ref('int_engagement__segment_values') }}
),

answers as (
    select
        coalesce(aliases.customer_id, responses.customer_id) as customer_id,
        responses.survey,
        responses.score,
        cast(responses.responded_at as date) as answered_on
    from {{ ref('stg_engagement__survey_responses') }} as responses
    left join aliases on responses.customer_id = aliases.alias_id
),

by_survey as (
    select
        answers.survey,
        period_days.period_grain,
        period_days.period_start,
        segment_values.segment_dimension,
        segment_values.segment_value,
        count(*) as answers,
        sum(answers.score) as score_sum,
        sum(case when {{ is_promoter('answers.score') }} then 1 else 0 end) as promoters,
        sum(case when {{ is_detractor('answers.score') }} then 1 else 0 end) as detractors,
        sum(case when {{ is_satisfied('answers.score') }} then 1 else 0 end) as satisfied
    from answers
    inner join customers on answers.customer_id = customers.customer_id
    inner join period_days on answers.answered_on = period_days.date_day
    inner join segment_values on customers.segment_group = segment_values.segment_group
    where {{ is_on_survey_scale('answers.survey', 'answers.score') }}
    group by
        answers.survey,
        period_days.period_grain,
        period_days.period_start,
        segment_values.segment_dimension,
        segment_values.segment_value
),

nps as (
    select * from by_survey
    where survey = 'nps'
),

csat as (
    select * from by_survey
    where survey = 'csat'
),

customer_effort as (
    select * from by_survey
    where survey = 'customer_effort'
),

{% for aspect in cxi_aspects() -%}
{{ aspect }} as (
    select * from by_survey
    where survey = '{{ aspect }}'
),

{% endfor -%}
cxi as (
    select
        period_grain,
        period_start,
        segment_dimension,
        segment_value,
        sum({{ exact_ratio('score_sum', 'answers') }}) as sum_of_means,
        count(*) as aspects
    from by_survey
    where survey in ({{ listed_texts(cxi_aspects()) }})
    group by period_grain, period_start, segment_dimension, segment_value
),

measures as (
    {{ measures_as_rows('nps', no_fill, {
        'nps_answers': 'answers',
        'nps_promoters': 'promoters',
        'nps_detractors': 'detractors',
        'nps_balance': 'promoters - detractors',
    }) }}
    union all
    {{ measures_as_rows('csat', no_fill, {
        'csat_answers': 'answers',
        'csat_satisfied': 'satisfied',
    }) }}
    union all
    {{ measures_as_rows('customer_effort', no_fill, {
        'customer_effort_answers': 'answers',
        'customer_effort_sum': 'score_sum',
    }) }}
    {%- for aspect in cxi_aspects() %}
    union all
    {{ measures_as_rows(aspect, no_fill, {
        aspect ~ '_answers': 'answers',
        aspect ~ '_sum': 'score_sum',
    }) }}
    {%- endfor %}
    union all
    {{ measures_as_rows('cxi', no_fill, {
        'cxi_sum_of_means': 'sum_of_means',
        'cxi_aspects': 'aspects',
    }) }}
)

{{ measure_rows('measures') }}
