"""Build a project on an adapter that has nobody at the other end, and note what it would have said.

    .engines/ENVIRONMENT/bin/python engines/dry_run.py REQUEST.json

Everything is dbt's own and the adapter's, but for the connection: it notes each statement, and
answers that there is nothing, or that all tables of an earlier run are there. The request names
`adapter`, `project` (its folder, with a profile of the adapter in it), `exists` (whether there was
an earlier run), `sources` (schema -> table -> column -> type), `variables`, `command` and `output`,
the file of statements.
"""

from __future__ import annotations

import importlib
import json
import re
import sys
from pathlib import Path
from typing import Any

import agate
from dbt.adapters.base import BaseAdapter, BaseRelation
from dbt.adapters.contracts.connection import AdapterResponse, Connection, ConnectionState
from dbt.cli.main import dbtRunner
from dbt_common.clients.agate_helper import empty_table, table_from_data_flat

ZEROS = table_from_data_flat(
    [{f"column_{number}": 0 for number in range(9)}], [f"column_{number}" for number in range(9)]
)
TEST_RESULT = table_from_data_flat(
    [{"failures": 0, "should_warn": False, "should_error": False}],
    ["failures", "should_warn", "should_error"],
)


FIGURES = re.compile(r"^\s*select (count|max|length)\(", re.MULTILINE)
"""Queries that are answered with a row, of zeros; others find nothing."""


class Nobody:
    """Stands for a connection's handle, and takes whatever is done with it."""

    def __getattr__(self, name: str) -> Any:  # noqa: ANN401
        """Return itself as any attribute."""
        return self

    def __call__(self, *arguments: object, **named: object) -> Any:  # noqa: ANN401
        """Return itself from any call."""
        return self


class DryRun:
    """Replaces what an adapter asks of its engine."""

    def __init__(self, request: dict[str, Any]) -> None:
        """Begin, with no statement noted."""
        self.request = request
        self.statements: list[str] = []

    def execute(self, sql: str, bindings: object = None) -> tuple[AdapterResponse, agate.Table]:
        """Note a statement; a test of data finds nothing wrong, and any count is 0.

        Rows of seeds, which come as bindings, are left out: a driver puts them in.
        """
        if not bindings:
            self.statements.append(sql)
        if "should_warn" in sql:
            answer = TEST_RESULT
        else:
            answer = ZEROS if FIGURES.search(sql) else empty_table()
        return AdapterResponse("OK", rows_affected=0), answer

    def relation(self, adapter: BaseAdapter, schema: str, name: str) -> BaseRelation | None:
        """Return what there is of a name."""
        node = self.nodes(adapter).get(name.lower())
        is_source = name.lower() in self.request["sources"].get(schema, {})
        if not is_source and (not self.request["exists"] or not node):
            return None
        kind = "view" if node and node.get_materialization() == "view" else "table"
        return adapter.Relation.create(
            database=adapter.config.credentials.database, schema=schema, identifier=name, type=kind
        )

    def nodes(self, adapter: BaseAdapter) -> dict[str, Any]:
        """Return alias -> node of models and seeds."""
        del adapter
        return self.manifest_nodes

    def columns(self, adapter: BaseAdapter, relation: BaseRelation) -> list[Any]:
        """Return the columns of an input table, or those that a model describes."""
        name = (relation.identifier or "").lower()
        found = self.request["sources"].get(relation.schema, {}).get(name)
        if found is None:
            node = self.nodes(adapter).get(re.sub("__dbt_tmp.*", "", name))
            found = dict.fromkeys(node.columns, "text") if node else {"described": "text"}
        return [adapter.Column.create(column, dtype) for column, dtype in found.items()]


def install(dry: DryRun, adapter_name: str) -> None:
    """Put the dry run in the place of an adapter's connection."""
    module = importlib.import_module(f"dbt.adapters.{adapter_name}")
    adapter = module.Plugin.adapter
    manager = adapter.ConnectionManager

    def opened(cls: type, connection: Connection) -> Connection:
        connection.state = ConnectionState.OPEN
        connection.handle = Nobody()
        return connection

    for owner in (manager,):
        owner.open = classmethod(opened)
        owner.execute = lambda self, sql, *_, **__: dry.execute(sql)
        owner.add_query = lambda self, sql, auto_begin=True, bindings=None, *_, **__: (
            dry.execute(sql, bindings),
            Nobody(),
        )
        owner.begin = lambda self: None
        owner.commit = lambda self: None
        owner.add_begin_query = owner.add_commit_query = lambda self: None
        owner.commit_if_has_connection = owner.clear_transaction = lambda self: None
        owner.cancel_open = lambda self: []
        owner.rollback_if_open = lambda self: None
        owner.get_response = classmethod(lambda cls, *_: AdapterResponse(_message="OK"))
        owner._rollback = owner._rollback_handle = classmethod(lambda cls, *_: None)
        owner.close = classmethod(lambda cls, connection: connection)
    replaced = {
        "get_relation": lambda self, database, schema, identifier, **_: dry.relation(
            self, schema, identifier
        ),
        "get_columns_in_relation": lambda self, it: dry.columns(self, it),  # noqa: PLW0108
        "get_column_schema_from_query": lambda self, sql, *_: (
            dry.execute(sql),
            [self.Column.create("described", "text")],
        )[1],
        "get_missing_columns": lambda self, *_, **__: [],
        "expand_target_column_types": lambda self, *_, **__: None,
        "list_relations": lambda self, *_, **__: [],
        "list_relations_without_caching": lambda self, *_, **__: [],
        "list_schemas": lambda self, *_, **__: [],
        "check_schema_exists": lambda self, *_, **__: True,
        "create_schema": lambda self, *_, **__: None,
        "drop_relation": lambda self, *_, **__: None,
        "rename_relation": lambda self, *_, **__: None,
        "truncate_relation": lambda self, *_, **__: None,
        "valid_incremental_strategies": adapter.valid_incremental_strategies,
        "set_relations_cache": lambda self, *_, **__: None,
        "debug_query": lambda self: None,
    }
    for name in SPECIAL.get(adapter_name, ()):
        replaced[name] = SPECIAL[adapter_name][name]
    for name, function in replaced.items():
        marked = getattr(adapter, name, None)
        for mark in ("_is_available_", "_parse_replacement_"):
            if hasattr(marked, mark):
                setattr(function, mark, getattr(marked, mark))
        setattr(adapter, name, function)


SPECIAL: dict[str, dict[str, Any]] = {
    "bigquery": {
        "load_dataframe": lambda self, *_, **__: None,
        "get_bq_table": lambda self, *_, **__: None,
        "is_replaceable": lambda self, *_, **__: True,
        "update_columns": lambda self, *_, **__: None,
        "update_table_description": lambda self, *_, **__: None,
    },
    "databricks": {
        "compare_dbr_version": lambda self, *_, **__: 1,
        "is_cluster": lambda self, *_, **__: False,
    },
    "athena": {
        "is_s3_tables_database": lambda self, *_: False,
        "is_work_group_output_location_enforced": lambda self: False,
        "get_glue_table": lambda self, *_, **__: None,
        "get_glue_table_type": lambda self, *_, **__: None,
        "get_glue_table_location": lambda self, *_, **__: None,
        "generate_s3_location": lambda self, relation, *_, **__: (
            f"s3://bucket/{relation.identifier}"
        ),
        "clean_up_partitions": lambda self, *_, **__: None,
        "clean_up_table": lambda self, *_, **__: None,
        "delete_from_s3": lambda self, *_, **__: None,
        "delete_from_glue_catalog": lambda self, *_, **__: None,
        "upload_seed_to_s3": lambda self, *_, **__: "s3://bucket/seed",
        "swap_table": lambda self, *_, **__: None,
        "expire_glue_table_versions": lambda self, *_, **__: [],
        "persist_docs_to_glue": lambda self, *_, **__: None,
        "add_lf_tags": lambda self, *_, **__: None,
        "add_lf_tags_to_database": lambda self, *_, **__: None,
        "apply_lf_grants": lambda self, *_, **__: None,
        "run_query_with_partitions_limit_catching": lambda self, sql: (
            self.connections.execute(sql),
            "SUCCESS",
        )[1],
    },
}
"""Adapter -> what else it asks of others than by statements."""


def main(request: dict[str, Any]) -> int:
    """Build, and write the statements as JSON; return dbt's exit status."""
    dry = DryRun(request)
    install(dry, request["adapter"])
    folder = Path(request["project"])
    common = ["--project-dir", str(folder), "--profiles-dir", str(folder)]
    common += ["--vars", json.dumps(request["variables"]), "--no-version-check", "--no-use-colors"]
    parsed = dbtRunner().invoke(["--quiet", "parse", *common])
    if not parsed.success:
        print(parsed.exception)
        return 1
    dry.manifest_nodes = {
        node.alias.lower(): node
        for node in parsed.result.nodes.values()
        if node.resource_type in ("model", "seed")
    }
    result = dbtRunner(manifest=parsed.result).invoke(
        ["--quiet", "--log-level-file", "none", *request["command"], *common, "--threads", "1"]
    )
    if result.result is None:
        print(result.exception)
    Path(request["output"]).write_text(json.dumps(dry.statements))
    return int(not result.success)


if __name__ == "__main__":
    sys.exit(main(json.loads(Path(sys.argv[1]).read_text())))
