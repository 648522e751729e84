"""Print a page that is read from the database of the last build.

Used by the commands that show one thing: ENGAGEMENT_DUCKDB_PATH names the database, by default
engagement.duckdb, and nothing in it is changed.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Sequence
from pathlib import Path

import duckdb


class Unusable(Exception):
    """What cannot be shown, in one sentence."""


def chosen_database() -> Path:
    """Return the database of the last build."""
    return Path(os.environ.get("ENGAGEMENT_DUCKDB_PATH") or "engagement.duckdb")


def open_database(path: Path) -> duckdb.DuckDBPyConnection:
    """Open the database for reading."""
    return duckdb.connect(str(path), read_only=True)


def print_page(lines_of: Callable[[Path], Sequence[str]]) -> int:
    """Print the lines that are read from the database at that path; return the exit status.

    What stands in the way (an Unusable, no database, other tables) is one sentence, and status 1.
    """
    path = chosen_database()

    def checked() -> Sequence[str]:
        if not path.exists():
            raise Unusable(f"There is no database {path}: run `make demo` or `make build` first.")
        return lines_of(path)

    return print_lines(checked, path)


def print_lines(lines_of: Callable[[], Sequence[str]], database: Path) -> int:
    """Print lines; return the exit status. What stands in the way is one sentence, and status 1."""
    try:
        print("\n".join(lines_of()))
    except Unusable as problem:
        print(problem, file=sys.stderr)
        return 1
    except duckdb.Error as error:
        first = str(error).strip().partition("\n")[0]
        print(
            f"The tables in {database} are not what this version builds ({first}): build again.",
            file=sys.stderr,
        )
        return 1
    return 0
