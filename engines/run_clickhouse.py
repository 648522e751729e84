"""Run dbt on ClickHouse's engine in this process (chDB), which keeps its tables in a folder.

    .engines/clickhouse/bin/python engines/run_clickhouse.py FOLDER load INPUTS
    .engines/clickhouse/bin/python engines/run_clickhouse.py FOLDER dbt ARGUMENTS…
    .engines/clickhouse/bin/python engines/run_clickhouse.py FOLDER show OUTPUT
    .engines/clickhouse/bin/python engines/run_clickhouse.py FOLDER drop

`load` reads Parquet files into the schema raw, `show` writes the public tables as Parquet, and
`drop` removes them and all others of the project.
"""

from __future__ import annotations

import sys
from pathlib import Path

import clickhouse_connect
import pyarrow as pa
import pyarrow.parquet as pq
from clickhouse_connect.driver import Client, create_client
from dbt.cli.main import dbtRunner

SCHEMA = "engagement"


def connect(folder: Path, settings: dict[str, object] | None = None) -> Client:
    """Return a client of the engine, whose tables are in the folder."""
    return create_client(dsn=f"chdb://{folder.resolve()}", settings=settings)


def dbt(folder: Path, *arguments: str) -> int:
    """Run dbt, whose adapter would ask a server; return the exit status."""

    def opened(settings: dict[str, object], **_: object) -> Client:
        return connect(folder, settings)

    clickhouse_connect.get_client = opened
    result = dbtRunner().invoke(list(arguments))
    if result.exception:
        print(result.exception)
    return int(not result.success)


def load(folder: Path, inputs: str) -> None:
    """Read a folder's Parquet files as tables of the schema raw, in place of what was there."""
    client = connect(folder)
    client.command("drop database if exists raw")
    client.command("create database raw")
    for path in sorted(Path(inputs).glob("*.parquet")):
        client.command(
            f"create table raw.{path.stem} engine = MergeTree order by tuple()"
            f" as select * from file('{path}', Parquet)"
        )


def show(folder: Path, output: str) -> None:
    """Write the public tables as Parquet, with times that name no time zone."""
    client = connect(folder)
    tables = client.query(
        f"select name from system.tables where database = '{SCHEMA}' and name like 'engagement\\_%'"
    )
    for (name,) in tables.result_rows:
        table = client.query_arrow(f"select * from {SCHEMA}.{name}", use_strings=True)
        types = [
            pa.timestamp("us") if pa.types.is_timestamp(field.type) else field.type
            for field in table.schema
        ]
        plain = table.cast(pa.schema(list(zip(table.column_names, types, strict=True))))
        pq.write_table(plain, Path(output) / f"{name}.parquet")


def drop(folder: Path) -> None:
    """Drop the schema of the project's tables."""
    connect(folder).command(f"drop database if exists {SCHEMA}")


if __name__ == "__main__":
    commands = {"dbt": dbt, "load": load, "show": show, "drop": drop}
    sys.exit(commands[sys.argv[2]](Path(sys.argv[1]), *sys.argv[3:]))
