"""Show which full_score_points the calibration proposes, and what share each tier would get.

    python scripts/calibrate.py

Runs analyses/calibrate_scorecard.sql on the database of the last build (ENGAGEMENT_DUCKDB_PATH, by
default engagement.duckdb).
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from dbt.cli.main import dbtRunner
from page import Unusable, open_database, print_page

Reading = tuple[str, Any, Any, Any, Any, str, int, Any]
"""scorecard, full_score_points, proposed_points, month's end, points of that month, tier,
customers, share: a row of the analysis, ordered by scorecard, month and tier."""


def lines_for(rows: Sequence[Reading]) -> list[str]:
    """Return what is proposed for each scorecard, a line for each month with the tiers' shares."""
    lines: list[str] = []
    for scorecard in dict.fromkeys(row[0] for row in rows):
        own = [row for row in rows if row[0] == scorecard]
        tiers = list(dict.fromkeys(row[5] for row in own))
        months = list(dict.fromkeys(row[3] for row in own))
        points = {row[3]: row[4] for row in own}
        shares = {(row[3], row[5]): row[7] for row in own}
        now, proposed = float(own[0][1]), float(own[0][2])
        lines += [
            "",
            f"{scorecard}: full_score_points is {now:g}, proposed {proposed:g}",
            "",
            "  Share of customers by tier with the proposal, and the points of that month alone",
            f"    {'':<12}" + "".join(f"{tier[:16]:>18}" for tier in tiers) + f"{'points':>10}",
        ]
        for month in months:
            cells = "".join(
                f"{100 * float(shares.get((month, tier), 0)):>16.1f} %" for tier in tiers
            )
            lines.append(f"    {month!s:<12}{cells}{points[month]:>10.1f}")
    return lines or ["No scorecard has customers to calibrate on."]


def proposed(path: Path) -> list[str]:
    """Return the lines of the analysis, compiled by dbt before the database is open here."""
    command = ["--log-level", "none", "compile", "--profiles-dir", ".", "--target", "duckdb"]
    compiled = dbtRunner().invoke([*command, "--select", "calibrate_scorecard"])
    if not compiled.success:
        raise Unusable("dbt cannot compile analyses/calibrate_scorecard.sql: see logs/dbt.log.")
    sql = compiled.result.results[0].node.compiled_code
    with open_database(path) as connection:
        return lines_for(connection.execute(sql).fetchall())


def main() -> int:
    """Print the proposal and return the exit status."""
    return print_page(proposed)


if __name__ == "__main__":
    sys.exit(main())
