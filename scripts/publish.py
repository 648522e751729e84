"""Publish a copy of the public tables that can be read at any time, also while a build runs.

    python scripts/publish.py [FOLDER]

Copies the public tables of the last build (ENGAGEMENT_DUCKDB_PATH, else engagement.duckdb) with
their descriptions into a new file, and moves it to FOLDER (published) under the name of the
database. The move is atomic: whoever opens the file gets either the old copy or the new one, whole,
and whoever has it open keeps it. Exit status: 0, or 1 where there is nothing to publish.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from pathlib import Path

import duckdb
from page import print_page
from public_tables import (
    STORAGE_VERSION,
    PublicTable,
    attached,
    literal,
    manifest_path,
    public_tables,
    quoted,
)

FOLDER = "published"


def publish(database: Path, folder: Path, tables: Sequence[PublicTable]) -> Path:
    """Copy the tables of a database into the folder; return the path of the copy."""
    folder.mkdir(parents=True, exist_ok=True)
    target = folder / database.name
    unfinished = folder / f".{os.getpid()}.duckdb"
    try:
        copy(database, unfinished, list(tables))
        sync(unfinished)
        unfinished.replace(target)
        sync(folder)
    finally:
        unfinished.unlink(missing_ok=True)
    return target


def copy(database: Path, target: Path, tables: list[PublicTable]) -> None:
    """Write a new file with the tables and what they and their columns mean."""
    config = {"storage_compatibility_version": STORAGE_VERSION}
    with (
        duckdb.connect(str(target), config=config) as connection,
        attached(connection, database, tables) as built,
    ):
        connection.execute("set preserve_insertion_order = false")
        for table in tables:
            name = quoted(table.relation)
            connection.execute(f"create table {name} as from {table.source(built)}")
            connection.execute(f"comment on table {name} is {literal(table.description)}")
            for column in connection.execute(f"describe {name}").fetchall():
                if text := table.columns.get(column[0]):
                    connection.execute(
                        f"comment on column {name}.{quoted(column[0])} is {literal(text)}"
                    )


def sync(path: Path) -> None:
    """Wait until a file or the names in a folder are on the disk."""
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def told(database: Path, folder: Path) -> list[str]:
    """Publish the database; return what to tell."""
    tables = public_tables(manifest_path())
    target = publish(database, folder, tables)
    size = target.stat().st_size / 1e6
    return [
        f"{len(tables)} tables are published in {target} ({size:.1f} MB): open it read-only,"
        " at any time."
    ]


if __name__ == "__main__":
    chosen = Path(sys.argv[1] if len(sys.argv) > 1 else FOLDER)
    sys.exit(print_page(lambda database: told(database, chosen)))
