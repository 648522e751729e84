-- Has the name of a seed of the package, and nothing to do with it.
select 'renewed' as deal
