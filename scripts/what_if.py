"""Show what would change if a candidate took the place of an active scorecard.

    python scripts/what_if.py CANDIDATE

Reads engagement_scenarios in the database of the last build (ENGAGEMENT_DUCKDB_PATH, by default
engagement.duckdb).
"""

from __future__ import annotations

import os
import sys
from pathlib import Path

import duckdb
from page import Unusable, open_database, print_page

SHOWN_MOVERS = 10


def lines_for(connection: duckdb.DuckDBPyConnection, candidate: str, seeds: str) -> list[str]:
    """Return the lines about a candidate, for each active scorecard that shares customers."""
    known = [
        row[0]
        for row in connection.execute(
            "select scorecard from int_engagement__scorecards where status = 'candidate'"
            " order by scorecard"
        ).fetchall()
    ]
    if candidate not in known:
        names = (
            f"name one of {', '.join(known)}"
            if known
            else (f"none was built; write the status candidate in {seeds}/scorecards.csv and build")
        )
        raise Unusable(f"There is no candidate '{candidate}': {names}.")
    rows = connection.execute(
        "select scorecard, aspect, outcome, customer_id, active_value, candidate_value, difference,"
        " difference_low, difference_high, finding from engagement_scenarios"
        " where candidate = ? order by scorecard, aspect, outcome, place",
        [candidate],
    ).fetchall()
    lines: list[str] = []
    for scorecard in dict.fromkeys(row[0] for row in rows):
        own = [row[1:] for row in rows if row[0] == scorecard]
        lines += ["", f"{candidate} in place of {scorecard}", "", "  Tiers"]
        lines += [f"    {row[-1]}" for row in own if row[0] == "tier_migration"]
        lines += ["", "  Who moves most"]
        movers = [row for row in own if row[0] == "mover"][:SHOWN_MOVERS]
        lines += [f"    {row[2]:<24}{row[5]:>+9.1f}   {row[-1]}" for row in movers]
        lines += ["", "  Does it foretell better? (all reference days, interval of 95 %)"]
        figures = [row for row in own if row[0] in ("auc", "top_decile_lift")]
        for aspect, outcome, _, active, other, change, low, high, finding in figures:
            span = "" if low is None else f" ({low:+.3f} to {high:+.3f})"
            lines += [
                f"    {outcome}, {aspect}: {active:.3f} -> {other:.3f}, {change:+.3f}{span}: "
                + finding
            ]
        if not figures:
            lines.append("    No outcome could be asked about: see engagement_backtest.verdict.")
    return lines or ["", f"{candidate} shares no customer with an active scorecard."]


def main() -> int:
    """Print the findings and return the exit status."""
    candidate = sys.argv[1].strip() if len(sys.argv) > 1 else ""
    seeds = os.environ.get("ENGAGEMENT_SEEDS") or "seeds"

    def found(path: Path) -> list[str]:
        with open_database(path) as connection:
            return lines_for(connection, candidate, seeds)

    return print_page(found)


if __name__ == "__main__":
    sys.exit(main())
