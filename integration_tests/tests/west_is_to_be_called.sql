select 1 as nobody
from (
    select count(*) as rows_found
    from {{ ref('accounts_to_call') }}
    where customer_id = 'west' and region = 'amer' and worst_event = 'refund'
) as calls
where rows_found != 1
