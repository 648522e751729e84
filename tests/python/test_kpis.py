"""KPIs, retention and segments give what the reference in plain Python gives, row by row."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from itertools import combinations
from math import erfc, sqrt
from statistics import fmean, variance

import pytest
import reference_kpis
from harness import BUILD, CompiledProject, KeptCase, Mutation, Project, examples, shipped_rows
from hypothesis import given
from reference import Row, Rows, nulls_last
from strategies import Case, kpi_cases, seeded_kpi_case

KEYS: Mapping[str, tuple[str, ...]] = {
    "engagement_kpis": (
        "kpi", "period_grain", "period_start", "segment_dimension", "segment_value",
    ),
    "engagement_retention": (
        "cohort_month", "segment_dimension", "segment_value", "scorecard", "retention",
        "period_number",
    ),
    "engagement_segments": ("scorecard", "segment_dimension", "segment_value", "score_date"),
    "engagement_segment_tiers": (
        "scorecard", "segment_dimension", "segment_value", "score_date", "tier",
    ),
    "engagement_customer_segments": ("customer_id", "segment_dimension"),
    "engagement_users": ("scorecard", "customer_id", "user_id"),
}  # fmt: skip
DEFINITIONS = shipped_rows("kpi_definitions")
MILLIONTH = Fraction(1, 10**6)
FOUR_PLACES = Fraction(51, 10**6)
ROUNDED_TO_FOUR = ("mean_ces", "mean_change_28d")
STEP = Fraction(1, 10**4)


def expected_tables(case: Case) -> dict[str, Rows]:
    """Return what the reference gives."""
    return reference_kpis.build(*case, DEFINITIONS)


def found_differences(
    expected: Mapping[str, Rows], got: Mapping[str, Rows], among: Iterable[str] = tuple(KEYS)
) -> Iterator[str]:
    """Yield a line for each place where the tables differ, in the reference's columns."""
    for table in among:
        key = KEYS[table]
        left, right = (by_key(side[table], key) for side in (expected, got))
        if len(right) != len(got[table]):
            yield f"{table}: a key is repeated"
        for found in sorted(left.keys() | right.keys(), key=lambda parts: nulls_last(*parts)):
            if found not in left or found not in right:
                yield f"{table} {found}: only in the {'models' if found in right else 'reference'}"
                continue
            for column, value in left[found].items():
                other = right[found][column]
                if not is_same(column, value, other):
                    yield f"{table} {found} {column}: expected {value}, got {other}"


def by_key(rows: Rows, key: Sequence[str]) -> dict[tuple[object, ...], Row]:
    """Return rows by their key."""
    return {tuple(row[column] for column in key): row for row in rows}


def is_same(column: str, value: object, other: object) -> bool:
    """Whether two values are equal; quotients have six places, and means of scores four."""
    if isinstance(value, Fraction) and isinstance(other, Decimal):
        slack = FOUR_PLACES if column in ROUNDED_TO_FOUR else 2 * MILLIONTH
        if column == "value":
            slack *= 100
        return abs(value - Fraction(other)) <= slack * max(Fraction(1), abs(value) / 10**6)
    return value == other


def assert_same(expected: Mapping[str, Rows], got: Mapping[str, Rows]) -> None:
    """Fail with the first places where the tables differ."""
    found = list(found_differences(expected, got))
    assert not found, f"{len(found)} differences\n" + "\n".join(found[:12])


@given(case=kpi_cases())
@examples(15)
def test_kpis_equal_reference(compiled: CompiledProject, case: Case) -> None:
    """Small and strange cases, through the compiled SQL."""
    assert_same(expected_tables(case), compiled.run(*case, tables=KEYS))


@dataclass(frozen=True)
class BuiltCase:
    """A case that was built with all data tests, and what the reference gives."""

    project: Project
    expected: dict[str, Rows]


@pytest.fixture(scope="module", params=[6])
def built(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> BuiltCase:
    """Return a large case, built; the laws hold on it."""
    project = Project(tmp_path_factory.mktemp("kpis"))
    case = seeded_kpi_case(request.param, customers=60, days=300, events=2500)
    project.build(*case, command=BUILD).expect_success()
    return BuiltCase(project, expected_tables(case))


def test_build_equals_reference(built: BuiltCase) -> None:
    """One build carries many histories, and every KPI occurs in it."""
    assert all(built.expected.values())
    told = {row["kpi"] for row in built.expected["engagement_kpis"]}
    assert told == {row["kpi"] for row in DEFINITIONS} - {"ltv_to_cac"}
    assert_same(built.expected, built.project.tables(KEYS))


def test_segments_are_compared_by_ranks(built: BuiltCase) -> None:
    """The analysis gives what counting each pair of customers gives, for plans."""
    project = built.project
    readings = [row for row in project.rows("int_engagement__segment_readings") if row["is_latest"]]
    scorecard = min(row["scorecard"] for row in readings)
    plans = {row["customer_id"]: row["plan"] for row in project.rows("int_engagement__customers")}
    scores: dict[str, list[float]] = defaultdict(list)
    for row in readings:
        if row["scorecard"] == scorecard:
            scores[plans[row["customer_id"]] or "(none)"].append(float(row["ces"]))
    variables = {"scorecard": scorecard, "segment_dimension": "plan"}
    compiled = project.dbt("compile", "--select", "do_segments_differ", variables=variables)
    [found] = compiled.expect_success().raw.result.results
    with project.connect() as connection:
        rows = connection.sql(found.node.compiled_code).fetchall()
    assert len(rows) == len(scores) * (len(scores) - 1) // 2
    expected = {}
    for first, second in combinations(sorted(scores), 2):
        expected[first, second] = brunner_munzel(scores[first], scores[second])
    steps = sorted(p for _, _, p in expected.values() if p is not None)
    assert steps
    holm = {
        p: min(1, max(q * (len(steps) - n) for n, q in enumerate(steps[: position + 1])))
        for position, p in enumerate(steps)
    }
    for first, second, count, other, effect, low, high, p, p_of_many, _ in rows:
        chance, deviation, probability = expected[first, second]
        assert (count, other) == (len(scores[first]), len(scores[second]))
        assert float(effect) == pytest.approx(chance, abs=1e-4)
        assert float(low) == pytest.approx(max(chance - 1.959964 * deviation, 0), abs=1e-4)
        assert float(high) == pytest.approx(min(chance + 1.959964 * deviation, 1), abs=1e-4)
        if probability is None:
            assert p is None and p_of_many is None
        else:
            assert float(p) == pytest.approx(probability, abs=1e-4)
            assert float(p_of_many) == pytest.approx(holm[probability], abs=1e-4)


def brunner_munzel(
    first: Sequence[float], second: Sequence[float]
) -> tuple[float, float, float | None]:
    """Return the chance that the first is higher, its standard deviation, and p (None without)."""
    placed = [fmean((x > y) + (x == y) / 2 for y in second) for x in first]
    passed = [fmean((y > x) + (x == y) / 2 for x in first) for y in second]
    parts = [variance(p) / len(p) if len(p) > 1 else None for p in (placed, passed)]
    deviation = 0.0 if None in parts else sqrt(sum(parts))
    chance = fmean(placed)
    if deviation == 0 or min(len(first), len(second)) < 10:
        return chance, deviation, None
    return chance, deviation, erfc(abs(chance - 0.5) / deviation / sqrt(2))


# --- The comparison can fail ----------------------------------------------------------------------

MUTATIONS = {
    "rolling_week_of_eight_days": Mutation(
        "int_engagement__calendar", "cast(7 as bigint)", "cast(8 as bigint)"
    ),
    "passive_events_make_active": Mutation(
        "int_engagement__active_user_days", "roles.role = 'passive'", "roles.role = 'nothing'"
    ),
    "nobody_is_no_user": Mutation(
        "int_engagement__active_user_days",
        "where event_name not in",
        "where user_id is not null and event_name not in",
    ),
    "users_of_a_week_counted_by_day": Mutation(
        "int_engagement__activity_measures",
        "when 'week' then users_by_day.users_of_week",
        "when 'week' then users_by_day.active_users",
    ),
    "resurrected_as_retained": Mutation(
        "int_engagement__customers_by_day", "previous_date >= last_week_start and", ""
    ),
    "dormant_twice": Mutation(
        "int_engagement__customers_by_day", "next_date >= second_month_start", "1 = 1"
    ),
    "ended_customers_stay": Mutation(
        "int_engagement__lifecycle_measures", "-count(*) as members", "0 as members"
    ),
    "ended_but_active_left_out": Mutation(
        "int_engagement__customers_by_day", "last_day < week_start and", "1 = 0 and"
    ),
    "session_ends_at_the_timeout": Mutation(
        "int_engagement__kpi_sessions", "< occurred_at", "<= occurred_at"
    ),
    "bounce_of_two_events": Mutation(
        "int_engagement__kpi_sessions", "sessions.event_count = 1", "sessions.event_count <= 2"
    ),
    "visits_are_sessions_too": Mutation(
        "int_engagement__event_measures",
        "not exists (select 1 from roles where roles.role = 'visit')",
        "1 = 1",
    ),
    "one_purchase_repeats": Mutation(
        "int_engagement__customer_measures", "totals.event_count >= 2", "totals.event_count >= 1"
    ),
    "adopters_counted_by_uses": Mutation(
        "int_engagement__customer_measures",
        "count(*) as adopters",
        "sum(totals.event_count) as adopters",
    ),
    "activation_on_day_31": Mutation(
        "int_engagement__cohort_measures", "days_to_activation <= 30", "days_to_activation <= 31"
    ),
    "median_of_those_that_got_there": Mutation(
        "int_engagement__cohort_measures",
        "where exists (select 1 from roles where roles.role = 'first_value')",
        "where days_to_value is not null",
    ),
    "subscription_closed_on_its_last_day": Mutation(
        "int_engagement__subscription_months", "cast(1 as bigint)", "cast(0 as bigint)"
    ),
    "no_handover": Mutation(
        "int_engagement__subscription_months",
        "when starts.started_on != subscriptions.started_on then",
        "when 1 = 0 then",
    ),
    "reactivated_as_new": Mutation(
        "int_engagement__subscription_months", "and most_terms_before > 0", "and 1 = 0"
    ),
    "passive_events_make_users_active": Mutation(
        "engagement_users", "when passive_events.event_name is null then", "when 1 = 1 then"
    ),
    "window_of_users_a_day_longer": Mutation(
        "engagement_users",
        "where event_counts.event_date >",
        "where event_counts.event_date >=",
    ),
    "everyone_is_a_segment": Mutation(
        "engagement_customer_segments", "where segment_dimension != 'all'", ""
    ),
    "contraction_ignored": Mutation(
        "int_engagement__subscription_measures",
        "months.closing_mrr < months.opening_mrr",
        "1 = 0",
    ),
    "detractors_below_6": Mutation(
        "int_engagement__survey_measures", "answers.score <= 6", "answers.score < 6"
    ),
    "promoters_from_8": Mutation(
        "int_engagement__survey_measures", "answers.score >= 9", "answers.score >= 8"
    ),
    "answers_off_the_scale": Mutation(
        "int_engagement__survey_measures", "between 0 and 10", "between -9 and 99"
    ),
    "holes_not_filled": Mutation(
        "int_engagement__kpi_measures", "first_periods.first_start <= periods.period_start", "1 = 0"
    ),
    "growth_without_dormant": Mutation(
        "int_engagement__kpi_measures", "gained + dormant", "gained + 0"
    ),
    "points_as_shares": Mutation(
        "engagement_kpis", "100 * divided.quotient", "divided.quotient"
    ),
    "unbounded_is_the_last_day": Mutation(
        "engagement_retention",
        "last_days.last_active_day >= targets.target_day",
        "last_days.last_active_day = targets.target_day",
    ),
    "unobserved_customers_counted": Mutation(
        "engagement_retention",
        "inner join as_of on targets.target_day <= as_of.as_of_date",
        "cross join as_of",
    ),
    "first_tier_of_the_first_day": Mutation(
        "engagement_retention",
        "and scores.score_date = scorecard_customers.mature_from",
        "and scores.score_date = scorecard_customers.first_day",
    ),
    "tenth_by_floor": Mutation(
        "engagement_segments", "100 * place >= 10 * customers", "100 * place > 10 * customers"
    ),
    "engaged_from_0": Mutation(
        "int_engagement__segment_readings", "readings.ces > 70", "readings.ces > 0"
    ),
    "change_over_27_days": Mutation(
        "int_engagement__segment_readings", "cast(-28 as bigint)", "cast(-27 as bigint)"
    ),
    "age_band_a_day_late": Mutation(
        "int_engagement__segment_readings", "< 30 then", "< 31 then"
    ),
    "empty_tiers_left_out": Mutation(
        "engagement_segment_tiers", "left join counts", "inner join counts"
    ),
    "week_of_six_days": Mutation(
        "int_engagement__periods", "cast(6 as bigint)", "cast(5 as bigint)"
    ),
    "months_are_weeks": Mutation(
        "int_engagement__period_days", "month_start as period_start", "week_start as period_start"
    ),
    "customers_active_once_for_each_user": Mutation(
        "int_engagement__active_customer_days", "group by customer_id, event_date", ""
    ),
    "labels_counted_by_their_greatest_event": Mutation(
        "int_engagement__role_days",
        "sum(event_counts.event_count)",
        "max(event_counts.event_count)",
    ),
    "each_customer_is_a_group_without_a_value": Mutation(
        "int_engagement__segment_values", "'(none)'", "'nothing'"
    ),
}  # fmt: skip


@pytest.fixture(scope="module")
def kept_cases(
    tmp_path_factory: pytest.TempPathFactory,
) -> list[tuple[KeptCase, dict[str, Rows]]]:
    """Return cases that agree, with what is expected of them."""
    result = []
    for seed in (6, 12):
        case = seeded_kpi_case(seed, customers=40, days=200, events=1200)
        expected = expected_tables(case)
        kept = KeptCase(tmp_path_factory.mktemp("kpi_mutants"), case, KEYS)
        assert_same(expected, kept.tables)
        result.append((kept, expected))
    return result


@pytest.mark.parametrize("mutation", list(MUTATIONS))
def test_comparison_catches(
    kept_cases: list[tuple[KeptCase, dict[str, Rows]]], mutation: str
) -> None:
    """A mistake in one model shows as a difference in one of two cases."""
    for kept, expected in kept_cases:
        got = kept.mutated(MUTATIONS[mutation])
        if next(found_differences(expected, got, among=got), None):
            return
    pytest.fail(f"{mutation} went unnoticed")
