"""Run the plain SQL script, `plain.sql`, over one folder of events.

    python benchmarks/plain.py --input DIR --database plain.duckdb

`DIR` is what `generate.py` writes. The result has the tables of the floor (`handwritten.py`), so
that both can be compared; the seconds of each step and the peak memory go to standard output as one
line of JSON.
"""

from __future__ import annotations

import resource
import sys
import time
from datetime import UTC, date, datetime
from pathlib import Path

import duckdb
from handwritten import (
    RESULT_TABLES,
    STORAGE_VERSION,
    Report,
    command_line,
    read_csv,
    read_steps,
    run_steps,
    scorecard_values,
)

SQL_FILE = Path(__file__).with_suffix(".sql")


def scorecards(seeds: Path) -> list[dict[str, str]]:
    """Fill the placeholders of every scorecard that is not retired."""
    bands = read_csv(seeds / "tier_bands.csv")
    rows = [row for row in read_csv(seeds / "scorecards.csv") if row["status"] != "retired"]
    for row in rows:
        if row["half_life_days"]:
            raise ValueError(f"scorecard {row['scorecard']}: the plain script knows no half-life")
    return [
        {**scorecard_values(row, bands), "full_score_points": row["full_score_points"]}
        for row in rows
    ]


def run(folder: Path, seeds: Path, database: Path, first_day: date) -> Report:
    """Compute scores and drivers from a folder and its seeds into a database, which is replaced."""
    database.unlink(missing_ok=True)
    report = Report()
    started = time.perf_counter()
    events = f"{folder}/events/**/*.parquet"
    common = {
        "events": events,
        "customers": f"{folder}/customers.parquet",
        "seeds": str(seeds),
        "first_day": first_day.isoformat(),
        "today": datetime.now(UTC).date().isoformat(),
    }
    turns = {"": [{}], "scorecard": scorecards(seeds)}
    with duckdb.connect(config={"temp_directory": f"{database}.tmp"}) as connection:
        connection.execute(f"attach '{database}' as result (storage_version '{STORAGE_VERSION}')")
        connection.execute(RESULT_TABLES)
        run_steps(connection, read_steps(SQL_FILE), turns, common, report)
        report.total_seconds = time.perf_counter() - started
        for relation, attribute in (
            (f"read_parquet('{events}')", "events"),
            ("result.scores_daily", "scores"),
            ("result.drivers", "drivers"),
        ):
            size = connection.execute(f"select count(*) from {relation}").fetchone()
            setattr(report, attribute, size[0] if size else 0)
    report.peak_rss_mb = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
    return report


def main() -> int:
    """Run from the command line."""
    return command_line("Run the plain SQL script of the benchmarks.", "database", run, duckdb)


if __name__ == "__main__":
    sys.exit(main())
