"""What was known of each customer on past days, and what became of it afterwards.

A panel has one row for each customer and reference day. Its features come from the facts that dbt
built, and only from events that had happened and been loaded by that day; its outcome lies after
the day and the lead time. Whoever has gone by the day, or goes within the lead time, is left out.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import date
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
NEEDED = {
    "outcomes",
    "engagement_scores_daily",
    "int_engagement__customers",
    "int_engagement__event_counts",
    "int_engagement__outcome_labels",
    "int_engagement__reference_days",
    "int_engagement__scorecards",
}


class Refused(Exception):
    """Why there is no advice, as a sentence that names the mend."""


class Outcome(NamedTuple):
    """What is to be foretold: a row of outcomes.csv, and whether it is a success."""

    name: str
    description: str
    is_good: bool = False
    population: str = ""


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
    return connection


def tables_of(connection: duckdb.DuckDBPyConnection) -> set[str]:
    """Name the tables and views of the database."""
    found = connection.execute("select table_name from information_schema.tables").fetchall()
    return {name for (name,) in found}


def check_tables(connection: duckdb.DuckDBPyConnection) -> None:
    """Refuse a database without the tables that advice is made from."""
    for name in sorted(NEEDED - tables_of(connection)):
        raise Refused(f"the database has no table {name}: build it anew with make build.")


def read_outcome(connection: duckdb.DuckDBPyConnection, name: str) -> Outcome:
    """Find an outcome of the seed outcomes, the first one where none is named."""
    relation = connection.sql("select * from outcomes")
    rows = [
        {column: "" if value is None else str(value).strip() for column, value in cells}
        for cells in (zip(relation.columns, row, strict=True) for row in relation.fetchall())
    ]
    for row in rows:
        if not name or row["outcome"] == name:
            break
    else:
        known = ", ".join(row["outcome"] for row in rows) or "nothing"
        raise Refused(
            f"outcomes.csv has no outcome {name or 'at all'}; it has {known}: add a row and build,"
            " or name another with OUTCOME=."
        )
    found = connection.execute(
        "select max(engagement_sign) from int_engagement__outcome_labels where outcome = ?",
        [row["outcome"]],
    ).fetchone()
    lead, horizon = int(float(row["lead_days"])), int(float(row["horizon_days"]))
    return Outcome(
        name=row["outcome"],
        description=f"{row.get('title') or row['kind']}, {lead + 1} to {lead + horizon} days after"
        " the reference day",
        is_good=bool(found and found[0] and found[0] > 0),
        population=row.get("population", ""),
    )


def label(connection: duckdb.DuckDBPyConnection, outcome: Outcome, cutoff: date | None) -> None:
    """Write the table advice_rows: those whom the backtest asks about, parted by a cut-off.

    What is fitted on is over by the cut-off: outcomes included. Days in between are left out.
    """
    days = connection.execute(
        "select reference_date, label_until from int_engagement__reference_days"
        " where outcome = ? order by reference_date",
        [outcome.name],
    ).fetchall()
    if cutoff is None and days:
        cutoff = days[-max(1, len(days) // 3)][0]
    test = [day for day, _ in days if cutoff and day >= cutoff]
    train = [day for day, until in days if cutoff and until <= cutoff]
    if not train or not test:
        shown = f"{days[0][0]} to {days[-1][0]}" if days else "none"
        raise Refused(
            f"{outcome.name} has {len(days)} reference days ({shown}), and needs some on both sides"
            " of a cut-off, those before it with their outcomes over: bring more history, raise"
            " the variable backtest_reference_days, or choose another CUTOFF."
        )
    connection.execute(
        "create or replace temp table advice_rows as"
        " select row_number() over (order by reference_date, customer_id) - 1 as row_number,"
        " customer_id, reference_date, reference_date < ? as is_train, first_day,"
        " is_positive as outcome"
        " from int_engagement__outcome_labels"
        " inner join int_engagement__customers using (customer_id)"
        " where outcome = ? and list_contains(?, reference_date)",
        [cutoff, outcome.name, train + test],
    )


def read_panel(
    connection: duckdb.DuckDBPyConnection,
    grace_days: int = 7,
    least_users: int = 20,
    events: tuple[str, ...] = (),
) -> Panel:
    """Collect what was known on the reference days of the table advice_rows.

    Arguments: the connection; grace_days, the quiet days before a day counts as inactive;
    least_users, how many customers must have shown an event before the cut-off; and events, the
    names to look at, else all that so many have shown.
    """
    _collect_counts(connection)
    events = events or tuple(
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
    # Only the backtest's own days have late counts.
    late_counts = (
        "int_engagement__late_counts"
        if "int_engagement__late_counts" in tables_of(connection)
        else "(select *, date '1970-01-01' as reference_date"
        " from int_engagement__event_counts where false)"
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
                late.event_count
            from advice_rows as rows_
            inner join {late_counts} as late
                on rows_.customer_id = late.customer_id
                and rows_.reference_date = late.reference_date
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
