-- Do two segments differ in their scores at as_of, or is it chance? Each pair of values of a
-- dimension, the surest differences first.
--
--   dbt show --select do_segments_differ --limit 100 \
--     --vars '{scorecard: loyalty, segment_dimension: plan}'
--
-- Without variables: the first scorecard by name, by age band.
--
-- What is tested: how likely a customer of the first segment scores higher than one of the second,
-- ties counting half. 0.5 is no difference; this is the effect size, and the Brunner-Munzel test
-- asks whether it is 0.5. It compares ranks, so that neither outliers nor the shape of the scores
-- matter, and unlike Mann-Whitney's it stays right where one segment varies more than the other.
-- The interval of 95 % comes from the same variance (DeLong), so that it leaves out 0.5 just when
-- p is below 0.05.
--
-- What it takes for granted: customers do not depend on each other, and both segments have at
-- least ten; smaller ones are listed without a verdict. Where the segments do not overlap at all
-- there is no variance and no p. Normal quantiles are used, which for ten customers is a little
-- bold.
--
-- Many pairs find some difference by chance: p_of_many is p after Holm's correction for all pairs
-- of the dimension, and decides the verdict. A difference is not a cause.
{%- set scorecard = var('scorecard', none) %}
{%- set dimension = var('segment_dimension', 'age_band') %}
{%- set fewest = 10 %}

with

chosen_scorecard as (
    select min(scorecard) as scorecard
    from {{ ref('int_engagement__scorecards') }}
    where {{ chosen_or_any('scorecard', scorecard) }}
),

members as (
    select
        readings.customer_id,
        readings.ces,
        {% if dimension in ['tier', 'age_band', 'engagement_state'] -%}
        readings.{{ dimension }} as segment_value
        {%- else -%}
        segment_values.segment_value
        {% endif %}
    from {{ ref('int_engagement__segment_readings') }} as readings
    inner join chosen_scorecard on readings.scorecard = chosen_scorecard.scorecard
    inner join {{ ref('int_engagement__segment_values') }} as segment_values
        on readings.segment_group = segment_values.segment_group
        {% if dimension in ['tier', 'age_band', 'engagement_state'] -%}
        and segment_values.segment_dimension = 'all'
        {%- else -%}
        and {{ chosen_or_any('segment_values.segment_dimension', dimension) }}
        {% endif %}
    where readings.is_latest
),

segments as (
    select
        segment_value,
        count(*) as customers
    from members
    group by segment_value
),

pairs as (
    select
        here.segment_value as first_segment,
        there.segment_value as second_segment,
        here.customers as first_customers,
        there.customers as second_customers
    from segments as here
    inner join segments as there on here.segment_value < there.segment_value
),

pair_members as (
    select
        pairs.first_segment,
        pairs.second_segment,
        pairs.first_customers,
        pairs.second_customers,
        members.ces,
        case when members.segment_value = pairs.first_segment then 1 else 0 end as is_first
    from pairs
    inner join members
        on pairs.first_segment = members.segment_value
        or pairs.second_segment = members.segment_value
),

-- Twice the mid-rank of each score, among both segments and within its own.
ranked as (
    select
        pair_members.*,
        2 * rank() over (partition by first_segment, second_segment order by ces) - 1
        + count(*) over (partition by first_segment, second_segment, ces) as rank_in_both,
        2 * rank() over (
            partition by first_segment, second_segment, is_first order by ces
        ) - 1
        + count(*) over (
            partition by first_segment, second_segment, is_first, ces
        ) as rank_in_own
    from pair_members
),

-- The share of the other segment that each score passes, ties counting half.
placed as (
    select
        ranked.*,
        0.5 * (rank_in_both - rank_in_own) * {{ inverse_of(
            'case when is_first = 1 then second_customers else first_customers end'
        ) }} as placement
    from ranked
),

summarized as (
    select
        first_segment,
        second_segment,
        first_customers,
        second_customers,
        avg(case when is_first = 1 then placement end) as effect,
        coalesce(
            {{ variance_of_mean('placement', 'is_first = 1') }}
            + {{ variance_of_mean('placement', 'is_first = 0') }},
            0
        ) as variance
    from placed
    group by first_segment, second_segment, first_customers, second_customers
),

tested as (
    select
        summarized.*,
        case
            when
                first_customers >= {{ fewest }}
                and second_customers >= {{ fewest }}
                and variance > 0
                then {{ two_sided_p('abs(effect - 0.5) / sqrt(variance)') }}
        end as p
    from summarized
),

ordered as (
    select
        tested.*,
        row_number() over (order by p nulls last, first_segment, second_segment) as place,
        count(p) over () as pairs_tested
    from tested
),

corrected as (
    select
        ordered.*,
        max(p * (pairs_tested - place + 1)) over (
            order by place rows between unbounded preceding and current row
        ) as p_stepped
    from ordered
)

select
    first_segment,
    second_segment,
    first_customers,
    second_customers,
    {{ four_decimals('effect') }} as chance_that_first_is_higher,
    {{ four_decimals(
        'case when effect - 1.959964 * sqrt(variance) < 0 then 0 '
        ~ 'else effect - 1.959964 * sqrt(variance) end'
    ) }} as from_95,
    {{ four_decimals(
        'case when effect + 1.959964 * sqrt(variance) > 1 then 1 '
        ~ 'else effect + 1.959964 * sqrt(variance) end'
    ) }} as to_95,
    {{ four_decimals('p') }} as p,
    case
        when p is not null
            then {{ four_decimals('case when p_stepped > 1 then 1 else p_stepped end') }}
    end as p_of_many,
    case
        when first_customers < {{ fewest }} or second_customers < {{ fewest }}
            then 'too few customers to tell'
        when p is null and effect = 0.5 then 'all scores are equal'
        when p is null then 'every score of one is above all of the other'
        when p_stepped >= 0.05 then 'may be chance'
        when effect > 0.5 then first_segment || ' scores higher'
        else second_segment || ' scores higher'
    end as verdict
from corrected
order by place
