"""Measure the boards: each page with very many customers, and all of them written as files.

    python benchmarks/boards.py --customers 100_000 --events 5_000_000

Builds generated events, serves the boards as `make serve` does, and opens each page with Chromium:
as soon as the address is named, then, with another server, once all boards were drawn ahead, and
once more. A page's time is from the click to the last byte and the end of loading, as the browser
has it. Then both samples are built and written by
`make boards`; `--no-samples` leaves that out. A database that is there already is used again with
`--built`.
"""

from __future__ import annotations

import argparse
import os
import sys
import tempfile
import time
from pathlib import Path
from typing import NamedTuple
from urllib.parse import quote, urlencode

import duckdb
import psutil
from generate import Parameters, parameters_of, scale_parser
from playwright.sync_api import Browser, sync_playwright
from results import ROOT, Measured, disturbance, machine_line, measure, table, write_section
from run import add_outputs, prepare, run_dbt

sys.path.insert(0, str(ROOT / "scripts"))

import board_server
from boards import record, served
from screenshots import launched

SCREEN = {"width": 1280, "height": 1000}
PAGE_SECONDS, FIRST_SECONDS, FILES_SECONDS = 2.0, 1.0, 60.0
SAMPLES = ("complete_journey", "saas")
LOADED = """() => Math.max(
    ...performance.getEntriesByType('navigation').map(entry => entry.loadEventEnd),
    ...performance.getEntriesByType('resource').map(entry => entry.responseEnd),
) / 1000"""


def rows_of(database: Path) -> tuple[int, int]:
    """Return how many customers are scored, and on how many days."""
    with duckdb.connect(str(database), read_only=True) as connection:
        (row,) = connection.execute(
            "select (select count(*) from engagement_scores),"
            " (select count(*) from engagement_scores_daily)"
        ).fetchall()
    return row


def pages_of(database: Path) -> dict[str, str]:
    """Return what is opened: a name for each page -> its path."""
    with duckdb.connect(str(database), read_only=True) as connection:
        (customer_id, tier) = connection.execute(
            "select customer_id, tier_title from engagement_scores order by ces desc, 1 limit 1"
        ).fetchall()[0]

    def asked(board: str, **variables: str) -> str:
        return f"{board}/?{urlencode(variables, quote_via=quote)}"

    return {
        "overview": "overview/",
        "call": "call/",
        "call, one tier": asked("call", tier=tier),
        "find": "find/",
        "find, a name": asked("find", search=customer_id),
        "customer": "customer/",
        "customer, by id": asked("customer", customer_id=customer_id),
        "buy": "buy/",
        "segments": "segments/",
        "trust": "trust/",
        "phone": "phone/",
    }


def seconds_of(browser: Browser, address: str) -> float:
    """Open a page with nothing in the browser's cache; return how long it took to be there."""
    context = browser.new_context(viewport=SCREEN)
    try:
        page = context.new_page()
        answer = page.goto(address, wait_until="networkidle", timeout=120_000)
        if answer is None or not answer.ok:
            sys.exit(f"{address} cannot be opened.")
        return float(page.evaluate(LOADED))
    finally:
        context.close()


def drawn_ahead(seconds: float = 3) -> float:
    """Wait until the server has had nothing to do for a while; return how long it had."""
    started = time.monotonic()
    running = board_server.running(record())
    assert running is not None
    server = psutil.Process(running.pid)
    quiet_since, used = started, sum(server.cpu_times()[:2])
    while time.monotonic() < quiet_since + seconds:
        time.sleep(0.1)
        now = sum(server.cpu_times()[:2])
        if now > used + 0.02:
            quiet_since, used = time.monotonic(), now
    return quiet_since - started


class Pages(NamedTuple):
    """What was measured of the pages."""

    seconds: dict[str, list[float]]
    """Name of a page -> seconds at once, for the first time, and again."""
    ahead_seconds: float
    """From the naming of the address until all boards were drawn."""


def measure_pages(database: Path, manifest_folder: Path) -> Pages:
    """Serve the boards of a database, and open each page three times."""
    os.environ["ENGAGEMENT_DUCKDB_PATH"] = str(database)
    os.environ["DBT_TARGET_PATH"] = str(manifest_folder)
    pages = pages_of(database)
    found: dict[str, list[float]] = {name: [] for name in pages}
    with sync_playwright() as playwright, launched(playwright) as browser:

        def open_all(address: str) -> None:
            for name, path in pages.items():
                found[name].append(seconds_of(browser, address + path))
                print(f"{name}: {found[name][-1]:.2f} s", flush=True)

        with served() as address:
            open_all(address)
        with served() as address:
            ahead_seconds = drawn_ahead()
            open_all(address)
            open_all(address)
    return Pages(found, ahead_seconds)


def write_samples() -> dict[str, Measured]:
    """Build each sample, and write its boards by `make boards`; return what that took."""
    found = {}
    plain = {"ENGAGEMENT_DUCKDB_PATH": None, "DBT_TARGET_PATH": None}
    with tempfile.TemporaryDirectory() as folder:
        for sample in SAMPLES:
            for goal in (["demo", "SERVE=no"], ["boards", f"FOLDER={folder}"]):
                run = measure(["make", f"SAMPLE={sample}", *goal], folder=ROOT, environment=plain)
                if run.returncode:
                    sys.exit(f"make {' '.join(goal)} failed:\n{run.stdout}")
            found[sample] = run
            print(f"make boards SAMPLE={sample}: {run.seconds:.1f} s", flush=True)
    return found


def describe(
    parameters: Parameters,
    rows: tuple[int, int],
    pages: Pages,
    samples: dict[str, Measured],
) -> str:
    """Write the section for RESULTS.md."""
    command = f"python benchmarks/boards.py --events {parameters.events:_}"
    command += f" --customers {parameters.customers:_} --days {parameters.days}"
    slow = [name for name, seconds in pages.seconds.items() if max(seconds[1:]) > PAGE_SECONDS]
    first = max(pages.seconds["overview"])
    parts = [
        f"## Boards of {parameters.customers:,} customers",
        f"`{command}`",
        machine_line(("duckdb", "dbt-charts", "playwright")),
        f"{rows[0]:,} customers with a score, {rows[1]:,} daily scores. `make serve` names the"
        " address once the first board is drawn; from then on the server draws the others ahead"
        f" while nobody asks, which took {pages.ahead_seconds:.0f} s. At once: all pages one after"
        " the other as soon as the address is named, each drawn when it is asked for. First: with"
        " another server, the first time once all boards were drawn ahead; pages with a filter are"
        " drawn when they are asked for. Again: the second time. The browser forgets all between."
        " Seconds are from the click to the end of loading.",
        table(
            ("page", "at once, s", "first, s", "again, s"),
            [
                (name, *(f"{number:.2f}" for number in seconds))
                for name, seconds in pages.seconds.items()
            ],
        ),
        f"Aimed at: a page within {PAGE_SECONDS:g} s, first and again "
        + (f"(not so: {', '.join(slow)})" if slow else "(so it is)")
        + f"; the first page of a warm server within {FIRST_SECONDS:g} s "
        + ("(so it is)." if first <= FIRST_SECONDS else f"(not so: {first:.2f} s)."),
    ]
    if samples:
        total = sum(run.seconds for run in samples.values())
        parts += [
            "`make boards`, which writes all boards of a sample as HTML and PDF. "
            + disturbance(*samples.values()),
            table(
                ("sample", "seconds", "CPU seconds", "peak MB"),
                [
                    (name, f"{run.seconds:.1f}", f"{run.cpu_seconds:.1f}", run.peak_rss_mb)
                    for name, run in samples.items()
                ],
            ),
            f"Together {total:.1f} s; aimed at {FILES_SECONDS:g} s "
            + ("(so it is)." if total <= FILES_SECONDS else "(not so)."),
        ]
    return "\n\n".join(parts)


def parse_arguments(arguments: list[str] | None = None) -> argparse.Namespace:
    """Read the command line."""
    parser = scale_parser("Measure the boards.", 5_000_000)
    parser.set_defaults(customers=100_000)
    parser.add_argument("--built", action="store_true", help="use the database of the last run")
    parser.add_argument("--no-samples", dest="samples", action="store_false")
    add_outputs(parser)
    return parser.parse_args(arguments)


def main() -> int:
    """Run from the command line."""
    arguments = parse_arguments()
    parameters = parameters_of(arguments)
    work = arguments.work
    database = work / "boards.duckdb"
    if not (arguments.built and database.exists()):
        built = run_dbt(prepare(parameters, work), work, database, None, threads=1)
        print(f"dbt run: {built.run.seconds:.1f} s", flush=True)
    pages = measure_pages(database, work / "project" / "target")
    samples = write_samples() if arguments.samples else {}
    section = describe(parameters, rows_of(database), pages, samples)
    print(section)
    if not arguments.dry:
        write_section("boards", section)
    return 0


if __name__ == "__main__":
    sys.exit(main())
