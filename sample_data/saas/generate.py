"""Generate the SaaS workspace: made-up accounts of a made-up B2B product, of any size.

    python sample_data/saas/generate.py --accounts 500 --months 18 --seed 1 --output DIR

Nothing in it is real: each value is a hash of the seed, a name and a number, so that the same
arguments give the same rows, and an account stays the same when more accounts are asked for.

Each account has a latent health that nobody observes. It drifts from week to week and now and then
falls into a crisis. Behaviour follows it at once: visits, features, errors, tickets. What the
business cares about follows weeks later: whether a trial converts, whether a renewal is declined,
whether seats are added. A part of churn follows from nothing at all. What was behind each account
is written into the folder `answer_key`, which no model reads.

Written are events, customers, subscriptions, survey_responses and customer_aliases as Parquet, and
`generated.json`, which says from what.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from datetime import date, timedelta
from pathlib import Path

import duckdb

FOLDER = Path(__file__).parent
NOTICE = (FOLDER / "notice.txt").read_text(encoding="utf-8").strip()

# A day, and a number of seats, beyond all others.
NEVER = 1_000_000
TRIAL_DAYS = 30
BILLING_DAYS = 30
MAX_USERS = 1000
MAX_SESSION_EVENTS = 15
# Share of a week's deviation from an account's usual health that is left the week after.
HEALTH_MEMORY = 0.9
CRISIS_WEEKS = 14
RECOVERY_WEEKS = 6
# Health of so many days before a renewal decides on it, the last ones not among them: those who
# leave have made up their mind by then.
DECISION_FROM_DAYS = 63
DECISION_TO_DAYS = 21
OUTAGE_DAYS = 2
OUTAGE_SOURCE = "web"
EVENT_FIELDS = "event_key, customer_id, user_id, event_name, source, occurred_at, quantity, details"

REGIONS = (("AMER", 0.45, 13), ("EMEA", 0.35, 7), ("APAC", 0.2, 0))
"""Name, share of the accounts, and the UTC hour at which its working day begins."""

INDUSTRIES = ("education", "finance", "healthcare", "manufacturing", "retail", "software")
PERSONAS = ("analyst", "developer", "manager", "operations")
CHANNELS = ("organic", "organic", "paid_search", "partner", "referral")
ANIMALS = (
    *("Badger", "Beaver", "Bison", "Crane", "Falcon", "Finch", "Heron", "Ibex", "Jackal", "Koala"),
    *("Lemur", "Lynx", "Marten", "Otter", "Panda", "Puffin", "Raven", "Stoat", "Tapir", "Wombat"),
)
OWNERS = {
    "AMER": ("Ada Example", "Ben Example", "Cleo Example"),
    "EMEA": ("Dara Example", "Emil Example", "Fay Example"),
    "APAC": ("Gita Example", "Hiro Example"),
}

FEATURES = (
    ("feature_dashboards_used", 15),
    ("feature_search_used", 30),
    ("feature_boards_used", 60),
    ("feature_automations_used", 150),
    ("feature_forecasts_used", 240),
)
"""Name, and the days after which a usual account has adopted it, at the mean."""

SESSION_MIX = (
    ("page_viewed", 30),
    ("link_clicked", 16),
    ("feature_dashboards_used", 14),
    ("feature_search_used", 10),
    ("feature_boards_used", 8),
    ("feature_automations_used", 5),
    ("feature_forecasts_used", 3),
    ("report_created", 4),
    ("data_exported", 2),
    ("comment_added", 3),
    ("item_liked", 3),
    ("item_shared", 2),
)
"""What users do within a session, in hundredths."""

HABITS = {
    "analyst": "report_created",
    "developer": "feature_automations_used",
    "manager": "feature_dashboards_used",
    "operations": "feature_boards_used",
}
"""What users of an account with that persona do once in eight times, whatever others do."""

OCCASIONS = (
    # name, source, weekly rate of an account with ten users, how health moves it, who, quantity
    ("support_ticket_opened", "support", 0.12, -0.7, "any", "none"),
    ("payment_failed", "billing", 0.02, -0.5, "paying", "none"),
    ("integration_connected", "web", 0.04, 0.5, "any", "none"),
    ("social_mentioned", "social", 0.03, 0.5, "any", "none"),
    ("addon_purchased", "billing", 0.03, 0.6, "paying", "money"),
)

PLANS = (("starter", 5, 19), ("team", 20, 17), ("business", 60, 15), ("enterprise", NEVER, 13))
"""Name, the most seats, and the price of a seat and month."""

BREAKAGES = (
    # what is replaced in a row, and by what; each happens to one row in BROKEN_ONE_IN
    ("event_id", "null"),
    ("customer_id", "null"),
    ("customer_id", "'  '"),
    ("event_name", "null"),
    ("event_name", "'session_started'"),
    ("occurred_at", "null"),
    ("occurred_at", "timestamp '1970-01-01 00:00:00'"),
    ("occurred_at", "occurred_at + interval 74 year"),
    ("quantity", "1e12"),
    ("customer_id", "'  ' || customer_id || ' '"),
)
BROKEN_ONE_IN = 4000


@dataclass(frozen=True)
class Parameters:
    """What the generated rows depend on."""

    accounts: int = 500
    months: int = 18
    seed: int = 1
    end: date = date(2025, 6, 30)

    def __post_init__(self) -> None:
        """Refuse what cannot be generated, in one sentence."""
        if self.accounts < 1 or self.accounts > 1_000_000:
            raise ValueError(f"--accounts {self.accounts} is not from 1 to 1,000,000.")
        if self.months < 1 or self.months > 240:
            raise ValueError(f"--months {self.months} is not from 1 to 240.")

    @property
    def start(self) -> date:
        """The first day: the first of the month in which the history begins."""
        months = self.end.year * 12 + self.end.month - self.months
        return date(months // 12, months % 12 + 1, 1)

    @property
    def days(self) -> int:
        """Days from the first to the last, both included."""
        return (self.end - self.start).days + 1

    @property
    def weeks(self) -> int:
        """Weeks that have begun by the last day."""
        return (self.days + 6) // 7

    @property
    def outage_day(self) -> int:
        """The day on which the tracker fails: a Tuesday well within the history, no holiday."""
        number = self.days * 3 // 5
        number += (1 - (self.start + timedelta(days=number)).weekday()) % 7
        while number > 28 and (self.start + timedelta(days=number)).month in (1, 12):
            number -= 28
        return number


# Draws --------------------------------------------------------------------------------------------


def macros_sql(parameters: Parameters) -> str:
    """Random draws: functions of the seed, of what is drawn and of one or two numbers."""
    return f"""
    create or replace macro draw(what, a, b := 0) as
        hash(xor(hash(xor(hash('{parameters.seed}:' || what), a::ubigint)), b::ubigint));
    create or replace macro unit(what, a, b := 0) as
        (draw(what, a, b) >> 11)::double / 9007199254740992.0;
    create or replace macro normal(what, a, b := 0) as
        sqrt(-2 * ln(1 - unit(what || ' radius', a, b)))
        * cos(2 * pi() * unit(what || ' angle', a, b));
    create or replace macro waiting(what, a, b := 0) as -ln(1 - unit(what, a, b));
    create or replace macro pick(choices, what, a, b := 0) as
        choices[1 + (draw(what, a, b) % len(choices)::ubigint)::bigint];
    create or replace macro chance(log_odds) as 1 / (1 + exp(-log_odds));
    create or replace macro at_day(day) as
        timestamp '{parameters.start}' + to_days(day::integer);
    create or replace macro week_of(day) as greatest(0, day // 7);
    create or replace macro account_id(account) as format('acct-{{:04d}}', account);
    create or replace macro person_id(account, person) as
        format('user-{{:04d}}-{{:03d}}', account, person);
    create or replace macro person_key(account, person) as account * {MAX_USERS} + person;
    create or replace macro hexadecimal(key) as lpad(lower(to_hex(key)), 16, '0');
    create or replace macro within(score, lowest, highest) as
        greatest(lowest, least(highest, round(score)))::integer;
    """


def array(values: Sequence[str]) -> str:
    """Write texts as a list in SQL."""
    return "[" + ", ".join(f"'{value}'" for value in values) + "]"


def chosen(column: str, values: dict[str, str], otherwise: str = "null") -> str:
    """Write a case expression that maps texts to SQL."""
    cases = " ".join(f"when '{key}' then {value}" for key, value in values.items())
    return f"case {column} {cases} else {otherwise} end"


def first_within(what: str, shares: Sequence[tuple[str, float]]) -> str:
    """Write a case expression that draws a name by its share, the last one for the rest."""
    reached, cases = 0.0, []
    for name, share in shares[:-1]:
        reached += share
        cases.append(f"when unit('{what}', account) < {reached:.4f} then '{name}'")
    return f"case {' '.join(cases)} else '{shares[-1][0]}' end"


# Accounts and their health ------------------------------------------------------------------------


def prospects_sql(parameters: Parameters) -> str:
    """One row per account: what it is from the first day on; some were there before."""
    return f"""
    select
        account,
        {first_within("region", [(name, share) for name, share, _ in REGIONS])} as region,
        pick({array(INDUSTRIES)}, 'industry', account) as industry,
        pick({array(PERSONAS)}, 'persona', account) as persona,
        pick({array(CHANNELS)}, 'channel', account) as channel,
        pick({array(ANIMALS)}, 'name', account) as animal,
        account % 97 = 13 as is_internal,
        normal('fit', account) as fit,
        greatest(2, least(300, round(exp(2.2 + 0.85 * normal('size', account)))))::bigint as size,
        unit('api', account) < 0.35 as has_api,
        -- newcomers grow more from month to month
        case
            when unit('is there', account) < 0.4
                then -1 - floor(700 * unit('signed up before', account))::bigint
            else floor({parameters.days} * unit('signed up', account) ** 0.7)::bigint
        end as signup_day
    from (select range as account from range({parameters.accounts}))
    """


def health_sql(parameters: Parameters) -> str:
    """One row per account and week: its latent health, around 0 with a deviation around 1."""
    fall = 2.4
    memory, shock = HEALTH_MEMORY, (1 - HEALTH_MEMORY**2) ** 0.5
    lasting = CRISIS_WEEKS + RECOVERY_WEEKS
    return f"""
    with shocks as (
        select
            account,
            fit,
            week,
            normal('shock', account, week) * case when week = 0 then 1 else {shock} end as shock,
            case when unit('crisis', account, week) < 0.006 then week end as crisis_week
        from prospects cross join (select range as week from range({parameters.weeks}))
    ),

    drifts as (
        select
            *,
            {memory} ** week
            * sum(shock * {memory} ** -week) over (
                partition by account order by week rows unbounded preceding
            ) as drift,
            week - max(crisis_week) over (
                partition by account order by week rows {lasting - 1} preceding
            ) as crisis_age
        from shocks
    )

    select
        account,
        week,
        round(
            0.7 * fit + 0.7 * drift - {fall} * case
                when crisis_age is null then 0
                when crisis_age < {CRISIS_WEEKS} then least(1, (crisis_age + 1) / 5)
                else ({lasting} - crisis_age) / {RECOVERY_WEEKS + 1}
            end,
            6
        ) as health
    from drifts
    """


def trials_sql(_: Parameters) -> str:
    """One row per account: on which day it would begin to pay, and whether it stays if it won't."""
    return f"""
    select
        prospects.account,
        prospects.signup_day + {TRIAL_DAYS} as trial_end,
        case
            when prospects.signup_day < 0
                then unit('converts', prospects.account) < 0.78
            else unit('converts', prospects.account) < chance(0.1 + 0.9 * health.health)
        end as converts,
        prospects.signup_day < 0 or unit('stays free', prospects.account) < 0.5 as stays_free
    from prospects
    inner join health
        on prospects.account = health.account
        and week_of(prospects.signup_day + 10) = health.week
    """


def late_conversions_sql(parameters: Parameters) -> str:
    """One row per free account that begins to pay later: on which day."""
    return f"""
    select
        months.account,
        min(months.day) as paid_day
    from (
        select
            account,
            trial_end + {BILLING_DAYS} * unnest(range(1, 1 + {parameters.days} // {BILLING_DAYS}))
                as day
        from trials
        where not converts and stays_free and trial_end < {parameters.days}
    ) as months
    inner join health
        on months.account = health.account and week_of(months.day - 14) = health.week
    where
        months.day between 0 and {parameters.days - 1}
        and unit('converts late', months.account, months.day + 10000)
        < least(0.12, 0.012 * exp(0.9 * health.health))
    group by months.account
    """


def payers_sql(parameters: Parameters) -> str:
    """One row per account that ever pays: from which day on."""
    return f"""
    select
        trials.account,
        case when trials.converts then trials.trial_end else late.paid_day end as paid_day
    from trials
    left join late_conversions as late on trials.account = late.account
    where
        case when trials.converts then trials.trial_end else late.paid_day end
        < {parameters.days}
    """


def renewals_sql(parameters: Parameters) -> str:
    """One row per paying account and month within the history: what is decided on its renewal."""
    return f"""
    with months as (
        select
            account,
            paid_day,
            paid_day + {BILLING_DAYS} * unnest(
                range(1, 2 + ({parameters.days} - paid_day) // {BILLING_DAYS})
            ) as day
        from payers
    ),

    judged as (
        select
            months.account,
            months.day,
            any_value(prospects.size) as size,
            coalesce(avg(health.health), 0) as health
        from months
        inner join prospects on months.account = prospects.account
        left join health
            on months.account = health.account
            and health.week between week_of(months.day - {DECISION_FROM_DAYS})
            and week_of(months.day - {DECISION_TO_DAYS})
        where months.day between 0 and {parameters.days - 1}
        group by months.account, months.day
    )

    select
        account,
        day,
        health,
        case
            when
                unit('leaves', account, day)
                < least(0.5, exp(-4.8 - 1.5 * health - 0.25 * ln(size / 9)))
                then 'foretold'
            when unit('leaves anyway', account, day) < 0.007 then 'out of the blue'
        end as churn,
        case
            when unit('resizes', account, day) < least(0.15, 0.025 * exp(0.7 * health))
                then 1.2 + 0.4 * unit('more seats', account, day)
            when unit('resizes', account, day) > 1 - least(0.1, 0.008 * exp(-0.7 * health))
                then 0.6 + 0.25 * unit('fewer seats', account, day)
        end as resized_by
    from judged
    """


def accounts_sql(parameters: Parameters) -> str:
    """One row per account: its whole life, as it is known on the last day."""
    return f"""
    with churns as (
        select
            account,
            min(day) as churn_day,
            min_by(churn, day) as churn
        from renewals
        where churn is not null
        group by account
    ),

    lives as (
        select
            prospects.*,
            trials.trial_end,
            payers.paid_day,
            churns.churn,
            coalesce(
                churns.churn_day,
                case
                    when
                        not trials.converts and not trials.stays_free
                        and trials.trial_end < {parameters.days}
                        then trials.trial_end
                end
            ) as ended_day,
            case
                when unit('returns', prospects.account) < 0.15
                    then churns.churn_day + 60
                        + floor(60 * unit('returns after', prospects.account))::bigint
            end as returned_day
        from prospects
        inner join trials on prospects.account = trials.account
        left join payers on prospects.account = payers.account
        left join churns on prospects.account = churns.account
    )

    select
        * exclude (returned_day),
        case when returned_day < {parameters.days} then returned_day end as returned_day,
        least({MAX_USERS - 1}, greatest(
            1, round(size * (0.55 + 0.4 * unit('users', account)))
        ))::bigint as users
    from lives
    """


def terms_sql(_: Parameters) -> str:
    """One row per subscription term: seats stay the same within it."""
    price = " ".join(f"when seats <= {seats} then {price}" for _, seats, price in PLANS)
    plan = " ".join(f"when seats <= {seats} then '{name}'" for name, seats, _ in PLANS)
    return f"""
    with changes as (
        select account, paid_day as day, 1.0 as factor, ended_day as until_day
        from accounts
        where paid_day is not null
        union all
        select renewals.account, renewals.day, renewals.resized_by, accounts.ended_day
        from renewals
        inner join accounts on renewals.account = accounts.account
        where
            renewals.resized_by is not null
            and (accounts.ended_day is null or renewals.day < accounts.ended_day)
        union all
        select account, returned_day, 0.8, null
        from accounts
        where returned_day is not null
    ),

    resized as (
        select
            changes.account,
            changes.day,
            least(
                coalesce(changes.until_day, {NEVER}),
                coalesce(lead(changes.day) over by_day, {NEVER})
            ) as until_day,
            greatest(2, round(accounts.size * exp(sum(ln(changes.factor)) over by_day)))::bigint
                as seats
        from changes
        inner join accounts on changes.account = accounts.account
        window by_day as (partition by changes.account order by changes.day)
    )

    select
        account,
        day,
        nullif(until_day, {NEVER}) as until_day,
        seats,
        case {plan} end as plan,
        seats * case {price} end as mrr
    from resized
    """


# People and what they do --------------------------------------------------------------------------


def people_sql(parameters: Parameters) -> str:
    """One row per user: from when to when, how eager, and whether on the phone as well."""
    return f"""
    with joined as (
        select
            account,
            person,
            person_key(account, person) as person_key,
            case
                when person = 0 then signup_day
                else signup_day + 1 + person
                    + floor(
                        60 * exp(-0.25 * fit) * waiting('joins', person_key(account, person))
                    )::bigint
            end as joined_day
        from (select *, unnest(range(users)) as person from accounts)
    )

    select
        *,
        case
            when unit('leaves', person_key) < 0.3
                then joined_day + 30 + floor(240 * waiting('left', person_key))::bigint
            else {NEVER}
        end as left_day,
        0.03 + 0.45 * unit('eager', person_key) ** 2 as eagerness,
        case
            when unit('phone', person_key) < 0.3
                then joined_day + floor(30 * waiting('installs', person_key))::bigint
        end as installed_day,
        case
            when unit('off the phone', person_key) < 0.3
                then joined_day + 30 + floor(200 * waiting('uninstalls', person_key))::bigint
            else {NEVER}
        end as uninstalled_day
    from joined
    where joined_day < {parameters.days}
    """


def account_days_sql(parameters: Parameters) -> str:
    """One row per account and day on which it may use the product: how lively it is."""
    offset = parameters.start.weekday()
    hour = chosen("accounts.region", {name: str(hour) for name, _, hour in REGIONS})
    return f"""
    with days as (
        select
            range as day,
            case when (range + {offset}) % 7 > 4 then 0.12 else 1 end
            * case
                when strftime(at_day(range), '%m%d') >= '1223'
                    or strftime(at_day(range), '%m%d') <= '0102'
                    then 0.5
                else 1
            end as calendar
        from range({parameters.days})
    )

    select
        accounts.account,
        accounts.persona,
        accounts.signup_day,
        accounts.fit,
        {hour} as working_hour,
        days.day,
        health.health,
        accounts.paid_day is not null
        and days.day >= accounts.paid_day
        and (days.day < accounts.ended_day) is not false
        or days.day >= accounts.returned_day as is_paying,
        days.calendar * exp(0.6 * health.health)
        * case
            when days.day >= accounts.paid_day then 1
            when days.day < accounts.trial_end then 0.9
            else 0.5
        end as liveliness
    from accounts
    inner join days
        on days.day >= accounts.signup_day
        and (
            accounts.ended_day is null
            -- some come back for a few days to fetch their data
            or days.day <= accounts.ended_day
            + case when unit('lingers', accounts.account) < 0.1 then 6 else -1 end
            or days.day >= accounts.returned_day
        )
    inner join health
        on accounts.account = health.account and week_of(days.day) = health.week
    """


def sessions_sql(_: Parameters) -> str:
    """One row per session: who, when, on what, and how many events."""
    return f"""
    with visits as (
        select
            account_days.*,
            people.person,
            people.person_key,
            people.person_key * 100000 + account_days.day as visit,
            account_days.day between people.installed_day and people.uninstalled_day
                as has_phone
        from account_days
        inner join people
            on account_days.account = people.account
            and account_days.day between people.joined_day and people.left_day
        where
            unit('visits', people.person_key, account_days.day)
            < least(0.95, people.eagerness * account_days.liveliness)
    ),

    numbered as (
        select
            *,
            unnest(range(case when unit('comes back', visit) < 0.2 then 2 else 1 end)) as session
        from visits
    )

    select
        *,
        case when has_phone and unit('by phone', visit, session) < 0.4 then 'mobile' else 'web' end
            as source,
        working_hour * 3600 + session * 14400 + floor(
            (unit('hour', visit, session) + unit('minute', visit, session)) * 8000
        )::bigint as start_second,
        20 + floor(160 * unit('pace', visit, session) ** 2)::bigint as pace,
        1 + least(
            {MAX_SESSION_EVENTS - 1}, floor(2.8 * waiting('length', visit, session))::bigint
        ) as events
    from numbered
    """


def adoption_day(feature: str) -> str:
    """Write the day from which an account uses a feature; some never do."""
    number = [name for name, _ in FEATURES].index(feature)
    mean = FEATURES[number][1]
    return (
        f"signup_day + {mean} * exp(-0.5 * fit) * waiting('adopts', account, {number})"
        f" + case when unit('never adopts', account, {number}) < {mean / 500} then {NEVER}"
        " else 0 end"
    )


def session_events_sql(_: Parameters) -> str:
    """One row per event within a session."""
    mix = array([name for name, share in SESSION_MIX for _ in range(share)])
    adopted = " ".join(
        f"when intent = '{name}' and day < {adoption_day(name)} then 'page_viewed'"
        for name, _ in FEATURES
    )
    return f"""
    with numbered as (
        select
            *,
            unnest(range(events)) as n
        from sessions
    ),

    intended as (
        select
            *,
            visit * 2 + session as session_key,
            case
                when n = 0 and unit('signs in', visit, session) < 0.85 then 'logged_in'
                when unit('error', visit * 2 + session, n) < 0.02 * exp(-0.5 * health)
                    then 'error_shown'
                when unit('habit', visit * 2 + session, n) < 0.125
                    then {chosen("persona", {k: f"'{v}'" for k, v in HABITS.items()})}
                else pick({mix}, 'does', visit * 2 + session, n)
            end as intent
        from numbered
    ),

    named as (
        select
            *,
            case {adopted} else intent end as event_name
        from intended
    )

    select
        draw('session event', session_key, n) as event_key,
        account_id(account) as customer_id,
        person_id(account, person) as user_id,
        event_name,
        source,
        at_day(day) + to_seconds(start_second + n * pace)
        + to_milliseconds((draw('moment', session_key, n) % 9000)::bigint) as occurred_at,
        case
            when event_name = 'data_exported'
                then floor(200 * waiting('exported', session_key, n)) + 1
        end as quantity,
        '"session_id": "' || hexadecimal(draw('session', session_key)) || '"'
        || case event_name
            when 'page_viewed' then ', "page": "/' || pick(
                ['home', 'projects', 'reports', 'settings', 'billing', 'help'],
                'page', session_key, n
            ) || '"'
            when 'link_clicked' then ', "element": "' || pick(
                ['menu', 'banner', 'chart', 'row', 'button'], 'element', session_key, n
            ) || '"'
            when 'error_shown' then ', "code": ' || pick(
                ['403', '404', '500', '504'], 'code', session_key, n
            )
            else ''
        end as details
    from named
    """


def occasions_sql(_: Parameters) -> str:
    """One row per event that is no part of a session: tickets, payments, integrations and more."""
    kinds = ", ".join(
        f"({number}, '{name}', '{source}', {rate}, {health}, '{who}', '{quantity}')"
        for number, (name, source, rate, health, who, quantity) in enumerate(OCCASIONS)
    )
    return f"""
    with kinds (kind, event_name, source, rate, by_health, who, measure) as (values {kinds}),

    rates as (
        select
            account_days.account,
            account_days.day,
            account_days.working_hour,
            account_days.health,
            accounts.users,
            kinds.*,
            kind * 1000000 + day as occasion,
            rate / 5 * (accounts.users / 10) ** 0.6 * exp(by_health * account_days.health)
                as daily_rate
        from account_days
        inner join accounts on account_days.account = accounts.account
        inner join kinds on kinds.who = 'any' or account_days.is_paying
    ),

    happened as (
        select *
        from rates
        where unit('occasion', account, occasion) < least(0.5, daily_rate)
    )

    select
        happened.account,
        coalesce(people.person, 0) as person,
        happened.day,
        happened.health,
        draw('occasion id', happened.account, occasion) as event_key,
        account_id(happened.account) as customer_id,
        case
            when source in ('billing', 'social') then null
            else person_id(happened.account, coalesce(people.person, 0))
        end as user_id,
        event_name,
        source,
        at_day(day) + to_hours(working_hour::integer)
        + to_seconds(floor(28000 * unit('when', happened.account, occasion))::bigint)
            as occurred_at,
        case
            when measure = 'money'
                then round(50 + 150 * waiting('price', happened.account, occasion), 2)
        end as quantity,
        case event_name
            when 'support_ticket_opened' then '"topic": "' || pick(
                ['how_to', 'bug', 'billing', 'performance'], 'topic', happened.account, occasion
            ) || '"'
            when 'integration_connected' then '"integration": "' || pick(
                ['chat', 'crm', 'warehouse', 'calendar'], 'partner', happened.account, occasion
            ) || '"'
            when 'social_mentioned' then '"network": "example_net"'
            when 'addon_purchased' then '"currency": "USD", "item": "' || pick(
                ['seats', 'storage', 'training'], 'item', happened.account, occasion
            ) || '"'
            else '"currency": "USD"'
        end as details
    from happened
    left join people
        on happened.account = people.account
        and floor(users * unit('who', happened.account, occasion) ** 2)::bigint = people.person
        and happened.day between people.joined_day and people.left_day
    """


def api_calls_sql(_: Parameters) -> str:
    """One row per account and day with calls of the programming interface: how many there were."""
    return """
    select
        draw('api id', account_days.account, day) as event_key,
        account_id(account_days.account) as customer_id,
        null::varchar as user_id,
        'api_called' as event_name,
        'api' as source,
        at_day(day) + to_seconds(60 + (draw('api time', account_days.account, day) % 80000)::bigint)
            as occurred_at,
        1 + floor(
            40 * accounts.users ** 0.5 * exp(0.6 * health)
            * exp(0.6 * normal('calls', account_days.account, day))
        ) as quantity,
        '"client": "example-sdk/2"' as details
    from account_days
    inner join accounts on account_days.account = accounts.account
    where
        accounts.has_api
        and unit('calls today', account_days.account, day) < least(0.9, 0.5 * liveliness)
    """


def people_events_sql(parameters: Parameters) -> str:
    """One row per invitation, and per app installed or removed."""
    moments = """
        at_day(day) + to_hours(working_hour::integer)
        + to_seconds(floor(27000 * unit(event_name, person_key))::bigint)
    """
    return f"""
    with found as (
        select
            people.*,
            accounts.ended_day,
            accounts.signup_day,
            accounts.returned_day
        from people
        inner join accounts on people.account = accounts.account
    ),

    happened as (
        select
            account,
            person,
            person_key,
            'invite_sent' as event_name,
            'web' as source,
            0 as actor,
            greatest(signup_day, joined_day - 1 - (draw('asked', person_key) % 3)::bigint) as day
        from found
        where person > 0
        union all
        select account, person, person_key, 'invite_accepted', 'web', person, joined_day
        from found
        where person > 0
        union all
        select account, person, person_key, 'app_installed', 'mobile', person, installed_day
        from found
        where installed_day <= left_day
        union all
        select account, person, person_key, 'app_uninstalled', 'mobile', person, uninstalled_day
        from found
        where installed_day < uninstalled_day and uninstalled_day < {parameters.days}
    )

    select
        draw(event_name || ' id', person_key) as event_key,
        account_id(happened.account) as customer_id,
        person_id(happened.account, actor) as user_id,
        event_name,
        source,
        {moments} as occurred_at,
        null::double as quantity,
        case when source = 'mobile' then '"platform": "example_os"' else '"role": "member"' end
            as details
    from happened
    inner join (
        select
            account,
            min(day) as from_day,
            max(day) as to_day,
            any_value(working_hour) as working_hour
        from account_days
        group by account
    ) as lives on happened.account = lives.account and happened.day between from_day and to_day
    """


def webinars_sql(parameters: Parameters) -> str:
    """One row per registration for a monthly webinar, and per visit: that one happens offline."""
    return f"""
    with webinars as (
        select
            number,
            28 * number + 17 + (3 - {parameters.start.weekday()}) as day
        from (select range as number from range({parameters.days // 28 + 1}))
    ),

    registered as (
        select
            webinars.number,
            webinars.day,
            people.account,
            people.person,
            people.person_key,
            account_days.working_hour,
            webinars.day - 1 - (draw('signs up', people.person_key, number) % 9)::bigint
                as registered_day
        from webinars
        inner join account_days on webinars.day = account_days.day
        inner join people
            on account_days.account = people.account
            and webinars.day - 10 between people.joined_day and people.left_day
        where
            unit('webinar', people.person_key, number)
            < least(0.4, 0.035 * exp(0.5 * account_days.health))
    ),

    happened as (
        select *, 'event_registered' as event_name, registered_day as happened_day from registered
        union all
        select *, 'webinar_attended', day
        from registered
        where unit('attends', person_key, number) < 0.6
    )

    select
        draw(event_name || ' id', person_key, number) as event_key,
        account_id(account) as customer_id,
        person_id(account, person) as user_id,
        event_name,
        'webinar' as source,
        case event_name
            when 'webinar_attended' then at_day(happened_day) + to_hours(15)
            else at_day(happened_day) + to_hours(working_hour::integer)
        end + to_seconds((draw('enters', person_key, number) % 900)::bigint) as occurred_at,
        null::double as quantity,
        '"webinar": "example-' || (number + 1)::varchar || '"' as details
    from happened
    where happened_day >= 0
    """


def visitors_sql(parameters: Parameters) -> str:
    """One row per anonymous visitor: some become accounts, as many do not."""
    return f"""
    select
        account,
        'anon-' || hexadecimal(draw('visitor', account)) as visitor_id,
        account as becomes,
        signup_day as last_day
    from accounts
    where signup_day between 1 and {parameters.days - 1} and unit('visited', account) < 0.6
    union all
    select
        account,
        'anon-' || hexadecimal(draw('visitor for nothing', account)),
        null,
        1 + floor({parameters.days - 1} * unit('visited for nothing', account))::bigint
    from prospects
    where unit('has a twin', account) < 0.3
    """


def visitor_events_sql(_: Parameters) -> str:
    """One row per page view of an anonymous visitor, before the sign-up."""
    return """
    with numbered as (
        select
            *,
            coalesce(becomes, account + 10000000) as visitor_key,
            unnest(range(1 + (draw('pages', coalesce(becomes, account + 10000000)) % 6)::bigint))
                as n
        from visitors
    )

    select
        draw('visitor event', visitor_key, n) as event_key,
        visitor_id as customer_id,
        visitor_id as user_id,
        'page_viewed' as event_name,
        'web' as source,
        at_day(greatest(
            0, last_day - 1 - (draw('visit', visitor_key, n // 3) % 14)::bigint
        )) + to_seconds(36000 + n * 50 + (draw('second', visitor_key, n // 3) % 30000)::bigint)
            as occurred_at,
        null::double as quantity,
        '"session_id": "' || hexadecimal(draw('visitor session', visitor_key, n // 3))
        || '", "page": "/' || pick(
            ['pricing', 'features', 'blog', 'signup'], 'page', visitor_key, n
        ) || '"' as details
    from numbered
    """


# From what happened to what was received ----------------------------------------------------------


def happened_sql(parameters: Parameters) -> str:
    """One row per event that happened within the history and was not lost in the outage.

    Accounts from before a merger send their first year under a former id.
    """
    tables = (
        *("session_events", "occasions", "api_calls", "people_events", "webinars"),
        "visitor_events",
    )
    union = " union all ".join(f"select {EVENT_FIELDS} from {table}" for table in tables)
    return f"""
    select
        events.* exclude (customer_id),
        case
            when events.occurred_at < at_day(mergers.day) then mergers.former_id
            else events.customer_id
        end as customer_id
    from ({union}) as events
    left join mergers on events.customer_id = mergers.customer_id
    where
        events.occurred_at >= at_day(0)
        and events.occurred_at < at_day({parameters.days})
        and not (
            events.source = '{OUTAGE_SOURCE}'
            and events.occurred_at >= at_day({parameters.outage_day})
            and events.occurred_at < at_day({parameters.outage_day + OUTAGE_DAYS})
            and events.event_key % 50 != 0
        )
    """


def mergers_sql(parameters: Parameters) -> str:
    """One row per account that was another one until a day."""
    return f"""
    select
        account_id(account) as customer_id,
        'former-' || hexadecimal(draw('former', account)) as former_id,
        floor({parameters.days} * (0.2 + 0.4 * unit('merged', account)))::bigint as day
    from accounts
    where signup_day < 0 and account % 23 = 5
    """


def received_sql(parameters: Parameters) -> str:
    """One row per event as it arrived: late, doubled and broken ones among them.

    What arrives after the last day has not been received yet.
    """
    columns = ("event_id", "customer_id", "event_name", "occurred_at", "quantity")
    repairs = {
        column: " ".join(
            f"when {number} then {value}"
            for number, (broken, value) in enumerate(BREAKAGES)
            if broken == column
        )
        for column in columns
    }
    broken = {
        column: f"case breakage {cases} else {column} end as {column}"
        for column, cases in repairs.items()
    }
    return f"""
    with delivered as (
        select
            *,
            unnest(range(case when unit('sent twice', event_key) < 0.01 then 2 else 1 end))
                as delivery
        from happened
    ),

    timed as (
        select
            * exclude (quantity),
            'evt-' || hexadecimal(event_key) as event_id,
            draw('breaks', event_key, delivery) % {BROKEN_ONE_IN} as breakage,
            -- a tenth of what is sent twice says something else the second time
            case when delivery = 1 and event_key % 10 = 0 then quantity + 1 else quantity end
                as quantity,
            occurred_at + to_milliseconds(
                (2000 + 240000 * unit('delay', event_key))::bigint
                + case
                    when unit('is late', event_key) < 0.02
                        then 86400000 + (2505600000 * unit('late', event_key) ** 2)::bigint
                    else 0
                end
                + delivery * (60000 + 20000000 * unit('resent', event_key))::bigint
            ) as loaded_at
        from delivered
    )

    select
        {broken["event_id"]},
        {broken["customer_id"]},
        user_id,
        {broken["event_name"]},
        {broken["occurred_at"]},
        {broken["quantity"]},
        '{{' || details || '}}' as properties,
        source,
        loaded_at
    from timed
    where loaded_at < at_day({parameters.days}) + interval 1 hour
    order by loaded_at, event_key, delivery
    """


# The other relations ------------------------------------------------------------------------------


def customers_sql(parameters: Parameters) -> str:
    """One row per account as the CRM has it on the last day, and a few that it has twice."""
    owners = chosen(
        "region",
        {region: f"pick({array(names)}, 'owner', account)" for region, names in OWNERS.items()},
    )
    return f"""
    with described as (
        select
            accounts.*,
            latest.seats,
            coalesce(accounts.ended_day is null or accounts.returned_day is not null, false)
                as is_here,
            case
                when latest.account is not null and (
                    accounts.ended_day is null or accounts.returned_day is not null
                ) then 'paying'
                when latest.account is not null then 'churned'
                when accounts.ended_day is not null then 'lapsed'
                when accounts.trial_end >= {parameters.days} then 'trial'
                else 'free'
            end as lifecycle,
            latest.plan as paid_plan
        from accounts
        left join (
            select account, max_by(seats, day) as seats, max_by(plan, day) as plan
            from terms
            group by account
        ) as latest on accounts.account = latest.account
    )

    select
        account_id(account) as customer_id,
        'Example ' || animal || ' ' || account::varchar as customer_name,
        at_day(signup_day) as signed_up_at,
        case when not is_here then at_day(ended_day) end as ended_at,
        case lifecycle
            when 'trial' then 'trial' when 'lapsed' then 'trial' when 'free' then 'free'
            else paid_plan
        end as plan,
        lifecycle,
        case
            when unit('seats unknown', account) < 0.04 then null
            when lifecycle in ('trial', 'lapsed') then 5
            when lifecycle = 'free' then 3
            else seats
        end as licensed_seats,
        case when lifecycle in ('paying', 'churned') then {owners} end as owner,
        is_internal,
        region,
        industry,
        persona,
        channel as acquisition_channel,
        round(
            case channel when 'organic' then 80 when 'referral' then 150 else 400 end
            * exp(0.4 * normal('cost', account)) * size ** 0.5,
            2
        ) as acquisition_cost
    from (
        select *, unnest(range(case when account % 101 = 7 then 2 else 1 end)) as copy
        from described
    )
    where signup_day < {parameters.days}
    order by account, copy
    """


def subscriptions_sql(parameters: Parameters) -> str:
    """One row per term, as the billing system has it on the last day."""
    return f"""
    select
        account_id(terms.account) as customer_id,
        at_day(terms.day) as started_at,
        case when terms.until_day < {parameters.days} then at_day(terms.until_day) end as ended_at,
        terms.plan,
        terms.mrr::decimal(18, 2) as mrr,
        terms.seats as quantity
    from terms
    where terms.day < coalesce(terms.until_day, {NEVER})
    order by terms.account, terms.day
    """


def survey_responses_sql(parameters: Parameters) -> str:
    """One row per answer. Satisfaction follows health, with much noise."""
    cxi = ", ".join(
        f"('{name}', {number}, 0.05, 5, 3.6, 0.5, 0.9)"
        for number, name in enumerate(
            ("cxi_effort", "cxi_empathy", "cxi_understanding", "cxi_efficiency"), start=4
        )
    )
    return f"""
    with kinds (survey, kind, share, highest, middle, by_health, noise) as (
        values
            ('nps', 1, 0.1, 10, 7.7, 1.1, 1.8),
            ('csat', 2, 0.35, 5, 3.8, 0.5, 0.9),
            ('customer_effort', 3, 0.25, 7, 5.0, 0.7, 1.2),
            {cxi}
    ),

    -- quarterly for users, and after each ticket
    asked as (
        select
            people.account,
            people.person,
            people.person_key,
            account_days.day,
            account_days.health,
            'quarter' as cause
        from account_days
        inner join people
            on account_days.account = people.account
            and account_days.day between people.joined_day + 30 and people.left_day
        where (account_days.day + people.person_key * 7) % 91 = 0
        union all
        select
            occasions.account,
            occasions.person,
            person_key(occasions.account, occasions.person),
            occasions.day,
            occasions.health,
            'ticket'
        from occasions
        where event_name = 'support_ticket_opened'
    )

    select
        account_id(account) as customer_id,
        person_id(account, person) as user_id,
        survey,
        within(
            middle + by_health * health
            + noise * normal('answers ' || survey, person_key, day),
            case when survey = 'nps' then 0 else 1 end,
            highest
        ) as score,
        at_day(day) + to_seconds(
            72000 + (draw('replies ' || survey, person_key, day) % 14000)::bigint
        ) as responded_at
    from asked
    inner join kinds
        on (asked.cause = 'ticket') = (kinds.survey in ('csat', 'customer_effort'))
    where unit('takes part ' || survey, person_key, day) < share
    order by responded_at, customer_id, user_id, survey
    """


def customer_aliases_sql(_: Parameters) -> str:
    """One row per anonymous or former id and the account that it belongs to now."""
    return """
    select visitor_id as alias_id, account_id(becomes) as customer_id
    from visitors
    where becomes is not null
    union all
    select former_id, customer_id from mergers
    order by alias_id
    """


def answers_health_sql(_: Parameters) -> str:
    """One row per account and week: the latent health, which no model may read."""
    return """
    select
        account_id(health.account) as customer_id,
        at_day(7 * health.week)::date as week_from,
        health.health
    from health
    order by health.account, health.week
    """


def answers_accounts_sql(parameters: Parameters) -> str:
    """One row per account: when it converted and left, and whether anything foretold it."""
    return f"""
    select
        account_id(account) as customer_id,
        at_day(signup_day)::date as signed_up_on,
        at_day(paid_day)::date as paid_from,
        case when churn is not null then at_day(ended_day)::date end as churned_on,
        churn,
        at_day(returned_day)::date as returned_on,
        fit
    from accounts
    where signup_day < {parameters.days}
    order by account
    """


Query = Callable[[Parameters], str]

STEPS: dict[str, Query] = {
    "prospects": prospects_sql,
    "health": health_sql,
    "trials": trials_sql,
    "late_conversions": late_conversions_sql,
    "payers": payers_sql,
    "renewals": renewals_sql,
    "accounts": accounts_sql,
    "terms": terms_sql,
    "people": people_sql,
    "account_days": account_days_sql,
    "sessions": sessions_sql,
    "session_events": session_events_sql,
    "occasions": occasions_sql,
    "api_calls": api_calls_sql,
    "people_events": people_events_sql,
    "webinars": webinars_sql,
    "visitors": visitors_sql,
    "visitor_events": visitor_events_sql,
    "mergers": mergers_sql,
    "happened": happened_sql,
}
"""Tables in the order in which they need each other."""

LARGE = {"sessions", "session_events", "api_calls", "happened"}
"""Steps that are read once: views, so that their rows are never held."""

FILES: dict[str, Query] = {
    "events": received_sql,
    "customers": customers_sql,
    "subscriptions": subscriptions_sql,
    "survey_responses": survey_responses_sql,
    "customer_aliases": customer_aliases_sql,
    "answer_key/health": answers_health_sql,
    "answer_key/accounts": answers_accounts_sql,
}


def generate(parameters: Parameters, output: Path) -> dict[str, object]:
    """Write all files, and return what was written and how fast.

    They are written beside the folder first, so that it is complete whenever it is there.
    """
    started = time.perf_counter()
    unfinished = output.with_name(output.name + ".unfinished")
    shutil.rmtree(unfinished, ignore_errors=True)
    (unfinished / "answer_key").mkdir(parents=True)
    rows = {}
    with duckdb.connect() as connection:
        connection.execute(macros_sql(parameters))
        for name, query in STEPS.items():
            kind = "view" if name in LARGE else "table"
            connection.execute(f"create {kind} {name} as {query(parameters)}")
        for name, query in FILES.items():
            path = str(unfinished / f"{name}.parquet").replace("'", "''")
            written = connection.execute(
                f"copy ({query(parameters)}) to '{path}' (format parquet, compression zstd)"
            ).fetchone()
            rows[name] = int(written[0]) if written else 0
    report: dict[str, object] = {
        "notice": NOTICE,
        "parameters": {
            **{name: str(value) for name, value in asdict(parameters).items()},
            "start": str(parameters.start),
            "outage": str(parameters.start + timedelta(days=parameters.outage_day)),
        },
        "rows": rows,
        "duckdb": duckdb.__version__,
    }
    text = json.dumps(report, indent=2) + "\n"
    (unfinished / "generated.json").write_text(text, encoding="utf-8")
    shutil.rmtree(output, ignore_errors=True)
    unfinished.rename(output)
    return {**report, "seconds": round(time.perf_counter() - started, 1)}


def parse_arguments(arguments: list[str] | None = None) -> argparse.Namespace:
    """Read the command line."""
    usual = Parameters()
    parser = argparse.ArgumentParser(description="Generate a made-up B2B SaaS workspace.")
    parser.add_argument("--accounts", type=int, default=usual.accounts)
    parser.add_argument("--months", type=int, default=usual.months, help="length of the history")
    parser.add_argument("--seed", type=int, default=usual.seed)
    parser.add_argument("--end", type=date.fromisoformat, default=usual.end, help="the last day")
    parser.add_argument("--output", type=Path, default=FOLDER / "data")
    return parser.parse_args(arguments)


def main() -> int:
    """Run from the command line."""
    arguments = parse_arguments()
    try:
        parameters = Parameters(arguments.accounts, arguments.months, arguments.seed, arguments.end)
    except ValueError as problem:
        print(problem, file=sys.stderr)
        return 2
    report = generate(parameters, arguments.output)
    events = report["rows"]["events"]
    print(NOTICE)
    print(
        f"{events:,} events of {parameters.accounts:,} accounts, {parameters.start} to"
        f" {parameters.end}, are in {os.path.relpath(arguments.output)} ({report['seconds']} s)."
    )
    return 0


if __name__ == "__main__":
    sys.exit(main())
