"""What `make what-if` and `make calibrate` print."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import calibrate
import duckdb
import pytest
import what_if
from page import Unusable

JUNE, JULY = date(2024, 6, 30), date(2024, 7, 31)


def test_calibration_is_a_line_for_each_month() -> None:
    """A tier that nobody has in a month is 0 %."""
    rows = [
        ("s1", Decimal(100), Decimal(80), JUNE, Decimal("79.5"), "low", 3, Decimal("0.75")),
        ("s1", Decimal(100), Decimal(80), JUNE, Decimal("79.5"), "high", 1, Decimal("0.25")),
        ("s1", Decimal(100), Decimal(80), JULY, Decimal(81), "low", 5, Decimal(1)),
    ]
    lines = calibrate.lines_for(rows)
    assert lines[1] == "s1: full_score_points is 100, proposed 80"
    assert lines[-2].split() == ["2024-06-30", "75.0", "%", "25.0", "%", "79.5"]
    assert lines[-1].split() == ["2024-07-31", "100.0", "%", "0.0", "%", "81.0"]


def test_calibration_of_nothing() -> None:
    """No customer, no proposal."""
    assert calibrate.lines_for([]) == ["No scorecard has customers to calibrate on."]


@pytest.fixture
def scenarios() -> duckdb.DuckDBPyConnection:
    """Return a database with one candidate that moves one customer and foretells better."""
    connection = duckdb.connect()
    connection.execute(
        "create table int_engagement__scorecards as"
        " select * from (values ('active one', 'active'), ('next', 'candidate'))"
        " as named(scorecard, status)"
    )
    connection.execute(
        "create table engagement_scenarios (scorecard text, candidate text, aspect text,"
        " outcome text, customer_id text, active_value double, candidate_value double,"
        " difference double, difference_low double, difference_high double,"
        " finding text, place int)"
    )
    connection.execute(
        "insert into engagement_scenarios values"
        " ('active one', 'next', 'tier_migration', null, null, null, null, 1, null, null,"
        " '1 from low to high', 1),"
        " ('active one', 'next', 'mover', null, 'ana', 30, 75, 45, null, null, 'low to high', 1),"
        " ('active one', 'next', 'auc', 'churn', null, 0.6, 0.65, 0.05, 0.01, 0.09, 'better', 1)"
    )
    return connection


def test_what_if_tells_moves_and_foresight(scenarios: duckdb.DuckDBPyConnection) -> None:
    """Tiers, movers and figures with their intervals."""
    text = "\n".join(what_if.lines_for(scenarios, "next", "seeds"))
    assert "next in place of active one" in text
    assert "1 from low to high" in text
    assert "+45.0   low to high" in text
    assert "churn, auc: 0.600 -> 0.650, +0.050 (+0.010 to +0.090): better" in text


@pytest.mark.parametrize("name", ["", "nobody", "active one"])
def test_what_if_of_no_candidate(scenarios: duckdb.DuckDBPyConnection, name: str) -> None:
    """The sentence names the candidates."""
    with pytest.raises(Unusable, match="name one of next"):
        what_if.lines_for(scenarios, name, "seeds")
