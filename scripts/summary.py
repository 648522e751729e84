"""Print what the last build found: who is engaged, who moved, and why.

    python scripts/summary.py

Reads the DuckDB file that dbt built (ENGAGEMENT_DUCKDB_PATH, else engagement.duckdb) and changes
nothing in it. Where the seeds are those of a sample (ENGAGEMENT_SEEDS), the sample's notice.txt is
shown first. Exit status: 0, or 1 where the file or one of its tables is missing.
"""

from __future__ import annotations

import json
import os
import shlex
import sys
import unicodedata
from collections.abc import Mapping, Sequence
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import NamedTuple, TextIO

import duckdb

# Lines stay within 100 columns.
BAR_WIDTH = 30
NAME_WIDTH = 30
DRIVER_WIDTH = 30
EXAMPLE_WIDTH = 40
HEADING_WIDTH = 90
# How many customers, events or weights a list shows.
LISTED = 3
TABLES = (
    "engagement_drivers",
    "engagement_event_ledger",
    "engagement_rejected_events",
    "engagement_scores",
    "engagement_unused_weights",
    "engagement_unweighted_events",
    "int_engagement__scorecards",
)
# Columns of the ledger that are no reasons for a rejection.
LEDGER_COLUMNS = {"event_date", "source", "received", "accepted", "duplicate", "rejected"}
# Reasons that a received value shows: its column in engagement_rejected_events, and what to write.
SHOWN_VALUES = {
    "unparseable_time": (
        "occurred_at_received",
        "Write times as 2026-01-31 14:30:00, in UTC or with an offset (+02:00).",
    ),
    "before_first_day": ("occurred_at_received", None),
    "in_the_future": ("occurred_at_received", None),
    "invalid_quantity": ("quantity_received", "Write quantities as 1234.5, up to a billion."),
}
BLOCKS = " ▏▎▍▌▋▊▉█"
PLAIN = str.maketrans({"…": ".", "·": "-"})
BOLD, RED, GREEN = "1", "31", "32"


class Unusable(Exception):
    """What stands in the way of a summary, as a sentence that names the mend."""


class Terminal(NamedTuple):
    """What the output may look like."""

    unicode: bool = True
    colour: bool = False

    @classmethod
    def of(cls, stream: TextIO) -> Terminal:
        """Look at a stream and the environment."""
        return cls(
            unicode=can_encode(stream, BLOCKS + "…·"),
            colour=stream.isatty() and not os.environ.get("NO_COLOR"),
        )

    def paint(self, text: str, colour: str) -> str:
        """Colour a text, where there are colours."""
        return f"\033[{colour}m{text}\033[0m" if self.colour and text else text


class Setting(NamedTuple):
    """Which seeds and database the environment names, and so what to type to see them again."""

    seeds: str = "seeds"
    notice: str = ""
    sample: str = ""
    exports: str = ""

    @classmethod
    def of(cls, environment: Mapping[str, str]) -> Setting:
        """Look at the environment; a sample's notice is beside its seeds."""
        chosen = environment.get("ENGAGEMENT_SEEDS")
        if not chosen:
            return cls()
        seeds = Path(chosen)
        notice = seeds.parent / "notice.txt"
        named = ("ENGAGEMENT_SEEDS", "ENGAGEMENT_DUCKDB_PATH")
        return cls(
            seeds=clean(chosen).rstrip("/"),
            notice=clean(notice.read_text(encoding="utf-8")) if notice.is_file() else "",
            sample=seeds.parent.name if seeds.parent.parent.name == "sample_data" else "",
            exports=" ".join(
                f"{name}={shlex.quote(clean(environment[name]))}"
                for name in named
                if environment.get(name)
            ),
        )


class Scorecard(NamedTuple):
    """A scorecard, and how its customers score."""

    name: str
    title: str
    status: str
    window_days: int
    customers: int
    provisional: int
    average: Decimal | None
    median: Decimal | None


class Tier(NamedTuple):
    """How many customers of a scorecard are in a tier."""

    title: str
    customers: int


class Mover(NamedTuple):
    """A customer whose score moved, and the event that moved it most."""

    customer: str
    ces: Decimal
    change: Decimal
    driver: str | None
    driver_change: Decimal | None


class Driver(NamedTuple):
    """What an event contributes to a score."""

    event_name: str
    occurrences: int
    points: Decimal


class Explained(NamedTuple):
    """A customer's score and all that makes it."""

    customer_id: str
    customer: str
    ces: Decimal
    tier: str
    drivers: list[Driver]


class Ledger(NamedTuple):
    """What became of the events received."""

    received: int
    accepted: int
    duplicate: int
    rejected: int
    reasons: list[tuple[str, int]]
    """Reasons for rejection that occurred, the most frequent first."""
    examples: dict[str, str]
    """A received value for reasons of SHOWN_VALUES."""


# Reading ------------------------------------------------------------------------------------------


def open_database(path: Path) -> duckdb.DuckDBPyConnection:
    """Open the database for reading, with all tables that the summary needs."""
    if not path.is_file():
        raise Unusable(
            f"There is no database {path}: run `make demo`, or set ENGAGEMENT_DUCKDB_PATH to the "
            "file that dbt built."
        )
    try:
        connection = duckdb.connect(str(path), read_only=True)
        found = connection.execute("select table_name from information_schema.tables").fetchall()
    except duckdb.Error as error:
        raise Unusable(
            f"The database {path} cannot be read ({first_line(error)}): close the program that has "
            "it open, or delete it and run `make demo`."
        ) from error
    missing = sorted(set(TABLES) - {name for (name,) in found})
    if missing:
        raise Unusable(
            f"The database {path} has no table {', '.join(missing)}: run `make demo`, and look at "
            "what it says where it fails."
        )
    return connection


def read_as_of(connection: duckdb.DuckDBPyConnection) -> tuple[date | None, int]:
    """Read the day that was scored, and how many customers were."""
    row = connection.execute(
        "select max(as_of_date), count(distinct customer_id) from engagement_scores"
    ).fetchone()
    return row or (None, 0)


def read_scorecards(connection: duckdb.DuckDBPyConnection) -> list[Scorecard]:
    """Read the scorecards, the active ones first."""
    rows = connection.execute(
        """
        select
            scorecards.scorecard,
            any_value(coalesce(scorecards.title, scorecards.scorecard)) as title,
            any_value(scorecards.status) as status,
            any_value(scorecards.window_days) as window_days,
            count(scores.customer_id) as customers,
            count(*) filter (scores.is_provisional) as provisional,
            avg(scores.ces) as average,
            median(scores.ces) as median
        from int_engagement__scorecards as scorecards
        left join engagement_scores as scores on scorecards.scorecard = scores.scorecard
        group by scorecards.scorecard
        order by any_value(scorecards.status) != 'active', title, scorecards.scorecard
        """
    ).fetchall()
    return [Scorecard(*row) for row in rows]


def read_tiers(connection: duckdb.DuckDBPyConnection, scorecard: str) -> list[Tier]:
    """Read how many customers each tier has, the highest tier first."""
    rows = connection.execute(
        """
        select
            any_value(coalesce(tier_title, tier)) as title,
            count(*) as customers
        from engagement_scores
        where scorecard = $scorecard
        group by tier_rank, tier
        order by tier_rank desc, tier
        """,
        {"scorecard": scorecard},
    ).fetchall()
    return [Tier(*row) for row in rows]


def read_movers(
    connection: duckdb.DuckDBPyConnection, scorecard: str, direction: int
) -> list[Mover]:
    """Read the customers who rose (direction 1) or fell (-1) most, without provisional ones."""
    rows = connection.execute(
        """
        with movers as (
            select scorecard, customer_id, customer_name, ces, ces_change_28d
            from engagement_scores
            where
                scorecard = $scorecard
                and not is_provisional
                and ces_change_28d * $direction > 0
            order by ces_change_28d * $direction desc, customer_id
            limit $movers
        ),

        reasons as (
            select
                customer_id,
                event_name,
                points_change_28d,
                row_number() over (
                    partition by customer_id
                    order by points_change_28d * $direction desc, event_name
                ) as place
            from engagement_drivers
            where
                scorecard = $scorecard
                and customer_id in (select customer_id from movers)
                and points_change_28d * $direction > 0
        )

        select
            movers.customer_id,
            movers.customer_name,
            movers.ces,
            movers.ces_change_28d,
            reasons.event_name,
            reasons.points_change_28d
        from movers
        left join reasons on movers.customer_id = reasons.customer_id and reasons.place = 1
        order by movers.ces_change_28d * $direction desc, movers.customer_id
        """,
        {"scorecard": scorecard, "direction": direction, "movers": LISTED},
    ).fetchall()
    return [Mover(label(customer_id, name), *rest) for customer_id, name, *rest in rows]


def read_explained(connection: duckdb.DuckDBPyConnection, scorecard: str) -> Explained | None:
    """Read the customer whose score has the most kinds of drivers, the best of those first."""
    row = connection.execute(
        """
        with drivers as (
            select customer_id, count(*) as kinds
            from engagement_drivers
            where scorecard = $scorecard and points != 0
            group by customer_id
        )

        select scores.customer_id, scores.customer_name, scores.ces,
            coalesce(scores.tier_title, scores.tier)
        from engagement_scores as scores
        inner join drivers on scores.customer_id = drivers.customer_id
        where scores.scorecard = $scorecard
        order by scores.is_provisional, drivers.kinds desc, scores.ces desc, scores.customer_id
        limit 1
        """,
        {"scorecard": scorecard},
    ).fetchone()
    if row is None:
        return None
    customer_id, name, ces, tier = row
    drivers = connection.execute(
        """
        select event_name, occurrences, points
        from engagement_drivers
        where scorecard = $scorecard and customer_id = $customer_id and occurrences > 0
        order by abs(points) desc, event_name
        """,
        {"scorecard": scorecard, "customer_id": customer_id},
    ).fetchall()
    return Explained(
        customer_id, label(customer_id, name), ces, tier, [Driver(*driver) for driver in drivers]
    )


def read_ledger(connection: duckdb.DuckDBPyConnection) -> Ledger:
    """Read what became of the events received, the commonest reason for a rejection first."""
    columns = [
        name for name, *_ in connection.execute("describe engagement_event_ledger").fetchall()
    ]
    reasons = [name for name in columns if name not in LEDGER_COLUMNS]
    sums = ", ".join(
        f'coalesce(sum("{name}"), 0)::bigint'
        for name in ("received", "accepted", "duplicate", "rejected", *reasons)
    )
    row = connection.execute(f"select {sums} from engagement_event_ledger").fetchone()
    counts = list(row or ())
    rejected = [(name, count) for name, count in zip(reasons, counts[4:], strict=True) if count]
    rejected.sort(key=lambda reason: (-reason[1], reason[0]))
    return Ledger(*counts[:4], rejected, read_examples(connection, [name for name, _ in rejected]))


def read_examples(connection: duckdb.DuckDBPyConnection, reasons: list[str]) -> dict[str, str]:
    """Read a value as it was received for each reason that such a value shows."""
    examples = {}
    for reason in reasons:
        if reason in SHOWN_VALUES:
            column, _ = SHOWN_VALUES[reason]
            query = f"select min({column}) from engagement_rejected_events where reason = ?"
            (value,) = connection.execute(query, [reason]).fetchone() or (None,)
            if value is not None:
                examples[reason] = value
    return examples


# Text ---------------------------------------------------------------------------------------------


def can_encode(stream: TextIO, text: str) -> bool:
    """Tell whether a stream can show a text."""
    try:
        text.encode(stream.encoding or "ascii")
    except (LookupError, UnicodeEncodeError):
        return False
    return True


def clean(text: str) -> str:
    """Make a text from the data harmless: one line, nothing that a terminal would obey."""
    kept = "".join(
        " " if unicodedata.category(character) in {"Cc", "Zl", "Zp"} else character
        for character in str(text)
        if unicodedata.category(character) not in {"Cf", "Cs"}
    )
    return " ".join(kept.split())


def first_line(error: Exception) -> str:
    """Shorten an error to its first line."""
    return clean(str(error).strip().partition("\n")[0])


def label(customer_id: str, name: str | None) -> str:
    """Name a customer: by name and id, or by id alone."""
    customer_id, name = clean(customer_id), clean(name or "")
    return f"{name} ({customer_id})" if name and name != customer_id else customer_id


def columns_of(text: str) -> int:
    """Count the columns that a text takes: wide characters take two, combining ones none."""
    wide = sum(unicodedata.east_asian_width(character) in "WF" for character in text)
    none = sum(unicodedata.category(character) in {"Mn", "Me"} for character in text)
    return len(text) + wide - none


def fit(text: str, width: int) -> str:
    """Cut or fill a text to a number of columns."""
    if columns_of(text) > width:
        while columns_of(text) > width - 1:
            text = text[:-1]
        text += "…"
    return text + " " * (width - columns_of(text))


def bar(share: float, width: int, terminal: Terminal) -> str:
    """Draw a share as a bar; what is there at all shows."""
    if not terminal.unicode:
        return "#" * max(round(share * width), 1 if share else 0)
    whole, eighths = divmod(max(round(share * width * 8), 1 if share else 0), 8)
    return "█" * whole + BLOCKS[eighths].strip()


def places(numbers: Sequence[Decimal]) -> int:
    """Count the decimals, at most four, that show all numbers as they are."""
    needed = [-int(number.normalize().as_tuple().exponent) for number in numbers]
    return max(0, min(4, max(needed, default=0)))


def amount(number: Decimal | float, sign: str = "-") -> str:
    """Write a number with one decimal, or in few digits where it is huge."""
    return f"{number:{sign},.1f}" if abs(number) < 10_000_000 else f"{number:{sign}.2e}"


def plural(count: int, noun: str) -> str:
    """Count a thing."""
    return f"{count:,} {noun}{'' if count == 1 else 's'}"


# Sections -----------------------------------------------------------------------------------------


def overview(
    as_of: date | None,
    customers: int,
    scorecards: Sequence[Scorecard],
    setting: Setting,
    terminal: Terminal,
) -> list[str]:
    """Say how many customers were scored, for which day, and what there is to know about them."""
    line = f"{plural(customers, 'customer')} scored"
    if len(scorecards) > 1:
        line += f" by {len(scorecards)} scorecards"
    if as_of:
        line += f" as of {as_of}"
    return ["", terminal.paint(line, BOLD), *([setting.notice] if setting.notice else [])]


def nothing_scored(ledger: Ledger, scorecards: Sequence[Scorecard], setting: Setting) -> list[str]:
    """Say why nobody has a score."""
    if not ledger.received:
        return ["No events were received: look at the relation events in your input."]
    if not ledger.accepted:
        return ["Every event was rejected, for the reasons below."]
    if not scorecards:
        return [
            "No scorecard is active: set the status of one to active in "
            f"{setting.seeds}/scorecards.csv."
        ]
    return [
        "Nobody is in the population of a scorecard on that day: look at population in "
        f"{setting.seeds}/scorecards.csv",
        "and at the variable as_of.",
    ]


def distribution(
    scorecard: Scorecard, tiers: Sequence[Tier], setting: Setting, terminal: Terminal
) -> list[str]:
    """Show a scorecard's average, and its tiers as a bar chart."""
    title = clean(scorecard.title)
    heading = title if title == scorecard.name else f"{title} · {clean(scorecard.name)}"
    if scorecard.status != "active":
        heading += f" · {clean(scorecard.status)}"
    lines = ["", terminal.paint(fit(heading, HEADING_WIDTH).rstrip(), BOLD)]
    if not scorecard.customers:
        return [*lines, f"  Nobody is in its population: look at {setting.seeds}/scorecards.csv."]
    facts = [plural(scorecard.customers, "customer")]
    if scorecard.provisional:
        facts.append(f"{scorecard.provisional:,} of them provisional")
    facts += [f"average {amount(scorecard.average)}", f"median {amount(scorecard.median)}"]
    lines += ["  " + ", ".join(facts), ""]
    titles = [clean(tier.title) for tier in tiers]
    width = min(24, max(columns_of(title) for title in titles))
    most = max(tier.customers for tier in tiers)
    for title, tier in zip(titles, tiers, strict=True):
        drawn = bar(tier.customers / most, BAR_WIDTH, terminal)
        share = 100 * tier.customers / scorecard.customers
        lines.append(f"  {fit(title, width)}  {tier.customers:>9,}  {share:>5.1f} %  {drawn}")
    return lines


def movement(title: str, movers: Sequence[Mover], terminal: Terminal) -> list[str]:
    """Show those who moved most, and what moved them."""
    if not movers:
        return ["", f"  {title}: nobody"]
    lines = ["", f"  {fit(title, NAME_WIDTH + 2)}{'change':>10}{'score':>10}   mostly"]
    for mover in movers:
        colour = GREEN if mover.change > 0 else RED
        change = terminal.paint(f"{amount(mover.change, '+'):>10}", colour)
        line = f"    {fit(mover.customer, NAME_WIDTH)}{change}{amount(mover.ces):>10}"
        if mover.driver is not None and mover.driver_change is not None:
            driver = fit(clean(mover.driver), DRIVER_WIDTH).rstrip()
            line += f"   {driver} {amount(mover.driver_change, '+')}"
        lines.append(line)
    return lines


def explanation(explained: Explained | None, scorecard: Scorecard, terminal: Terminal) -> list[str]:
    """Show the drivers that add up to one score."""
    if explained is None:
        return []
    digits = places([*(driver.points for driver in explained.drivers), explained.ces])
    customer = fit(explained.customer, NAME_WIDTH).rstrip()
    lines = [
        "",
        f"  One score explained: customer {customer},"
        f" the last {plural(scorecard.window_days, 'day')}",
        f"    {fit('', NAME_WIDTH)}{'events':>10}{'points':>10}",
    ]
    for driver in explained.drivers:
        lines.append(
            f"    {fit(clean(driver.event_name), NAME_WIDTH)}{driver.occurrences:>10,}"
            f"{f'{driver.points:,.{digits}f}':>10}"
        )
    score = f"    {fit('score', NAME_WIDTH + 10)}{f'{explained.ces:,.{digits}f}':>10}"
    lines.append(terminal.paint(score, BOLD) + f"   {clean(explained.tier)}")
    return lines


def events(ledger: Ledger, terminal: Terminal) -> list[str]:
    """Show what became of the events received."""
    lines = [
        "",
        terminal.paint("Events", BOLD),
        f"  {ledger.received:,} received = {ledger.accepted:,} accepted"
        f" + {ledger.duplicate:,} duplicate + {ledger.rejected:,} rejected",
    ]
    for reason, count in ledger.reasons:
        line = f"    {fit(clean(reason), NAME_WIDTH)}{count:>9,}"
        if reason in ledger.examples:
            line += f"   such as {fit(clean(ledger.examples[reason]), EXAMPLE_WIDTH).rstrip()}"
        lines.append(line)
    for reason in ledger.examples:
        _, mend = SHOWN_VALUES[reason]
        if mend is not None:
            lines.append(f"  {mend}")
    if ledger.rejected:
        lines.append("  Each rejected row, with its reason, is in engagement_rejected_events.")
    return lines


def unweighted(connection: duckdb.DuckDBPyConnection, setting: Setting) -> list[str]:
    """List the events that score nothing for want of a weight."""
    rows = connection.execute(
        """
        select scorecard, event_name, occurrences
        from engagement_unweighted_events
        order by occurrences desc, scorecard, event_name
        """
    ).fetchall()
    return listing(
        f"Without a weight in {setting.seeds}/event_weights.csv, so they score 0",
        [(f"{clean(name)} ({clean(scorecard)})", count) for scorecard, name, count in rows],
    )


def unused(connection: duckdb.DuckDBPyConnection, setting: Setting) -> list[str]:
    """List the weights whose event never occurs."""
    rows = connection.execute(
        "select scorecard, event_name from engagement_unused_weights order by all"
    ).fetchall()
    return listing(
        "Weights for events that never occur (a typing mistake in "
        f"{setting.seeds}/event_weights.csv?)",
        [(f"{clean(name)} ({clean(scorecard)})", None) for scorecard, name in rows],
    )


def listing(title: str, rows: Sequence[tuple[str, int | None]]) -> list[str]:
    """List the first rows under a title, and count the others; nothing where there are none."""
    if not rows:
        return []
    lines = [f"  {title}:"]
    for name, count in rows[:LISTED]:
        line = f"    {fit(name, NAME_WIDTH)}" + ("" if count is None else f"{count:>9,}")
        lines.append(line.rstrip())
    if len(rows) > LISTED:
        lines.append(f"    and {len(rows) - LISTED:,} more")
    return lines


def next_steps(explained: Explained | None, setting: Setting, terminal: Terminal) -> list[str]:
    """Say where to look next."""
    why = ".venv/bin/dbt show --select why_this_score --limit 100"
    if explained is not None and len(explained.customer_id) <= NAME_WIDTH:
        variables = f"{{customer_id: {json.dumps(explained.customer_id)}}}"
        why += f" --vars {shlex.quote(variables)}"
    build = f"make build SAMPLE={setting.sample}" if setting.sample else "make build"
    chosen = [
        "  First, so that dbt finds these seeds and this database:",
        f"    export {setting.exports}",
    ]
    return [
        "",
        terminal.paint("Where to look next", BOLD),
        *(chosen if setting.exports else []),
        "  Why this score, event by event (analyses/why_this_score.sql):",
        f"    {why}",
        "  The tables engagement_scores, engagement_scores_daily, engagement_drivers,",
        "  engagement_tier_changes and engagement_event_ledger, for example:",
        '    .venv/bin/dbt show --inline "select customer_id, ces, tier from engagement_scores"',
        f"  Other weights:    {setting.seeds}/event_weights.csv, then `{build}`",
        '  Your own events:  README.md, section "Use your own events"',
        "  All tables and columns described: `make docs`",
    ]


def summarise(
    connection: duckdb.DuckDBPyConnection, terminal: Terminal, setting: Setting | None = None
) -> list[str]:
    """Put the sections together."""
    setting = setting or Setting()
    as_of, customers = read_as_of(connection)
    scorecards = read_scorecards(connection)
    ledger = read_ledger(connection)
    lines = overview(as_of, customers, scorecards, setting, terminal)
    if not customers:
        lines += nothing_scored(ledger, scorecards, setting)
    explained = None
    for scorecard in scorecards if customers else []:
        tiers = read_tiers(connection, scorecard.name)
        lines += distribution(scorecard, tiers, setting, terminal)
        if not scorecard.customers:
            continue
        for title, direction in (("Rose most in 28 days", 1), ("Fell most in 28 days", -1)):
            movers = read_movers(connection, scorecard.name, direction)
            lines += movement(title, movers, terminal)
        if explained is None:
            explained = read_explained(connection, scorecard.name)
            lines += explanation(explained, scorecard, terminal)
    lines += events(ledger, terminal)
    lines += unweighted(connection, setting) + unused(connection, setting)
    lines += next_steps(explained, setting, terminal)
    return lines if terminal.unicode else [line.translate(PLAIN) for line in lines]


def main() -> int:
    """Print the summary and return the exit status."""
    if not can_encode(sys.stdout, BLOCKS):
        sys.stdout.reconfigure(errors="replace")
    path = Path(os.environ.get("ENGAGEMENT_DUCKDB_PATH") or "engagement.duckdb")
    try:
        with open_database(path) as connection:
            lines = summarise(connection, Terminal.of(sys.stdout), Setting.of(os.environ))
    except duckdb.Error as error:
        print(
            f"The tables in {path} are not what this version builds ({first_line(error)}): run "
            "`make demo`.",
            file=sys.stderr,
        )
        return 1
    except Unusable as problem:
        print(problem, file=sys.stderr)
        return 1
    print("\n".join(lines))
    return 0


if __name__ == "__main__":
    sys.exit(main())
