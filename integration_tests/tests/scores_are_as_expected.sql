{#- 6 exports with a cap of 2 count as 4 by this project's rule, which makes 40; by the package's own it were 20. -#}

with

scores as (
    select scorecard, customer_id, customer_name, region, cast(ces as decimal(18, 4)) as ces, tier
    from {{ ref('engagement_scores') }}
),

expected as (
    select scorecard, customer_id, customer_name, region, cast(ces as decimal(18, 4)) as ces, tier
    from {{ ref('expected_scores') }}
)

(select 'missing' as what, * from expected except select 'missing' as what, * from scores)
union all
(select 'not expected' as what, * from scores except select 'not expected' as what, * from expected)
