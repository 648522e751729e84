"""Run the dbt project at scale against the hand-written floor, and compare every row.

    python benchmarks/run.py --events 10_000_000 --customers 20_000 --days 365

Generated events are kept in the work folder and used again. dbt runs in a copy of the project with
the seeds that belong to the events. Times are reported only when both sides gave the same rows; any
difference is printed and ends the run with 1.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import shutil
import sys
from dataclasses import dataclass
from pathlib import Path

import duckdb
from generate import (
    DEFAULT_SEED,
    Parameters,
    generate,
    parameters_of,
    scale_parser,
    start_of_history,
)
from results import ROOT, Measured, disturbance, machine_line, measure, table, write_section

DEFAULT_WORK = ROOT / "benchmarks" / "work"
LEFT_OUT = shutil.ignore_patterns(
    ".*",
    "target",
    "logs",
    "dbt_packages",
    "benchmarks",
    "sample_data",
    "*.duckdb*",
)
COMPARED = ("engagement_scores_daily", "engagement_drivers")
# Ten places, the last of which is rounded in doubles; see decision 20 in docs/decisions.md.
POINTS_TOLERANCE = "0.000000001"
# The floor is the yardstick, and cheap: its fastest run counts.
FLOOR_REPEATS = 3
SHOWN_DIFFERENCES = 5
LISTED_MODELS = 12


@dataclass(frozen=True)
class Floor:
    """What the hand-written SQL took."""

    process: Measured
    report: dict[str, object]

    @property
    def seconds(self) -> float:
        """Time in DuckDB, from the first look at the files to the checkpoint."""
        return float(str(self.report["total_seconds"]))


@dataclass(frozen=True)
class ModelTimes:
    """What dbt's models took."""

    total: float
    critical_path: float
    path: list[str]
    by_model: dict[str, float]
    by_folder: dict[str, float]


@dataclass(frozen=True)
class DbtRun:
    """What dbt took: seeds first, then the models."""

    seed: Measured
    run: Measured
    everything: ModelTimes
    compared: ModelTimes
    threads: int


def prepare(parameters: Parameters, work: Path) -> Path:
    """Generate the input unless it is there; both generator and DuckDB are part of its name."""
    recipe = Path(__file__).with_name("generate.py").read_bytes()
    digest = hashlib.sha256(recipe + repr((parameters, duckdb.__version__)).encode()).hexdigest()
    folder = work / f"events-{parameters.events}-{digest[:10]}"
    if not (folder / "generated.json").exists():
        report = generate(parameters, folder)
        print(f"generated {report['rows']:,} rows in {report['seconds']} s", flush=True)
    return folder


def run_floor(folder: Path, database: Path) -> Floor:
    """Run handwritten.py in a process of its own."""
    script = Path(__file__).with_name("handwritten.py")
    process = measure(
        [sys.executable, script, "--input", folder, "--database", database],
        folder=folder,
        environment={},
    )
    if process.returncode:
        sys.exit(f"The floor failed:\n{process.stdout}")
    return Floor(process, json.loads(process.stdout.strip().splitlines()[-1]))


def model_times(results: Path, manifest: Path, ends: tuple[str, ...] = ()) -> ModelTimes:
    """Read the models' own times: of all, or of those named in `ends` and their ancestors."""
    nodes = json.loads(manifest.read_text(encoding="utf-8"))["nodes"]
    seconds = {
        result["unique_id"]: result["execution_time"]
        for result in json.loads(results.read_text(encoding="utf-8"))["results"]
        if result["unique_id"].startswith("model.")
    }
    parents = {
        key: [parent for parent in node["depends_on"].get("nodes", []) if parent in nodes]
        for key, node in nodes.items()
        if key.startswith("model.")
    }
    longest: dict[str, tuple[float, list[str]]] = {}

    def chain(key: str) -> tuple[float, list[str]]:
        if key not in longest:
            before = [chain(parent) for parent in parents.get(key, [])]
            length, path = max(before, default=(0.0, []))
            longest[key] = (length + seconds.get(key, 0.0), [*path, key])
        return longest[key]

    wanted = [key for key in seconds if not ends or nodes[key]["name"] in ends]
    counted: set[str] = set()
    queue = list(wanted)
    while queue:
        key = queue.pop()
        if key not in counted:
            counted.add(key)
            queue.extend(parents.get(key, []))
    length, path = max((chain(key) for key in wanted), default=(0.0, []))
    by_model = {nodes[key]["name"]: seconds[key] for key in counted if key in seconds}
    by_folder: dict[str, float] = {}
    for key in counted & seconds.keys():
        folder = nodes[key]["path"].partition("/")[0]
        by_folder[folder] = by_folder.get(folder, 0.0) + seconds[key]
    return ModelTimes(
        total=sum(by_model.values()),
        critical_path=length,
        path=[nodes[key]["name"] for key in path if seconds.get(key)],
        by_model=dict(sorted(by_model.items(), key=lambda item: -item[1])),
        by_folder=by_folder,
    )


def copy_project(project: Path, generated: Path) -> None:
    """Copy the project, with the seeds that belong to the generated events, in place of a copy."""
    shutil.rmtree(project, ignore_errors=True)
    shutil.copytree(ROOT, project, ignore=LEFT_OUT)
    for seed in (generated / "seeds").glob("*.csv"):
        shutil.copy(seed, project / "seeds" / seed.name)


def run_dbt(folder: Path, work: Path, database: Path, select: str | None, threads: int) -> DbtRun:
    """Run the project in a copy whose seeds belong to the generated events; stop if it fails."""
    project = work / "project"
    copy_project(project, folder)
    for leftover in (database, database.with_suffix(".duckdb.wal")):
        leftover.unlink(missing_ok=True)
    environment = {
        "ENGAGEMENT_DUCKDB_PATH": str(database),
        "ENGAGEMENT_KEEP_OPEN": "true",
        "DBT_SEND_ANONYMOUS_USAGE_STATS": "false",
        "DO_NOT_TRACK": "1",
    }
    executable = Path(sys.executable).parent / "dbt"
    arguments = ["--profiles-dir", str(project), "--vars", json.dumps({"input_path": str(folder)})]
    arguments += ["--threads", str(threads)]

    def dbt(command: str, *more: str) -> Measured:
        measured = measure(
            [executable, "--no-use-colors", command, *arguments, *more],
            folder=project,
            environment=environment,
        )
        if measured.returncode:
            sys.exit(f"dbt {command} failed:\n{measured.stdout}")
        return measured

    seed = dbt("seed")
    run = dbt("run", *(["--select", select] if select else []))
    target = project / "target"
    files = (target / "run_results.json", target / "manifest.json")
    return DbtRun(seed, run, model_times(*files), model_times(*files, COMPARED), threads)


def differences(floor: Path, built: Path) -> list[str]:
    """Compare both results row by row, and say what differs; nothing is said when all is equal."""
    scores = "scorecard, customer_id, score_date, ces, tier"
    found: list[str] = []
    with duckdb.connect() as connection:
        connection.execute(f"attach '{floor}' as floor (read_only)")
        connection.execute(f"attach '{built}' as built (read_only)")
        sides = {
            "the floor": f"select {scores} from floor.scores_daily",
            "dbt": f"select {scores} from built.main.engagement_scores_daily",
        }
        for one, other in (("the floor", "dbt"), ("dbt", "the floor")):
            connection.execute(
                f"create or replace temp table extra as {sides[one]} except all {sides[other]}"
            )
            (count,) = connection.execute("select count(*) from extra").fetchone() or (0,)
            if count:
                found.append(f"scores: {count:,} rows only from {one}")
                found += [
                    f"    {row}"
                    for row in connection.execute(
                        f"select {scores} from extra order by all limit {SHOWN_DIFFERENCES}"
                    ).fetchall()
                ]
        keys = "scorecard, customer_id, event_name"
        connection.execute(f"""
            create temp table extra_drivers as
            select
                {keys},
                floor.occurrences as floor_occurrences,
                built.occurrences as dbt_occurrences,
                floor.points as floor_points,
                built.points as dbt_points,
            from floor.drivers as floor
            full join built.main.engagement_drivers as built using ({keys})
            where
                floor.occurrences is distinct from built.occurrences
                or not coalesce(abs(floor.points - built.points) <= {POINTS_TOLERANCE}, false)
        """)
        (count,) = connection.execute("select count(*) from extra_drivers").fetchone() or (0,)
        if count:
            found.append(f"drivers: {count:,} rows differ (floor, dbt)")
            found += [
                f"    {row}"
                for row in connection.execute(
                    f"from extra_drivers order by {keys} limit {SHOWN_DIFFERENCES}"
                ).fetchall()
            ]
        empty = connection.execute("select count(*) from floor.scores_daily").fetchone() == (0,)
        if empty:
            found.append("scores: none at all")
    return found


def how_models_ran(threads: int) -> str:
    """Say what the sum of the models' times means."""
    if threads == 1:
        return "Models ran one after the other, each on all cores: their times add up."
    return f"Up to {threads} models ran at a time, so that their sum can exceed the wall clock."


def how_generated(folder: Path) -> str:
    """Say how fast the events were generated, on the machine that keeps them."""
    report = json.loads((folder / "generated.json").read_text(encoding="utf-8"))
    return (
        f"The events were generated in {report['seconds']:.0f} s,"
        f" {report['rows_per_second']:,} rows a second."
    )


def describe(parameters: Parameters, folder: Path, floor: Floor, dbt: DbtRun) -> str:
    """Write the section for RESULTS.md."""
    report = floor.report
    steps = report["seconds"]
    assert isinstance(steps, dict)
    decay = f"half-life {parameters.half_life} days" if parameters.half_life else "no half-life"
    command = f"python benchmarks/run.py --events {parameters.events:_}"
    command += f" --customers {parameters.customers:_} --days {parameters.days}"
    command += f" --half-life {parameters.half_life}" if parameters.half_life else ""
    command += " --single" if parameters.single else ""
    command += f" --threads {dbt.threads}" if dbt.threads != 1 else ""
    command += f" --seed {parameters.seed}" if parameters.seed != DEFAULT_SEED else ""
    is_usual_start = parameters.start == start_of_history(parameters.days)
    command += "" if is_usual_start else f" --start {parameters.start}"

    def line(title: str, seconds: float, process: Measured | None = None) -> tuple[str, ...]:
        cpu, peak = "", ""
        if process:
            cpu, peak = f"{process.cpu_seconds:.1f}", f"{process.peak_rss_mb:,}"
        return title, f"{seconds:.1f}", f"{seconds / floor.seconds:.1f}", cpu, peak

    folders = dbt.everything.by_folder
    insights, backtests = folders.get("insights", 0.0), folders.get("validation", 0.0)
    before = dbt.everything.total - insights - backtests
    overhead = dbt.run.seconds - dbt.everything.critical_path
    times = [
        line("hand-written SQL", floor.seconds, floor.process),
        line("dbt: the models behind scores and drivers, sum", dbt.compared.total),
        line("dbt: the same, longest chain", dbt.compared.critical_path),
        line("dbt: all models, sum", dbt.everything.total),
        line("dbt run: everything, wall clock", dbt.run.seconds, dbt.run),
    ]
    return "\n\n".join(
        [
            f"## {parameters.events:,} events against the floor, {decay}",
            f"`{command}`",
            machine_line(("duckdb", "dbt-core", "dbt-duckdb"))
            + f" {disturbance(floor.process, dbt.run)}",
            f"{report['events']:,} rows received (1 % delivered twice, 2 % late, 0.01 % rotten),"
            f" {parameters.customers:,} customers, {parameters.days:,} days,"
            f" {report['scores']:,} daily scores, {report['drivers']:,} drivers."
            " All of them are equal on both sides (points of drivers within"
            f" {POINTS_TOLERANCE}); the run fails otherwise. " + how_generated(folder),
            table(("", "seconds", "times the floor", "CPU seconds", "peak MB"), times),
            "The floor is what one would write by hand for these two tables alone: no ledger, no"
            " rejected rows, no trend, no history, no derived events. dbt's wall clock holds"
            f" {overhead:.1f} s that are not on the longest chain of models (start, parsing, other"
            " models). " + how_models_ran(dbt.threads),
            f"Of all models insights (alerts, accounts, segments, KPIs) took {insights:.1f} s, that"
            f" is {100 * insights / before:.0f} % on top of what they are built on, and backtests"
            f" {backtests:.1f} s.",
            "Where the floor's time goes:",
            table(
                ("step", "seconds"),
                [(title, f"{seconds:.2f}") for title, seconds in steps.items()],
            ),
            "dbt's slowest models:",
            table(
                ("model", "seconds"),
                [
                    (f"`{name}`", f"{seconds:.2f}")
                    for name, seconds in list(dbt.everything.by_model.items())[:LISTED_MODELS]
                ],
            ),
            "Longest chain: " + " → ".join(f"`{name}`" for name in dbt.compared.path) + ".",
        ]
    )


def add_outputs(parser: argparse.ArgumentParser) -> None:
    """Let a parser ask where a benchmark works, and whether it writes its section."""
    parser.add_argument("--work", type=existing_folder, default=str(DEFAULT_WORK))
    parser.add_argument("--dry", action="store_true", help="leave RESULTS.md alone")


def existing_folder(path: str) -> Path:
    """Return a folder of that path, which is made where it is not there."""
    folder = Path(path).resolve()
    folder.mkdir(parents=True, exist_ok=True)
    return folder


def parse_arguments(arguments: list[str] | None = None) -> argparse.Namespace:
    """Read the command line."""
    parser = scale_parser("Compare the project with the floor, at scale.", 10_000_000)
    parser.add_argument("--half-life", type=int)
    parser.add_argument("--single", action="store_true", help="one file instead of one a month")
    parser.add_argument("--select", help="dbt's --select, such as '+engagement_drivers'")
    parser.add_argument("--threads", type=int, default=1, help="models that dbt runs at a time")
    parser.add_argument("--repeats", type=int, default=1, help="of dbt; the fastest counts")
    add_outputs(parser)
    return parser.parse_args(arguments)


def main() -> int:
    """Run from the command line."""
    arguments = parse_arguments()
    parameters = parameters_of(arguments)
    work = arguments.work
    folder = prepare(parameters, work)
    floor_file, dbt_file = work / "floor.duckdb", work / "engagement.duckdb"
    floor = min(
        (run_floor(folder, floor_file) for _ in range(max(FLOOR_REPEATS, arguments.repeats))),
        key=lambda one: one.seconds,
    )
    print(f"floor: {floor.seconds:.1f} s, {floor.process.peak_rss_mb:,} MB", flush=True)
    dbt = min(
        (
            run_dbt(folder, work, dbt_file, arguments.select, arguments.threads)
            for _ in range(arguments.repeats)
        ),
        key=lambda one: one.run.seconds,
    )
    found = differences(floor_file, dbt_file)
    if found:
        print("\n".join(["The results differ; no times are reported.", *found]))
        return 1
    section = describe(parameters, folder, floor, dbt)
    if not arguments.dry:
        key = f"floor-{parameters.events:012}"
        key += f"-half-life-{parameters.half_life}" if parameters.half_life else ""
        key += "-single" if parameters.single else ""
        write_section(key, section)
    print(section)
    return 0


if __name__ == "__main__":
    sys.exit(main())
