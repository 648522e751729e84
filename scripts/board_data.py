"""The copy of a build that the boards read.

DuckDB lets one process write to a file, and nobody else read it meanwhile. So the boards read a
copy of the tables that they name, in a folder of its own: builds never wait for a page, nor pages
for a build. Beside it lies what `ref()` needs of dbt's manifest, so that the boards keep to their
database whatever is built next.
"""

from __future__ import annotations

import json
import os
import re
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any, NamedTuple

import duckdb
from page import Unusable

ROOT = Path(__file__).resolve().parent.parent
CHARTS = ROOT / "charts"
FOLDER = ROOT / "target" / "boards"
STORAGE_VERSION = "v1.4.0"
REFERENCE = re.compile(r"ref\('(\w+)'\)")


class BoardData(NamedTuple):
    """Where the boards of a database find their tables."""

    folder: Path

    @classmethod
    def of(cls, database: Path) -> BoardData:
        """Name the folder of a database: the same for the same file."""
        return cls(FOLDER / database.stem)

    @property
    def database(self) -> Path:
        """The copy; dbt Charts finds tables by the name of the file, so it keeps its name."""
        return self.folder / f"{self.folder.name}.duckdb"

    @property
    def environment(self) -> dict[str, str]:
        """What dbt Charts has to be told."""
        return {
            # dbt Charts takes paths inside the project alone, seen from its folder.
            "ENGAGEMENT_BOARDS_PATH": str(self.database.relative_to(ROOT)),
            "DBT_TARGET_PATH": str(self.folder.relative_to(ROOT)),
            "DCT_PROJECT_DIR": str(ROOT),
            "DCT_CACHE_PATH": str(self.folder / "cache.duckdb"),
            "DCT_NO_WORKSPACE_GUARD": "1",
            "DO_NOT_TRACK": "1",
        }


def target_folder() -> Path:
    """Return where dbt writes what it has parsed."""
    return ROOT / (os.environ.get("DBT_TARGET_PATH") or "target")


def referenced_models(charts: Path = CHARTS) -> list[str]:
    """Return the models that the boards name, sorted."""
    texts = (path.read_text(encoding="utf-8") for path in sorted(charts.glob("*.yml")))
    return sorted({name for text in texts for name in REFERENCE.findall(text)})


def prepare(database: Path) -> BoardData:
    """Copy what the boards read; raises Unusable where that is not possible.

    Whoever reads the copy meanwhile keeps the old one, whole.
    """
    data = BoardData.of(database)
    nodes = referenced_nodes(referenced_models())
    data.folder.mkdir(parents=True, exist_ok=True)
    unfinished = data.folder / f".{os.getpid()}.duckdb"
    try:
        copy_tables(database, unfinished, nodes.values())
        write_atomically(data.folder / "manifest.json", json.dumps(manifest_for(database, nodes)))
        unfinished.replace(data.database)
    finally:
        unfinished.unlink(missing_ok=True)
    return data


def referenced_nodes(names: Iterable[str]) -> dict[str, dict[str, Any]]:
    """Read from dbt's manifest where models are: unique id -> node."""
    path = target_folder() / "manifest.json"
    if not path.is_file():
        raise Unusable(f"There is no file {path}: run `make demo` or `make build` first.")
    manifest = json.loads(path.read_text(encoding="utf-8"))
    wanted = set(names)
    nodes = {
        key: node
        for key, node in manifest["nodes"].items()
        if node["resource_type"] in ("model", "seed") and node["name"] in wanted
    }
    missing = wanted - {node["name"] for node in nodes.values()}
    if missing:
        raise Unusable(
            f"The boards read {', '.join(sorted(missing))}, which is no model of this project: "
            "mend the name in charts/."
        )
    return nodes


def manifest_for(database: Path, nodes: Mapping[str, Mapping[str, Any]]) -> dict[str, Any]:
    """Return a manifest that knows these models alone, in this database."""
    kept = ("name", "resource_type", "package_name", "unique_id", "schema", "alias", "columns")
    return {
        "metadata": {"dbt_schema_version": "https://schemas.getdbt.com/dbt/manifest/v12.json"},
        "nodes": {
            key: {
                **{field: node[field] for field in kept},
                "database": database.stem,
                "config": {"materialized": "table"},
            }
            for key, node in nodes.items()
        },
        "sources": {},
        "exposures": {},
        "metrics": {},
    }


def copy_tables(database: Path, target: Path, nodes: Iterable[Mapping[str, Any]]) -> None:
    """Write a new file with these tables, all of them as they are at one moment."""
    config = {"storage_compatibility_version": STORAGE_VERSION}
    with duckdb.connect(str(target), config=config) as connection:
        built = attach(connection, database)
        connection.execute("set preserve_insertion_order = false")
        connection.execute("begin")
        for node in nodes:
            relation = ".".join(quoted(node[part]) for part in ("schema", "alias"))
            connection.execute(f"create schema if not exists {quoted(node['schema'])}")
            try:
                connection.execute(f"create table {relation} as from {built}.{relation}")
            except (duckdb.CatalogException, duckdb.BinderException) as error:
                raise Unusable(
                    f"{database} has no table {node['alias']} as this version builds it: run "
                    "`make demo` or `make build`."
                ) from error
        connection.execute("commit")


def attach(connection: duckdb.DuckDBPyConnection, database: Path) -> str:
    """Attach the database for reading, under the name by which its views know it, and return that.

    Raises Unusable where it cannot be read now.
    """
    if not database.is_file():
        raise Unusable(f"There is no database {database}: run `make demo` or `make build` first.")
    try:
        name = str(database).replace("'", "''")
        connection.execute(f"attach '{name}' as {quoted(database.stem)} (read_only)")
    except duckdb.IOException as error:
        if "lock" in str(error):
            raise Unusable(
                f"Something is writing to {database}, such as a build: repeat this when it is over."
            ) from error
        raise Unusable(
            f"{database} is no database that this DuckDB reads: delete it and run `make demo`."
        ) from error
    return quoted(database.stem)


def write_atomically(path: Path, text: str) -> None:
    """Replace a file by one with this text."""
    unfinished = path.with_name(f".{path.name}.{os.getpid()}")
    unfinished.write_text(text, encoding="utf-8")
    unfinished.replace(path)


def quoted(name: str) -> str:
    """Quote an identifier."""
    return '"' + name.replace('"', '""') + '"'
