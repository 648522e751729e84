select '*' as scorecard, 'red' as tier, 0 as tier_rank, cast(-0.0001 as decimal(18, 6)) as upper_bound
union all
select '*', 'amber', 1, cast(20 as decimal(18, 6))
union all
select '*', 'green', 2, cast(null as decimal(18, 6))
