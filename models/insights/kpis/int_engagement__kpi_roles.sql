{{ after_news() }}
-- depends_on: {{ ref('engagement_setup_problems') }}
with

kpi_events as (
    select * from {{ ref('stg_engagement__kpi_events') }}
)

select
    event_name,
    role,
    label
from kpi_events
