"""What was known of each customer on past days, and what became of it afterwards.

A panel has one row for each customer and reference day. Its features come from the facts that dbt
built, and only from events that had happened and been loaded by that day; its outcome lies after
the day and the lead time. Whoever has gone by the day, or goes within the lead time, is left out.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from pathlib import Path
from typing import NamedTuple

import duckdb
import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Integers = NDArray[np.int64]
Booleans = NDArray[np.bool_]

INACTIVE = "inactive_day"
# One session a day at most is one active day: the project's own way to count them.
ACTIVE = "session_started"
DERIVED = (ACTIVE, INACTIVE)
# No advice looks further back than that.
LONGEST_WINDOW = 84
# Nor is a day chosen that has less than this behind it.
SHORTEST_WINDOW = 28
TRAIN, TEST = "train", "test"
KINDS = ("churn", "contraction", "upgrade", "lapse")


class Refused(Exception):
    """Why there is no advice, as a sentence that names the mend."""


class Outcome(NamedTuple):
    """What is to be foretold, and when."""

    name: str
    kind: str
    lead_days: int = 14
    horizon_days: int = 30
    population: str = ""
    # For a lapse: the event whose absence counts; empty for any.
    event_name: str = ""

    @property
    def is_good(self) -> bool:
        """Whether it is a success, so that events before it deserve a positive weight."""
        return self.kind == "upgrade"

    def described(self) -> str:
        """Say in words what counts."""
        what = {
            "churn": "the customer leaves",
            "contraction": "the customer pays less, or leaves",
            "upgrade": "the customer pays more",
            "lapse": f"no {self.event_name or 'event'}",
        }[self.kind]
        first, last = self.lead_days + 1, self.lead_days + self.horizon_days
        return f"{what} in days {first} to {last} after the reference day"


class Design(NamedTuple):
    """How occurrences are added up: what a row of scorecards.csv and its caps say."""

    window_days: int
    half_life_days: int | None = None
    daily_cap: int | None = None

    def described(self) -> str:
        """Say in words how occurrences are added up."""
        fading = f"half-life {self.half_life_days} days" if self.half_life_days else "no half-life"
        cap = f"at most {self.daily_cap} a day" if self.daily_cap else "no daily cap"
        return f"window {self.window_days} days, {fading}, {cap}"


@dataclass(frozen=True)
class Panel:
    """Rows of customers and reference days, with their outcomes; features are asked for."""

    connection: duckdb.DuckDBPyConnection = field(repr=False)
    events: tuple[str, ...]
    customers: Integers
    days: NDArray[np.datetime64]
    outcomes: Integers
    is_train: Booleans
    days_since_last: Floats

    def features(self, design: Design) -> Floats:
        """One column for each event name, faded and capped, then one for each derived event."""
        fade = "1.0"
        if design.half_life_days:
            fade = f"pow(2.0, -age / {float(design.half_life_days)})"
        amount = f"least(event_count, {design.daily_cap})" if design.daily_cap else "event_count"
        columns = np.zeros((len(self.outcomes), len(self.events) + len(DERIVED)))
        cells = self.connection.execute(
            f"select row_number, event_index, sum({amount} * {fade}) as amount"
            " from advice_known where age < ? group by row_number, event_index",
            [design.window_days],
        ).fetchnumpy()
        columns[cells["row_number"], cells["event_index"]] = cells["amount"]
        for offset, name in enumerate(DERIVED):
            cells = self.connection.execute(
                f"select row_number, sum(event_count * {fade}) as amount from advice_derived"
                " where event_name = ? and age < ? group by row_number",
                [name, design.window_days],
            ).fetchnumpy()
            columns[cells["row_number"], len(self.events) + offset] = cells["amount"]
        return columns

    @property
    def names(self) -> tuple[str, ...]:
        """Names of the columns of features()."""
        return self.events + DERIVED

    def scores(self, scorecard: str) -> Floats:
        """Read the scores that dbt gave on the reference days; what has none is not a number."""
        cells = self.connection.execute(
            "select rows_.row_number, cast(scores.ces_unrounded as double) as score"
            " from advice_rows as rows_ inner join engagement_scores_daily as scores"
            " on rows_.customer_id = scores.customer_id"
            " and rows_.reference_date = scores.score_date where scores.scorecard = ?",
            [scorecard],
        ).fetchnumpy()
        scores = np.full(len(self.outcomes), np.nan)
        scores[cells["row_number"]] = cells["score"]
        return scores


def open_database(path: str) -> duckdb.DuckDBPyConnection:
    """Open what dbt built, for reading; what is made here is temporary."""
    if not Path(path).is_file():
        raise Refused(
            f"there is no database {path}: build it first with make build, or point"
            " ENGAGEMENT_DUCKDB_PATH to the one that dbt built."
        )
    try:
        connection = duckdb.connect(path, read_only=True)
    except duckdb.Error as error:
        raise Refused(
            f"{path} cannot be read ({str(error).splitlines()[0]}): end what writes to it, or"
            " build it anew."
        ) from error
    # One thread adds up in one order, so that the same data give the same digits.
    connection.execute("set threads = 1")
    tables = {
        name
        for (name,) in connection.execute(
            "select table_name from information_schema.tables"
        ).fetchall()
    }
    needed = ("int_engagement__as_of", "int_engagement__customers", "int_engagement__event_counts")
    for name in needed:
        if name not in tables:
            raise Refused(f"{path} has no table {name}: build it first with make build.")
    return connection


def read_outcome(connection: duckdb.DuckDBPyConnection, name: str) -> Outcome:
    """Find an outcome in the seed outcomes, the first one where none is named."""
    found = connection.execute(
        "select count(*) from information_schema.tables where table_name = 'outcomes'"
    ).fetchone()
    if not found or not found[0]:
        raise Refused(
            "the database has no seed outcomes: build it with a seeds/outcomes.csv, or say what"
            " counts with KIND=churn (or contraction, upgrade, lapse)."
        )
    relation = connection.sql("select * from outcomes")
    rows = [dict(zip(relation.columns, row, strict=True)) for row in relation.fetchall()]
    for row in rows:
        if not name or str(row["outcome"]).strip() == name:
            return outcome_of(row)
    known = ", ".join(str(row["outcome"]) for row in rows) or "no outcome at all"
    raise Refused(f"outcomes.csv has no outcome {name}: OUTCOME can be one of {known}.")


def outcome_of(row: dict[str, object]) -> Outcome:
    """Read a row of outcomes.csv."""

    def text(column: str, otherwise: str = "") -> str:
        value = row.get(column)
        return otherwise if value is None else str(value).strip()

    kind, event_name = text("kind").lower(), text("event_name")
    if kind not in KINDS:
        raise Refused(
            f"outcomes.csv, {text('outcome')}: kind {kind or '(empty)'} is unknown; write one of"
            f" {', '.join(KINDS)}."
        )
    try:
        lead, horizon = int(text("lead_days", "14")), int(text("horizon_days", "30"))
    except ValueError as error:
        raise Refused(
            f"outcomes.csv, {text('outcome')}: lead_days and horizon_days are whole numbers;"
            " correct the row."
        ) from error
    return Outcome(text("outcome"), kind, lead, horizon, text("population"), event_name)


def reference_days(
    connection: duckdb.DuckDBPyConnection, outcome: Outcome, cutoff: date | None
) -> tuple[list[date], list[date]]:
    """Choose days to fit on, whose outcomes are over by the cut-off, and days to test on."""
    found = connection.execute(
        "select (select as_of_date from int_engagement__as_of),"
        " (select min(event_date) from int_engagement__event_counts)"
    ).fetchone()
    as_of, first = found or (None, None)
    if as_of is None or first is None:
        raise Refused("the database has no events: build it with some, then ask again.")
    span = timedelta(days=outcome.lead_days + outcome.horizon_days)
    days = [as_of - span]
    while days[-1] - timedelta(days=outcome.horizon_days + SHORTEST_WINDOW) >= first:
        days.append(days[-1] - timedelta(days=outcome.horizon_days))
    days = sorted(day for day in days if day > first)
    if cutoff is None and days:
        cutoff = days[-max(1, len(days) // 3)]
    test = [day for day in days if cutoff and day >= cutoff]
    train = [day for day in days if cutoff and day + span <= cutoff]
    if not train or not test:
        raise Refused(
            f"history from {first} to {as_of} has no reference days on both sides of a cut-off:"
            f" {2 * span.days + SHORTEST_WINDOW} days are needed, so bring more, or shorten"
            " LEAD and HORIZON."
        )
    return train, test


def label(
    connection: duckdb.DuckDBPyConnection, outcome: Outcome, train: list[date], test: list[date]
) -> None:
    """Write the table advice_rows: customers active on the days, and what became of them."""
    connection.execute("create or replace temp table advice_days (day date, is_train boolean)")
    connection.executemany(
        "insert into advice_days values (?, ?)",
        [(day, True) for day in train] + [(day, False) for day in test],
    )
    if outcome.kind == "lapse":
        _label_lapses(connection, outcome)
    else:
        _label_subscriptions(connection, outcome)


def _population(connection: duckdb.DuckDBPyConnection, outcome: Outcome) -> str:
    if not outcome.population:
        return "true"
    attribute, found, values = outcome.population.partition("=")
    listed = [value.strip() for value in values.split("|") if value.strip()]
    columns = connection.sql("select * from int_engagement__customers").columns
    if not found or not listed or attribute.strip() not in columns:
        raise Refused(
            f"population {outcome.population} is not understood: write attribute=value or"
            " attribute=value|value, as in scorecards.csv."
        )
    texts = ", ".join("'" + value.replace("'", "''") + "'" for value in listed)
    return f'"{attribute.strip()}" in ({texts})'


def _label_lapses(connection: duckdb.DuckDBPyConnection, outcome: Outcome) -> None:
    # Active is who showed the event within the horizon before the day: others have lapsed already.
    connection.execute(
        f"""
        create or replace temp table advice_rows as
        with days as (select * from advice_days),
        shown as (
            select customer_id, event_date from int_engagement__event_counts
            where $event = '' or event_name = $event
            group by customer_id, event_date
        ),
        kept as (
            select customer_id, first_day, ended_on from int_engagement__customers
            where {_population(connection, outcome)}
        ),
        seen as (
            select
                shown.customer_id, days.day, days.is_train,
                max(case when event_date <= day then event_date end) as last_date,
                max(case
                    when event_date > day + $lead and event_date <= day + $lead + $horizon then 1
                    else 0
                end) as came
            from shown cross join days group by all
        )
        select
            row_number() over (order by seen.day, seen.customer_id) - 1 as row_number,
            seen.customer_id, seen.day as reference_date, seen.is_train, kept.first_day,
            1 - seen.came as outcome
        from seen inner join kept on seen.customer_id = kept.customer_id
        where
            seen.last_date > seen.day - $horizon
            and (kept.ended_on is null or kept.ended_on > seen.day + $lead)
        """,
        {
            "event": outcome.event_name,
            "lead": outcome.lead_days,
            "horizon": outcome.horizon_days,
        },
    )


def _label_subscriptions(connection: duckdb.DuckDBPyConnection, outcome: Outcome) -> None:
    # What a customer pays on a day is the sum of what is open then. One without subscriptions
    # is a customer until it has ended, and can only churn.
    connection.execute(
        f"""
        create or replace temp table advice_rows as
        with kept as (
            select customer_id, first_day, ended_on from int_engagement__customers
            where {_population(connection, outcome)}
        ),
        subscriptions as (
            select
                coalesce(aliases.customer_id, received.customer_id) as customer_id,
                coalesce(cast(started_at as date), date '0001-01-01') as starts,
                coalesce(cast(ended_at as date), date '9999-12-31') as ends,
                coalesce(mrr, 0) as mrr
            from stg_engagement__subscriptions as received
            left join stg_engagement__customer_aliases as aliases
                on received.customer_id = aliases.alias_id
        ),
        moments as (
            select day, is_train, day as moment, 'before' as place from advice_days
            union all
            select day, is_train, unnest(generate_series(
                cast(day + 1 as timestamp), cast(day + $lead + $horizon as timestamp),
                interval 1 day
            )), case when true then 'after' end
            from advice_days
        ),
        dated as (
            select day, is_train, cast(moment as date) as moment, place from moments
        ),
        -- A subscription is open before the day it ends on: the day after is the first without.
        paid as (
            select
                subscriptions.customer_id, dated.day, dated.is_train, dated.moment,
                sum(case when starts <= moment and ends > moment then 1 else 0 end) as open_ones,
                sum(case when starts <= moment and ends > moment then mrr else 0 end) as mrr
            from subscriptions
            inner join dated on starts <= dated.moment and ends >= dated.day
            group by all
        ),
        at_start as (select * from paid where moment = day and open_ones > 0),
        later as (
            select
                at_start.customer_id, at_start.day, at_start.is_train,
                min(case when coalesce(paid.open_ones, 0) = 0 then dated.moment end) as left_on,
                min(case when coalesce(paid.mrr, 0) < at_start.mrr then dated.moment end)
                    as less_on,
                min(case when paid.mrr > at_start.mrr then dated.moment end) as more_on
            from at_start
            inner join dated on at_start.day = dated.day and dated.place = 'after'
            left join paid
                on at_start.customer_id = paid.customer_id
                and at_start.day = paid.day and dated.moment = paid.moment
            group by all
        ),
        unsubscribed as (
            select kept.customer_id, days.day, days.is_train, kept.ended_on as left_on
            from kept cross join advice_days as days
            where
                kept.customer_id not in (select customer_id from subscriptions)
                and kept.first_day <= days.day
                and $kind = 'churn'
        ),
        found as (
            select
                later.customer_id, later.day, later.is_train,
                case $kind
                    when 'churn' then left_on
                    when 'contraction' then least(left_on, less_on)
                    else more_on
                end as happened_on,
                left_on
            from later
            union all
            select customer_id, day, is_train, left_on as happened_on, left_on from unsubscribed
        ),
        ended as (
            select
                found.customer_id, found.day, found.is_train, kept.first_day,
                -- A customer may be told to have ended while a subscription still runs.
                case when kept.ended_on > found.day and $kind != 'upgrade'
                    then least(found.happened_on, kept.ended_on) else found.happened_on
                end as happened_on,
                least(found.left_on, kept.ended_on) as left_on
            from found inner join kept on found.customer_id = kept.customer_id
            where kept.ended_on is null or kept.ended_on > found.day
        )
        select
            row_number() over (order by day, customer_id) - 1 as row_number,
            customer_id, day as reference_date, is_train, first_day,
            case when happened_on <= day + $lead + $horizon then 1 else 0 end as outcome
        from ended
        where
            (happened_on is null or happened_on > day + $lead)
            and (left_on is null or left_on > day + $lead)
        """,
        {"kind": outcome.kind, "lead": outcome.lead_days, "horizon": outcome.horizon_days},
    )


def read_panel(
    connection: duckdb.DuckDBPyConnection, grace_days: int = 7, least_users: int = 20
) -> Panel:
    """Collect what was known on the reference days of the table advice_rows.

    Arguments: the connection; grace_days, the quiet days before a day counts as inactive; and
    least_users, how many customers must have shown an event before the cut-off.
    """
    _collect_counts(connection)
    events = tuple(
        name
        for (name,) in connection.execute(
            "select event_name from advice_counts inner join advice_rows"
            " on advice_counts.row_number = advice_rows.row_number where is_train and age < ?"
            " group by event_name having count(distinct advice_rows.customer_id) >= ?"
            " order by event_name",
            [LONGEST_WINDOW, least_users],
        ).fetchall()
    )
    if not events:
        raise Refused(
            f"no event was shown by {least_users} customers before the cut-off: bring more history."
        )
    connection.execute("create or replace temp table advice_names (name varchar, position int)")
    connection.executemany(
        "insert into advice_names values (?, ?)", list(zip(events, range(len(events)), strict=True))
    )
    connection.execute(
        "create or replace temp table advice_known as"
        " select row_number, position as event_index, age, user_id, event_count"
        " from advice_counts inner join advice_names on event_name = name"
        f" where age < {LONGEST_WINDOW} order by row_number, position, age, user_id"
    )
    _derive(connection, grace_days)
    rows = connection.execute(
        """
        select
            dense_rank() over (order by customer_id) - 1 as customer, reference_date, outcome,
            is_train, date_diff('day', coalesce(last_date, first_day - 1), reference_date) as since
        from advice_rows
        left join (
            select rows_.row_number as number_, max(event_date) as last_date
            from advice_rows as rows_
            inner join int_engagement__event_counts as counts
                on rows_.customer_id = counts.customer_id
                and counts.event_date <= rows_.reference_date
            group by rows_.row_number
        ) on row_number = number_
        order by row_number
        """
    ).fetchnumpy()
    return Panel(
        connection=connection,
        events=events,
        customers=rows["customer"].astype(np.int64),
        days=rows["reference_date"],
        outcomes=rows["outcome"].astype(np.int64),
        is_train=rows["is_train"].astype(np.bool_),
        days_since_last=rows["since"].astype(np.float64),
    )


def _collect_counts(connection: duckdb.DuckDBPyConnection) -> None:
    """Count what had happened and been loaded by each reference day, with the days before it."""
    connection.execute(
        """
        create or replace temp table advice_late as
        select
            customer_id, user_id, event_name, event_date, loaded_on, count(*) as event_count
        from (
            select
                customer_id, user_id, event_name, event_date,
                cast(min(loaded_at) as date) as loaded_on
            from int_engagement__checked_events
            where rejection_reason is null and cast(loaded_at as date) > event_date
            group by customer_id, user_id, event_name, event_date, event_id
        )
        group by all
        """
    )
    reach = LONGEST_WINDOW + 60
    connection.execute(
        f"""
        create or replace temp table advice_counts as
        with happened as (
            select
                rows_.row_number, counts.user_id, counts.event_name,
                date_diff('day', counts.event_date, rows_.reference_date) as age,
                counts.event_count
            from advice_rows as rows_
            inner join int_engagement__event_counts as counts
                on rows_.customer_id = counts.customer_id
                and counts.event_date <= rows_.reference_date
                and counts.event_date > rows_.reference_date - {reach}
        ),
        not_yet_loaded as (
            select
                rows_.row_number, late.user_id, late.event_name,
                date_diff('day', late.event_date, rows_.reference_date) as age,
                sum(late.event_count) as event_count
            from advice_rows as rows_
            inner join advice_late as late
                on rows_.customer_id = late.customer_id
                and late.event_date <= rows_.reference_date
                and late.event_date > rows_.reference_date - {reach}
                and late.loaded_on > rows_.reference_date
            group by all
        )
        select
            happened.row_number, happened.user_id, happened.event_name, happened.age,
            happened.event_count - coalesce(not_yet_loaded.event_count, 0) as event_count
        from happened
        left join not_yet_loaded
            on happened.row_number = not_yet_loaded.row_number
            and happened.user_id is not distinct from not_yet_loaded.user_id
            and happened.event_name = not_yet_loaded.event_name
            and happened.age = not_yet_loaded.age
        where happened.event_count > coalesce(not_yet_loaded.event_count, 0)
        """
    )


def _derive(connection: duckdb.DuckDBPyConnection, grace_days: int) -> None:
    """Count active days of users, and the inactive days of customers as the project does."""
    connection.execute(
        f"""
        create or replace temp table advice_derived as
        with active as (
            select row_number, age from advice_counts group by row_number, age
            union
            -- As if there were an event the day before the first, or before all that is looked at.
            select
                row_number,
                least(
                    date_diff('day', first_day, reference_date) + 1,
                    {LONGEST_WINDOW + grace_days}
                ) as age
            from advice_rows
        ),
        gaps as (
            select
                row_number, age,
                coalesce(lag(age) over (partition by row_number order by age), -1) as next_age
            from active
        ),
        inactive as (
            select row_number, unnest(range(next_age + 1, age - {grace_days})) as age
            from gaps where age - {grace_days} > next_age + 1
        )
        select row_number, '{ACTIVE}' as event_name, age, count(distinct coalesce(user_id, ''))
            as event_count
        from advice_counts where age < {LONGEST_WINDOW} group by row_number, age
        union all
        select row_number, '{INACTIVE}' as event_name, age, 1 as event_count
        from inactive where age < {LONGEST_WINDOW}
        order by row_number, event_name, age
        """
    )


def with_outcomes(panel: Panel, outcomes: Integers) -> Panel:
    """Give the same panel other outcomes, as for a shuffle."""
    return replace(panel, outcomes=outcomes)
