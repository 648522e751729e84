"""Run the floor, `handwritten.sql`, over one folder of events.

    python benchmarks/handwritten.py --input DIR --database floor.duckdb

`DIR` is what `generate.py` writes. The tables `scores_daily` and `drivers` stay in the database;
the seconds of each step and the peak memory go to standard output as one line of JSON.
"""

from __future__ import annotations

import argparse
import csv
import json
import re
import resource
import sys
import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from itertools import groupby
from pathlib import Path
from types import ModuleType

import duckdb

SQL_FILE = Path(__file__).with_suffix(".sql")
STEP = re.compile(r"^-- step: (?P<title>[^,\n]+?)(?:, each (?P<each>.+))?$", re.MULTILINE)
UNITS = 10_000

# Text is written several times faster to files of this version than to the oldest one, which DuckDB
# keeps to unless told otherwise.
STORAGE_VERSION = "v1.4.0"
RESULT_TABLES = """
create table result.scores_daily (
    scorecard varchar, customer_id varchar, score_date date, ces decimal(18, 4), tier varchar
);
create table result.drivers (
    scorecard varchar, customer_id varchar, event_name varchar, occurrences bigint,
    points decimal(28, 10)
);
"""


@dataclass(frozen=True)
class Step:
    """A named part of the SQL file; `each` says for what it is repeated."""

    title: str
    each: str
    statements: str


@dataclass
class Report:
    """What a run took."""

    seconds: dict[str, float] = field(default_factory=dict)
    total_seconds: float = 0.0
    peak_rss_mb: int = 0
    events: int = 0
    scores: int = 0
    drivers: int = 0

    def add(self, title: str, seconds: float) -> None:
        """Add to the time of a step."""
        self.seconds[title] = self.seconds.get(title, 0.0) + seconds


Run = Callable[[Path, Path, Path, date], Report]
"""What a script does: input folder, folder of seeds, result, first day -> report."""


def read_steps(path: Path = SQL_FILE) -> list[Step]:
    """Split a SQL file at its step comments."""
    text = path.read_text(encoding="utf-8")
    heads = list(STEP.finditer(text))
    ends = [head.start() for head in heads[1:]] + [len(text)]
    return [
        Step(head["title"], head["each"] or "", text[head.end() : end])
        for head, end in zip(heads, ends, strict=True)
    ]


def read_csv(path: Path) -> list[dict[str, str]]:
    """Read a seed, its cells as text."""
    with path.open(newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))


def tier_sql(bands: list[dict[str, str]], scorecard: str) -> str:
    """Build the tier as an expression over `ces`; a scorecard's own bands go before `*`."""
    own = [band for band in bands if band["scorecard"] == scorecard]
    chosen = own or [band for band in bands if band["scorecard"] == "*"]
    chosen.sort(key=lambda band: int(band["tier_rank"]))
    branches = [
        f"when ces <= {Decimal(band['upper_bound'])} then '{band['tier']}'"
        for band in chosen
        if band["upper_bound"]
    ]
    last = next(band["tier"] for band in chosen if not band["upper_bound"])
    return f"case {' '.join(branches)} else '{last}' end"


def periods(months: Iterable[date], first_day: date) -> Iterator[dict[str, str]]:
    """Give the bounds of each month, cut off where events would be too early or in the future."""
    tomorrow = datetime.now(UTC).date() + timedelta(days=1)
    for month in months:
        start = max(month, first_day)
        end = min((month + timedelta(days=31)).replace(day=1), tomorrow)
        if start < end:
            yield {"period_start": start.isoformat(), "period_end": end.isoformat()}


def scorecard_values(row: dict[str, str], bands: list[dict[str, str]]) -> dict[str, str]:
    """Fill the placeholders of a scorecard."""
    if row["population"]:
        raise ValueError(f"scorecard {row['scorecard']}: the floor knows no populations")
    values = {
        "scorecard": row["scorecard"],
        "window_days": row["window_days"],
        "full_score_units": str(int(Decimal(row["full_score_points"]) * UNITS)),
        "tier": tier_sql(bands, row["scorecard"]),
        "half_life": row["half_life_days"],
        "fade": "",
    }
    if row["half_life_days"]:
        values["half_life"] = f"{float(row['half_life_days'])}"
        values["fade"] = (
            f" * 2 ** ((facts.event_date - getvariable('as_of')) / {values['half_life']})"
        )
    return values


def applies(step: Step, values: dict[str, str]) -> bool:
    """Tell whether a step is one for this scorecard, by its half-life."""
    if step.each.endswith("without half-life"):
        return not values["half_life"]
    return not step.each.endswith("with half-life") or bool(values["half_life"])


def run_steps(
    connection: duckdb.DuckDBPyConnection,
    steps: Iterable[Step],
    turns: dict[str, list[dict[str, str]]],
    common: dict[str, str],
    report: Report,
) -> None:
    """Run the steps with the values of their turns, then the checkpoint; report their times.

    Steps in a row for each month, or each scorecard, take turns within it.
    """
    for kind, in_a_row in groupby(steps, key=lambda step: step.each.partition(" ")[0]):
        group = list(in_a_row)
        for values in turns[kind]:
            for step in group:
                if applies(step, values):
                    before = time.perf_counter()
                    connection.execute(step.statements.format(**common, **values))
                    report.add(step.title, time.perf_counter() - before)
    before = time.perf_counter()
    connection.execute("checkpoint result")
    report.add("checkpoint", time.perf_counter() - before)


def run(folder: Path, seeds: Path, database: Path, first_day: date) -> Report:
    """Compute scores and drivers from a folder and its seeds into a database, which is replaced."""
    database.unlink(missing_ok=True)
    report = Report()
    started = time.perf_counter()
    bands = read_csv(seeds / "tier_bands.csv")
    events = f"{folder}/events/**/*.parquet"
    common = {
        "events": events,
        "customers": f"{folder}/customers.parquet",
        "seeds": str(seeds),
        "first_day": first_day.isoformat(),
    }
    with duckdb.connect(config={"temp_directory": f"{database}.tmp"}) as connection:
        connection.execute("set preserve_insertion_order = false")
        connection.execute(f"attach '{database}' as result (storage_version '{STORAGE_VERSION}')")
        connection.execute(RESULT_TABLES)
        counted = connection.execute(
            f"select occurred_at::date as day, count(*) from read_parquet('{events}') group by day"
        ).fetchall()
        report.events = sum(count for _, count in counted)
        months = sorted({day.replace(day=1) for day, _ in counted if day})
        report.add("find the months", time.perf_counter() - started)
        turns: dict[str, list[dict[str, str]]] = {"": [{}]}
        turns["period"] = list(periods(months, first_day))
        turns["scorecard"] = [
            scorecard_values(row, bands)
            for row in read_csv(seeds / "scorecards.csv")
            if row["status"] != "retired"
        ]
        run_steps(connection, read_steps(), turns, common, report)
        report.total_seconds = time.perf_counter() - started
        for table, attribute in (("scores_daily", "scores"), ("drivers", "drivers")):
            size = connection.execute(f"select count(*) from result.{table}").fetchone()
            setattr(report, attribute, size[0] if size else 0)
    report.peak_rss_mb = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
    return report


def command_line(description: str, result: str, run: Run, engine: ModuleType) -> int:
    """Run a script from the command line, and print its report as one line of JSON.

    `result` names the option for what the script replaces; `engine` is the module whose version
    goes into the report.
    """
    parser = argparse.ArgumentParser(description=description)
    parser.add_argument("--input", type=Path, required=True, help="what generate.py has written")
    parser.add_argument("--seeds", type=Path, help="default: the folder seeds in the input")
    parser.add_argument(f"--{result}", dest="result", type=Path, required=True, help="replaced")
    parser.add_argument("--first-day", type=date.fromisoformat, default=date(2000, 1, 1))
    arguments = parser.parse_args()
    report = run(
        arguments.input,
        arguments.seeds or arguments.input / "seeds",
        arguments.result,
        arguments.first_day,
    )
    document = {
        **vars(report),
        "seconds": {title: round(seconds, 3) for title, seconds in report.seconds.items()},
        "total_seconds": round(report.total_seconds, 3),
        engine.__name__: engine.__version__,
    }
    print(json.dumps(document))
    return 0


def main() -> int:
    """Run from the command line."""
    return command_line("Run the hand-written floor of the benchmarks.", "database", run, duckdb)


if __name__ == "__main__":
    sys.exit(main())
