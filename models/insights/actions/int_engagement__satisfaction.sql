with

as_of as (
    select * from {{ ref('int_engagement__as_of') }}
),

aliases as (
    select * from {{ ref('stg_engagement__customer_aliases') }}
),

answers as (
    select
        coalesce(aliases.customer_id, responses.customer_id) as customer_id,
        responses.user_id,
        responses.survey,
        responses.score,
        responses.responded_at,
        {{ answer_mood('responses.survey', 'responses.score') }} as mood
    from {{ ref('stg_engagement__survey_responses') }} as responses
    cross join as_of
    left join aliases on responses.customer_id = aliases.alias_id
    where
        cast(responses.responded_at as date) <= as_of.as_of_date
        and cast(responses.responded_at as date)
        > {{ dbt.dateadd('day', -satisfaction_days(), 'as_of.as_of_date') }}
),

-- Who answers twice means the later answer; of two at once the lower counts.
ranked_answers as (
    select
        answers.*,
        row_number() over (
            partition by customer_id, coalesce(user_id, ''), survey
            order by responded_at desc, score asc
        ) as place
    from answers
    where mood is not null
),

counted_answers as (
    select
        customer_id,
        count(*) as answers,
        sum(case when mood = 'happy' then 1 else 0 end) as happy_answers,
        sum(case when mood = 'unhappy' then 1 else 0 end) as unhappy_answers,
        sum(case when mood = 'happy' and survey = 'nps' then 1 else 0 end) as promoters
    from ranked_answers
    where place = 1
    group by customer_id
)

select
    customer_id,
    cast(answers as {{ dbt.type_int() }}) as answers,
    cast(happy_answers as {{ dbt.type_int() }}) as happy_answers,
    cast(unhappy_answers as {{ dbt.type_int() }}) as unhappy_answers,
    cast(promoters as {{ dbt.type_int() }}) as promoters,
    {{ satisfaction_word('happy_answers', 'unhappy_answers', 'answers') }} as satisfaction
from counted_answers
