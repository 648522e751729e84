"""Export the public tables as files that any tool reads.

    python scripts/export.py [FOLDER]

Writes each public table of the last build (ENGAGEMENT_DUCKDB_PATH, else engagement.duckdb) to
FOLDER/<name of the database>/<table>.parquet (FOLDER: exports), and the table for CRMs as CSV too,
sorted by its key. Files take the place of earlier ones once all of them are written. Exit status:
0, or 1 where there is nothing to export.
"""

from __future__ import annotations

import shutil
import sys
import tempfile
from pathlib import Path

import duckdb
from page import print_page
from public_tables import PublicTable, attached, literal, manifest_path, public_tables

FOLDER = "exports"
CRM = "engagement_crm_export"


def export(database: Path, folder: Path, tables: list[PublicTable]) -> Path:
    """Write the tables of a database into the folder; return the folder of its files."""
    target = folder / database.stem
    target.mkdir(parents=True, exist_ok=True)
    unfinished = Path(tempfile.mkdtemp(prefix=".unfinished-", dir=folder))
    try:
        write(database, unfinished, tables)
        written = sorted(unfinished.iterdir())
        for path in written:
            path.replace(target / path.name)
        for path in target.glob("engagement_*"):
            if path.name not in {file.name for file in written}:
                path.unlink()
    finally:
        shutil.rmtree(unfinished)
    return target


def write(database: Path, folder: Path, tables: list[PublicTable]) -> None:
    """Write a file for each table, all of them as they are at one moment."""
    with (
        duckdb.connect() as connection,
        attached(connection, database, tables) as built,
    ):
        connection.execute("set preserve_insertion_order = false")
        for table in tables:
            source, path = table.source(built), folder / table.name
            connection.execute(
                f"copy (from {source}) to {literal(f'{path}.parquet')}"
                " (format parquet, compression zstd)"
            )
            if table.name == CRM:
                connection.execute(
                    f"copy (from {source} order by crm_key) to {literal(f'{path}.csv')} (header)"
                )


def told(database: Path, folder: Path) -> list[str]:
    """Export the database; return what to tell."""
    tables = public_tables(manifest_path())
    target = export(database, folder, tables)
    size = sum(path.stat().st_size for path in target.iterdir()) / 1e6
    return [f"{len(tables)} tables are in {target} as Parquet ({size:.1f} MB), {CRM} as CSV too."]


if __name__ == "__main__":
    chosen = Path(sys.argv[1] if len(sys.argv) > 1 else FOLDER)
    sys.exit(print_page(lambda database: told(database, chosen)))
