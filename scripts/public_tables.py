"""The public tables of the last build, with their descriptions, for those who copy them elsewhere.

What is public, where it is and how it is described stands in dbt's manifest, in the folder `target`
(or DBT_TARGET_PATH).
"""

from __future__ import annotations

import contextlib
import json
import os
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import duckdb
from page import Unusable

STORAGE_VERSION = "v1.4.0"
"""File format of copies: drivers of other tools often lag behind by a release."""


class PublicTable(NamedTuple):
    """A table that may leave the project."""

    name: str
    schema: str
    relation: str
    """What the table is called in its schema."""
    description: str
    columns: dict[str, str]
    """Column -> description."""

    def source(self, catalog: str) -> str:
        """Return its quoted name in an attached database."""
        return ".".join(quoted(part) for part in (catalog, self.schema, self.relation))


def quoted(name: str) -> str:
    """Quote an identifier."""
    return '"' + name.replace('"', '""') + '"'


def literal(text: str | Path) -> str:
    """Quote a text for SQL."""
    return "'" + str(text).replace("'", "''") + "'"


def manifest_path() -> Path:
    """Return where dbt writes what it has parsed."""
    return Path(os.environ.get("DBT_TARGET_PATH") or "target") / "manifest.json"


def public_tables(manifest: Path) -> list[PublicTable]:
    """Read the public models, sorted by name; raises Unusable where dbt has not run."""
    if not manifest.is_file():
        raise Unusable(f"There is no file {manifest}: run `make demo` or `make build` first.")
    nodes = json.loads(manifest.read_text(encoding="utf-8"))["nodes"].values()
    return sorted(
        PublicTable(
            node["name"],
            node["schema"],
            node["alias"],
            one_line(node["description"]),
            {
                column["name"]: one_line(column["description"])
                for column in node["columns"].values()
            },
        )
        for node in nodes
        if node["resource_type"] == "model" and node["config"].get("access") == "public"
    )


def one_line(text: str) -> str:
    """Join the lines of a description."""
    return " ".join(text.split())


@contextlib.contextmanager
def attached(
    connection: duckdb.DuckDBPyConnection, database: Path, tables: list[PublicTable]
) -> Iterator[str]:
    """Attach a database for reading, in one transaction; yield the name that it has there.

    Raises Unusable while a build writes to it, or where it lacks one of the tables.
    """
    built = database.stem
    try:
        connection.execute(f"attach {literal(database)} as {quoted(built)} (read_only)")
    except duckdb.IOException as error:
        if "lock" in str(error):
            raise Unusable(
                f"A build is writing to {database}: repeat this when it is over."
            ) from error
        raise
    connection.execute("begin")
    found = connection.execute(
        "select table_schema, table_name from information_schema.tables where table_catalog = ?",
        [built],
    ).fetchall()
    missing = [table.name for table in tables if (table.schema, table.relation) not in found]
    if missing:
        raise Unusable(f"{database} has no table {', '.join(missing)}: run `make build` first.")
    yield built
    connection.execute("commit")
    connection.execute(f"detach {quoted(built)}")
