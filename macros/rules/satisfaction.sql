{#- Days up to as_of in which an answer to a survey still counts. -#}
{% macro satisfaction_days() %}
    {{- return(adapter.dispatch('satisfaction_days', 'customer_engagement')()) -}}
{% endmacro %}

{% macro default__satisfaction_days() %}
    {%- do return(180) -%}
{% endmacro %}


{#-
    What an answer says: happy, neutral or unhappy; null where the survey does not tell, or the answer is off
    its scale. NPS from 0 to 10 (promoters 9 and 10, detractors 0 to 6), CSAT from 1 to 5 (happy 4 and 5,
    unhappy 1 and 2).

    Arguments: survey; score.
-#}
{% macro answer_mood(survey, score) %}
    {{- return(adapter.dispatch('answer_mood', 'customer_engagement')(survey, score)) -}}
{% endmacro %}

{% macro default__answer_mood(survey, score) -%}
    case
        when {{ survey }} = 'nps' and {{ score }} between 9 and 10 then 'happy'
        when {{ survey }} = 'nps' and {{ score }} between 0 and 6 then 'unhappy'
        when {{ survey }} = 'nps' and {{ score }} between 0 and 10 then 'neutral'
        when {{ survey }} = 'csat' and {{ score }} between 4 and 5 then 'happy'
        when {{ survey }} = 'csat' and {{ score }} between 1 and 2 then 'unhappy'
        when {{ survey }} = 'csat' and {{ score }} between 1 and 5 then 'neutral'
    end
{%- endmacro %}


{#-
    The satisfaction of a customer in one word: what more than half of its answers say, else mixed.

    Arguments: happy and unhappy, numbers of such answers; answers, the number of all.
-#}
{% macro satisfaction_word(happy, unhappy, answers) %}
    {{- return(
        adapter.dispatch('satisfaction_word', 'customer_engagement')(happy, unhappy, answers)
    ) -}}
{% endmacro %}

{% macro default__satisfaction_word(happy, unhappy, answers) -%}
    case
        when 2 * {{ happy }} > {{ answers }} then 'happy'
        when 2 * {{ unhappy }} > {{ answers }} then 'unhappy'
        else 'mixed'
    end
{%- endmacro %}
