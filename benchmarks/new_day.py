"""Measure one new day on top of a history: what an incremental run costs beside a full build.

    python benchmarks/new_day.py --days 365
    python benchmarks/new_day.py --days 3650

The same customers send the same number of events a day, for a year or for ten. The history is all
that was loaded before the last day; it is built from nothing, then that day's delivery comes (its
own events, and the late ones of the 30 days before) and is built on top, then nothing comes. At the
end everything is built from nothing once more, and every row of the public tables is compared.
"""

from __future__ import annotations

import argparse
import json
import shutil
import sys
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path

import duckdb
from generate import Parameters, start_of_history
from results import Measured, disturbance, machine_line, measure, table, write_section
from run import ModelTimes, add_outputs, copy_project, model_times, prepare

EVENTS_A_DAY = 10_000_000 / 365
SHOWN_MODELS = 8
# What the daily scores, their history and their explanation need: all but insights and backtests.
CORE = (
    "engagement_scores_daily",
    "engagement_drivers",
    "engagement_tier_changes",
    "engagement_event_ledger",
    "engagement_scores_reported",
    "engagement_score_revisions",
    "int_engagement__runs",
)
NOT_REBUILT = ("engagement_scores_reported", "engagement_score_revisions")


@dataclass(frozen=True)
class Run:
    """One dbt run."""

    process: Measured
    models: ModelTimes
    core: ModelTimes


def split(generated: Path, folder: Path, last_day: date) -> dict[str, int]:
    """Write the history as monthly files, and the delivery beside it; return the rows of both."""
    shutil.rmtree(folder, ignore_errors=True)
    (folder / "input").mkdir(parents=True)
    shutil.copy(generated / "customers.parquet", folder / "input")
    rows = {"history": 0, "delivery": 0}
    with duckdb.connect() as connection:
        # Sorted by time within a month, as a loader that appends would leave them.
        connection.execute("set preserve_insertion_order = false")
        for month in sorted((generated / "events").iterdir()):
            source = f"read_parquet('{month}/*.parquet', hive_partitioning = false)"
            target = folder / "input" / "events" / month.name
            target.mkdir(parents=True)
            for name, condition, path in (
                ("history", f"loaded_at < '{last_day}'", target / "events.parquet"),
                (
                    "delivery",
                    f"loaded_at >= '{last_day}' and loaded_at < '{last_day + timedelta(days=1)}'",
                    folder / f"delivery-{month.name}.parquet",
                ),
            ):
                query = f"select * from {source} where coalesce({condition}, false)"
                count = connection.execute(f"copy ({query}) to '{path}'").fetchone()
                rows[name] += count[0] if count else 0
                if name == "delivery" and not (count and count[0]):
                    path.unlink()
    return rows


def deliver(folder: Path) -> None:
    """Put the delivery where the project reads it."""
    for path in folder.glob("delivery-*.parquet"):
        month = path.stem.removeprefix("delivery-")
        shutil.copy(path, folder / "input" / "events" / month / "delivery.parquet")


class Project:
    """A copy of the project, with the seeds of the generated events and a database of its own."""

    def __init__(self, folder: Path, generated: Path, name: str) -> None:
        """Copy the project."""
        self.input = folder / "input"
        self.folder = folder / name
        self.database = folder / f"{name}.duckdb"
        copy_project(self.folder, generated)
        self.dbt("seed")

    def dbt(self, command: str, *more: str) -> Measured:
        """Run dbt, one model after the other."""
        measured = measure(
            [
                *(Path(sys.executable).parent / "dbt", "--no-use-colors", command),
                *("--profiles-dir", ".", "--threads", "1"),
                *("--vars", json.dumps({"input_path": str(self.input)}), *more),
            ],
            folder=self.folder,
            environment={
                "ENGAGEMENT_DUCKDB_PATH": str(self.database),
                "ENGAGEMENT_KEEP_OPEN": "true",
                "DO_NOT_TRACK": "1",
            },
        )
        if measured.returncode:
            sys.exit(f"dbt {command} failed:\n{measured.stdout}")
        return measured

    def run(self) -> Run:
        """Build all models."""
        process = self.dbt("run")
        target = self.folder / "target"
        files = (target / "run_results.json", target / "manifest.json")
        return Run(process, model_times(*files), model_times(*files, CORE))


def differences(one: Path, other: Path) -> list[str]:
    """Name the public tables that are not the same in two databases."""
    found = []
    with duckdb.connect() as connection:
        connection.execute(
            f"attach '{one}' as one (read_only); attach '{other}' as other (read_only)"
        )
        names = connection.execute(
            "select table_name from duckdb_tables() where database_name = 'one'"
            " and starts_with(table_name, 'engagement_') order by all"
        ).fetchall()
        for (name,) in names:
            if name in NOT_REBUILT:
                continue
            query = (
                f"(from one.{name} except all from other.{name})"
                f" union all (from other.{name} except all from one.{name})"
            )
            count = connection.execute(f"select count(*) from ({query})").fetchone()
            if count and count[0]:
                found.append(f"{name}: {count[0]} rows differ")
    return found


def describe(parameters: Parameters, rows: dict[str, int], runs: dict[str, Run]) -> str:
    """Write the section for RESULTS.md."""
    full = runs["history from nothing"]
    lines = [
        (
            name,
            f"{run.core.total:.1f}",
            f"{100 * run.core.total / full.core.total:.1f} %",
            f"{run.models.total:.1f}",
            f"{100 * run.models.total / full.models.total:.1f} %",
            f"{run.process.seconds:.1f}",
            f"{run.process.cpu_seconds:.1f}",
            f"{run.process.peak_rss_mb:,}",
        )
        for name, run in runs.items()
    ]
    slowest = list(runs["one new day"].models.by_model.items())[:SHOWN_MODELS]
    return "\n\n".join(
        [
            f"## One new day on {rows['history']:,} events",
            f"`python benchmarks/new_day.py --days {parameters.days}`",
            machine_line(("duckdb", "dbt-core", "dbt-duckdb"))
            + " "
            + disturbance(*(run.process for run in runs.values())),
            f"{parameters.customers:,} customers, {parameters.days:,} days; the new day brings"
            f" {rows['delivery']:,} rows, late ones of 30 days and repeated ones among them."
            " Afterwards every public table is equal to that of a full build, row by row.",
            table(
                (
                    *("run", "scores, s", "of the full build", "all models, s"),
                    *("of the full build", "wall clock, s", "CPU, s", "peak MB"),
                ),
                lines,
            ),
            "Scores are daily scores, drivers, tier changes, ledger, what was reported and all that"
            " these are built on; insights and backtests come on top, and are made anew where"
            " anything is new.",
            "Slowest models of the new day: "
            + ", ".join(f"`{name}` {seconds:.2f} s" for name, seconds in slowest)
            + ".",
        ]
    )


def main() -> int:
    """Run from the command line."""
    parser = argparse.ArgumentParser(description="Measure one new day on top of a history.")
    parser.add_argument("--days", type=int, default=365)
    parser.add_argument("--customers", type=int, default=20_000)
    parser.add_argument("--events", type=int, help="default: 10 million a year")
    parser.add_argument("--start", type=date.fromisoformat)
    add_outputs(parser)
    arguments = parser.parse_args()
    days = arguments.days
    events = arguments.events or round(EVENTS_A_DAY * days)
    start = arguments.start or start_of_history(days)
    parameters = Parameters(
        events=events, customers=arguments.customers, days=days, seed=1, start=start,
        half_life=None, single=False,
    )  # fmt: skip
    work = arguments.work
    generated = prepare(parameters, work)
    folder = work / f"new-day-{days}"
    last_day = start + timedelta(days=days - 1)
    rows = split(generated, folder, last_day)
    project = Project(folder, generated, "incremental")
    runs = {"history from nothing": project.run()}
    deliver(folder)
    runs["one new day"] = project.run()
    runs["nothing new"] = project.run()
    full = Project(folder, generated, "full")
    runs["all from nothing"] = full.run()
    found = differences(project.database, full.database)
    if found:
        print("\n".join(["The results differ; no times are reported.", *found]))
        return 1
    section = describe(parameters, rows, runs)
    if not arguments.dry:
        write_section(f"new-day-{events:012}", section)
    print(section)
    return 0


if __name__ == "__main__":
    sys.exit(main())
