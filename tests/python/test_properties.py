"""Laws that hold for any input, whatever the scorecard; no reference is asked."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from datetime import date, datetime, timedelta
from decimal import Decimal
from itertools import groupby
from pathlib import Path

import pytest
from harness import (
    BUILD,
    KEYS,
    SCORING,
    CompiledProject,
    Project,
    assert_same,
    examples,
    tolerance_of,
)
from hypothesis import assume, given
from hypothesis import strategies as st
from reference import (
    REASONS,
    Inputs,
    Row,
    Rows,
    Settings,
    clean_text,
    read_aliases,
    read_day,
    resolve,
)
from strategies import Case, cases, seeded_case

SETTINGS = Settings(run_day=date(2026, 12, 31))
OF_CUSTOMERS = (
    "engagement_scores_daily",
    "engagement_scores",
    "engagement_drivers",
    "engagement_tier_changes",
)
"""The compared tables whose rows belong to one customer each."""


# --- Independence ---------------------------------------------------------------------------------


def with_as_of(case: Case) -> Case:
    """Return a case with an explicit as_of, so that it does not hang on the last event."""
    inputs, seeds, settings = case
    return inputs, seeds, replace(settings, as_of=settings.as_of or date(2025, 6, 30))


def customers_of(inputs: Inputs) -> Callable[[Row], str | None]:
    """Return what gives the present customer of a row."""
    aliases = read_aliases(inputs.customer_aliases)
    return lambda row: resolve(clean_text(row["customer_id"]), aliases)


def with_ids_of_their_own(inputs: Inputs) -> Inputs:
    """Return inputs in which no event of one customer is a duplicate of another's."""
    customer_of = customers_of(inputs)
    events = [
        row | {"event_id": f"{row['event_id']} of {customer_of(row)}"}
        for row in inputs.events
        if clean_text(row["event_id"])
    ]
    return replace(inputs, events=events)


def only(inputs: Inputs, chosen: set[str]) -> Inputs:
    """Return the rows of the chosen customers alone; aliases stay."""
    customer_of = customers_of(inputs)
    relations = ("events", "customers", "subscriptions")
    kept = {
        name: [row for row in getattr(inputs, name) if customer_of(row) in chosen]
        for name in relations
    }
    return replace(inputs, **kept)


@given(case=cases(), data=st.data())
@examples(10)
def test_others_do_not_matter(compiled: CompiledProject, case: Case, data: st.DataObject) -> None:
    """With all other customers gone a customer keeps each score; only its percentile may change."""
    received, seeds, settings = with_as_of(case)
    inputs = with_ids_of_their_own(received)
    together = compiled.run(inputs, seeds, settings)
    everyone = sorted({row["customer_id"] for row in together["engagement_scores_daily"]})
    assume(len(everyone) > 1)
    some = st.sets(st.sampled_from(everyone), min_size=1, max_size=len(everyone) - 1)
    chosen = data.draw(some)
    alone = compiled.run(only(inputs, chosen), seeds, settings)
    for table in OF_CUSTOMERS:
        expected = [row for row in together[table] if row["customer_id"] in chosen]
        assert without(alone[table], "ces_percentile") == without(expected, "ces_percentile")


def without(rows: Rows, *columns: str) -> Rows:
    """Return rows without some columns."""
    return [{name: row[name] for name in row if name not in columns} for row in rows]


@given(case=cases(), generator=st.randoms(use_true_random=False))
@examples(10)
def test_order_of_rows_does_not_matter(
    compiled: CompiledProject, case: Case, generator: random.Random
) -> None:
    """Rows may come in any order, seeds too."""
    inputs, seeds, settings = case
    shuffled = [
        replace(
            rows,
            **{
                name: generator.sample(part, len(part)) for name, part in vars(rows).items() if part
            },
        )
        for rows in (inputs, seeds)
    ]
    assert compiled.run(*shuffled, settings) == compiled.run(*case)


@given(case=cases(max_events=60), days=st.integers(1, 60))
@examples(15)
def test_no_peeking(compiled: CompiledProject, case: Case, days: int) -> None:
    """Scored as of an earlier day, the days up to it are as they were: nothing looked ahead.

    Sign-ups are known and there are no subscriptions, since what begins later rightly rewrites the
    days before.
    """
    received, seeds, settings = with_as_of(case)
    signed_up = [row for row in received.customers if read_day(row.get("signed_up_at")) is not None]
    inputs = replace(received, customers=signed_up, subscriptions=[])
    earlier = settings.as_of - timedelta(days=days)
    late = compiled.run(inputs, seeds, settings)
    early = compiled.run(inputs, seeds, replace(settings, as_of=earlier))
    daily = late["engagement_scores_daily"]
    assert early["engagement_scores_daily"] == [r for r in daily if r["score_date"] <= earlier]
    for row in early["engagement_event_ledger"]:
        if row["event_date"] and row["event_date"] > earlier:
            assert row["accepted"] == row["duplicate"] == 0


# --- Sums -----------------------------------------------------------------------------------------


@given(case=cases(max_events=60))
@examples(15)
def test_events_and_points_add_up(compiled: CompiledProject, case: Case) -> None:
    """No row is lost on the way into the ledger, and no point on the way into the score."""
    tables = compiled.run(*case)
    assert_nothing_is_lost(tables, received=len(case[0].events))
    assert_drivers_explain(tables)


def assert_nothing_is_lost(tables: Mapping[str, Rows], received: int) -> None:
    """Each row received is in the ledger once; each rejected one is listed."""
    ledger = tables["engagement_event_ledger"]
    assert sum(row["received"] for row in ledger) == received
    for row in ledger:
        assert row["received"] == row["accepted"] + row["duplicate"] + row["rejected"]
        assert row["rejected"] == sum(row[reason] for reason in REASONS)
    rejected = tables["engagement_rejected_events"]
    assert len(rejected) == sum(row["rejected"] for row in ledger)
    for row in tables["engagement_scores"]:
        assert row["events_in_window"] >= row["active_days_in_window"]
        assert row["events_in_window"] >= row["active_users_in_window"]


def assert_drivers_explain(tables: Mapping[str, Rows]) -> None:
    """Points add up to the score without a rest, and shares are what they say."""
    drivers = {
        key: list(rows)
        for key, rows in groupby(
            tables["engagement_drivers"], key=lambda row: (row["scorecard"], row["customer_id"])
        )
    }
    for score in tables["engagement_scores"]:
        rows = drivers.get((score["scorecard"], score["customer_id"]), [])
        assert sum(row["points"] for row in rows) == score["ces_unrounded"]
        ranked = sorted(row["driver_rank"] for row in rows if row["driver_rank"] is not None)
        assert ranked == list(range(1, len(ranked) + 1))
        for row in rows:
            if abs(score["ces_unrounded"]) >= Decimal("0.0001"):
                share = row["points"] / score["ces_unrounded"]
                assert abs(row["share_of_score"] - share) <= Decimal("1e-6") * max(1, abs(share))
            elif score["ces_unrounded"] == 0:
                assert row["share_of_score"] is None


@given(
    case=cases(),
    weight_factor=st.sampled_from([2, -1, 10]),
    full_score_factor=st.sampled_from(["2", "0.5", "10", "4"]),
)
@examples(15)
def test_scores_are_in_proportion(
    compiled: CompiledProject, case: Case, weight_factor: int, full_score_factor: str
) -> None:
    """Twice the weights mean twice the scores, and the opposite ones the opposite.

    Twice the full score means half the scores.
    """
    inputs, seeds, settings = case
    before = compiled.run(*case)["engagement_scores_daily"]
    weights = [
        row | {"weight": str(Decimal(row["weight"]) * weight_factor)} for row in seeds.event_weights
    ]
    weighted = compiled.run(inputs, replace(seeds, event_weights=weights), settings)
    assert_times(before, weighted["engagement_scores_daily"], Decimal(weight_factor), 10)
    factor = Decimal(full_score_factor)
    scorecards = [
        row | {"full_score_points": str(Decimal(row["full_score_points"]) * factor)}
        for row in seeds.scorecards
    ]
    scaled = compiled.run(inputs, replace(seeds, scorecards=scorecards), settings)
    assert_times(before, scaled["engagement_scores_daily"], 1 / factor, 1)


def assert_times(before: Rows, after: Rows, factor: Decimal, tolerances: int) -> None:
    """Each score is so many times what it was, and none came or went."""
    key = KEYS["engagement_scores_daily"]
    assert [[row[c] for c in key] for row in after] == [[row[c] for c in key] for row in before]
    for old, new in zip(before, after, strict=True):
        expected = old["ces_unrounded"] * factor
        assert abs(new["ces_unrounded"] - expected) <= tolerances * tolerance_of(expected)


# --- Builds ---------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Project]:
    """Return a project for whole builds."""
    yield Project(tmp_path_factory.mktemp("properties"))


def contents(project: Project) -> dict[str, Rows]:
    """Return all rows of all public tables."""
    return project.tables(project.public_tables())


def test_second_build_changes_nothing(project: Project) -> None:
    """The same input gives the same tables, on top of the first build and from scratch."""
    case = seeded_case(21, customers=40, days=120, events=1000)
    project.build(*case, command=BUILD).expect_success()
    first = contents(project)
    assert set(KEYS) < set(first)
    assert first["engagement_scores"]
    project.build(*case, command=BUILD, fresh=False).expect_success()
    assert contents(project) == first
    project.build(*case, command=BUILD).expect_success()
    rebuilt = contents(project)
    for tables in (rebuilt, first):
        del tables["engagement_scores_reported"]  # It tells the time of the report.
    assert rebuilt == first


def test_empty_build(project: Project) -> None:
    """`dbt build --empty` works on a cold database; it says that no scorecard is active."""
    case = seeded_case(21, customers=40, days=120, events=1000)
    project.build(*case, command=(*BUILD, "--empty")).expect_success()
    tables = contents(project)
    assert set(KEYS) < set(tables)
    assert len(tables.pop("engagement_setup_problems")) == 1
    assert not any(tables.values())


EVENT = {
    "event_id": "1",
    "customer_id": "a",
    "event_name": "basket",
    "occurred_at": datetime(2024, 5, 1, 12),
}
ONE_CUSTOMER = {"customer_id": "a", "signed_up_at": date(2024, 4, 28)}


@pytest.mark.parametrize("is_scored", [False, True])
def test_no_events(project: Project, is_scored: bool) -> None:
    """Without events there is a score only for an explicit as_of: 0 on each day, no rest."""
    settings = replace(SETTINGS, as_of=date(2024, 5, 1) if is_scored else None)
    inputs = Inputs(customers=[ONE_CUSTOMER])
    project.build(inputs, None, settings, command=BUILD).expect_success()
    daily = project.rows("engagement_scores_daily")
    assert len(daily) == (4 if is_scored else 0)
    assert {(row["ces"], row["tier"]) for row in daily} <= {(Decimal(0), "no_engagement")}
    assert len(project.rows("engagement_scores")) == int(is_scored)
    assert project.rows("engagement_drivers") == []
    assert project.rows("engagement_event_ledger") == []


def test_one_event(project: Project) -> None:
    """One basket is worth 4 points of 100, on the day itself."""
    project.build(Inputs(events=[EVENT]), None, SETTINGS, command=BUILD).expect_success()
    [score] = project.rows("engagement_scores")
    assert score["as_of_date"] == date(2024, 5, 1)
    assert (score["ces"], score["tier"]) == (Decimal(4), "very_disengaged")
    assert (score["ces_percentile"], score["is_provisional"]) == (Decimal(50), True)
    [driver] = project.rows("engagement_drivers")
    assert (driver["event_name"], driver["points"]) == ("basket", Decimal(4))


def test_unit_tests_hold_whatever_the_variables(
    project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A user's variables do not reach the unit tests, which would stop the user's build.

    The first day is after all days in the tests, as_of before them: neither is looked at.
    """
    settings = Settings(
        run_day=SETTINGS.run_day,
        as_of=date(2010, 6, 1),
        first_day=date(2040, 1, 1),
        inactivity_grace_days=3,
        session_timeout_minutes=5,
        customer_columns=("segment",),
    )
    monkeypatch.setenv("DBT_ENV_SECRET_ENGAGEMENT_ID", "a secret of this test")
    result = project.build(
        Inputs(),
        None,
        settings,
        variables={
            **{"hash_ids": True, "backtest_reference_days": 3, "gross_margin": 0.5},
            **{"acquisition_cost": 100, "stripe_currency": "usd"},
        },
        command=("build", "--exclude-resource-type", "test"),
    ).expect_success()
    assert sum(name.startswith("unit_test.") for name in result.statuses) > 20


def test_relations_may_come_as_tables(project: Project) -> None:
    """With input_path empty the relations are tables, here in the database itself."""
    inputs, seeds, settings = seeded_case(8, customers=12, days=60, events=200)
    project.build(inputs, seeds, settings, command=SCORING).expect_success()
    from_files = project.tables()
    load_tables(project)
    variables = {"input_path": "", "input_schema": "raw"}
    project.build(
        None, seeds, settings, variables=variables, command=SCORING, fresh=False
    ).expect_success()
    assert_same(from_files, project.tables())


def load_tables(project: Project) -> None:
    """Load the input files into the schema raw."""
    files: list[Path] = sorted(project.input_folder.glob("*.parquet"))
    with project.connect(read_only=False) as connection:
        connection.execute("create schema raw")
        for path in files:
            connection.execute(f"create table raw.{path.stem} as from '{path}'")
