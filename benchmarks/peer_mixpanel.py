"""Compare this project with the peer package for Mixpanel, where both count the same.

    python benchmarks/peer_mixpanel.py export --input DIR --database peer.duckdb
    python benchmarks/peer_mixpanel.py compare --peer peer.duckdb --ours engagement.duckdb

`export` writes the events of `generate.py` as the raw table that Mixpanel's loader leaves behind,
`mixpanel.event`. `compare` reads a database in which the peer's models have been built from it, and
one that this project has built from the same events, and compares row by row:

* deduplicated events and customer-day counts: events per customer, event name and day;
* daily activity: events, customers and customers active in the trailing 28 days, per event name.

Nothing of the peer is in this repository, and nothing here builds or runs it; see README.md. The
peer rejects nothing, so `export` leaves out the rows that this project rejects.
"""

from __future__ import annotations

import argparse
import sys
import time
from pathlib import Path

import duckdb

TRAILING_DAYS = 28
SHOWN_DIFFERENCES = 5

RAW_EVENTS = """
create or replace table mixpanel.event as
select
    nullif(trim(event_id), '') as insert_id,
    nullif(trim(event_id), '') as _fivetran_id,
    nullif(trim(customer_id), '') as distinct_id,
    nullif(trim(event_name), '') as name,
    occurred_at as time,
    epoch_ms(loaded_at) as mp_processing_time_ms,
    loaded_at as _fivetran_synced,
from read_parquet('{events}', hive_partitioning = false)
where
    nullif(trim(event_id), '') is not null
    and nullif(trim(customer_id), '') is not null
    and nullif(trim(event_name), '') is not null
    and occurred_at is not null
"""

PEER_COUNTS = """
create temp table peer_counts as
select
    people_id as customer_id,
    event_type as event_name,
    date_day as event_date,
    count(*) as events,
from peer.{schema}.mixpanel__event
group by people_id, event_type, date_day
"""

OUR_COUNTS = """
create temp table our_counts as
select
    customer_id,
    lower(event_name) as event_name,
    event_date,
    sum(event_count) as events,
from {schema}.int_engagement__event_counts
group by customer_id, lower(event_name), event_date
"""

PEER_ACTIVITY = """
create temp table peer_activity as
select
    event_type as event_name,
    date_day as event_date,
    number_of_events as events,
    number_of_users as customers,
    trailing_users_28d as trailing_customers,
from peer.{schema}.mixpanel__daily_events
where date_day <= (select max(event_date) from our_counts)
"""

# A customer is active in the trailing days of an event from each of its days until the next one,
# or until the window closes: one enters, one leaves, and a running sum has the rest.
OUR_ACTIVITY = """
create temp table our_activity as
with stretches as (
    select
        *,
        least(
            event_date + {days},
            lead(event_date) over (partition by customer_id, event_name order by event_date)
        ) as end_date,
    from our_counts
),

changes as (
    select event_name, event_date, events, 1 as customers, 1 as change
    from stretches
    union all
    select event_name, end_date as event_date, 0 as events, 0 as customers, -1 as change
    from stretches
),

calendar as (
    select
        event_name,
        cast(unnest(generate_series(
            min(event_date)::timestamp,
            (select max(event_date) from our_counts)::timestamp,
            interval 1 day
        )) as date) as event_date,
        0 as events,
        0 as customers,
        0 as change,
    from our_counts
    group by event_name
),

days as (
    select
        event_name,
        event_date,
        sum(events) as events,
        sum(customers) as customers,
        sum(change) as change,
    from (from changes union all from calendar)
    where event_date <= (select max(event_date) from our_counts)
    group by event_name, event_date
)

select
    event_name,
    event_date,
    events,
    customers,
    sum(change) over (partition by event_name order by event_date) as trailing_customers,
from days
"""


def schema_of(connection: duckdb.DuckDBPyConnection, database: str, table: str) -> str:
    """Find the schema of a table, whatever the profile has called it."""
    row = connection.execute(
        "select table_schema from information_schema.tables"
        " where table_catalog = ? and table_name = ?",
        [database, table],
    ).fetchone()
    if not row:
        sys.exit(f"There is no table {table} in the database of {database}: build it first.")
    return str(row[0])


def export(folder: Path, database: Path) -> int:
    """Write the raw table of Mixpanel's loader; return its rows."""
    with duckdb.connect(str(database)) as connection:
        connection.execute("create schema if not exists mixpanel")
        connection.execute(RAW_EVENTS.format(events=f"{folder}/events/**/*.parquet"))
        row = connection.execute("select count(*) from mixpanel.event").fetchone()
    return int(row[0]) if row else 0


def differences(connection: duckdb.DuckDBPyConnection, what: str) -> list[str]:
    """Say which rows of two temporary tables are on one side only."""
    found = []
    for one, other in (("peer", "our"), ("our", "peer")):
        connection.execute(
            f"create or replace temp table extra as"
            f" select * from {one}_{what} except all select * from {other}_{what}"
        )
        (count,) = connection.execute("select count(*) from extra").fetchone() or (0,)
        if count:
            found.append(f"{what}: {count:,} rows only in {one}_{what}")
            rows = connection.execute(f"from extra order by all limit {SHOWN_DIFFERENCES}")
            found += [f"    {row}" for row in rows.fetchall()]
    return found


def compare(peer: Path, ours: Path) -> int:
    """Compare both databases; return 1 where anything differs."""
    # Ours is opened itself: its views name the database by the file's name.
    with duckdb.connect(str(ours), read_only=True) as connection:
        connection.execute(f"attach '{peer}' as peer (read_only)")
        event_schema = schema_of(connection, "peer", "mixpanel__event")
        daily_schema = schema_of(connection, "peer", "mixpanel__daily_events")
        our_schema = schema_of(connection, ours.stem, "int_engagement__event_counts")
        connection.execute(PEER_COUNTS.format(schema=event_schema))
        connection.execute(OUR_COUNTS.format(schema=our_schema))
        connection.execute(PEER_ACTIVITY.format(schema=daily_schema))
        started = time.perf_counter()
        connection.execute(OUR_ACTIVITY.format(days=TRAILING_DAYS))
        seconds = time.perf_counter() - started
        found = differences(connection, "counts") + differences(connection, "activity")
        totals = connection.execute(
            "select count(*), coalesce(sum(events), 0), (select count(*) from our_activity)"
            " from our_counts"
        ).fetchone()
    if found or not totals or not totals[0]:
        print("\n".join(["The results differ.", *(found or ["no events at all"])]))
        return 1
    print(
        f"Equal: {totals[1]:,} deduplicated events, {totals[0]:,} counts of a customer, event name"
        f" and day, {totals[2]:,} days of an event name with its trailing {TRAILING_DAYS} days"
        f" (these took {seconds:.2f} s from our counts)."
    )
    return 0


def main() -> int:
    """Run from the command line."""
    parser = argparse.ArgumentParser(description="Compare with the peer package for Mixpanel.")
    commands = parser.add_subparsers(dest="command", required=True)
    exporting = commands.add_parser("export", help="write events as Mixpanel's raw table")
    exporting.add_argument("--input", type=Path, required=True, help="what generate.py has written")
    exporting.add_argument("--database", type=Path, required=True)
    comparing = commands.add_parser("compare", help="compare what both have built")
    comparing.add_argument("--peer", type=Path, required=True, help="database of the peer")
    comparing.add_argument("--ours", type=Path, required=True, help="database of this project")
    arguments = parser.parse_args()
    if arguments.command == "compare":
        return compare(arguments.peer, arguments.ours)
    print(f"{export(arguments.input, arguments.database):,} raw events")
    return 0


if __name__ == "__main__":
    sys.exit(main())
