"""Hand-worked examples that pin the reference implementation itself; no dbt runs here."""

from __future__ import annotations

import random
from collections import Counter
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta, timezone
from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from reference import (
    REASONS,
    Inputs,
    InvalidQuantityError,
    Row,
    Rows,
    Seeds,
    Settings,
    Tables,
    build,
    clean_text,
    end_day,
    percentiles,
    read_flag,
    read_quantity,
    read_time,
    resolve,
    round_half_away,
    split_sessions,
)
from strategies import SHIPPED_BANDS, Case, cases, seeded_case

OF_TRACKERS = {"deleted_at_source", "test_traffic", "bot_traffic", "internal_traffic"}
"""Reasons that only rows of connected trackers can have; see test_connectors.py."""

DAY = date(2024, 3, 1)
"""Day 0 of the examples; day n is n days later."""


def day(number: int) -> date:
    """Return day `number` of the examples."""
    return DAY + timedelta(days=number)


def moment(number: int, clock: str = "10:00:00") -> datetime:
    """Return a UTC moment on day `number`."""
    return datetime.fromisoformat(f"{day(number)}T{clock}")


def event(event_id: str, number: int, name: str = "login", /, **changes: object) -> Row:
    """Return an event of customer c and user u at 10:00 on day `number`."""
    row = {
        "event_id": event_id,
        "customer_id": "c",
        "event_name": name,
        "occurred_at": moment(number),
        "user_id": "u",
    }
    return row | changes


def card(name: str = "s", window: int = 30, half_life: str = "", **changes: str) -> Row:
    """Return an active scorecard with full_score_points 100."""
    row = {
        "scorecard": name,
        "title": name,
        "status": "active",
        "window_days": str(window),
        "half_life_days": half_life,
        "full_score_points": "100",
        "population": "",
        "description": "",
    }
    return row | changes


def weight(name: str = "login", value: str = "1", **changes: str) -> Row:
    """Return an open weight in scorecard s that counts events."""
    row = {
        "scorecard": "s",
        "event_name": name,
        "category": "core",
        "weight": value,
        "measure": "events",
        "daily_cap_per_user": "",
        "valid_from": "",
        "valid_to": None,
    }
    return row | changes


def bands(scorecard: str = "*") -> Rows:
    """Return the bands of the published scale."""
    return [
        {"scorecard": scorecard, "tier": tier, "tier_rank": str(rank), "upper_bound": upper}
        for rank, (tier, upper) in enumerate(SHIPPED_BANDS, start=1)
    ]


def run(
    events: Rows, weights: Rows, cards: Rows | None = None, **changes: object
) -> tuple[Tables, Row | None]:
    """Build with keyword settings and relations; return the tables and the first score row."""
    relations = ("customers", "subscriptions", "customer_aliases", "erasure_requests")
    inputs = Inputs(events=events, **{key: changes.pop(key, []) for key in relations})
    seeds = Seeds([card()] if cards is None else cards, weights, changes.pop("bands", bands()))
    tables = build(inputs, seeds, Settings(run_day=date(2026, 12, 31), **changes))
    scores = tables["engagement_scores"]
    return tables, scores[0] if scores else None


def series(tables: Tables, column: str = "ces", customer_id: str = "c") -> list[object]:
    """Return one column of the daily scores of one customer, by day."""
    rows = tables["engagement_scores_daily"]
    return [row[column] for row in rows if row["customer_id"] == customer_id]


def occurrences(tables: Tables, name: str) -> int:
    """Return a driver's occurrences in the window at as_of."""
    rows = tables["engagement_drivers"]
    return next((row["occurrences"] for row in rows if row["event_name"] == name), 0)


# --- The formula ----------------------------------------------------------------------------------


def test_published_formula() -> None:
    """CES = total value of event 1 + total value of event 2 + ..., value = weight x number."""
    events = [event(f"l{n}", n) for n in range(5)]
    events += [event(f"r{n}", 3, "report") for n in range(3)] + [event("x", 4, "complaint")]
    tables, score = run(
        events, [weight("login", "2"), weight("report", "10"), weight("complaint", "-7.5")]
    )
    assert score["ces"] == Decimal("32.5")
    assert score["tier"] == "very_disengaged"
    points = {row["event_name"]: row["points"] for row in tables["engagement_drivers"]}
    assert points == {"login": 10, "report": 30, "complaint": Decimal("-7.5")}


def test_window_is_open_at_its_far_end() -> None:
    """A window of 3 days at t holds t-2, t-1 and t."""
    tables, _ = run([event("a", 0)], [weight()], [card(window=3)], as_of=day(4))
    assert series(tables) == [1, 1, 1, 0, 0]
    assert series(tables, "is_provisional") == [True, True, True, False, False]


def test_full_score_points_scale_and_rounding() -> None:
    """100 / 7 = 14.28571428571..., to ten places, then to four."""
    _, score = run([event("a", 0)], [weight()], [card(full_score_points="7")])
    assert score["ces_unrounded"] == Decimal("14.2857142857")
    assert score["ces"] == Decimal("14.2857")


@pytest.mark.parametrize(
    ("value", "rounded"),
    [
        ("0.00005", "0.0001"),
        ("-0.00005", "-0.0001"),
        ("0.00004999", "0"),
        ("-0.00004", "0"),
        ("2.34565", "2.3457"),
    ],
)
def test_rounds_half_away_from_zero(value: str, rounded: str) -> None:
    """Ties go away from zero and nothing becomes -0."""
    result = round_half_away(Fraction(value), 4)
    assert result == Decimal(rounded)
    assert not (result == 0 and result.is_signed())


def test_score_rounds_once_from_ten_places() -> None:
    """0.00005 exactly is 0.0001, hence above zero."""
    events = [event("a", 0, quantity=0.5)]
    _, score = run(events, [weight(value="0.0001", measure="quantity")])
    assert (score["ces"], score["tier"]) == (Decimal("0.0001"), "very_disengaged")


@pytest.mark.parametrize(
    ("points", "tier", "shown"),
    [
        ("-0.0001", "churn_risk", "1"),
        ("0", "no_engagement", "1"),
        ("0.0001", "very_disengaged", "1"),
        ("40", "very_disengaged", "40"),
        ("40.0001", "somewhat_engaged", "40.0001"),
        ("70", "somewhat_engaged", "70"),
        ("70.0001", "highly_engaged", "70.0001"),
        ("100", "highly_engaged", "100"),
        ("100.0001", "power_user", "100"),
    ],
)
def test_bands(points: str, tier: str, shown: str) -> None:
    """Each band ends at its inclusive upper bound."""
    _, score = run([event("a", 0)], [weight(value=points)])
    assert (score["ces"], score["tier"]) == (Decimal(points), tier)
    assert score["ces_1_to_100"] == Decimal(shown)


def test_own_bands_replace_the_shared_ones() -> None:
    """A scorecard with any band of its own uses no band of '*'."""
    own = [{"scorecard": "s", "tier": "all", "tier_rank": "9", "upper_bound": None}]
    _, score = run([event("a", 0)], [weight()], bands=bands() + own)
    assert (score["tier"], score["tier_rank"]) == ("all", 9)


def test_half_life() -> None:
    """Points halve every half-life and leave with the window; 2 ** -(1/7) = 0.9057236643."""
    tables, _ = run(
        [event("a", 0)], [weight(value="100")], [card(window=15, half_life="7")], as_of=day(15)
    )
    scores = series(tables, "ces_unrounded")
    assert scores[0] == 100
    assert scores[1] == Decimal("90.5723664264")
    assert (scores[7], scores[14], scores[15]) == (50, 25, 0)


def test_short_half_life_is_exact_at_ties() -> None:
    """2 ** -11 = 0.00048828125: the eleventh decimal is a 5 and goes up."""
    tables, _ = run([event("a", 0)], [weight()], [card(half_life="1")], as_of=day(11))
    assert series(tables, "ces_unrounded")[11] == Decimal("0.0004882813")


def test_fractional_half_life() -> None:
    """15 days are two half-lives of 7.5 days."""
    tables, _ = run([event("a", 0)], [weight(value="8")], [card(half_life="7.5")], as_of=day(15))
    assert series(tables)[15] == 2


@pytest.mark.parametrize(("cap", "ces"), [("", 5), ("2", 3), ("0", 0), ("1.5", Decimal("2.5"))])
def test_cap_is_for_each_user_and_day(cap: str, ces: object) -> None:
    """User u has four events, the unnamed user one, on one day."""
    events = [event(f"u{n}", 0) for n in range(4)] + [event("none", 0, user_id=None)]
    _, score = run(events, [weight(daily_cap_per_user=cap)])
    assert score["ces"] == ces


def test_measure_users() -> None:
    """Two named users and the unnamed one on day 0, one on day 1."""
    events = [
        event("a", 0),
        event("b", 0),
        event("c", 0, user_id="v"),
        event("d", 0, user_id="  "),
        event("e", 0, user_id=None),
        event("f", 1),
    ]
    tables, score = run(events, [weight(measure="users")])
    assert score["ces"] == 4
    assert score["active_users_in_window"] == 3
    assert score["active_days_in_window"] == 2
    assert score["events_in_window"] == occurrences(tables, "login") == 6


def test_measure_quantity() -> None:
    """A missing or NaN quantity is 0; the cap bounds the day's sum, a negative sum stays."""
    events = [
        event("a", 0, quantity=3.25),
        event("b", 0, quantity=None),
        event("c", 0, quantity=float("nan")),
        event("d", 0, user_id="v", quantity="12"),
        event("e", 1, quantity=Decimal("-4")),
    ]
    _, score = run(events, [weight(measure="quantity", daily_cap_per_user="10")])
    assert score["ces"] == Decimal("3.25") + 10 - 4
    assert score["events_in_window"] == 5


def test_validity_is_inclusive() -> None:
    """Days 1 to 2 weigh 10, day 3 on weighs 100, day 0 nothing; all occurred."""
    events = [event(f"e{n}", n) for n in range(5)]
    weights = [
        weight(value="10", valid_from=str(day(1)), valid_to=str(day(2))),
        weight(value="100", valid_from=str(day(3))),
    ]
    tables, _ = run(events, weights)
    assert series(tables) == [0, 10, 20, 120, 220]
    assert occurrences(tables, "login") == 4
    assert tables["engagement_unweighted_events"] == []


def test_only_active_and_candidate_scorecards() -> None:
    """A retired scorecard is in no table."""
    cards = [card("s"), card("t", status="candidate"), card("u", status="retired")]
    tables, _ = run([event("a", 0)], [], cards)
    for name in ("engagement_scores", "engagement_scores_daily", "engagement_unweighted_events"):
        assert {row["scorecard"] for row in tables[name]} == {"s", "t"}


def test_population() -> None:
    """Values are exact; a customer without a row or value is in no population."""
    customers = [
        {"customer_id": "c", "plan": "pro"},
        {"customer_id": "d", "plan": "Pro"},
        {"customer_id": "e", "plan": None},
    ]
    events = [event(name, 0, customer_id=name) for name in "cdef"]
    cards = [card(population="plan=free|pro")]
    tables, _ = run(events, [weight()], cards, customers=customers)
    assert [row["customer_id"] for row in tables["engagement_scores"]] == ["c"]


def test_population_over_an_unlisted_column_is_refused() -> None:
    """A column counts only once it is listed in customer_columns."""
    cards = [card(population="region=north")]
    customers = [{"customer_id": "c", "region": "north"}]
    with pytest.raises(ValueError, match="region"):
        run([event("a", 0)], [], cards, customers=customers)
    _, score = run([event("a", 0)], [], cards, customers=customers, customer_columns=("region",))
    assert score["customer_id"] == "c"


# --- Trend, percentile, drivers, tier changes -----------------------------------------------------


def test_percentile_ties_share_the_mid_rank() -> None:
    """Of 0, 5, 5, 9: one below and half of two equal make 50."""
    scores = [Decimal(value) for value in (5, 0, 9, 5)]
    assert percentiles(scores) == [50, Decimal("12.5"), Decimal("87.5"), 50]
    assert percentiles([Decimal(3)]) == [50]
    assert percentiles([Decimal(n) for n in range(3)])[0] == Decimal("16.6667")


def test_change_is_null_where_the_spine_does_not_reach() -> None:
    """The spine begins ten days before as_of."""
    _, score = run([event("a", 0), event("b", 9)], [weight()], as_of=day(10))
    assert (score["ces_7d_before"], score["ces_change_7d"]) == (1, 1)
    assert (score["ces_28d_before"], score["ces_change_28d"]) == (None, None)
    assert (score["last_event_date"], score["days_since_last_event"]) == (day(9), 1)


def test_drivers_against_28_days_before() -> None:
    """A name that left the window still has a row; one outside both windows has none."""
    events = [event("a", 10), event("b", 38), event("c", 39, "new"), event("d", 0, "old")]
    weights = [weight(value="3"), weight("new"), weight("old"), weight("never")]
    tables, _ = run(events, weights, [card(window=7)], as_of=day(40))
    drivers = {row["event_name"]: row for row in tables["engagement_drivers"]}
    assert set(drivers) == {"login", "new"}
    assert (drivers["login"]["points"], drivers["login"]["points_28d_before"]) == (3, 3)
    assert drivers["new"]["points_change_28d"] == 1
    assert drivers["new"]["occurrences_28d_before"] == 0
    assert tables["engagement_unused_weights"] == [{"scorecard": "s", "event_name": "never"}]


def test_driver_rounding_goes_to_the_largest() -> None:
    """Three drivers of 100/3 leave 0.0000000001 over; of equal ones the first name takes it."""
    events = [event("a", 0, "x"), event("b", 0, "y"), event("c", 0, "z")]
    weights = [weight("x"), weight("y"), weight("z")]
    tables, score = run(events, weights, [card(full_score_points="3")])
    points = {row["event_name"]: row["points"] for row in tables["engagement_drivers"]}
    assert sum(points.values()) == score["ces_unrounded"] == 100
    assert points["x"] == Decimal("33.3333333334")


def test_tier_changes() -> None:
    """Up on day 2, down when day 0 leaves the window; the first day is no change."""
    events = [event("a", 0), event("b", 2)]
    tables, _ = run(events, [weight(value="40")], [card(window=3)], as_of=day(5))
    changes = [
        (row["changed_on"], row["direction"], row["from_tier"], row["to_tier"], row["ces"])
        for row in tables["engagement_tier_changes"]
    ]
    assert changes == [
        (day(2), "up", "very_disengaged", "highly_engaged", 80),
        (day(3), "down", "highly_engaged", "very_disengaged", 40),
        (day(5), "down", "very_disengaged", "no_engagement", 0),
    ]


def test_unweighted_events() -> None:
    """Names without any row; a weight that is over, or of 0, still is a row."""
    events = [event("a", 0, "x"), event("b", 3, "x", customer_id="d"), event("c", 1, "y")]
    tables, _ = run(events, [weight("y", "0", valid_to="2020-01-01")])
    assert tables["engagement_unweighted_events"] == [
        {
            "scorecard": "s",
            "event_name": "x",
            "occurrences": 2,
            "customers": 2,
            "first_event_date": day(0),
            "last_event_date": day(3),
        }
    ]


@pytest.mark.parametrize("sign", [1, -1])
def test_driver_rounding_goes_to_the_largest_in_absolute_terms(sign: int) -> None:
    """-200/3 + 100/3 + 100/9 + 100/9 = -100/9: the rounded points are 1e-10 below it."""
    events = [event("a", 0, "w"), event("b", 0, "x"), event("c", 0, "y"), event("d", 0, "z")]
    values = {"w": -6, "x": 3, "y": 1, "z": 1}
    weights = [weight(name, str(sign * value)) for name, value in values.items()]
    tables, score = run(events, weights, [card(full_score_points="9")])
    points = [row["points"] for row in tables["engagement_drivers"]]
    assert score["ces_unrounded"] == sum(points) == sign * Decimal("-11.1111111111")
    expected = ("-66.6666666666", "33.3333333333", "11.1111111111", "11.1111111111")
    assert points == [sign * Decimal(value) for value in expected]


def test_driver_window_is_the_window_of_the_score() -> None:
    """Of two events the one exactly a window old has left, faded or not."""
    events = [event("a", 0), event("b", 3)]
    for half_life, points in (("", 1), ("1", 1)):
        tables, _ = run(events, [weight()], [card(window=3, half_life=half_life)])
        assert [row["points"] for row in tables["engagement_drivers"]] == [points]
        assert occurrences(tables, "login") == 1


# --- Rows in: times, text, rejection, duplicates --------------------------------------------------


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (12.0, "12"),
        (12, "12"),
        (12.5, "12.5"),
        ("12.0", "12.0"),
        (" a b\t", "a b"),
        ("  ", None),
        (None, None),
        (float("nan"), None),
    ],
)
def test_clean_text(value: object, text: str | None) -> None:
    """Text is trimmed and whole floating point numbers lose their '.0'."""
    assert clean_text(value) == text


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("2024-03-01", "2024-03-01T00:00:00"),
        ("2024-03-01 23:59:59.999999", "2024-03-01T23:59:59.999999"),
        ("2024-03-01T10:00:00.5", "2024-03-01T10:00:00.500000"),
        ("2024-03-01T01:00:00+05:30", "2024-02-29T19:30:00"),
        ("2024-03-01T01:00:00Z", "2024-03-01T01:00:00"),
        ("2024-02-30", None),
        ("01/03/2024", None),
        ("infinity", None),
        ("", None),
        (date(2024, 3, 1), "2024-03-01T00:00:00"),
        (datetime(2024, 3, 1, 20, tzinfo=timezone(-timedelta(hours=8))), "2024-03-02T04:00:00"),
    ],
)
def test_read_time(value: object, expected: str | None) -> None:
    """Moments become naive UTC, what cannot be read becomes None."""
    assert read_time(value) == (datetime.fromisoformat(expected) if expected else None)


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (None, None),
        ("", None),
        ("NaN", None),
        ("1.23456", "1.2346"),
        (" 7 ", "7"),
        ("1e3", "1000"),
        (1e9, "1000000000"),
        ("-0.00005", "-0.0001"),
        ("1e-999999999", "0"),
    ],
)
def test_read_quantity(value: object, expected: str | None) -> None:
    """Quantities have four places; NaN is missing."""
    assert read_quantity(value) == (Fraction(expected) if expected else None)


@pytest.mark.parametrize(
    "value", ["junk", "1,5", "1_000", "inf", float("-inf"), 1e9 + 0.5, "-1e10", "1e999999999"]
)
def test_invalid_quantity(value: object) -> None:
    """What is no number, or beyond the limit, is invalid."""
    with pytest.raises(InvalidQuantityError):
        read_quantity(value)


def test_flags() -> None:
    """A flag may be bool, number or text."""
    assert all(read_flag(value) for value in (True, 1, 1.0, "true", "t", "1", "yes", "y", "TRUE"))
    assert not any(read_flag(value) for value in (False, 0, "false", "no", "0", "", None, "maybe"))


def test_one_reason_for_each_rejected_row() -> None:
    """Rows that break more and more of the later rules; the first rule names the reason."""
    worst = {
        "event_id": " ",
        "customer_id": None,
        "event_name": "",
        "occurred_at": None,
        "quantity": "x",
    }
    internal = {"customer_id": "in", "event_name": "inactive_day", "quantity": "x"}
    events = [
        event("1", 0, **worst | {"user_id": "gone"}),
        event("1", 0, **worst),
        event("1", 0, **worst | {"event_id": "1"}),
        event("1", 0, **worst | {"event_id": "1", "customer_id": "c"}),
        event("1", 0, **internal | {"occurred_at": ""}),
        event("1", 0, **internal | {"occurred_at": "soon"}),
        event("1", -1, **internal),
        event("1", 3, **internal),
        event("1", 0, **internal),
        event("1", 0, **internal | {"quantity": None}),
        event("1", 0, customer_id="in"),
        event("1", 0),
    ]
    tables, score = run(
        events,
        [weight()],
        customers=[{"customer_id": "in", "is_internal": "yes"}],
        erasure_requests=[{"user_id": "gone"}],
        first_day=day(0),
        as_of=day(2),
    )
    found = Counter(row["reason"] for row in tables["engagement_rejected_events"])
    assert found == Counter(set(REASONS) - OF_TRACKERS)
    assert score["ces"] == 1
    assert [row["customer_id"] for row in tables["engagement_scores"]] == ["c"]


def test_ledger_adds_up() -> None:
    """One row for each event day and source; rows without a readable time have no day."""
    events = [
        event("a", 0, source="app"),
        event("a", 0, source="app"),
        event("a", 1, source=" app "),
        event("b", 0),
        event("c", 0, customer_id=None),
        event("d", 0, occurred_at="?"),
    ]
    tables, score = run(events, [weight()])
    rows = {
        (row["event_date"], row["source"]): (
            row["received"],
            row["accepted"],
            row["duplicate"],
            row["rejected"],
        )
        for row in tables["engagement_event_ledger"]
    }
    assert rows == {
        (day(0), "app"): (2, 1, 1, 0),
        (day(1), "app"): (1, 1, 0, 0),
        (day(0), "events"): (2, 1, 0, 1),
        (None, "events"): (1, 0, 0, 1),
    }
    assert score["ces"] == 3


def test_first_loaded_duplicate_counts() -> None:
    """No load time sorts last; then time, customer and so on decide, a missing quantity last."""
    events = [
        event("a", 0, "late", loaded_at=None, occurred_at=moment(0, "00:00:00")),
        event("a", 0, "second", loaded_at=moment(3)),
        event("a", 0, "first", loaded_at=moment(2), occurred_at=moment(0, "23:59:59.999999")),
        event("b", 0, "count", quantity=None),
        event("b", 0, "count", quantity=5),
    ]
    tables, score = run(
        events,
        [weight("first", "10"), weight("second", "100"), weight("count", measure="quantity")],
    )
    assert score["ces"] == 15
    assert tables["engagement_event_ledger"][0]["duplicate"] == 3


def test_ties_are_broken_by_the_id_as_received() -> None:
    """An alias that is told later changes no choice: a comes before z, whoever a is today."""
    events = [event("e", 0, "a", customer_id="z"), event("e", 0, "b", customer_id="a")]
    tables, _ = run(
        events, [], customer_aliases=[{"alias_id": "a", "customer_id": "zz"}], as_of=day(0)
    )
    assert [row["customer_id"] for row in tables["engagement_scores"]] == ["zz"]


def test_erased_customer_is_forgotten_under_all_its_ids() -> None:
    """Whichever id the request names; of its rows source, day and reason are left, and no score."""
    aliases = [
        {"alias_id": "anon", "customer_id": "old"},
        {"alias_id": "old", "customer_id": "c"},
        {"alias_id": "other", "customer_id": "d"},
    ]
    events = [
        event("1", 0),
        event("2", 0, customer_id="anon", source="app"),
        event("3", 0, customer_id="other"),
        event("1", 0, customer_id="d"),
    ]
    for requested in ("c", "old", " anon "):
        tables, _ = run(
            events,
            [weight()],
            customers=[{"customer_id": "c", "signed_up_at": day(-5), "is_internal": "yes"}],
            subscriptions=[{"customer_id": "old", "started_at": day(-5)}],
            customer_aliases=aliases,
            erasure_requests=[{"customer_id": requested, "requested_at": day(9)}],
        )
        nothing = {"event_id": None, "customer_id": None, "event_name": None}
        left = {"event_date": day(0), "reason": "erased_customer"}
        assert tables["engagement_rejected_events"] == [
            {"source": source, **nothing, **left} for source in ("app", "events")
        ]
        assert series(tables, customer_id="d") == [2]
        assert {row["customer_id"] for row in tables["engagement_scores_daily"]} == {"d"}


def test_erased_user_is_forgotten_for_one_customer_or_for_all() -> None:
    """Where the request names a customer, for all ids of it, and for that customer alone."""
    events = [
        event("1", 0),
        event("2", 0, customer_id="old"),
        event("3", 0, customer_id="d"),
        event("4", 0, user_id="v"),
        event("5", 0, customer_id=None),
    ]
    aliases = [{"alias_id": "old", "customer_id": "c"}]
    for request, expected in (
        ({"customer_id": "old", "user_id": "u"}, ["1", "2"]),
        ({"customer_id": None, "user_id": "u"}, ["1", "2", "3", "5"]),
        ({"user_id": " v "}, ["4"]),
        ({"customer_id": " ", "user_id": ""}, []),
    ):
        tables, _ = run(events, [weight()], customer_aliases=aliases, erasure_requests=[request])
        [row] = tables["engagement_event_ledger"]
        assert row["erased_customer"] == len(expected), request
        assert row["missing_customer"] == ("5" not in expected), request
        assert row["accepted"] == 5 - len({*expected, "5"}), request


def test_as_of_defaults_to_the_latest_accepted_day() -> None:
    """A row dated 2199 is in the future and moves nothing."""
    tables, score = run([event("a", 0), event("b", 2, occurred_at=datetime(2199, 1, 1))], [])
    assert tables.as_of == score["as_of_date"] == day(0)
    assert tables["engagement_rejected_events"][0]["reason"] == "in_the_future"


def test_nothing_at_all() -> None:
    """Without accepted events and as_of there is no day to score."""
    tables, _ = run([], [weight()], customers=[{"customer_id": "c", "signed_up_at": day(0)}])
    assert tables.as_of is None
    assert tables.pop("engagement_unused_weights") == [{"scorecard": "s", "event_name": "login"}]
    assert not any(tables.values())


def test_aliases_are_followed_through_chains() -> None:
    """Events, customer rows and internal marks all reach the customer of today."""
    aliases = [
        {"alias_id": " anon ", "customer_id": "old"},
        {"alias_id": "old", "customer_id": "c"},
        {"alias_id": 7.0, "customer_id": "staff"},
    ]
    customers = [
        {"customer_id": "old", "signed_up_at": day(-3)},
        {"customer_id": 7, "is_internal": True},
    ]
    events = [event("a", 0, customer_id="anon"), event("b", 0), event("c", 0, customer_id="7 ")]
    tables, score = run(events, [weight()], customers=customers, customer_aliases=aliases)
    assert (score["customer_id"], score["ces"]) == ("c", 2)
    assert len(series(tables)) == 4
    assert tables["engagement_rejected_events"][0]["customer_id"] == "7"


def test_aliases_stop_after_sixteen_steps() -> None:
    """A loop ends, a longer chain stops where the sixteenth step leads."""
    chain = {str(n): str(n + 1) for n in range(20)}
    assert resolve("4", chain) == "20"
    assert resolve("3", chain) == "19"
    assert resolve("a", {"a": "a"}) == "a"


# --- Customers and spines -------------------------------------------------------------------------


def test_spine_begins_at_sign_up_or_first_event() -> None:
    """The earlier one counts, but no day before first_day."""
    customers = [{"customer_id": "c", "signed_up_at": moment(-2, "23:59:59")}]
    tables, _ = run([event("a", 0)], [], customers=customers)
    assert series(tables, "score_date") == [day(-2), day(-1), day(0)]
    tables, _ = run([event("a", 0)], [], customers=customers, first_day=day(-1))
    assert series(tables, "score_date") == [day(-1), day(0)]


def test_customer_without_events() -> None:
    """It has a score of 0 every day since it began: by sign-up, else subscription, else as_of."""
    customers = [
        {"customer_id": "c", "signed_up_at": day(0)},
        {"customer_id": "later", "signed_up_at": day(3)},
        {"customer_id": "unknown"},
    ]
    subscriptions = [
        {"customer_id": "subscriber", "started_at": day(1)},
        {"customer_id": "future subscriber", "started_at": day(3)},
    ]
    tables, score = run([], [], customers=customers, subscriptions=subscriptions, as_of=day(2))
    assert series(tables) == [0, 0, 0]
    assert (score["last_event_date"], score["days_since_last_event"]) == (None, None)
    days = Counter(row["customer_id"] for row in tables["engagement_scores_daily"])
    assert days == {"c": 3, "subscriber": 2, "unknown": 1}


def test_spine_ends_thirty_days_after_the_end() -> None:
    """Later events stay in the ledger and have no score day."""
    customers = [{"customer_id": "c", "ended_at": moment(5)}]
    events = [event("a", 0), event("b", 50)]
    tables, score = run(events, [weight()], customers=customers)
    assert score is None
    assert series(tables, "score_date")[-1] == day(35)
    assert sum(row["accepted"] for row in tables["engagement_event_ledger"]) == 2
    tables, score = run(events, [weight()], customers=customers, as_of=day(35))
    assert score["ces"] == 0


def test_spine_keeps_its_first_day() -> None:
    """A customer that ended long before its first event has that one day."""
    tables, _ = run(
        [event("a", 0), event("b", 9)], [], customers=[{"customer_id": "c", "ended_at": day(-99)}]
    )
    assert series(tables, "score_date") == [day(0)]


@pytest.mark.parametrize(
    ("ended", "subscriptions", "expected"),
    [
        (None, [], None),
        (90, [], 90),
        (100, [], None),
        (None, [(0, 50), (60, 80)], 80),
        (None, [(0, 50), (60, None)], None),
        (None, [(0, 100)], None),
        (None, [(0, 99), (101, None)], 99),
        (None, [(None, 70)], 70),
        (None, [(101, None)], None),
        (None, [(0, 50), (100, None)], None),
        (50, [(0, None)], 50),
        (50, [(50, None)], 50),
        (50, [(51, None)], None),
        (50, [(51, 60)], 60),
        (50, [(101, None)], 50),
        (100, [(0, 20)], None),
    ],
)
def test_end_day(
    ended: int | None, subscriptions: list[tuple[int | None, int | None]], expected: int | None
) -> None:
    """Days are counted; as_of is day 100."""
    assert end_day(ended, subscriptions, 100) == expected


def test_repeated_customer_counts_once() -> None:
    """The row with the earliest sign-up counts, a missing one last."""
    customers = [
        {"customer_id": "c", "signed_up_at": None, "plan": "a"},
        {"customer_id": "c", "signed_up_at": "2024-03-01", "plan": "b"},
        {"customer_id": "c ", "signed_up_at": "2024-02-01", "plan": "c"},
    ]
    tables, _ = run([event("a", 0)], [], [card(population="plan=c")], customers=customers)
    assert len(series(tables)) == 30


# --- Derived events -------------------------------------------------------------------------------


def test_sessions_split_at_gaps_and_midnight() -> None:
    """A gap of exactly the timeout does not end a session, a longer one does."""
    start = moment(0, "09:00:00")
    half_hour, tick = timedelta(minutes=30), timedelta(microseconds=1)
    times = [start, start + half_hour, start + 2 * half_hour + tick]
    assert [len(session) for session in split_sessions(times, half_hour)] == [2, 1]
    around = [moment(0, "23:59:59.999999"), moment(1, "00:00:00")]
    assert [len(session) for session in split_sessions(around, half_hour)] == [1, 1]
    assert [len(session) for session in split_sessions([start, start], half_hour)] == [2]


def test_session_events() -> None:
    """User u: 20 s and 10.5 s (10 whole ones) in two sessions, a bounce; the unnamed user: one."""
    clocks = ["08:00:00", "08:00:20", "09:00:00", "09:00:10.5", "12:00:00"]
    events = [event(f"u{n}", 0, occurred_at=moment(0, clock)) for n, clock in enumerate(clocks)]
    events += [event(f"n{n}", 0, user_id=None) for n in range(2)]
    weights = [
        weight("session_started", "100"),
        weight("session_bounced", "1000"),
        weight("active_minutes", "1", measure="quantity"),
        weight("new_active_user", "10000"),
    ]
    tables, score = run(events, weights)
    assert occurrences(tables, "session_started") == 4
    assert occurrences(tables, "session_bounced") == 1
    assert occurrences(tables, "active_minutes") == 1
    assert occurrences(tables, "new_active_user") == 1
    assert score["ces"] == Decimal("11400.5000")
    assert score["events_in_window"] == 7


def test_new_active_user_is_the_first_day_of_each_customers_user() -> None:
    """One user id with two customers is two users."""
    events = [event("a", 0), event("b", 1), event("c", 1, customer_id="d")]
    tables, _ = run(events, [weight("new_active_user")], [card(window=1)], as_of=day(1))
    assert series(tables) == [1, 0]
    assert series(tables, customer_id="d") == [1]


def test_inactive_days_begin_after_the_grace_days() -> None:
    """Seven quiet days are free, the eighth counts; an event starts the count anew."""
    weights = [weight("inactive_day", "-1")]
    tables, _ = run([event("a", 0), event("b", 10)], weights, [card(window=1)], as_of=day(19))
    assert series(tables) == [0] * 8 + [-1, -1] + [0] * 8 + [-1, -1]


def test_inactive_days_of_a_silent_customer() -> None:
    """The spine's first day is the first quiet one; with no grace it counts itself."""
    customers = [{"customer_id": "c", "signed_up_at": day(0)}]
    weights, cards = [weight("inactive_day", "-1")], [card(window=1)]
    tables, _ = run([], weights, cards, customers=customers, as_of=day(8))
    assert series(tables) == [0] * 7 + [-1, -1]
    tables, _ = run([], weights, cards, customers=customers, as_of=day(1), inactivity_grace_days=0)
    assert series(tables) == [-1, -1]


def test_inactive_days_stop_at_the_end_day() -> None:
    """The end day still counts, the thirty days after it do not."""
    customers = [{"customer_id": "c", "signed_up_at": day(0), "ended_at": day(8)}]
    tables, _ = run(
        [], [weight("inactive_day", "-1")], [card(window=1)], customers=customers, as_of=day(40)
    )
    assert series(tables) == [0] * 7 + [-1, -1] + [0] * 30


# --- What holds for every input -------------------------------------------------------------------

unhurried = settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow], derandomize=True
)


def check_invariants(case: Case) -> None:
    """Assert what holds for every case."""
    tables = build(*case)
    ledger = tables["engagement_event_ledger"]
    assert sum(row["received"] for row in ledger) == len(case[0].events)
    for row in ledger:
        assert row["rejected"] == sum(row[reason] for reason in REASONS)
        assert row["received"] == row["accepted"] + row["duplicate"] + row["rejected"]
    sums: Counter[tuple[str, str]] = Counter()
    before: Counter[tuple[str, str]] = Counter()
    for row in tables["engagement_drivers"]:
        sums[row["scorecard"], row["customer_id"]] += row["points"]
        before[row["scorecard"], row["customer_id"]] += row["points_28d_before"]
    for row in tables["engagement_scores"]:
        key = row["scorecard"], row["customer_id"]
        assert sums[key] == row["ces_unrounded"]
        assert abs(before[key] - (row["ces_28d_before"] or 0)) <= Decimal("0.00005")


@unhurried
@given(cases())
def test_invariants(case: Case) -> None:
    """The ledger and the drivers add up."""
    check_invariants(case)


@unhurried
@given(cases(), st.randoms(use_true_random=False))
def test_order_of_rows_does_not_show(case: Case, shuffler: random.Random) -> None:
    """Shuffled relations give the same tables."""
    inputs, seeds, variables = case
    names = ("events", "customers", "subscriptions", "customer_aliases")
    shuffled = {name: list(getattr(inputs, name)) for name in names}
    for rows in shuffled.values():
        shuffler.shuffle(rows)
    assert build(replace(inputs, **shuffled), seeds, variables) == build(*case)


@unhurried
@given(cases())
def test_a_score_does_not_depend_on_later_events(case: Case) -> None:
    """With as_of fixed, later events and the day of the run change no score."""
    inputs, seeds, variables = case
    fixed = replace(variables, as_of=build(*case).as_of)
    later = [{**row, "occurred_at": datetime(2195, 1, 1, tzinfo=UTC)} for row in inputs.events]
    more = replace(inputs, events=inputs.events + later)
    tables, again = build(inputs, seeds, fixed), build(more, seeds, fixed)
    if fixed.as_of is not None:
        assert again["engagement_scores_daily"] == tables["engagement_scores_daily"]
        assert build(*case)["engagement_scores"] == tables["engagement_scores"]


def test_seeded_cases_cover_what_can_happen() -> None:
    """A few seeds reach every reason, duplicates, derived drivers and every direction."""
    reasons: set[str] = set()
    drivers: set[str] = set()
    directions: set[str] = set()
    for seed in range(12):
        case = seeded_case(seed, customers=30, days=90, events=400)
        assert repr(seeded_case(seed, customers=30, days=90, events=400)) == repr(case)
        check_invariants(case)
        tables = build(*case)
        reasons |= {row["reason"] for row in tables["engagement_rejected_events"]}
        drivers |= {row["event_name"] for row in tables["engagement_drivers"]}
        directions |= {row["direction"] for row in tables["engagement_tier_changes"]}
        assert any(row["duplicate"] for row in tables["engagement_event_ledger"])
    assert reasons == set(REASONS) - OF_TRACKERS
    assert drivers >= {"inactive_day", "session_started", "active_minutes", "new_active_user"}
    assert directions == {"up", "down"}
