"""Measure Spark on one and on two cores of this machine, beside DuckDB, over the same events.

    python benchmarks/spark_cores.py --events 1_000_000

Needs `make engines`. One worker with so many cores, behind a Thrift server, builds daily scores,
drivers and all that these are built on, once from nothing. Every daily score is compared with
DuckDB's before a time is reported; any difference is printed and ends the run with 1.
"""

from __future__ import annotations

import argparse
import json
import shutil
import sys
from dataclasses import dataclass
from pathlib import Path

import duckdb
from generate import Parameters, parameters_of, scale_parser
from results import ROOT, Measured, disturbance, machine_line, measure, table, write_section
from run import (
    SHOWN_DIFFERENCES,
    ModelTimes,
    add_outputs,
    copy_project,
    model_times,
    prepare,
    run_dbt,
)

sys.path.insert(0, str(ROOT / "engines"))
from spark_cluster import cluster_process

SPARK = ROOT / ".engines" / "spark" / "bin"
CORES = (1, 2)
SELECT = "+engagement_scores_daily +engagement_drivers"
COLUMNS = "scorecard, customer_id, cast(score_date as date) as score_date, ces, tier"
SETTINGS = {"spark.sql.shuffle.partitions": "8"}
FEW_ROWS_SECONDS = 5
"""What a model takes that has hardly any rows, at most, on this much data."""


@dataclass(frozen=True)
class Run:
    """One build from nothing."""

    title: str
    process: Measured
    models: ModelTimes


def sql(port: int, *statements: str) -> None:
    """Run statements on the Thrift server; stop if one fails."""
    script = ROOT / "engines" / "run_spark_sql.py"
    done = measure([SPARK / "python", script, str(port), *statements], folder=ROOT, environment={})
    if done.returncode:
        sys.exit(f"Spark refused a statement:\n{done.stdout}")


def load(port: int, folder: Path) -> None:
    """Read the generated files as tables of the schema raw."""
    tables = (
        f"create table raw.{name} using parquet location '{folder / place}'"
        for name, place in (("events", "events"), ("customers", "customers.parquet"))
    )
    sql(port, "create schema raw", *tables, "alter table raw.events recover partitions")


def on_spark(cores: int, generated: Path, work: Path) -> tuple[Run, Path]:
    """Build on a worker with so many cores; return the run and the folder of its tables."""
    folder = work / f"spark-{cores}"
    shutil.rmtree(folder, ignore_errors=True)
    project = folder / "project"
    copy_project(project, generated)
    options = ("--workers", "1", "--cores", str(cores))
    with cluster_process(SPARK / "python", folder / "cluster", SETTINGS, *options) as port:
        load(port, generated)
        environment = {
            "ENGAGEMENT_SPARK_PORT": str(port),
            "ENGAGEMENT_SPARK_POLL_SECONDS": "0",
            "DO_NOT_TRACK": "1",
        }
        arguments = ["--profiles-dir", ".", "--target", "spark", "--threads", "1"]
        arguments += ["--vars", json.dumps({"input_path": ""})]
        for command in (["seed"], ["run", "--select", SELECT]):
            process = measure(
                [SPARK / "dbt", "--no-use-colors", *command, *arguments],
                folder=project,
                environment=environment,
            )
            if process.returncode:
                sys.exit(f"dbt {command[0]} failed on Spark:\n{process.stdout}")
    target = project / "target"
    models = model_times(target / "run_results.json", target / "manifest.json")
    title = f"Spark, {cores} core{'s' if cores > 1 else ''}"
    return Run(title, process, models), folder / "cluster" / "warehouse" / "engagement.db"


def differences(database: Path, tables: Path) -> list[str]:
    """Say which daily scores of Spark are not DuckDB's."""
    files = f"{tables / 'engagement_scores_daily'}/**/*.parquet"
    sides = (
        f"select {COLUMNS} from built.main.engagement_scores_daily",
        f"select {COLUMNS} from read_parquet('{files}', hive_partitioning = true)",
    )
    with duckdb.connect() as connection:
        connection.execute(f"attach '{database}' as built (read_only)")
        found = [
            str(row)
            for one, other in (sides, sides[::-1])
            for row in connection.execute(
                f"{one} except all {other} limit {SHOWN_DIFFERENCES}"
            ).fetchall()
        ]
        if not connection.execute(f"select 1 from ({sides[0]}) limit 1").fetchall():
            found.append("no daily scores at all")
    return found


def describe(parameters: Parameters, runs: list[Run]) -> str:
    """Write the section for RESULTS.md."""
    last = runs[-1].models.by_model
    cheap = sum(seconds < FEW_ROWS_SECONDS for seconds in last.values())
    lines = [
        (
            run.title,
            f"{run.models.total:.0f}",
            f"{sum(list(run.models.by_model.values())[:5]):.0f}",
            f"{run.process.seconds:.0f}",
        )
        for run in runs
    ]
    command = f"python benchmarks/spark_cores.py --events {parameters.events:_}"
    command += f" --customers {parameters.customers:_} --days {parameters.days}"
    return "\n\n".join(
        [
            f"## Spark on one core and on two, {parameters.events:,} events",
            f"`{command}`",
            machine_line(("duckdb", "dbt-core", "dbt-duckdb")) + " " + disturbance(runs[0].process),
            f"{parameters.customers:,} customers, {parameters.days:,} days. One build from nothing"
            " of daily scores, drivers and what these are built on, one model after the other;"
            " every daily score is DuckDB's. Spark's driver, its worker and dbt share the machine's"
            " cores, so that two cores are never the worker's alone; whether anything else ran"
            " meanwhile was looked at with DuckDB alone.",
            table(("engine", "models, s", "the five slowest, s", "wall clock, s"), lines),
            f"On two cores {cheap} of {len(last)} models took less than {FEW_ROWS_SECONDS} s each:"
            " planning and scheduling, whatever the size. Slowest there: "
            + ", ".join(f"`{name}` {seconds:.0f} s" for name, seconds in list(last.items())[:5])
            + ".",
        ]
    )


def parse_arguments() -> argparse.Namespace:
    """Read the command line."""
    parser = scale_parser("Spark on one and on two cores, beside DuckDB.", 1_000_000)
    parser.set_defaults(customers=4_000, days=90)
    add_outputs(parser)
    return parser.parse_args()


def main() -> int:
    """Run from the command line."""
    arguments = parse_arguments()
    if not (SPARK / "dbt").exists():
        sys.exit("Spark is not installed: make engines ENGINES=spark")
    parameters = parameters_of(arguments)
    generated = prepare(parameters, arguments.work)
    database = arguments.work / "beside_spark.duckdb"
    beside = run_dbt(generated, arguments.work, database, SELECT, 1)
    runs = [Run("DuckDB, 2 cores", beside.run, beside.everything)]
    for cores in CORES:
        run, tables = on_spark(cores, generated, arguments.work)
        found = differences(database, tables)
        if found:
            print("\n".join(["The results differ; no times are reported.", *found]))
            return 1
        runs.append(run)
        print(f"{run.title}: done", flush=True)
    section = describe(parameters, runs)
    if not arguments.dry:
        write_section(f"spark-cores-{parameters.events:012}", section)
    print(section)
    return 0


if __name__ == "__main__":
    sys.exit(main())
