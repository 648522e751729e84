-- Seeds and aliases are as they should be. (A problem stops the build at engagement_setup_problems
-- already; this holds for tables that were built before.)
select
    place,
    problem
from {{ ref('engagement_setup_problems') }}
