"""Serve bqemulator, which stands for BigQuery: DuckDB behind BigQuery's API, tables in memory.

    .engines/bigquery/bin/python engines/emulate_bigquery.py PORT OTHER_PORT

What it understands in another way than BigQuery does is mended here.
"""

from __future__ import annotations

import sys

import sqlglot
from bqemulator.config import LogLevel, PersistenceMode, Settings
from bqemulator.domain.errors import InvalidQueryError
from bqemulator.domain.result import Err
from bqemulator.server import run_forever
from bqemulator.sql.rewriter import create_table_schema_ctas as columns_and_query
from bqemulator.sql.translator import SQLTranslator
from bqemulator.storage.engine import DuckDBEngine
from sqlglot import expressions as exp
from sqlglot.dialects import BigQuery, DuckDB

WHITE_SPACE = "\t\n\v\f\r "
MOMENTS = (exp.DataType.Type.DATE, exp.DataType.Type.TIMESTAMP, exp.DataType.Type.TIMESTAMPTZ)
FUNCTIONS = (
    "mended_json_query(json, path) as"
    " case when json_valid(json) then cast(json_extract(json, path) as varchar) end",
    "mended_json_value(json, path) as"
    " case when json_valid(json) and json_type(json, path) not in ('OBJECT', 'ARRAY')"
    " then json_extract_string(json, path) end",
    "mended_moment(moment) as case when isfinite(moment) then moment end",
)
"""Functions of DuckDB that do what those of BigQuery do."""

DECIMALS = (exp.DataType.Type.DECIMAL, exp.DataType.Type.BIGDECIMAL)
PLACES = 12
"""Of a decimal: BigQuery has 38 and 38 digits before the point, DuckDB has 38 in all."""


def mend() -> None:
    """Let statements pass through mended(), and know the functions that it writes.

    Casts to a decimal of so many digits are refused, as BigQuery does. The emulator's own casts
    keep theirs where it writes a statement anew. A query in brackets may fill a table whose columns
    are given, as one without them may.
    """
    start, translate = DuckDBEngine.start, SQLTranslator.translate
    first_select = columns_and_query._first_select

    async def started(self: DuckDBEngine) -> None:
        await start(self)
        for function in FUNCTIONS:
            self.execute(f"create or replace macro {function}")

    def translated(self: SQLTranslator, sql: str, **context: object) -> object:
        try:
            tree = sqlglot.parse_one(sql, read="bigquery")
        except sqlglot.errors.ParseError:
            return translate(self, sql, **context)
        is_mended = False
        for node in reversed(list(tree.walk())):
            if isinstance(node, exp.Cast) and node.to.this in DECIMALS and node.to.expressions:
                return Err(InvalidQueryError("Parameterized types are not allowed in CAST"))
            new = mended(node)
            if new is not node:
                node.replace(new)
                is_mended = True
        # It takes an apostrophe in a comment for the begin of a text, and what follows for numbers.
        told = tree.sql("bigquery", comments=False) if is_mended else sql
        return translate(self, told, **context)

    DuckDBEngine.start = started
    SQLTranslator.translate = translated
    BigQuery.Generator.TRANSFORMS.pop(exp.Cast)
    DuckDB.Generator.TYPE_PARAM_SETTINGS[exp.DataType.Type.BIGDECIMAL] = ((38, PLACES), (38, 38))
    columns_and_query._first_select = lambda query: first_select(query and query.unnest())


def mended(node: exp.Expression) -> exp.Expression:
    """Return a part of a statement as the emulator understands it, whose own parts are mended.

    - trim() without characters trims all white space, not blanks alone.
    - JSON functions give null for a text that is no JSON, and json_value() for what is no scalar;
      the emulator writes json_query() as an arrow, which it then reads as that of a lambda.
    - Texts such as 'infinity' are no moments.
    - A rounded decimal is a decimal still, also where it is missing, has the places of others where
      rows or branches meet, and was not rounded to PLACES before.
    """
    if isinstance(node, exp.Trim) and not node.expression:
        trimmed = node.copy()
        trimmed.set("expression", exp.Literal.string(WHITE_SPACE))
        return trimmed
    if isinstance(node, (exp.JSONExtract, exp.JSONExtractScalar)):
        name = "query" if isinstance(node, exp.JSONExtract) else "value"
        path = exp.Literal.string(node.expression.sql("duckdb").strip("'"))
        return exp.func(f"mended_json_{name}", node.this.copy(), path)
    if isinstance(node, exp.TryCast) and node.to.this in MOMENTS:
        return exp.func("mended_moment", node.copy())
    if isinstance(node, exp.Round) and "decimals" in node.args and is_cast(node.this):
        places = node.args["decimals"].name
        decimal = exp.DataType.build(f"bigdecimal({38 - PLACES + int(places)}, {places})")
        cast = node.this.copy()
        cast.set("to", decimal)
        return cast
    return node


def is_cast(node: exp.Expression) -> bool:
    """Whether it is a cast to a decimal, of no given length: one that was mended has its places."""
    return isinstance(node, exp.Cast) and node.to.this in DECIMALS and not node.to.expressions


def main(port: int, other_port: int) -> None:
    """Serve until the process is told to end; a text of many parts takes calls as deep as it."""
    sys.setrecursionlimit(20_000)
    mend()
    run_forever(
        Settings(
            rest_port=port,
            grpc_port=other_port,
            persistence_mode=PersistenceMode.EPHEMERAL,
            log_level=LogLevel.WARNING,
        )
    )


if __name__ == "__main__":
    main(*map(int, sys.argv[1:]))
