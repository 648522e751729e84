select
    account as customer_id,
    name as customer_name,
    since as signed_up_at,
    stage as lifecycle,
    region
from {{ ref('raw_accounts') }}
