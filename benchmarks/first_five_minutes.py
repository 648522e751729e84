"""Measure what a newcomer waits for: clone, first and second `make demo`, a build with all tests.

    python benchmarks/first_five_minutes.py [--source URL-or-folder]

The clone and uv's cache are new and empty; what is committed is what is measured. The time of the
first `make demo` includes all downloads, and so depends on the network.
"""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
from collections import Counter
from pathlib import Path

from results import ROOT, Measured, disturbance, machine_line, measure, table, write_section

MEGABYTE = 1_000_000


def folder_megabytes(folder: Path) -> int:
    """Add up the sizes of the files in a folder."""
    files = (path for path in folder.rglob("*") if path.is_file() and not path.is_symlink())
    return round(sum(path.stat().st_size for path in files) / MEGABYTE)


def outcomes(run_results: Path) -> str:
    """Count models, seeds, tests and so on in dbt's run_results.json."""
    results = json.loads(run_results.read_text(encoding="utf-8"))["results"]
    counted = Counter(result["unique_id"].partition(".")[0] for result in results)
    names = {"test": "data tests", "unit_test": "unit tests"}
    return ", ".join(
        f"{count} {names.get(kind, kind + 's')}" for kind, count in sorted(counted.items())
    )


def main() -> int:
    """Run from the command line."""
    parser = argparse.ArgumentParser(description="Measure a newcomer's first minutes.")
    parser.add_argument("--source", default=str(ROOT), help="what to clone, default: this one")
    parser.add_argument("--dry", action="store_true", help="leave RESULTS.md alone")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="first-five-minutes-") as name:
        scratch = Path(name)
        clone = scratch / "clone"
        database = scratch / "built.duckdb"
        environment = {
            "UV_CACHE_DIR": str(scratch / "uv-cache"),
            "VIRTUAL_ENV": None,
            "ENGAGEMENT_DUCKDB_PATH": None,
            "DO_NOT_TRACK": "1",
        }

        def timed(title: str, *command: str | Path, **more: str) -> Measured:
            measured = measure(
                command,
                folder=clone if clone.exists() else scratch,
                environment={**environment, **more},
            )
            print(f"{title}: {measured.seconds:.1f} s", flush=True)
            if measured.returncode:
                sys.exit(f"{title} failed:\n{measured.stdout}")
            return measured

        runs = {
            "git clone": timed("git clone", "git", "clone", "--quiet", arguments.source, clone),
            "make demo, everything new": timed("make demo", "make", "demo", "SERVE=no"),
            "make demo, second time": timed("make demo again", "make", "demo", "SERVE=no"),
        }
        # The first of the two parses the project anew, as the database has another name.
        for title in ("dbt build with all tests, parsed anew", "dbt build with all tests"):
            database.unlink(missing_ok=True)
            runs[title] = timed(
                title,
                clone / ".venv" / "bin" / "dbt",
                "build",
                "--profiles-dir",
                clone,
                ENGAGEMENT_DUCKDB_PATH=str(database),
                ENGAGEMENT_KEEP_OPEN="true",
            )
        built = outcomes(clone / "target" / "run_results.json")
        installed = folder_megabytes(clone / ".venv")
        machine = machine_line(("duckdb", "dbt-core", "dbt-duckdb"))
    section = "\n\n".join(
        [
            "## The first five minutes",
            "`python benchmarks/first_five_minutes.py`",
            f"{machine} {disturbance(*runs.values())}",
            table(
                ("step", "seconds", "CPU seconds", "peak MB"),
                [
                    (title, f"{run.seconds:.1f}", f"{run.cpu_seconds:.1f}", run.peak_rss_mb)
                    for title, run in runs.items()
                ],
            ),
            f"The environment takes {installed:,} MB; its download is part of the first `make"
            f" demo`, uv's cache being empty. Either build begins without a database; it is that of"
            f" the shipped sample: {built}.",
        ]
    )
    if not arguments.dry:
        write_section("first-five-minutes", section)
    print(section)
    return 0


if __name__ == "__main__":
    sys.exit(main())
