"""Ids hashed with a secret: nothing names a person any more, and all else stays as it was."""

from __future__ import annotations

import hashlib
from collections import Counter
from dataclasses import replace

import duckdb
import pytest
from dbt.cli.main import dbtRunner
from harness import BuildResult, Project
from histories import Delivery, World
from reference import Row, Rows
from test_incremental import RUN, differences

SECRET = "it's a long 'secret' of this test"
VARIABLE = "DBT_ENV_SECRET_ENGAGEMENT_ID"
SHORT = ("--exclude", "path:models/insights", "path:models/validation")
"""Leaves out what is built on scores, for speed."""

PERSON = "Zoë person "
ID_COLUMNS = ("customer_id", "user_id", "alias_id", "event_id")
NOT_COMPARED = {
    *("customer_name", "reported_at", "revised_at", "id_key"),
    *("occurred_at_received", "quantity_received", "content_key"),
}
"""Columns that say less where ids are hashed (a content_key holds a name), or when a run was."""


def hashed(text: str) -> str:
    """Return an id as it is kept; docs/operations.md says how."""
    return hashlib.sha256((SECRET + text).encode()).hexdigest()[:32]


def with_persons(delivery: Delivery) -> Delivery:
    """Return a delivery whose ids, and the names of customers, can be searched for.

    Ids have spaces around them in places, and a time that cannot be read is an id.
    """
    relations = {
        name: [as_person(number, row) for number, row in enumerate(rows)]
        for name, rows in vars(delivery.inputs).items()
        if isinstance(rows, list)
    }
    for row in relations["customers"]:
        row["customer_name"] = PERSON + "Smith"
    for row in relations["events"]:
        # Ties would be broken by ids, and those of hashed ones in another way.
        row["event_name"] = row["event_name"] and row["event_name"].strip()
        if row["occurred_at"] == "yesterday":
            row["occurred_at"] = PERSON + "in the wrong column"
    return replace(delivery, inputs=replace(delivery.inputs, **relations))


def as_person(number: int, row: Row) -> Row:
    """Return a row with ids that can be searched for."""
    space = " " if number % 5 == 0 else ""
    return {
        column: f"{PERSON}{value}{space}" if column in ID_COLUMNS and value else value
        for column, value in row.items()
    }


def build(
    project: Project,
    delivery: Delivery,
    *flags: str,
    hash_ids: bool = True,
    fresh: bool = False,
    command: tuple[str, ...] = RUN,
) -> BuildResult:
    """Deliver and build."""
    return project.build(
        delivery.inputs,
        delivery.seeds,
        delivery.settings,
        variables={"hash_ids": hash_ids},
        command=(*command, *flags),
        fresh=fresh,
    )


def traces(project: Project, words: tuple[str, ...] = (PERSON,)) -> set[str]:
    """Return where any of the words stands: columns of tables, views, files of dbt."""
    found = set()
    with project.connect() as connection:
        columns = connection.execute(
            "select table_name, column_name from duckdb_columns() where data_type = 'VARCHAR'"
            " and schema_name = 'main' and table_name in (select table_name from duckdb_tables())"
        ).fetchall()
        for table, column in columns:
            texts = connection.execute(f'select distinct "{column}" from "{table}"').fetchall()
            if any(word in (text or "") for (text,) in texts for word in words):
                found.add(f"{table}.{column}")
        for view, sql in connection.execute("select view_name, sql from duckdb_views()").fetchall():
            if any(word in sql for word in words):
                found.add(view)
    for folder in ("target", "logs"):
        for path in (project.folder / folder).rglob("*"):
            if path.is_file() and any(word.encode() in path.read_bytes() for word in words):
                found.add(str(path.relative_to(project.folder)))
    return found


def bag(rows: Rows, *, hash_texts: bool) -> Counter[tuple[object, ...]]:
    """Return rows as a bag, with all ids hashed where they are not yet."""

    def cell(value: object) -> object:
        if not (hash_texts and isinstance(value, str) and PERSON in value):
            return value
        before, _, name = value.partition(PERSON)
        return before + hashed(PERSON + name)

    return Counter(
        tuple(cell(value) for column, value in row.items() if column not in NOT_COMPARED)
        for row in rows
    )


def assert_same_but_for_ids(plain: Project, hashing: Project) -> None:
    """Compare all public tables."""
    assert plain.public_tables() == hashing.public_tables()
    for name in plain.public_tables():
        expected = bag(plain.rows(name), hash_texts=True)
        got = bag(hashing.rows(name), hash_texts=False)
        assert expected == got, f"{name}: {expected - got} became {got - expected}"


@pytest.fixture(scope="module")
def projects(tmp_path_factory: pytest.TempPathFactory) -> tuple[Project, Project]:
    """Return two projects to compare."""
    folder = tmp_path_factory.mktemp("hashed")
    projects = Project(folder / "one"), Project(folder / "other")
    for project in projects:
        project.log_flags = ()  # What dbt writes into its log is looked through, too.
    return projects


@pytest.fixture(autouse=True)
def _secret(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(VARIABLE, SECRET)


def test_hashing_from_the_start_and_later(projects: tuple[Project, Project]) -> None:
    """One story for all, since each build costs seconds.

    Hashed from the start, nothing names a person, and every figure is that of the build without.
    Turned on later, that takes one full refresh, which is asked for, and what was reported stays.
    """
    plain, hashing = projects
    world = World(25, 30)
    delivery = with_persons(world.advance())
    build(plain, delivery, hash_ids=False, fresh=True).expect_success()
    build(hashing, delivery, fresh=True).expect_success()
    assert len(traces(plain)) > 20
    assert not traces(hashing, (PERSON, SECRET, SECRET.replace("'", "''")))
    assert PERSON.encode() not in hashing.database.read_bytes()
    assert hashing.rows("engagement_rejected_events")
    assert_same_but_for_ids(plain, hashing)
    lacking = pytest.raises(duckdb.Error, match="this session lacks the secret")
    with hashing.connect() as connection, lacking:
        connection.execute("select customer_id from stg_engagement__events").fetchall()

    project = plain
    with project.connect(read_only=False) as connection:
        connection.execute(
            "insert into engagement_score_revisions by name"
            " select scorecard, customer_id, date '2020-02-02' as score_date, 1 as revision,"
            " 'late_events' as cause, 0 as difference from engagement_scores_reported"
        )
    kept = ("engagement_scores_reported", "engagement_score_revisions")
    before = {name: bag(project.rows(name), hash_texts=True) for name in kept}
    assert all(before.values())
    refused = build(project, delivery)
    assert "run dbt build --full-refresh once" in refused.text
    assert not refused.success
    build(project, delivery, "--full-refresh").expect_success()
    assert not traces(project)
    assert before == {name: bag(project.rows(name), hash_texts=False) for name in kept}
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv(VARIABLE, "another secret of 31 characters")
        results = [build(project, delivery), build(project, delivery, "--full-refresh")]
    results.append(build(project, delivery, hash_ids=False))
    for result in results:
        assert not result.success
        assert "hashed with another secret than this run has" in result.text
    assert before == {name: bag(project.rows(name), hash_texts=False) for name in kept}


def test_later_runs_and_erasure(projects: tuple[Project, Project]) -> None:
    """Incremental is full with hashed ids too, and a request by the raw id erases."""
    incremental, full = projects
    world = World(22, 30)
    delivery = world.advance()
    gone = next(one for one in world.histories if one.former_ids and len(one.events) > 3)
    gone.aliases = dict.fromkeys(gone.former_ids, gone.customer_id)
    build(incremental, with_persons(world.delivery()), *SHORT, fresh=True).expect_success()
    ids = tuple(hashed(PERSON + name) for name in (gone.customer_id, *gone.former_ids))
    assert traces(incremental, ids)
    gone.erasures.append(
        {"customer_id": gone.former_ids[0], "user_id": None, "requested_at": world.now}
    )
    delivery = with_persons(world.advance())
    build(incremental, delivery, *SHORT).expect_success()
    assert not traces(incremental, (*ids, PERSON))
    build(full, delivery, *SHORT, fresh=True).expect_success()
    assert not differences(incremental.database, full.database)


def test_secret_is_demanded(projects: tuple[Project, Project]) -> None:
    """Without a secret, or with a short one, a run stops with a sentence and builds nothing."""
    project, _ = projects
    delivery = with_persons(World(23, 5).advance())
    for secret in (None, "short"):
        with pytest.MonkeyPatch.context() as patch:
            patch.setenv(VARIABLE, secret) if secret else patch.delenv(VARIABLE)
            result = build(project, delivery, fresh=True)
        assert not result.success
        assert "hash_ids is on, and there is no secret of at least 16 characters" in result.text
        with project.connect() as connection:
            assert not connection.execute("from duckdb_tables()").fetchall()


def test_dbt_debug_masks_the_secret(
    projects: tuple[Project, Project], capfd: pytest.CaptureFixture[str]
) -> None:
    """It prints the settings of the profile."""
    project, _ = projects
    project.dbt("parse").expect_success()
    arguments = ("--project-dir", str(project.folder), "--profiles-dir", str(project.folder))
    dbtRunner().invoke(["debug", *arguments, "--connection"])
    shown = capfd.readouterr().out
    assert "engagement_id_secret" in shown
    assert SECRET not in shown
