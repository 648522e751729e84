"""Run dbt on fakesnow, which stands for Snowflake: DuckDB behind Snowflake's connector.

    .engines/snowflake/bin/python engines/emulate_snowflake.py FOLDER load INPUTS
    .engines/snowflake/bin/python engines/emulate_snowflake.py FOLDER dbt ARGUMENTS…
    .engines/snowflake/bin/python engines/emulate_snowflake.py FOLDER show OUTPUT
    .engines/snowflake/bin/python engines/emulate_snowflake.py FOLDER drop

FOLDER holds the database. `load` reads Parquet files into the schema raw, `show` writes the public
tables as Parquet, and `drop` removes them and all others of the project.
"""

from __future__ import annotations

import sys
from pathlib import Path

import fakesnow
import snowflake.connector
from dbt.cli.main import dbtRunner
from fakesnow import transforms
from fakesnow.cursor import FakeSnowflakeCursor
from sqlglot import expressions as exp

DATABASE = "LAKE"
TYPES = {
    "VARCHAR": "text",
    "DOUBLE": "double",
    "BIGINT": "bigint",
    "BOOLEAN": "boolean",
    "DATE": "date",
    "TIMESTAMP": "timestamp_ntz",
    "TIMESTAMP WITH TIME ZONE": "timestamp_tz",
}
"""Type of DuckDB -> that of Snowflake."""


def mend() -> None:
    """Let through what fakesnow 0.12 stops at.

    It cannot make temporary tables in a schema of another database than DuckDB's own for them: they
    become ordinary ones, which dbt drops as well. Its trim() forgets which characters to trim, and
    a text that get() finds in JSON keeps its quotes when it is cast to text.
    """
    transform = FakeSnowflakeCursor._transform

    def mended(self: FakeSnowflakeCursor, expression: exp.Expression, params: object) -> object:
        if isinstance(expression, exp.Create) and (properties := expression.args.get("properties")):
            kept = [
                each
                for each in properties.expressions
                if not isinstance(each, exp.TemporaryProperty)
            ]
            properties.set("expressions", kept)
        return transform(self, expression.transform(text_of_get), params)

    FakeSnowflakeCursor._transform = mended
    transforms.trim_cast_varchar = lambda expression: expression


def text_of_get(node: exp.Expression) -> exp.Expression:
    """Return a cast of get() to text as DuckDB's function for that, and others as they are."""
    if isinstance(node, exp.Cast) and node.to.is_type("text"):
        found = node.this
        if isinstance(found, exp.GetExtract):
            key = found.expression
            path = f'$."{key.name}"' if key.is_string else f"$[{key.name}]"
            return exp.Anonymous(
                this="json_extract_string", expressions=[found.this, exp.Literal.string(path)]
            )
    return node


def load(folder: Path) -> None:
    """Read a folder's Parquet files as tables of the schema raw, in place of what was there."""
    connection = snowflake.connector.connect(database=DATABASE, schema="RAW")
    duck = connection._duck_conn
    duck.execute("set TimeZone = 'UTC'")
    cursor = connection.cursor()
    for path in sorted(folder.glob("*.parquet")):
        described = duck.execute(f"describe from '{path}'").fetchall()
        columns = ", ".join(f"{row[0]} {TYPES.get(row[1], row[1])}" for row in described)
        cursor.execute(f"create or replace table {DATABASE}.RAW.{path.stem} ({columns})")
        duck.execute(f"insert into {DATABASE}.RAW.{path.stem.upper()} from '{path}'")


def show(folder: Path) -> None:
    """Write the public tables as Parquet, with names in lower case."""
    connection = snowflake.connector.connect(database=DATABASE, schema="ENGAGEMENT")
    duck = connection._duck_conn
    tables = duck.execute(
        "select table_name, list(lower(column_name) order by ordinal_position)"
        " from information_schema.columns where table_schema = 'ENGAGEMENT'"
        " and table_name like 'ENGAGEMENT\\_%' escape '\\' group by table_name"
    ).fetchall()
    for table, columns in tables:
        names = ", ".join(f'"{name.upper()}" as {name}' for name in columns)
        duck.execute(
            f"copy (select {names} from {DATABASE}.ENGAGEMENT.{table})"
            f" to '{folder / table.lower()}.parquet'"
        )


def drop() -> None:
    """Drop the schema of the project's tables."""
    connection = snowflake.connector.connect(database=DATABASE, schema="RAW")
    connection.cursor().execute(f"drop schema if exists {DATABASE}.ENGAGEMENT cascade")


def main(folder: Path, what: str, *arguments: str) -> int:
    """Do one thing with the databases of a folder; return the exit status."""
    folder.mkdir(parents=True, exist_ok=True)
    mend()
    with fakesnow.patch(db_path=folder):
        if what == "dbt":
            result = dbtRunner().invoke(list(arguments))
            if result.exception:
                print(result.exception)
            return int(not result.success)
        {"load": load, "show": show, "drop": drop}[what](*map(Path, arguments))
    return 0


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1]), *sys.argv[2:]))
