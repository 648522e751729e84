"""Copy the public tables and views of a DuckLake into a folder, one Parquet file each.

.engines/ducklake/bin/python engines/copy_ducklake.py CATALOG FOLDER
"""

from __future__ import annotations

import sys
from pathlib import Path

import duckdb


def main(catalog: str, folder: Path) -> None:
    """Copy all tables and views whose names start with engagement_."""
    with duckdb.connect() as connection:
        connection.execute("load ducklake")
        connection.execute(f"attach 'ducklake:{catalog}' as lake (read_only)")
        tables = connection.execute(
            "select table_name from information_schema.tables"
            " where table_catalog = 'lake' and starts_with(table_name, 'engagement_')"
        ).fetchall()
        for (table,) in tables:
            connection.execute(f"copy lake.main.{table} to '{folder / table}.parquet'")


if __name__ == "__main__":
    main(sys.argv[1], Path(sys.argv[2]))
