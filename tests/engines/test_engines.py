"""Other engines come to the public tables that DuckDB comes to, row by row, over two runs.

The second run is incremental and brings what was late: events of long ago, merged ids, erasures.
Counts, keys and decimals are equal to the last digit, but for figures of ten places that engines
compute in doubles (see `harness.differences`).

    make test-engines                     all that is installed by make engines
    pytest tests/engines -k "spark and stream"
"""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import NamedTuple
from unittest import mock

import duckdb
import pytest
from expressions import assert_expressions
from harness import ROOT, Project, differences, write_inputs
from reference import Rows, Seeds, Settings
from spark_cluster import cluster_process
from strategies import seeded_kpi_case

from engines import (
    BigQueryProject,
    ClickHouseProject,
    DuckLakeProject,
    EngineProject,
    IcebergProject,
    SailProject,
    SnowflakeProject,
    SparkProject,
    V2Project,
    bigquery_emulator,
    is_installed,
    sail_server,
)

RUN = ("build", "--exclude-resource-type", "unit_test", "test")
ENGINES = ("ducklake", "spark", "v2", "snowflake", "bigquery", "sail", "iceberg", "clickhouse")
CHOSEN = os.environ.get("ENGINES", "").split() or ENGINES
RUN_TIMES = {"reported_at", "revised_at"}
WORDS = {"occurred_at_received", "quantity_received"}
"""Columns that show a value in the words of the engine."""

SMALL_PLANS = {
    "spark.sql.codegen.wholeStage": "false",
    "spark.sql.codegen.factoryMode": "NO_CODEGEN",
    "spark.sql.shuffle.partitions": "2",
    "spark.sql.adaptive.enabled": "false",
}
"""Settings of Spark with which small data takes seconds rather than minutes."""

ICEBERG = {
    "spark.sql.extensions": "org.apache.iceberg.spark.extensions.IcebergSparkSessionExtensions",
    "spark.sql.catalog.spark_catalog": "org.apache.iceberg.spark.SparkSessionCatalog",
    "spark.sql.catalog.spark_catalog.type": "hive",
    # The metastore in memory has no tables for locks.
    "spark.hadoop.iceberg.engine.hive.lock-enabled": "false",
    # As it is in Spark 4.
    "spark.sql.ansi.enabled": "true",
    # With 100 it gives up on a query of the backtest's calibration.
    "spark.sql.analyzer.maxIterations": "1000",
}
"""Settings of Spark that make its own catalog take tables of Iceberg."""


class Stream(NamedTuple):
    """Two deliveries, the later of which holds all rows."""

    earlier: Path
    later: Path
    seeds: Seeds | None
    settings: Settings | None
    variables: dict[str, object]
    seeds_folder: Path | None = None


def generated_stream(folder: Path) -> Stream:
    """Return strange values of all kinds; every second event comes late, as do erasures."""
    inputs, seeds, settings = seeded_kpi_case(22, customers=20, days=60, events=500)
    assert inputs.erasure_requests
    earlier = replace(
        inputs,
        events=inputs.events[::2],
        customer_aliases=inputs.customer_aliases[::2],
        erasure_requests=[],
    )
    write_inputs(folder / "earlier", earlier)
    write_inputs(folder / "later", inputs)
    return Stream(folder / "earlier", folder / "later", seeds, settings, {})


def grocery_sample(folder: Path) -> Stream:
    """Return three months of the grocery sample, of which the last three days come later."""
    source = ROOT / "sample_data" / "complete_journey"
    return late_tail(folder, source, "2017-12-29", {"first_day": "2017-10-01"}, None)


def late_tail(
    folder: Path, source: Path, day: str, variables: dict[str, object], seeds: Path | None
) -> Stream:
    """Return a sample whose last days, and one row in 50 of before, come later."""
    for part, condition in (
        ("earlier", f"occurred_at < '{day}' and hash(event_id) % 50 != 0"),
        ("later", "true"),
    ):
        (folder / part).mkdir(parents=True)
        with duckdb.connect() as connection:
            for path in source.glob("*.parquet"):
                where = condition if path.stem == "events" else "true"
                connection.execute(
                    f"copy (from '{path}' where {where}) to '{folder / part / path.name}'"
                )
    return Stream(folder / "earlier", folder / "later", None, None, variables, seeds)


def saas_sample(folder: Path) -> Stream:
    """Return a small SaaS workspace, of which the last days come later."""
    source = folder / "generated"
    subprocess.run(
        [
            *(sys.executable, str(ROOT / "sample_data" / "saas" / "generate.py")),
            *("--accounts", "40", "--months", "4", "--output", str(source)),
        ],
        check=True,
        capture_output=True,
    )
    with duckdb.connect() as connection:
        last = connection.execute(
            f"select max(occurred_at)::date - 3 from '{source}/events.parquet'"
        ).fetchone()
    assert last
    return late_tail(
        folder, source, str(last[0]), SAAS_VARIABLES, ROOT / "sample_data" / "saas" / "seeds"
    )


SAAS_VARIABLES = {"customer_columns": ["region", "industry", "persona", "acquisition_channel"]}
STREAMS = {"stream": generated_stream, "grocery": grocery_sample, "saas": saas_sample}


@pytest.fixture(scope="session", params=STREAMS)
def stream(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Stream:
    """Return each stream in turn."""
    return STREAMS[request.param](tmp_path_factory.mktemp(request.param))


@pytest.fixture(scope="session")
def expected(
    stream: Stream, tmp_path_factory: pytest.TempPathFactory
) -> tuple[dict[str, Rows], dict[str, Rows]]:
    """Return what DuckDB makes of the stream, after its first run and after its second."""
    project = Project(tmp_path_factory.mktemp("duckdb"))
    after = []
    for delivery in (stream.earlier, stream.later):
        build(project, stream, delivery, fresh=not after)
        after.append({name: project.rows(name) for name in project.public_tables()})
    return after[0], after[1]


def build(project: Project, stream: Stream, delivery: Path, *, fresh: bool) -> None:
    """Deliver and build, with files where the engine reads them and with tables elsewhere."""
    variables = dict(stream.variables)
    if hasattr(project, "load"):
        project.load(delivery)
        variables["input_path"] = ""
    else:
        variables["input_path"] = str(delivery)
    chosen = {}
    if stream.seeds_folder:
        shutil.copytree(stream.seeds_folder, project.folder / "own_seeds", dirs_exist_ok=True)
        chosen["ENGAGEMENT_SEEDS"] = "own_seeds"
    with mock.patch.dict(os.environ, chosen):
        project.build(
            None, stream.seeds, stream.settings, variables=variables, command=RUN, fresh=fresh
        ).expect_success()


@pytest.fixture(scope="session")
def spark(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[int, Path]]:
    """Run a Spark cluster; return the port of its Thrift server and its warehouse."""
    folder = tmp_path_factory.mktemp("spark")
    python = ROOT / ".engines" / "spark" / "bin" / "python"
    with cluster_process(python, folder, SMALL_PLANS) as port:
        yield port, folder / "warehouse"


@pytest.fixture(scope="session")
def iceberg(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[int, Path]]:
    """Run a Spark cluster with Iceberg; return the port of its Thrift server and its warehouse."""
    folder = tmp_path_factory.mktemp("iceberg")
    python = ROOT / ".engines" / "iceberg" / "bin" / "python"
    with cluster_process(python, folder, SMALL_PLANS | ICEBERG) as port:
        yield port, folder / "warehouse"


@pytest.fixture(scope="session")
def bigquery(tmp_path_factory: pytest.TempPathFactory) -> Iterator[int]:
    """Run a BigQuery emulator; return its port."""
    with bigquery_emulator(tmp_path_factory.mktemp("bigquery")) as port:
        yield port


@pytest.fixture(scope="session")
def sail(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[int, Path]]:
    """Run a Sail server; return its port and the folder of its tables."""
    folder = tmp_path_factory.mktemp("sail")
    with sail_server(folder) as port:
        yield port, folder


@pytest.fixture(params=ENGINES)
def project(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> EngineProject:
    """Return the project on each engine in turn."""
    name = request.param
    if name not in CHOSEN:
        pytest.skip(f"{name} is not among ENGINES")
    if not is_installed(name):
        pytest.skip(f"make engines has not installed {name}")
    folder = tmp_path_factory.mktemp(name)
    if name == "spark":
        return SparkProject(folder, *request.getfixturevalue("spark"))
    if name == "iceberg":
        return IcebergProject(folder, *request.getfixturevalue("iceberg"))
    if name == "sail":
        return SailProject(folder, *request.getfixturevalue("sail"))
    if name == "bigquery":
        return BigQueryProject(folder, request.getfixturevalue("bigquery"))
    projects = {
        "ducklake": DuckLakeProject,
        "snowflake": SnowflakeProject,
        "clickhouse": ClickHouseProject,
        "v2": V2Project,
    }
    return projects[name](folder)


def test_expressions(project: EngineProject) -> None:
    """Each macro of `macros/cross_db` comes to what it comes to on DuckDB."""
    assert_expressions(project)


def test_same_tables(
    project: EngineProject,
    stream: Stream,
    expected: tuple[dict[str, Rows], dict[str, Rows]],
) -> None:
    """After each of the two runs all public tables are the same."""
    for number, delivery in enumerate((stream.earlier, stream.later)):
        build(project, stream, delivery, fresh=number == 0)
        assert_same(expected[number], project.all_rows(), f"run {number + 1}")
    if isinstance(project, SparkProject):
        assert_distributed(project)


def needs(engine: str) -> pytest.MarkDecorator:
    """Leave a test out where its engine is not chosen or not installed."""
    return pytest.mark.skipif(
        engine not in CHOSEN or not is_installed(engine),
        reason=f"{engine} is not among ENGINES, or not installed",
    )


@needs("v2")
def test_next_engine_parses_what_dbt_parses(tmp_path: Path) -> None:
    """It finds the same models, tests, metrics and so on, in the project and where it is used."""
    project, other = V2Project(tmp_path / "v2"), Project(tmp_path / "v1")
    project.dbt("parse").expect_success()
    other.dbt("parse").expect_success()
    parts = ("nodes", "sources", "metrics", "semantic_models", "saved_queries", "unit_tests")
    v1, v2 = (
        json.loads((found.folder / "target" / "manifest.json").read_text())
        for found in (other, project)
    )
    for part in (*parts, "exposures", "groups"):
        assert names(v2[part]) == names(v1[part]), part


def names(nodes: dict[str, dict]) -> list[str]:
    """Return what nodes are called, but hooks, which are counted in v2 alone."""
    return sorted(
        f"{node.get('resource_type')} {node['name']}"
        for node in nodes.values()
        if node.get("resource_type") != "operation"
    )


HOT_PATH = (
    "int_engagement__event_days",
    "int_engagement__doubtful_events",
    "int_engagement__fresh_counts",
    "int_engagement__fresh_sessions",
    "int_engagement__inactive_days",
    "int_engagement__points_by_day",
    "int_engagement__block_openings",
    "int_engagement__score_stretches",
    "engagement_scores_daily",
    "engagement_tier_changes",
    "engagement_drivers",
)
"""Models whose rows grow with the events, or with customers and days."""

GLOBAL_SORT = re.compile(r"Exchange rangepartitioning")
ONE_PARTITION = re.compile(r"(Window|Sort) .*\n(.*Sort .*\n)?.*Exchange SinglePartition")


def assert_distributed(project: SparkProject) -> None:
    """Fail where a plan of the hot path sorts all rows, or takes them into one partition."""
    for model in HOT_PATH:
        plan = project.plan(model)
        assert "Exchange hashpartitioning" in plan or "Scan" in plan, plan
        assert not GLOBAL_SORT.search(plan), f"{model} sorts all rows:\n{plan}"
        assert not ONE_PARTITION.search(plan), f"{model} takes all rows into one place:\n{plan}"


@needs("spark")
def test_plans_that_do_not_scale_are_found(spark: tuple[int, Path], tmp_path: Path) -> None:
    """A window over everything, and a sort of everything, are what the patterns find."""
    project = SparkProject(tmp_path, *spark)
    window = "explain select id, row_number() over (order by id) as n from range(9)"
    assert ONE_PARTITION.search(project.execute(window))
    assert GLOBAL_SORT.search(project.execute("explain select id from range(9) order by id % 3"))
    parted = "explain select id, row_number() over (partition by id % 3 order by id) from range(9)"
    assert not ONE_PARTITION.search(project.execute(parted))


def assert_same(expected: dict[str, Rows], got: dict[str, Rows], context: str) -> None:
    """Fail where a public table of one engine is not that of DuckDB."""
    filled = {name: comparable(rows) for name, rows in expected.items() if rows}
    shown = {name: comparable(rows, filled.get(name)) for name, rows in got.items() if rows}
    assert sorted(shown) == sorted(filled), context
    found = differences(filled, shown, filled)
    lines = [str(difference) for difference in found[:20]]
    assert not found, f"{context}: {len(found)} differences\n" + "\n".join(lines)


def comparable(rows: Rows, like: Rows | None = None) -> Rows:
    """Return rows without what differs by its nature, in the order of columns of other rows."""
    left_out = RUN_TIMES | WORDS
    order = list(like[0]) if like else [name for name in rows[0] if name not in left_out]
    return [{name: row[name] for name in order} for row in rows]
