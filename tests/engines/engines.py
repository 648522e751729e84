"""The project on other engines, each with the dbt of an environment of its own (`.engines/<name>`).

An engine builds a copy of the project as a user would, and then shows its public tables as Parquet
files, which DuckDB reads: so all engines are compared by the same eyes.
"""

from __future__ import annotations

import contextlib
import json
import os
import pickle
import re
import shutil
import socket
import subprocess
import time
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, ClassVar

import duckdb
from dbt.contracts.graph.manifest import Manifest
from harness import ROOT, BuildResult, Project, as_yaml, sort_rows
from reference import Rows
from spark_cluster import free_port

ENVIRONMENTS = ROOT / ".engines"


def is_installed(name: str) -> bool:
    """Whether `make engines` has made the environment of that name."""
    return (ENVIRONMENTS / name / "bin" / "dbt").exists()


class EngineProject(Project):
    """A copy of the project that another engine builds."""

    name = ""
    flags: tuple[str, ...] = ("--quiet", "--no-use-colors", "--no-version-check")
    extra_arguments: tuple[str, ...] = ()

    def __init__(self, folder: Path) -> None:
        """Copy the project's files into the folder."""
        super().__init__(folder, target=self.name)
        self.shown = self.folder / "shown"

    def run(self, script: str, *arguments: str) -> str:
        """Run a script of `engines/` in the engine's environment; return its output."""
        python = ENVIRONMENTS / self.name / "bin" / "python"
        done = subprocess.run(
            [str(python), str(ROOT / "engines" / script), *arguments],
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stderr
        return done.stdout

    def dbt(self, *command: str, variables: Mapping[str, Any] | None = None) -> BuildResult:
        """Run a dbt command of the engine's environment."""
        return self._invoke(command, dict(variables or {}), None)

    def command(self) -> list[str]:
        """Return what runs dbt."""
        return [str(ENVIRONMENTS / self.name / "bin" / "dbt")]

    def _invoke(
        self, command: Sequence[str], variables: Mapping[str, Any], manifest: Manifest | None
    ) -> BuildResult:
        del manifest
        done = subprocess.run(
            [
                *self.command(),
                *(("--warn-error",) if self.is_strict else ()),
                *self.flags,
                *command,
                *self.extra_arguments,
                *("--project-dir", str(self.folder), "--profiles-dir", str(self.folder)),
                *("--target", self.target, "--vars", as_yaml(variables)),
            ],
            capture_output=True,
            text=True,
            check=False,
            cwd=self.folder,
            env=os.environ | self.environment,
        )
        file = self.folder / "target" / "run_results.json"
        results = json.loads(file.read_text())["results"] if file.exists() else []
        statuses = {result["unique_id"]: result["status"] for result in results}
        messages = [done.stdout, done.stderr]
        return BuildResult(done.returncode == 0, messages, statuses, done)  # type: ignore[arg-type]

    def show(self) -> None:
        """Write the public tables as Parquet into the folder `shown`."""
        raise NotImplementedError

    def all_rows(self) -> dict[str, Rows]:
        """Return the rows of all public tables, sorted by their columns from left to right."""
        shutil.rmtree(self.shown, ignore_errors=True)
        self.shown.mkdir()
        self.show()
        found = {}
        with duckdb.connect() as connection:
            connection.execute("set TimeZone = 'UTC'")
            for path in sorted(self.shown.iterdir()):
                result = connection.execute(f"from {reader(path)}")
                columns = [column[0] for column in result.description]
                found[path.stem] = sort_rows(
                    dict(zip(columns, row, strict=True)) for row in result.fetchall()
                )
        return found


def reader(path: Path) -> str:
    """Return how DuckDB reads a table: one Parquet file, or a folder with those of partitions."""
    if path.is_dir():
        return (
            f"read_parquet('{path}/**/*.parquet', hive_partitioning = true, union_by_name = true)"
        )
    return f"read_parquet('{path}')"


class DuckLakeProject(EngineProject):
    """Tables in a DuckLake, whose catalog is a file."""

    name = "ducklake"

    @property
    def environment(self) -> dict[str, str]:
        """The environment variables that the profile reads."""
        return {
            "ENGAGEMENT_DUCKLAKE_CATALOG": str(self.folder / "lake.ducklake"),
            "ENGAGEMENT_DUCKLAKE_FILES": f"{self.folder / 'lake_files'}/",
        }

    def remove_database(self) -> None:
        """Remove catalog and files, so that the next build starts cold."""
        for path in self.folder.glob("lake.ducklake*"):
            path.unlink()
        shutil.rmtree(self.folder / "lake_files", ignore_errors=True)

    def show(self) -> None:
        """Copy the tables by the engine's own DuckDB, which has the extension."""
        self.run("copy_ducklake.py", str(self.folder / "lake.ducklake"), str(self.shown))


V2_PROFILE = """\
customer_engagement:
  target: v2
  outputs:
    v2: {type: duckdb, path: engagement.duckdb, schema: main, threads: 4}
"""
"""That of the project sets a variable in DuckDB, which this engine spells wrongly."""


class V2Project(EngineProject):
    """DuckDB, driven by the next engine of dbt."""

    name = "v2"
    flags = ("--quiet",)

    def __init__(self, folder: Path) -> None:
        """Copy the project, with a profile and metrics that the engine understands."""
        super().__init__(folder)
        self.is_strict = False
        (self.folder / "profiles.yml").write_text(V2_PROFILE)
        metrics = self.folder / "models" / "semantic" / "_metrics.yml"
        metrics.write_text(re.sub(r"\n    config: \{enabled: .*", "", metrics.read_text()))

    @property
    def environment(self) -> dict[str, str]:
        """Where the driver is, and what is left out: its analysis of SQL, a check in the cloud."""
        return {
            "DBT_STATIC_ANALYSIS": "off",
            "ADBC_DRIVER_PATH": str(ENVIRONMENTS / self.name / "drivers"),
            "DBT_ENGINE_NO_WARN_SEMANTIC_MANIFEST_VALIDATION": "true",
        }

    def show(self) -> None:
        """Copy the tables."""
        for name in self.public_tables():
            with self.connect() as connection:
                connection.execute(f"copy {name} to '{self.shown / name}.parquet'")


class SnowflakeProject(EngineProject):
    """Tables that fakesnow keeps in a DuckDB file, behind Snowflake's own connector."""

    name = "snowflake"
    script = ROOT / "engines" / "emulate_snowflake.py"
    profile: ClassVar[dict[str, Any]] = {
        **{"type": "snowflake", "account": "emulated", "user": "dbt", "password": "none"},
        **{"database": "LAKE", "schema": "ENGAGEMENT", "warehouse": "none", "threads": 1},
    }

    def __init__(self, folder: Path) -> None:
        """Copy the project, with a profile of the emulator."""
        super().__init__(folder)
        self.is_strict = False
        write_profile(self.folder, self.name, self.profile)

    @property
    def environment(self) -> dict[str, str]:
        """No environment variables are read."""
        return {}

    def command(self) -> list[str]:
        """Run dbt with the emulator in its process."""
        return [*self.interpreter(), str(self.script), str(self.folder / "lake"), "dbt"]

    def interpreter(self) -> list[str]:
        """Return the Python of the environment, which keeps the emulator's warnings to itself."""
        return [str(ENVIRONMENTS / self.name / "bin" / "python"), "-W", "ignore"]

    def load(self, folder: Path) -> None:
        """Read a folder's Parquet files as tables of the schema raw."""
        self.run(self.script.name, str(self.folder / "lake"), "load", str(folder))

    def remove_database(self) -> None:
        """Remove the schema of the project's tables."""
        self.run(self.script.name, str(self.folder / "lake"), "drop")

    def show(self) -> None:
        """Copy the tables by the emulator's own DuckDB."""
        self.run(self.script.name, str(self.folder / "lake"), "show", str(self.shown))


class ClickHouseProject(EngineProject):
    """Tables of ClickHouse's engine, which runs in dbt's own process and keeps them in a folder."""

    name = "clickhouse"
    script = "run_clickhouse.py"

    def __init__(self, folder: Path) -> None:
        """Copy the project's files into the folder."""
        super().__init__(folder)
        self.is_strict = False
        self.place = str(self.folder / "tables")

    @property
    def environment(self) -> dict[str, str]:
        """No environment variables are read."""
        return {}

    def command(self) -> list[str]:
        """Run dbt with the engine in its process."""
        python = ENVIRONMENTS / self.name / "bin" / "python"
        return [str(python), str(ROOT / "engines" / self.script), self.place, "dbt"]

    def load(self, folder: Path) -> None:
        """Read a folder's Parquet files as tables of the schema raw."""
        self.run(self.script, self.place, "load", str(folder))

    def remove_database(self) -> None:
        """Remove the schema of the project's tables."""
        self.run(self.script, self.place, "drop")

    def show(self) -> None:
        """Write the tables by way of the engine."""
        self.run(self.script, self.place, "show", str(self.shown))


class BigQueryProject(EngineProject):
    """Tables of a BigQuery emulator, which answers as BigQuery's API does."""

    name = "bigquery"

    def __init__(self, folder: Path, port: int) -> None:
        """Copy the project; the emulator listens on the port."""
        super().__init__(folder)
        self.is_strict = False
        self.port = port
        output = {
            **{"type": "bigquery", "method": "oauth-secrets", "token": "none", "project": "lake"},
            **{"api_endpoint": f"http://127.0.0.1:{port}", "schema": "engagement", "threads": 1},
        }
        write_profile(self.folder, self.name, output)

    @property
    def environment(self) -> dict[str, str]:
        """No environment variables are read."""
        return {}

    def load(self, folder: Path) -> None:
        """Read a folder's Parquet files as tables of the dataset raw."""
        self.run("ask_bigquery.py", str(self.port), "load", str(folder))

    def remove_database(self) -> None:
        """Remove the dataset of the project's tables."""
        self.run("ask_bigquery.py", str(self.port), "drop")

    def all_rows(self) -> dict[str, Rows]:
        """Return the rows of all public tables, as the API gives them."""
        shutil.rmtree(self.shown, ignore_errors=True)
        self.shown.mkdir()
        self.run("ask_bigquery.py", str(self.port), "show", str(self.shown))
        tables = pickle.loads((self.shown / "tables.pickle").read_bytes())
        return {name: sort_rows(rows) for name, rows in sorted(tables.items())}


class SailProject(EngineProject):
    """Delta tables of a Sail server, which speaks Spark's SQL without Java."""

    name = "sail"

    def __init__(self, folder: Path, port: int, warehouse: Path) -> None:
        """Copy the project; the server listens on the port and writes into the warehouse."""
        super().__init__(folder)
        self.is_strict = False
        self.port = port
        self.warehouse = warehouse
        set_file_format(self.folder, "delta")

    @property
    def environment(self) -> dict[str, str]:
        """The environment variables that the profile reads."""
        return {"ENGAGEMENT_SAIL_HOST": "127.0.0.1", "ENGAGEMENT_SAIL_PORT": str(self.port)}

    def command(self) -> list[str]:
        """Run dbt in the session that holds the catalog."""
        python = ENVIRONMENTS / self.name / "bin" / "python"
        return [str(python), str(ROOT / "engines" / "run_sail.py"), "dbt", str(self.port)]

    def execute(self, *statements: str) -> str:
        """Run statements, one after the other; return the rows that they give as text."""
        return self.run("run_sail.py", "run", str(self.port), *statements)

    def remove_database(self) -> None:
        """Drop the schema with its files, so that the next build starts cold."""
        self._renew("engagement")

    def load(self, folder: Path) -> None:
        """Read a folder's Parquet files as tables of the schema raw, in place of what was there."""
        tables = (
            f"create table raw.{path.stem} using delta as select * from parquet.`{path}`"
            for path in sorted(folder.glob("*.parquet"))
        )
        self._renew("raw", *tables)

    def _renew(self, schema: str, *tables: str) -> None:
        """Drop a schema, with the files that would be left, and create it and its tables."""
        place = self.warehouse / schema
        self.execute(f"drop schema if exists {schema} cascade")
        shutil.rmtree(place, ignore_errors=True)
        self.execute(f"create schema {schema} location '{place}'", *tables)

    def show(self) -> None:
        """Write the tables by way of the server."""
        self.run("run_sail.py", "show", str(self.port), str(self.shown))


TABLES = "    +materialized: table\n"
"""A line of dbt_project.yml, after which settings of tables are added."""


SEEDS = "seeds:\n  customer_engagement:\n"
"""Lines of dbt_project.yml, after which settings of seeds are added."""


def set_file_format(folder: Path, file_format: str, *places: str) -> None:
    """Make all tables of a project Delta's or Iceberg's, and those of other places too."""
    settings = folder / "dbt_project.yml"
    text = settings.read_text()
    for place in (TABLES, *places):
        assert place in text
        text = text.replace(place, f"{place}    +file_format: {file_format}\n")
    settings.write_text(text)


@contextlib.contextmanager
def sail_server(folder: Path) -> Iterator[int]:
    """Run a Sail server whose tables are in a folder; yield its port."""
    python = ENVIRONMENTS / "sail" / "bin" / "python"
    command = [str(python), str(ROOT / "engines" / "run_sail.py"), "serve", str(folder)]
    with (
        (folder / "server.log").open("wb") as log,
        subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=log
        ) as process,
    ):
        assert process.stdin
        assert process.stdout
        line = process.stdout.readline()
        assert line, (folder / "server.log").read_text()[-2000:]
        try:
            yield int(line)
        finally:
            process.stdin.close()


def write_profile(folder: Path, target: str, output: dict[str, Any]) -> None:
    """Put a profile with one target in the place of the project's."""
    profile = {"customer_engagement": {"target": target, "outputs": {target: output}}}
    (folder / "profiles.yml").write_text(json.dumps(profile))


@contextlib.contextmanager
def bigquery_emulator(folder: Path) -> Iterator[int]:
    """Run a BigQuery emulator with empty tables in memory; yield its port."""
    port, other_port = free_port(), free_port()
    command = [str(ENVIRONMENTS / "bigquery" / "bin" / "python")]
    command += [str(ROOT / "engines" / "emulate_bigquery.py"), str(port), str(other_port)]
    with (folder / "emulator.log").open("wb") as log:
        process = subprocess.Popen(command, stdout=log, stderr=log, cwd=folder)
    try:
        for _ in range(300):
            assert process.poll() is None, (folder / "emulator.log").read_text()[-2000:]
            with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), 1):
                break
            time.sleep(0.2)
        yield port
    finally:
        process.terminate()
        process.wait()


UNCLOSED_SESSION = "org/apache/hadoop/hive/llap/security/LlapSigner"
"""A class that Spark 4 lacks, and that its Thrift server may ask for as it closes a session."""


class SparkProject(EngineProject):
    """Partitioned Parquet, written by an Apache Spark cluster behind its Thrift server."""

    name = "spark"
    extra_arguments = ("--threads", "2")

    def __init__(self, folder: Path, port: int, warehouse: Path) -> None:
        """Copy the project; the Thrift server listens on the port and writes into the warehouse."""
        super().__init__(folder)
        self.is_strict = False
        self.port = port
        self.warehouse = warehouse

    @property
    def environment(self) -> dict[str, str]:
        """The environment variables that the profile reads."""
        return {
            "ENGAGEMENT_SPARK_HOST": "127.0.0.1",
            "ENGAGEMENT_SPARK_PORT": str(self.port),
            "ENGAGEMENT_SPARK_POLL_SECONDS": "0",
        }

    def _invoke(
        self, command: Sequence[str], variables: Mapping[str, Any], manifest: Manifest | None
    ) -> BuildResult:
        """Run once more, as a user would, where the server failed to close a session."""
        result = super()._invoke(command, variables, manifest)
        if not result.success and UNCLOSED_SESSION in result.text:
            return super()._invoke(command, variables, manifest)
        return result

    def execute(self, *statements: str) -> str:
        """Run statements, one after the other; return the rows that they give as text."""
        return self.run("run_spark_sql.py", str(self.port), *statements)

    def plan(self, model: str) -> str:
        """Return Spark's plan for the query of a model in its last run."""
        compiled = self.folder / "target" / "compiled"
        query = next(compiled.rglob(f"{model}.sql")).read_text()
        return self.execute("set spark.sql.maxPlanStringLength = 100000000", f"explain {query}")

    def remove_database(self) -> None:
        """Drop the schema, so that the next build starts cold."""
        self.execute("drop schema if exists engagement cascade")

    def load(self, folder: Path) -> None:
        """Read a folder's Parquet files as tables of the schema raw, in place of what was there."""
        tables = (
            f"create table raw.{path.stem} using parquet location '{path}'"
            for path in sorted(folder.glob("*.parquet"))
        )
        self.execute("drop schema if exists raw cascade", "create schema raw", *tables)

    def write(self, kind: str) -> None:
        """Write the rows of all public `views`, or of all public `tables`, which views are too."""
        listed = self.execute(f"show {kind} in engagement like 'engagement_*'")
        for name in (line.split("\t")[1] for line in listed.splitlines()):
            self.execute(
                f"insert overwrite directory '{self.shown / name}' using parquet"
                f" select * from engagement.{name}"
            )

    def show(self) -> None:
        """Link the tables' folders, as plain Parquet is read as it lies; write what views give."""
        self.write("views")
        for path in (self.warehouse / "engagement.db").glob("engagement_*"):
            if any(path.rglob("*.parquet")):
                (self.shown / path.name).symlink_to(path)


class IcebergProject(SparkProject):
    """Iceberg tables, written by a cluster of an older Spark."""

    name = "iceberg"

    def __init__(self, folder: Path, port: int, warehouse: Path) -> None:
        """Copy the project, with Iceberg as the format of its tables."""
        super().__init__(folder, port, warehouse)
        self.target = "spark"
        set_file_format(self.folder, "iceberg", SEEDS)

    def show(self) -> None:
        """Write the tables by way of the server, as their folders hold rows that were deleted."""
        self.write("tables")
