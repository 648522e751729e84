"""Report the last build on one page: models, rows, time, tests, ledger, and what failed.

    python scripts/run_report.py [--short]

Run it after `dbt build` (`make build` and `make demo` do). What ran, how long it took and what
failed stands in dbt's run_results.json and manifest.json (in DBT_TARGET_PATH, else target); rows
and the ledger in the database (ENGAGEMENT_DUCKDB_PATH, else engagement.duckdb), where that is a
file of DuckDB. The page is written beside run_results.json as run_report.html, and as text into
run_report.txt, which is printed; `--short` prints one line and where the page is. After a command
that builds nothing, such as `dbt show`, the report of the build before is printed again. Exit
status: 0, or 1 with one sentence where there is nothing to report.
"""

from __future__ import annotations

import json
import re
import sys
import textwrap
from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any, NamedTuple

import duckdb
from html_page import render
from page import Unusable, chosen_database, open_database, print_lines
from public_tables import manifest_path, one_line, quoted

PAGE, TEXT = "run_report.html", "run_report.txt"
BUILDING = {"build", "run", "test", "seed", "retry"}
FAILED = ("error", "fail", "runtime error")
LAYERS = ("input", "staging", "events", "scoring", "insights", "validation", "semantic")
# How many models the terminal names, and how many failures, each in so many lines.
SLOWEST = 5
LISTED = 10
LINES_OF_MESSAGE = 3
WIDTH = 100
# Columns of the ledger that are no reasons for a rejection.
LEDGER_COLUMNS = {"event_date", "source", "received", "accepted", "duplicate", "rejected"}


class Node(NamedTuple):
    """What a build did with one node."""

    kind: str
    """model, seed, data test, unit test or hook."""
    name: str
    layer: str
    """The folder of a model under models/."""
    status: str
    seconds: float
    rows: int | None
    """Rows of a table; None for a view, and where nobody has counted."""
    message: str


class Layer(NamedTuple):
    """What a build did in one folder of models."""

    name: str
    models: int
    rows: int | None
    seconds: float


class Ledger(NamedTuple):
    """What became of the events received."""

    received: int
    accepted: int
    duplicate: int
    rejected: int
    reasons: list[tuple[str, int]]
    """Reasons for rejection that occurred, the most frequent first."""


class Work(NamedTuple):
    """How much an incremental run had to do."""

    event_days: int
    customer_days: int
    rescored_customers: int


class Stored(NamedTuple):
    """What the database says of a build."""

    rows: dict[str, int]
    """Relation -> rows of the table."""
    ledger: Ledger | None
    work: Work | None


class Run(NamedTuple):
    """One build."""

    command: str
    started: datetime
    seconds: float
    engine: str
    database: str
    nodes: list[Node]
    ledger: Ledger | None
    work: Work | None

    def of(self, kind: str) -> list[Node]:
        """Return the nodes of a kind."""
        return [node for node in self.nodes if node.kind == kind]

    @property
    def failed(self) -> list[Node]:
        """What failed, in the order in which it did."""
        return [node for node in self.nodes if node.status in FAILED]

    @property
    def warned(self) -> list[Node]:
        """What warned."""
        return [node for node in self.nodes if node.status == "warn"]

    @property
    def slowest(self) -> list[Node]:
        """Models that ran, the slowest first."""
        ran = [node for node in self.of("model") if node.status != "skipped"]
        return sorted(ran, key=lambda node: -node.seconds)

    @property
    def layers(self) -> list[Layer]:
        """The folders of models, in the order in which data flows."""
        names = sorted(
            {node.layer for node in self.of("model")},
            key=lambda name: (LAYERS.index(name) if name in LAYERS else len(LAYERS), name),
        )
        return [layer_of(name, self.of("model")) for name in names]


def layer_of(name: str, models: Sequence[Node]) -> Layer:
    """Add up the models of a folder that ran."""
    own = [node for node in models if node.layer == name and node.status == "success"]
    rows = [node.rows for node in own if node.rows is not None]
    return Layer(name, len(own), sum(rows) if rows else None, sum(node.seconds for node in own))


# --- Reading --------------------------------------------------------------------------------------


def read_run(folder: Path, database: Path) -> Run | None:
    """Read the last build; None where dbt's last command built nothing."""
    path = folder / "run_results.json"
    if not path.is_file():
        raise Unusable(f"There is no file {path}: run `make demo` or `make build` first.")
    results = json.loads(path.read_text(encoding="utf-8"))
    if results["args"]["which"] not in BUILDING:
        return None
    manifest = json.loads((folder / "manifest.json").read_text(encoding="utf-8"))
    invocation = results["metadata"]["invocation_id"]
    place, schema = next(
        (node["database"], node["schema"])
        for node in manifest["nodes"].values()
        if node["resource_type"] == "model"
    )
    is_file = (
        manifest["metadata"]["adapter_type"] == "duckdb"
        and database.stem == place
        and database.exists()
    )
    stored = read_database(database, schema, invocation) if is_file else Stored({}, None, None)
    return Run(
        results["args"]["which"],
        datetime.fromisoformat(results["metadata"]["invocation_started_at"]),
        results["elapsed_time"],
        manifest["metadata"]["adapter_type"],
        str(database) if is_file else place,
        [to_node(result, manifest, stored.rows) for result in results["results"]],
        stored.ledger,
        stored.work,
    )


def to_node(result: Mapping[str, Any], manifest: Mapping[str, Any], rows: dict[str, int]) -> Node:
    """Return what a build did with one node."""
    unique_id = result["unique_id"]
    kind, _, name = unique_id.split(".", 2)
    node = manifest["nodes"].get(unique_id) or manifest["unit_tests"].get(unique_id) or {}
    path = Path(node.get("original_file_path", "")).parts
    counted = None
    if kind == "model" and result["status"] == "success":
        counted = rows.get(node["alias"], result["adapter_response"].get("rows_affected"))
    return Node(
        {"test": "data test", "unit_test": "unit test", "operation": "hook"}.get(kind, kind),
        node.get("name", name),
        path[1] if kind == "model" and len(path) > 2 else "",
        result["status"],
        result["execution_time"],
        counted,
        said(result["message"] or ""),
    )


def said(message: str) -> str:
    """Return a message of dbt in one line, without where in dbt it arose."""
    lines = [line for line in message.splitlines() if not line.lstrip().startswith("> ")]
    if len(lines) > 1 and re.match(r"(Compilation|Database|Runtime) Error\b", lines[0]):
        lines = lines[1:]
    return one_line(" ".join(lines))


def read_database(database: Path, schema: str, invocation: str) -> Stored:
    """Count the rows of all tables, and read what the project tells of a build."""
    with open_database(database) as connection:
        connection.execute(f"use {quoted(schema)}")
        names = [
            name
            for (name,) in connection.execute(
                "select table_name from duckdb_tables() where schema_name = current_schema()"
            ).fetchall()
        ]
        counts = " union all ".join(
            f"select {position} as place, count(*) from {quoted(name)}"
            for position, name in enumerate(names)
        )
        found = connection.execute(counts).fetchall() if names else []
        rows = {names[place]: count for place, count in found}
        ledger = read_ledger(connection) if "engagement_event_ledger" in rows else None
        work = read_work(connection, invocation) if "int_engagement__runs" in rows else None
    return Stored(rows, ledger, work)


def read_ledger(connection: duckdb.DuckDBPyConnection) -> Ledger:
    """Add up the ledger."""
    table = connection.table("engagement_event_ledger")
    reasons = [name for name in table.columns if name not in LEDGER_COLUMNS]
    names = ["received", "accepted", "duplicate", "rejected", *reasons]
    sums = ", ".join(f"coalesce(sum({quoted(name)}), 0)::bigint" for name in names)
    totals = table.aggregate(sums).fetchall()[0]
    found = [pair for pair in zip(reasons, totals[4:], strict=True) if pair[1]]
    return Ledger(*totals[:4], sorted(found, key=lambda pair: (-pair[1], pair[0])))


def read_work(connection: duckdb.DuckDBPyConnection, invocation: str) -> Work | None:
    """Return what a build had to do; None where it did not get to its end."""
    found = connection.execute(
        "select event_days, customer_days, rescored_customers from int_engagement__runs"
        " where run_id = ?",
        [invocation],
    ).fetchone()
    return Work(*found) if found else None


# --- Telling --------------------------------------------------------------------------------------


def headline(run: Run) -> str:
    """Say in one line how it went."""
    built = len([node for node in run.of("model") if node.status == "success"])
    rows = sum(node.rows or 0 for node in run.of("model"))
    passed = len([node for node in tests(run) if node.status == "pass"])
    parts = [f"{built:,} models with {rows:,} rows", f"{passed:,} tests passed"]
    if run.warned:
        parts.append(f"{len(run.warned)} warned")
    if run.failed:
        parts.append(f"{len(run.failed)} failed")
    return f"{', '.join(parts)}, {run.seconds:.0f} s"


def tests(run: Run) -> list[Node]:
    """Return tests of both kinds."""
    return run.of("data test") + run.of("unit test")


def counts(nodes: Sequence[Node]) -> str:
    """Say how many nodes came to which end, as in `119 success, 2 error`."""
    found = Counter(node.status for node in nodes)
    return ", ".join(f"{number:,} {status}" for status, number in found.most_common())


def lines_of(run: Run, page: Path) -> list[str]:
    """Return the report for a terminal."""
    lines = [
        f"Run report: dbt {run.command}, {run.started:%Y-%m-%d %H:%M:%S} UTC",
        f"  {headline(run)}, on {run.engine} ({run.database})",
        "",
    ]
    for kind in ("seed", "model", "data test", "unit test"):
        if run.of(kind):
            lines.append(f"  {kind + 's':<12}{counts(run.of(kind))}")
    lines += ["", f"  {'layer':<40}{'models':>8}{'rows':>14}{'seconds':>10}"]
    lines += [
        f"  {layer.name:<40}{layer.models:>8,}{number(layer.rows):>14}{layer.seconds:>10.1f}"
        for layer in run.layers
    ]
    lines += ["", f"  {'slowest models':<48}{'rows':>14}{'seconds':>10}"]
    lines += [
        f"  {node.name:<48}{number(node.rows):>14}{node.seconds:>10.1f}"
        for node in run.slowest[:SLOWEST]
    ]
    lines += ["", *ledger_lines(run)]
    for title, nodes in (("Failed", run.failed), ("Warned", run.warned)):
        if nodes:
            lines += ["", f"  {title}"]
            for node in nodes[:LISTED]:
                text = textwrap.wrap(node.message, WIDTH - 6)[:LINES_OF_MESSAGE]
                lines += [f"    {node.kind} {node.name}", *(f"      {line}" for line in text)]
            lines += [f"    and {len(nodes) - LISTED} more"] if len(nodes) > LISTED else []
    return [*lines, "", f"  As a page, with all models: {page}"]


def ledger_lines(run: Run) -> list[str]:
    """Say what became of the events, and what was done anew."""
    lines = []
    if run.ledger:
        ledger = run.ledger
        lines.append(
            f"  ledger      {ledger.received:,} received = {ledger.accepted:,} accepted"
            f" + {ledger.duplicate:,} duplicate + {ledger.rejected:,} rejected"
        )
        if ledger.reasons:
            reasons = ", ".join(f"{count:,} {reason}" for reason, count in ledger.reasons)
            lines.append(shortened(f"  rejected    {reasons}"))
    else:
        lines.append("  ledger      not read: it is not in a file of DuckDB that is chosen here")
    if run.work:
        lines.append(
            f"  this run    read {run.work.event_days:,} event days; scored"
            f" {run.work.rescored_customers:,} customers anew, counted by scorecard"
        )
    return lines


def number(value: int | None) -> str:
    """Return a count, or a dash where nobody counts."""
    return "-" if value is None else f"{value:,}"


def shortened(line: str) -> str:
    """Cut a line to the width of the report."""
    return line if len(line) <= WIDTH else line[: WIDTH - 3] + "..."


def page_of(run: Run) -> str:
    """Return the report as a page."""
    return render(
        "run_report.html.j2",
        title="Run report",
        run=run,
        tests=tests(run),
        counts=counts,
        number=number,
        longest=max((node.seconds for node in run.slowest), default=0) or 1,
    )


def told(folder: Path, database: Path, short: bool) -> list[str]:
    """Write the report of the last build; return what to print."""
    run = read_run(folder, database)
    page, text = folder / PAGE, folder / TEXT
    if run is None:
        if not text.is_file():
            raise Unusable("The last command of dbt built nothing: run `make build` first.")
        return text.read_text(encoding="utf-8").splitlines()
    page.write_text(page_of(run), encoding="utf-8")
    lines = lines_of(run, page)
    text.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return [f"{headline(run)}. Run report: {page}"] if short else lines


if __name__ == "__main__":
    if hasattr(sys.stdout, "reconfigure"):
        sys.stdout.reconfigure(errors="replace")
    found = manifest_path().parent, chosen_database()
    sys.exit(print_lines(lambda: told(*found, "--short" in sys.argv[1:]), found[1]))
