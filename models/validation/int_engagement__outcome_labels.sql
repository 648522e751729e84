with

reference_days as (
    select * from {{ ref('int_engagement__reference_days') }}
),

customers as (
    select * from {{ ref('int_engagement__customers') }}
),

aliases as (
    select * from {{ ref('stg_engagement__customer_aliases') }}
),

passive_events as (
    select distinct event_name from {{ ref('stg_engagement__kpi_events') }}
    where role = 'passive'
),

late_counts as (
    select * from {{ ref('int_engagement__late_counts') }}
),

received_terms as (
    {{ received_terms() }}
),

terms as (
    select
        received_terms.customer_id,
        coalesce(received_terms.started_on, customers.first_day) as started_on,
        coalesce(received_terms.ended_on, {{ last_date() }}) as ended_on,
        received_terms.mrr
    from received_terms
    inner join customers on received_terms.customer_id = customers.customer_id
    where
        received_terms.ended_on is null
        or received_terms.ended_on >= coalesce(received_terms.started_on, customers.first_day)
),

covered as (
    select
        terms.*,
        max(ended_on) over (
            partition by customer_id order by started_on, ended_on, mrr
            rows between unbounded preceding and 1 preceding
        ) as covered_before
    from terms
),

marked as (
    select
        covered.*,
        case
            when covered_before is null then 1
            when {{ dbt.datediff('covered_before', 'started_on', 'day') }} > 1 then 1
            else 0
        end as is_start
    from covered
),

numbered as (
    select
        marked.*,
        sum(is_start) over (
            partition by customer_id order by started_on, ended_on, mrr
            rows between unbounded preceding and current row
        ) as spell
    from marked
),

-- Renewals without a day between them are one spell.
spells as (
    select
        customer_id,
        spell,
        min(started_on) as started_on,
        max(ended_on) as ended_on
    from numbered
    group by customer_id, spell
),

starts as (
    select distinct
        customer_id,
        started_on
    from terms
),

-- As in the KPIs, a subscription is open on the day it ends unless another takes over that day.
closings as (
    select
        terms.customer_id,
        terms.mrr,
        case
            when starts.started_on is not null and terms.started_on < terms.ended_on
                then terms.ended_on
            else cast({{ dbt.dateadd('day', 1, 'terms.ended_on') }} as date)
        end as changed_on
    from terms
    left join starts
        on terms.customer_id = starts.customer_id
        and terms.ended_on = starts.started_on
    where terms.ended_on < {{ last_date() }}
),

changes as (
    select
        customer_id,
        started_on as changed_on,
        1 as terms,
        mrr
    from terms
    union all
    select
        customer_id,
        changed_on,
        -1 as terms,
        -mrr as mrr
    from closings
),

changed_days as (
    select
        customer_id,
        changed_on,
        sum(terms) as terms,
        sum(mrr) as mrr
    from changes
    group by customer_id, changed_on
),

balances as (
    select
        customer_id,
        changed_on,
        terms as changed_terms,
        mrr as changed_mrr,
        sum(terms) over (
            partition by customer_id order by changed_on
            rows between unbounded preceding and current row
        ) as open_terms
    from changed_days
),

occurrences as (
    select
        'churn' as kind,
        customer_id,
        ended_on as occurred_on
    from spells
    where ended_on < {{ last_date() }}
    union all
    select
        'ended' as kind,
        customer_id,
        ended_on as occurred_on
    from customers
    where ended_on is not null
    union all
    select
        case when changed_mrr < 0 then 'contraction' else 'upgrade' end as kind,
        customer_id,
        changed_on as occurred_on
    from balances
    where
        changed_mrr != 0
        and open_terms > 0
        and open_terms > changed_terms
),

-- The first occurrence after the reference day decides.
next_occurrences as (
    select
        reference_days.outcome,
        reference_days.reference_date,
        occurrences.customer_id,
        min(occurrences.occurred_on) as occurred_on
    from reference_days
    inner join occurrences
        on reference_days.kind = occurrences.kind
        and reference_days.reference_date < occurrences.occurred_on
    group by reference_days.outcome, reference_days.reference_date, occurrences.customer_id
),

lapses as (
    select
        outcome,
        event_names,
        reference_date,
        lead_until,
        label_until,
        cast({{ dbt.dateadd('day', '-horizon_days', 'reference_date') }} as date) as active_after
    from reference_days
    where kind = 'lapse'
),

signed_counts as (
    select
        lapses.outcome,
        lapses.reference_date,
        event_counts.customer_id,
        case when event_counts.event_date <= lapses.reference_date then event_counts.event_count end
            as known_before,
        case when event_counts.event_date > lapses.lead_until then event_counts.event_count end
            as seen_after
    from {{ ref('int_engagement__event_counts') }} as event_counts
    inner join lapses
        on event_counts.event_date > lapses.active_after
        and event_counts.event_date <= lapses.label_until
    left join passive_events on event_counts.event_name = passive_events.event_name
    where
        (lapses.event_names is null and passive_events.event_name is null)
        or {{ is_listed('event_counts.event_name', 'lapses.event_names') }}
    union all
    select
        lapses.outcome,
        lapses.reference_date,
        late_counts.customer_id,
        -late_counts.event_count as known_before,
        0 as seen_after
    from late_counts
    inner join lapses
        on late_counts.reference_date = lapses.reference_date
        and late_counts.event_date > lapses.active_after
    left join passive_events on late_counts.event_name = passive_events.event_name
    where
        (lapses.event_names is null and passive_events.event_name is null)
        or {{ is_listed('late_counts.event_name', 'lapses.event_names') }}
),

chosen_events as (
    select
        outcome,
        reference_date,
        customer_id,
        sum(known_before) as known_before,
        coalesce(sum(seen_after), 0) as seen_after
    from signed_counts
    group by outcome, reference_date, customer_id
),

active as (
    select
        reference_days.outcome,
        reference_days.kind,
        reference_days.engagement_sign,
        reference_days.reference_date,
        reference_days.lead_until,
        reference_days.label_until,
        customers.customer_id
    from reference_days
    inner join customers
        on reference_days.reference_date >= customers.first_day
        and (customers.ended_on is null or reference_days.lead_until < customers.ended_on)
    where {{ is_in_population('customers', 'reference_days') }}
),

subscribed as (
    select distinct
        reference_days.outcome,
        reference_days.reference_date,
        spells.customer_id
    from reference_days
    inner join spells
        on reference_days.reference_date >= spells.started_on
        and reference_days.lead_until < spells.ended_on
    where reference_days.kind in ('churn', 'contraction', 'upgrade')
),

-- Who was between two subscriptions had ended, as far as anyone knew then.
begun as (
    select
        reference_days.outcome,
        reference_days.reference_date,
        spells.customer_id,
        max(case when spells.ended_on >= reference_days.reference_date then 1 else 0 end) as is_open
    from reference_days
    inner join spells on reference_days.reference_date >= spells.started_on
    group by reference_days.outcome, reference_days.reference_date, spells.customer_id
)

select
    active.outcome,
    active.engagement_sign,
    active.reference_date,
    active.customer_id,
    case
        when active.kind = 'lapse' and chosen_events.seen_after = 0 then 1
        when active.kind != 'lapse' and next_occurrences.occurred_on <= active.label_until then 1
        else 0
    end as is_positive
from active
left join subscribed
    on active.outcome = subscribed.outcome
    and active.reference_date = subscribed.reference_date
    and active.customer_id = subscribed.customer_id
left join begun
    on active.outcome = begun.outcome
    and active.reference_date = begun.reference_date
    and active.customer_id = begun.customer_id
left join next_occurrences
    on active.outcome = next_occurrences.outcome
    and active.reference_date = next_occurrences.reference_date
    and active.customer_id = next_occurrences.customer_id
left join chosen_events
    on active.outcome = chosen_events.outcome
    and active.reference_date = chosen_events.reference_date
    and active.customer_id = chosen_events.customer_id
where
    coalesce(begun.is_open, 1) = 1
    and (active.kind in ('ended', 'lapse') or subscribed.customer_id is not null)
    and (active.kind != 'lapse' or chosen_events.known_before > 0)
    and (next_occurrences.occurred_on is null or next_occurrences.occurred_on > active.lead_until)
