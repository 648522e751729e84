"""The law of history: after any deliveries an incremental run leaves what a full rebuild would."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import duckdb
import pytest
from harness import ABOUT_SCORES, BUILD, BuildResult, Project
from histories import START, Delivery, History, World

RUN = ("build", "--exclude-resource-type", "test", "unit_test")
HISTORY_LAWS = (*BUILD, *ABOUT_SCORES)
HISTORY = (*RUN, *ABOUT_SCORES)
"""All that is kept from run to run; insights and validation are made anew from it in each."""
NOT_REBUILT = {"engagement_scores_reported", "engagement_score_revisions"}
"""What is kept as it was reported, which a rebuild from nothing cannot know."""


@pytest.fixture(scope="module")
def projects(tmp_path_factory: pytest.TempPathFactory) -> tuple[Project, Project]:
    """Return a project that is built delivery by delivery, and one that is built from nothing."""
    folder = tmp_path_factory.mktemp("history")
    return Project(folder / "incremental"), Project(folder / "full")


def run(
    project: Project, delivery: Delivery, *, fresh: bool, command: tuple[str, ...] = RUN
) -> None:
    """Deliver and build."""
    start(project, delivery, fresh=fresh, command=command).expect_success()


def start(
    project: Project, delivery: Delivery, *, fresh: bool, command: tuple[str, ...] = RUN
) -> BuildResult:
    """Deliver and build, whether it succeeds or not."""
    return project.build(
        delivery.inputs,
        delivery.seeds,
        delivery.settings,
        command=command,
        fresh=fresh,
        file_format="months",
    )


def differences(one: Path, other: Path) -> list[str]:
    """Name the public tables in which two databases differ, with a few of the rows."""
    found = []
    with duckdb.connect() as connection:
        connection.execute(f"attach '{one}' as one (read_only)")
        connection.execute(f"attach '{other}' as other (read_only)")
        connection.execute("use one")
        found_tables = connection.execute(
            "select table_name from duckdb_tables() where database_name = 'one'"
            " and starts_with(table_name, 'engagement_') order by all"
        ).fetchall()
        for table in sorted({name for (name,) in found_tables} - NOT_REBUILT):
            for left, right in (("one", "other"), ("other", "one")):
                query = f"from {left}.{table} except all from {right}.{table}"
                count = connection.execute(f"select count(*) from ({query})").fetchone()[0]
                if count:
                    rows = connection.execute(f"{query} order by all limit 4").fetchall()
                    found.append(f"{table}: {count} rows only in {left}: {rows}")
    return found


def assert_law(
    incremental: Project,
    full: Project,
    delivery: Delivery,
    context: str,
    command: tuple[str, ...] = RUN,
) -> None:
    """Rebuild from nothing, and compare every public table to the last digit."""
    run(full, delivery, fresh=True, command=command)
    found = differences(incremental.database, full.database)
    assert not found, context + "\n" + "\n".join(found)


@pytest.mark.parametrize(("seed", "histories", "steps"), [(1, 40, 5)])
def test_incremental_is_full(
    projects: tuple[Project, Project], seed: int, histories: int, steps: int
) -> None:
    """After each delivery, every public table and column is what a rebuild gives."""
    incremental, full = projects
    world = World(seed, histories)
    for step in range(steps):
        delivery = world.advance()
        is_last = step == steps - 1
        run(incremental, delivery, fresh=step == 0, command=BUILD if is_last else HISTORY)
        context = f"seed {seed}, step {step}"
        assert_law(incremental, full, delivery, context, RUN if is_last else HISTORY)


def test_one_new_day(projects: tuple[Project, Project]) -> None:
    """A run looks back as far as a new day can matter, and with nothing late no further.

    On the fourth day the points of the first leave a window of three, and the tier falls: both are
    at the edge of what is read.
    """
    incremental, full = projects
    world = World(seed=8, histories=0)
    world.window = 3
    daily, once = (History(name, (), {"customer_id": name, "plan": "pro"}) for name in "ab")
    world.histories = [daily, once]
    for day in range(4):
        moment = START + timedelta(days=day)
        event = {
            "event_id": f"e{day}", "customer_id": "a", "user_id": "ana", "event_name": "login",
            "occurred_at": moment.isoformat(sep=" "), "quantity": None, "loaded_at": moment,
            "source": None,
        }  # fmt: skip
        daily.events.append(event)
        if day == 0:
            once.events.append({**event, "event_id": "once", "customer_id": "b"})
        if day >= 2:
            run(incremental, world.delivery(), fresh=day == 2, command=HISTORY)
    assert_law(incremental, full, world.delivery(), "one new day", HISTORY)
    with incremental.connect() as connection:
        fall = "select changed_on from engagement_tier_changes where customer_id = 'b'"
        assert set(connection.execute(fall).fetchall()) == {(moment.date(),)}


def test_ten_thousand_histories(projects: tuple[Project, Project]) -> None:
    """Rare meetings, such as a merge of ids with duplicates of long before, need many customers."""
    incremental, full = projects
    world = World(seed=7, histories=10_000)
    for step in range(4):
        delivery = world.advance()
        run(incremental, delivery, fresh=step == 0)
    assert_law(incremental, full, delivery, "10,000 histories")


LOST = ("int_engagement__score_spans", "int_engagement__received_counts", "engagement_scores_daily")


def test_lost_tables_are_made_up_for(projects: tuple[Project, Project]) -> None:
    """A kept table that is dropped comes back with all that it held, in the next run."""
    incremental, full = projects
    world = World(seed=5, histories=40)
    world.derived = True
    run(incremental, world.advance(), fresh=True, command=HISTORY)
    for table in LOST:
        with incremental.connect(read_only=False) as connection:
            connection.execute(f"drop table {table}")
        delivery = world.advance()
        run(incremental, delivery, fresh=False, command=HISTORY)
        assert_law(incremental, full, delivery, f"{table} was dropped", HISTORY)


def test_daily_scores_are_not_made_anew_alone(projects: tuple[Project, Project]) -> None:
    """It would hold the days to score again alone, and is refused with a sentence."""
    project, _ = projects
    world = World(seed=6, histories=5)
    delivery = world.advance()
    run(project, delivery, fresh=True, command=HISTORY)
    command = ("run", "--full-refresh", "--select", "engagement_scores_daily")
    result = start(project, delivery, fresh=False, command=command)
    assert not result.success
    assert "engagement_scores_daily cannot be made anew alone" in result.text


def test_erased_customers_leave_no_trace(projects: tuple[Project, Project]) -> None:
    """No table holds the id of a customer, its former ids or its user after the run."""
    project, _ = projects
    world = World(seed=9, histories=30)
    for step in range(2):
        delivery = world.advance()
        run(project, delivery, fresh=step == 0, command=HISTORY)
    history = next(one for one in world.histories if one.former_ids and len(one.events) > 4)
    history.aliases = dict.fromkeys(history.former_ids, history.customer_id)
    secret = {**history.events[0], "event_id": "secret id", "user_id": "secret user"}
    history.events += [secret | {"customer_id": history.former_ids[0]}] * 2
    other = world.histories[-1]
    other.events.append({**secret, "event_id": "another", "customer_id": other.customer_id})
    run(project, world.delivery(), fresh=False)
    gone = (history.customer_id, *history.former_ids, "secret user")
    assert {*gone, "secret id"} <= texts(project)
    history.erasures += [
        {"customer_id": history.former_ids[0], "user_id": None, "requested_at": world.now},
        {"customer_id": None, "user_id": "secret user", "requested_at": world.now},
    ]
    run(project, world.delivery(), fresh=False)
    assert not {*gone, "secret id", "another"} & texts(project)
    with project.connect() as connection:
        count = connection.execute(
            "select sum(erased_customer) from engagement_event_ledger"
        ).fetchone()
    assert count and count[0] >= len(history.events)


def texts(project: Project) -> set[object]:
    """Return all texts that the tables of a project hold."""
    with project.connect() as connection:
        columns = connection.execute(
            "select table_name, column_name from duckdb_columns() where data_type = 'VARCHAR'"
            " and schema_name = 'main' and table_name in (select table_name from duckdb_tables())"
        ).fetchall()
        queries = [f'select distinct "{column}" from "{table}"' for table, column in columns]
        return {text for (text,) in connection.execute(" union ".join(queries)).fetchall()}


def test_reported_scores_never_change(projects: tuple[Project, Project]) -> None:
    """Reported rows stay through deliveries and full refreshes, but for erased customers."""
    project, _ = projects
    world = World(4, 40)
    before: set[tuple[object, ...]] = set()
    for step in range(4):
        delivery = world.advance()
        command = (*HISTORY_LAWS, "--full-refresh") if step == 2 else HISTORY_LAWS
        run(project, delivery, fresh=step == 0, command=command)
        now = reported(project)
        erased = {
            row["customer_id"] for row in delivery.inputs.erasure_requests if row["user_id"] is None
        }
        kept = {row for row in before if row[1] not in erased}
        assert kept <= now
        assert not {row for row in now if row[1] in erased}
        assert len(now) > len(kept)
        before = now
    with project.connect() as connection:
        causes = connection.execute(
            "select distinct cause from engagement_score_revisions order by all"
        ).fetchall()
    assert {"late_events", "identity"} <= {cause for (cause,) in causes}


def reported(project: Project) -> set[tuple[object, ...]]:
    """Return what was reported, row by row."""
    with project.connect() as connection:
        return set(connection.execute("from engagement_scores_reported").fetchall())
