"""Measure four ways to the same scores side by side: floor, plain SQL, Polars and this project.

    python benchmarks/side_by_side.py --events 10_000_000

Each runs in a process of its own, one after the other, over the same generated events (kept in the
work folder and used again). Every score and driver of the others is compared with the floor's
before a time is reported; any difference is printed and ends the run with 1. A section of
RESULTS.md and the plot `side_by_side.svg` are written.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from html import escape
from pathlib import Path

import duckdb
from generate import DEFAULT_SEED, Parameters, parameters_of, scale_parser
from results import Measured, disturbance, machine_line, measure, table, write_section
from run import (
    POINTS_TOLERANCE,
    SHOWN_DIFFERENCES,
    add_outputs,
    prepare,
    run_dbt,
    run_floor,
)

HERE = Path(__file__).resolve().parent
PLOT_FILE = HERE / "side_by_side.svg"
SCORE_COLUMNS = "scorecard, customer_id, score_date, ces, tier"
DRIVER_KEYS = "scorecard, customer_id, event_name"


@dataclass(frozen=True)
class Entry:
    """One way to the scores: what its fastest run took, and where its results are.

    `seconds` is the work alone; the process's own time adds the start of Python, imports and, for
    dbt, parsing and the models that scores and drivers do not need.
    """

    title: str
    seconds: float
    process: Measured
    scores: str
    drivers: str


def fastest(repeats: int, run: Callable[[], Entry]) -> Entry:
    """Run several times and keep the fastest."""
    entry = min((run() for _ in range(repeats)), key=lambda one: one.seconds)
    print(f"{entry.title}: done", flush=True)
    return entry


def run_script(script: str, *arguments: str | Path) -> tuple[float, Measured]:
    """Run a script of this folder in a process of its own; stop if it fails."""
    process = measure([sys.executable, HERE / script, *arguments], folder=HERE, environment={})
    if process.returncode:
        sys.exit(f"{script} failed:\n{process.stdout}")
    report = json.loads(process.stdout.strip().splitlines()[-1])
    return float(report["total_seconds"]), process


def run_handwritten(folder: Path, work: Path) -> Entry:
    """Run the hand-written SQL, the floor."""
    floor = run_floor(folder, work / "floor.duckdb")
    return Entry(
        "tuned SQL by hand (the floor)",
        floor.seconds,
        floor.process,
        "floor.scores_daily",
        "floor.drivers",
    )


def run_plain(folder: Path, work: Path) -> Entry:
    """Run the plain SQL script."""
    database = work / "plain.duckdb"
    seconds, process = run_script("plain.py", "--input", folder, "--database", database)
    return Entry("plain SQL on DuckDB", seconds, process, "plain.scores_daily", "plain.drivers")


def run_polars(folder: Path, work: Path) -> Entry:
    """Run the Polars script."""
    out = work / "polars"
    seconds, process = run_script("plain_polars.py", "--input", folder, "--out", out)
    return Entry(
        "Polars",
        seconds,
        process,
        f"read_parquet('{out}/scores_daily.parquet')",
        f"read_parquet('{out}/drivers.parquet')",
    )


def run_project(folder: Path, work: Path) -> Entry:
    """Run this project: all models, one after the other."""
    dbt = run_dbt(folder, work, work / "engagement.duckdb", None, 1)
    return Entry(
        "this project (dbt run)",
        dbt.compared.total,
        dbt.run,
        "engagement.main.engagement_scores_daily",
        "engagement.main.engagement_drivers",
    )


def count_into(connection: duckdb.DuckDBPyConnection, name: str, query: str) -> int:
    """Keep the rows of a query in a temporary table, and count them."""
    connection.execute(f"create or replace temp table {name} as {query}")
    (count,) = connection.execute(f"select count(*) from {name}").fetchone() or (0,)
    return int(count)


def examples(connection: duckdb.DuckDBPyConnection, name: str) -> list[str]:
    """Show some rows of a table."""
    query = f"from {name} order by all limit {SHOWN_DIFFERENCES}"
    return [f"    {row}" for row in connection.execute(query).fetchall()]


def score_differences(
    connection: duckdb.DuckDBPyConnection, floor: Entry, other: Entry
) -> list[str]:
    """Say which scores are only on one side."""
    found: list[str] = []
    for one, two in ((floor, other), (other, floor)):
        count = count_into(
            connection,
            "extra_scores",
            f"select {SCORE_COLUMNS} from {one.scores}"
            f" except all select {SCORE_COLUMNS} from {two.scores}",
        )
        if count:
            found.append(f"scores: {count:,} rows of {one.title} are not in {two.title}")
            found += examples(connection, "extra_scores")
    return found


def driver_differences(
    connection: duckdb.DuckDBPyConnection, floor: Entry, other: Entry
) -> list[str]:
    """Say which drivers differ, or are on one side only, or there more than once."""
    found: list[str] = []
    repeated = count_into(
        connection,
        "repeated_drivers",
        f"select {DRIVER_KEYS} from {other.drivers} group by all having count(*) > 1",
    )
    if repeated:
        found.append(f"drivers: {repeated:,} are repeated in {other.title}")
    count = count_into(
        connection,
        "extra_drivers",
        f"""
        select
            {DRIVER_KEYS},
            one.occurrences as floor_occurrences,
            two.occurrences as other_occurrences,
            one.points as floor_points,
            two.points as other_points,
        from {floor.drivers} as one
        full join {other.drivers} as two using ({DRIVER_KEYS})
        where
            one.occurrences is distinct from two.occurrences
            or not coalesce(abs(one.points - two.points) <= {POINTS_TOLERANCE}, false)
        """,
    )
    if count:
        found.append(f"drivers: {count:,} rows differ between {floor.title} and {other.title}")
        found += examples(connection, "extra_drivers")
    return found


def compare(work: Path, floor: Entry, others: Sequence[Entry]) -> tuple[list[str], int, int]:
    """Compare all results with the floor's; give what differs, and how much was compared."""
    found: list[str] = []
    with duckdb.connect() as connection:
        for name in ("floor", "plain", "engagement"):
            connection.execute(f"attach '{work / name}.duckdb' as {name} (read_only)")
        for other in others:
            found += score_differences(connection, floor, other)
            found += driver_differences(connection, floor, other)
        scores = count_into(connection, "all_scores", f"select 1 from {floor.scores}")
        drivers = count_into(connection, "all_drivers", f"select 1 from {floor.drivers}")
    if not scores or not drivers:
        found.append("no scores or no drivers at all")
    return found, scores, drivers


def nice_ceiling(value: float) -> float:
    """Round up to the next 1, 2, 3, 4, 5, 6 or 8 times a power of ten."""
    power = 1.0
    while power * 10 <= value:
        power *= 10
    while power > value:
        power /= 10
    return next(step * power for step in (1, 2, 3, 4, 5, 6, 8, 10) if step * power >= value)


def text(x: float, y: float, content: str, **attributes: str) -> str:
    """Write a text element of the plot."""
    more = "".join(f' {name.replace("_", "-")}="{value}"' for name, value in attributes.items())
    return f'<text x="{x:.1f}" y="{y:.1f}"{more}>{escape(content)}</text>'


@dataclass(frozen=True)
class Panel:
    """One half of the plot: a bar for each title, its first part dark and the rest light."""

    heading: str
    left: float
    width: float
    bars: Sequence[tuple[float, float]]
    labels: Sequence[str]

    def draw(self, top: float, pitch: float, bar: float) -> list[str]:
        """Write the panel's elements."""
        limit = nice_ceiling(max(dark + light for dark, light in self.bars))
        scale = self.width / limit
        bottom = top + pitch * len(self.bars)
        parts = [text(self.left, top - 14, self.heading, font_weight="600")]
        for step in range(5):
            value = limit * step / 4
            x = self.left + value * scale
            parts.append(
                f'<line x1="{x:.1f}" y1="{top:.1f}" x2="{x:.1f}" y2="{bottom:.1f}"'
                ' stroke="#dddddd"/>'
            )
            tick = f"{value:,.0f}" if limit >= 40 else f"{value:.4g}"
            parts.append(
                text(x, bottom + 18, tick, text_anchor="middle", fill="#555555", font_size="12")
            )
        for row, ((dark, light), label) in enumerate(zip(self.bars, self.labels, strict=True)):
            y = top + pitch * row + (pitch - bar) / 2
            parts.append(
                f'<rect x="{self.left:.1f}" y="{y:.1f}" width="{dark * scale:.1f}"'
                f' height="{bar:.1f}" fill="#1f5a93"/>'
            )
            if light:
                parts.append(
                    f'<rect x="{self.left + dark * scale:.1f}" y="{y:.1f}"'
                    f' width="{light * scale:.1f}" height="{bar:.1f}" fill="#a9c7e3"/>'
                )
            end = self.left + (dark + light) * scale + 6
            parts.append(text(end, y + bar / 2 + 4.5, label, font_size="13"))
        return parts


def plot(entries: Sequence[Entry], events: int) -> str:
    """Draw seconds and peak memory as bars, in SVG."""
    width, top, pitch, bar = 960, 92, 44, 24
    height = top + pitch * len(entries) + 66
    seconds = Panel(
        "seconds",
        230,
        270,
        [(one.seconds, max(0.0, one.process.seconds - one.seconds)) for one in entries],
        [f"{one.seconds:.1f} + {one.process.seconds - one.seconds:.1f}" for one in entries],
    )
    memory = Panel(
        "peak memory, MB",
        620,
        250,
        [(float(one.process.peak_rss_mb), 0.0) for one in entries],
        [f"{one.process.peak_rss_mb:,}" for one in entries],
    )
    title = f"The same scores and drivers from {events:,} events"
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" width="{width}"'
        f' height="{height}" font-family="Helvetica, Arial, sans-serif" font-size="14"'
        ' fill="#222222" role="img">',
        f"<title>{escape(title)}: seconds and peak memory of each way</title>",
        f'<rect width="{width}" height="{height}" fill="#ffffff"/>',
        text(16, 32, title, font_size="18", font_weight="600"),
        *(
            text(218, top + pitch * row + pitch / 2 + 5, one.title, text_anchor="end")
            for row, one in enumerate(entries)
        ),
        *seconds.draw(top, pitch, bar),
        *memory.draw(top, pitch, bar),
        f'<rect x="230" y="{height - 24}" width="12" height="12" fill="#1f5a93"/>',
        text(248, height - 14, "work for scores and drivers", font_size="12"),
        f'<rect x="430" y="{height - 24}" width="12" height="12" fill="#a9c7e3"/>',
        text(448, height - 14, "start of the process, and dbt's other models", font_size="12"),
        "</svg>",
    ]
    return "\n".join(parts) + "\n"


def command_line(parameters: Parameters, repeats: int) -> str:
    """Write the command that gives this section."""
    command = f"python benchmarks/side_by_side.py --events {parameters.events:_}"
    command += f" --customers {parameters.customers:_} --days {parameters.days}"
    command += f" --repeats {repeats}"
    return command + (f" --seed {parameters.seed}" if parameters.seed != DEFAULT_SEED else "")


def describe(
    parameters: Parameters, entries: Sequence[Entry], scores: int, drivers: int, repeats: int
) -> str:
    """Write the section for RESULTS.md."""
    floor = entries[0]
    times = "once" if repeats == 1 else f"{repeats} times"
    rows = [
        (
            one.title,
            f"{one.seconds:.1f}",
            f"{one.seconds / floor.seconds:.1f}",
            f"{one.process.seconds:.1f}",
            f"{one.process.cpu_seconds:.1f}",
            f"{one.process.peak_rss_mb:,}",
        )
        for one in entries
    ]
    return "\n\n".join(
        [
            f"## Four ways to the same scores, {parameters.events:,} events",
            f"`{command_line(parameters, repeats)}`",
            machine_line(("duckdb", "polars", "dbt-core", "dbt-duckdb"))
            + f" {disturbance(*(one.process for one in entries))}",
            f"{scores:,} daily scores and {drivers:,} drivers were compared with the floor's, row"
            f" by row, before any time was reported: all scores and tiers are equal, points of"
            f" drivers within {POINTS_TOLERANCE}. Each ran {times} in a process of its"
            " own; the one with the least work counts.",
            table(
                ("", "work, s", "times the floor", "whole process, s", "CPU, s", "peak MB"), rows
            ),
            f"![Seconds and peak memory of each]({PLOT_FILE.name})",
            "Work: from the first look at the files to written results; of this project, the sum"
            " of the models behind scores and drivers, one after the other. The whole process adds"
            " the start and, for dbt, parsing and all the other models (ledger, rejected rows,"
            " trend, tiers, alerts and so on), which the scripts do not have.",
        ]
    )


def parse_arguments(arguments: list[str] | None = None) -> argparse.Namespace:
    """Read the command line."""
    parser = scale_parser("Four ways to the same scores, side by side.", 10_000_000)
    parser.add_argument("--repeats", type=int, default=3, help="of each; the fastest counts")
    add_outputs(parser)
    return parser.parse_args(arguments)


def main() -> int:
    """Run from the command line."""
    arguments = parse_arguments()
    parameters = parameters_of(arguments)
    work = arguments.work
    folder = prepare(parameters, work)
    entries = [
        fastest(arguments.repeats, lambda run=run: run(folder, work))
        for run in (run_handwritten, run_plain, run_polars, run_project)
    ]
    found, scores, drivers = compare(work, entries[0], entries[1:])
    if found:
        print("\n".join(["The results differ; no times are reported.", *found]))
        return 1
    section = describe(parameters, entries, scores, drivers, arguments.repeats)
    if not arguments.dry:
        write_section(f"peers-{parameters.events:012}", section)
        PLOT_FILE.write_text(plot(entries, parameters.events), encoding="utf-8")
    print(section)
    return 0


if __name__ == "__main__":
    sys.exit(main())
