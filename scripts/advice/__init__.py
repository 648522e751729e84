"""What `make advise` is made of: what was known on past days, statistics, and the seeds."""
