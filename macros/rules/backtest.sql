{#- The kinds of outcomes that outcomes.csv may name. -#}
{% macro outcome_kinds() %}
    {%- do return(['churn', 'ended', 'contraction', 'upgrade', 'lapse']) -%}
{% endmacro %}


{#-
    1 where more engagement should make an outcome likelier, -1 where less should. Arguments: kind, of the
    outcome.
-#}
{% macro engagement_sign(kind) %}
    {{- return(adapter.dispatch('engagement_sign', 'customer_engagement')(kind)) -}}
{% endmacro %}

{% macro default__engagement_sign(kind) -%}
    case when {{ kind }} = 'upgrade' then 1 else -1 end
{%- endmacro %}


{#-
    What the backtest compares: the name of each predictor, a column of
    int_engagement__backtest_sample, with the sign that turns it into engagement, and whether it is one of the
    plain baselines that the score has to beat.
-#}
{% macro backtest_predictors() %}
    {%- do return([
        {'name': 'ces', 'sign': 1, 'is_baseline': false},
        {'name': 'ces_change_28d', 'sign': 1, 'is_baseline': false},
        {'name': 'days_since_score_fell', 'sign': 1, 'is_baseline': false},
        {'name': 'days_since_last_event', 'sign': -1, 'is_baseline': true},
        {'name': 'event_count', 'sign': 1, 'is_baseline': true},
        {'name': 'active_days', 'sign': 1, 'is_baseline': true},
    ]) -%}
{% endmacro %}


{#- The names of the plain baselines among backtest_predictors(). -#}
{% macro backtest_baselines() %}
    {%- set names = [] -%}
    {%- for predictor in backtest_predictors() if predictor.is_baseline -%}
        {%- do names.append(predictor.name) -%}
    {%- endfor -%}
    {%- do return(names) -%}
{% endmacro %}


{#-
    The selects, with `union all` between them, that turn a sample into one row for each customer and
    predictor, its value turned so that a higher one should mean the outcome is likelier.

    Arguments: sample, a relation with the columns of int_engagement__backtest_sample.
-#}
{% macro oriented_predictors(sample) -%}
    {%- for predictor in backtest_predictors() %}
    select
        outcome,
        scorecard,
        reference_date,
        customer_id,
        is_positive,
        '{{ predictor.name }}' as predictor,
        cast({{ predictor.sign }} * engagement_sign * {{ predictor.name }} as {{ type_decimal(24, 4) }})
            as oriented_value
    from {{ sample }}
    {{ 'union all' if not loop.last }}
    {%- endfor %}
{%- endmacro %}


{#- The select of the values that the score had on each reference day: of how many customers, how many with the outcome. -#}
{% macro counted_scores() -%}
    select
        outcome,
        scorecard,
        reference_date,
        customers,
        positives,
        cast(oriented_value as {{ type_double() }}) as oriented_value
    from {{ ref('int_engagement__backtest_values') }}
    where
        predictor = 'ces'
        and reference_date is not null
{%- endmacro %}


{#- The bootstrap draws this many blocks of replicates, and so many in each. -#}
{% macro bootstrap_blocks() %}
    {%- do return(200 // bootstrap_replicates_in_block()) -%}
{% endmacro %}

{#- See bootstrap_blocks(). -#}
{% macro bootstrap_replicates_in_block() %}
    {%- do return(side_by_side(20)) -%}
{% endmacro %}


{#-
    The first or second number of a customer for the bootstrap, from 0 to 268,435,455, taken from seven hex
    digits of a hash: engines and versions agree on it. Arguments: digits, the hash as text; number, 1 or 2.
-#}
{% macro bootstrap_number(digits, number) -%}
    {%- for place in range(7) -%}
        {{ 16 ** place }} * cast(
            {{ dbt.position('substr(' ~ digits ~ ', ' ~ (7 * number - place) ~ ', 1)', "'0123456789abcdef'") }} - 1
            as {{ dbt.type_bigint() }}
        ){{ ' + ' if not loop.last }}
    {%- endfor -%}
{%- endmacro %}


{#-
    How often a customer is drawn in a replicate: a Poisson number of mean 1, which is what drawing with
    replacement comes to among many. Of two customers, or two replicates, the numbers do not depend on each
    other: first + replicate² × second modulo a prime is a pairwise independent hash. It is a whole number
    in a double, which engines sum sooner than integers, and as exactly.

    Arguments: first and second, what bootstrap_number() gave; replicate, a number from 1.
-#}
{% macro bootstrap_weight(first, second, replicate) -%}
    {%- set drawn = 'mod(' ~ first ~ ' + ' ~ replicate ~ ' * ' ~ replicate ~ ' * ' ~ second ~ ', 268435399)' -%}
    cast(
        case
            {%- for share in [0.36787944, 0.73575888, 0.91969860, 0.98101184, 0.99634015, 0.99940582] %}
            when {{ drawn }} < {{ (share * 268435399) | int }} then {{ loop.index0 }}
            {%- endfor %}
            else 6
        end as {{ type_double() }}
    )
{%- endmacro %}


{#-
    Of replicates in the order of a figure, the figure at an end of the interval of 95 %, for an aggregate.

    Arguments: figure; place, its row number among the replicates that have one; places, how many have one;
    end, 'low' or 'high'.
-#}
{% macro interval_end(figure, place, places, end) -%}
    min(case when 1000 * {{ place }} >= {{ 25 if end == 'low' else 975 }} * {{ places }} then {{ figure }} end)
{%- endmacro %}
