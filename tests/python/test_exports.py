"""What other tools read: the published copy, the exported files, and the metrics."""

from __future__ import annotations

import csv
import os
import subprocess
import sys
from decimal import Decimal
from pathlib import Path

import duckdb
import export
import public_tables as public
import publish
import pytest
from harness import BUILD, ROOT, Project
from page import Unusable
from public_tables import PublicTable
from sqlalchemy import create_engine, text
from strategies import seeded_case

MODELS = (*BUILD, "--exclude", "resource_type:test", "path:models/validation")
COUNT = "select count(*) from engagement_scores"


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Project:
    """Return a project that is built, but for its backtest."""
    project = Project(tmp_path_factory.mktemp("exports"))
    project.writes_artifacts = True
    case = seeded_case(8, customers=20, days=90, events=600)
    project.build(*case, command=MODELS).expect_success()
    return project


@pytest.fixture(scope="module")
def tables(project: Project) -> list[PublicTable]:
    """Return the public tables that are built."""
    built = set(project.public_tables())
    found = public.public_tables(project.folder / "target" / "manifest.json")
    return [table for table in found if table.name in built]


def count(project: Project) -> int:
    """Return the number of scores."""
    return len(project.rows("engagement_scores"))


def test_database_says_what_it_holds(project: Project, tables: list[PublicTable]) -> None:
    """Tables and columns of the database itself carry their descriptions as comments."""
    with project.connect() as connection:
        said = dict(
            connection.execute(
                "select table_name, comment from duckdb_tables()"
                " union all select view_name, comment from duckdb_views()"
            ).fetchall()
        )
        columns = connection.execute(
            "select table_name, column_name, comment from duckdb_columns()"
        ).fetchall()
    found: dict[str, dict[str, str]] = {}
    for table, column, comment in columns:
        found.setdefault(table, {})[column] = public.one_line(comment or "")
    for table in tables:
        assert public.one_line(said[table.name]) == table.description
        undescribed = {"segment": ""} if table.name == "engagement_scores" else {}
        assert found[table.name] == table.columns | undescribed


def test_published_copy_is_replaced_whole(
    project: Project, tables: list[PublicTable], tmp_path: Path
) -> None:
    """It has all public tables with their descriptions; a reader keeps what it has open."""
    target = publish.publish(project.database, tmp_path, tables)
    with duckdb.connect(str(target), read_only=True) as reader:
        names = {
            name for (name,) in reader.execute("select table_name from duckdb_tables()").fetchall()
        }
        assert names == {table.name for table in tables}
        comments = reader.execute(
            "select table_name, column_name from duckdb_columns()"
            " where comment is null and database_name = current_database()"
        ).fetchall()
        # A column that the user carries through is described by nobody.
        assert comments == [("engagement_scores", "segment")]
        assert publish.publish(project.database, tmp_path, tables) == target
        assert reader.execute(COUNT).fetchone() == (count(project),)
    assert [path.name for path in tmp_path.iterdir()] == [target.name]


def test_published_copy_is_read_by_older_drivers(
    project: Project, tables: list[PublicTable], tmp_path: Path
) -> None:
    """DuckDB 1.4, in an environment of its own, reads the copy and the database itself."""
    copy = publish.publish(project.database, tmp_path, tables)
    for path in (copy, project.database):
        script = (
            f"import duckdb; print(duckdb.connect({str(path)!r}, True)"
            f".execute({COUNT!r}).fetchone())"
        )
        command = [
            *(ROOT / ".uv/bin/uv", "run", "--quiet", "--no-project", "--with", "duckdb==1.4.4"),
            *("python", "-c", script),
        ]
        read = subprocess.run(command, capture_output=True, text=True, check=True, cwd=tmp_path)
        assert read.stdout.strip() == f"({count(project)},)"


def test_sqlalchemy_reads_the_copy(
    project: Project, tables: list[PublicTable], tmp_path: Path
) -> None:
    """As Superset and other Python tools do."""
    copy = publish.publish(project.database, tmp_path, tables)
    engine = create_engine(f"duckdb:///{copy}", connect_args={"read_only": True})
    with engine.connect() as connection:
        assert connection.execute(text(COUNT)).scalar_one() == count(project)
    engine.dispose()


def test_export_holds_every_row(
    project: Project, tables: list[PublicTable], tmp_path: Path
) -> None:
    """A Parquet file for each table, the table for CRMs as CSV too; a file of before is gone."""
    stale = tmp_path / "engagement" / "engagement_of_before.parquet"
    stale.parent.mkdir()
    stale.touch()
    folder = export.export(project.database, tmp_path, tables)
    assert not stale.exists()
    for table in tables:
        with duckdb.connect() as connection:
            path = folder / f"{table.name}.parquet"
            exported = connection.execute(f"select count(*) from '{path}'").fetchone()
        assert exported == (len(project.rows(table.name)),), table.name
    with (folder / "engagement_crm_export.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    expected = project.rows("engagement_crm_export")
    assert sorted(row["crm_key"] for row in rows) == sorted(row["crm_key"] for row in expected)
    assert rows


def test_keys_of_the_crm_export_move_with_its_content(project: Project) -> None:
    """A second run without news leaves each row and its mark as they were."""
    before = project.rows("engagement_crm_export")
    case = seeded_case(8, customers=20, days=90, events=600)
    project.build(*case, command=MODELS, fresh=False).expect_success()
    assert project.rows("engagement_crm_export") == before


def test_locked_or_missing_is_told_in_a_sentence(
    project: Project, tables: list[PublicTable], tmp_path: Path
) -> None:
    """While another process writes, before anything is built, and where a table is missing."""
    with pytest.raises(Unusable, match=r"There is no file .*manifest.json: run `make demo`"):
        public.public_tables(tmp_path / "manifest.json")
    empty = tmp_path / "empty.duckdb"
    duckdb.connect(str(empty)).close()
    with pytest.raises(Unusable, match="has no table engagement_accounts"):
        publish.publish(empty, tmp_path / "published", tables)
    assert not list((tmp_path / "published").iterdir())
    script = (
        f"import duckdb, sys; held = duckdb.connect({str(project.database)!r}); "
        "print('held', flush=True); sys.stdin.read()"
    )
    writer = subprocess.Popen(
        [sys.executable, "-c", script], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    )
    assert writer.stdout is not None
    writer.stdout.readline()
    try:
        with pytest.raises(Unusable, match="A build is writing to"):
            export.export(project.database, tmp_path, tables)
    finally:
        writer.communicate()


def test_metrics_agree_with_the_tables(project: Project, tmp_path: Path) -> None:
    """The saved query of docs/bi.md says what engagement_scores says."""
    result = tmp_path / "result.csv"
    command = [
        *(Path(sys.executable).with_name("mf"), "query", "--saved-query", "engagement_overview"),
        *("--csv", result),
    ]
    project.dbt("parse").expect_success()
    environment = os.environ | project.environment | {"DBT_PROFILES_DIR": str(project.folder)}
    subprocess.run(command, cwd=project.folder, env=environment, check=True, capture_output=True)
    with result.open(encoding="utf-8", newline="") as file:
        told = {row["scored_customer__scorecard"]: row for row in csv.DictReader(file)}
    scores = project.rows("engagement_scores")
    assert set(told) == {row["scorecard"] for row in scores}
    for scorecard, row in told.items():
        own = [score["ces"] for score in scores if score["scorecard"] == scorecard]
        assert int(row["customers"]) == len(own)
        average = sum(own, Decimal(0)) / len(own)
        assert abs(Decimal(row["average_score"]) - average) < Decimal("0.000001") * (
            1 + abs(average)
        )
