"""The backtest: its sample, its figures and its laws, against plain Python and scikit-learn."""

from __future__ import annotations

import math
import random
from collections import Counter, defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from fractions import Fraction
from functools import cache

import pytest
import reference
from harness import CompiledProject, Model
from reference import Inputs, Row, Rows, Seeds, Settings
from scipy.stats import spearmanr
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import average_precision_score, roc_auc_score

START = date(2024, 1, 10)
EARLY_START = date(2023, 9, 20)
AS_OF = date(2024, 8, 20)
SAMPLE = "int_engagement__backtest_sample"
TABLES = (
    "engagement_backtest",
    "engagement_backtest_deciles",
    "engagement_backtest_tiers",
    "engagement_backtest_calibration",
    "engagement_backtest_stability",
    "engagement_scenarios",
)
SIGNS = {
    "ces": 1,
    "ces_change_28d": 1,
    "days_since_score_fell": 1,
    "days_since_last_event": -1,
    "event_count": 1,
    "active_days": 1,
}
EXACT = 1e-9
CLOSE = 2e-6


@dataclass(frozen=True)
class BacktestSeeds(Seeds):
    """The seeds of a score, and outcomes."""

    outcomes: Rows = field(default_factory=list)


def seeds() -> BacktestSeeds:
    """Two scorecards with derived events, and an outcome of each kind."""
    cards = [("s1", "active", "20", "10"), ("s2", "candidate", "30", "")]
    weights = [
        ("visit", "3", "events", "2"), ("buy", "5", "quantity", ""), ("mail", "-1", "users", ""),
        ("session_started", "0.5", "events", ""), ("session_bounced", "-0.5", "events", ""),
        ("active_minutes", "0.1", "quantity", "30"), ("inactive_day", "-0.75", "events", ""),
        ("new_active_user", "4", "events", ""),
    ]  # fmt: skip
    outcomes = [
        ("lapse", "lapse", 5, 20, "visit|buy"), ("churn", "churn", 14, 30, ""),
        ("gone", "ended", 10, 25, ""), ("less", "contraction", 0, 30, ""),
        ("more", "upgrade", 3, 40, ""),
    ]  # fmt: skip
    return BacktestSeeds(
        scorecards=[
            {"scorecard": name, "title": "", "status": status, "window_days": window,
             "half_life_days": half_life, "full_score_points": "40", "population": "",
             "description": ""}
            for name, status, window, half_life in cards
        ],
        event_weights=[
            {"scorecard": card[0], "event_name": name, "category": "", "weight": weight,
             "measure": measure, "daily_cap_per_user": cap, "valid_from": "", "valid_to": "",
             "owner": "", "rationale": ""}
            for card in cards
            for name, weight, measure, cap in weights
        ],
        tier_bands=[
            {"scorecard": "*", "tier": tier, "tier_rank": str(rank), "upper_bound": bound,
             "title": "", "playbook": ""}
            for rank, (tier, bound) in enumerate(
                [("none", "0"), ("low", "30"), ("mid", "60"), ("high", "")]
            )
        ],
        kpi_events=[{"event_name": "mail", "role": "passive", "label": "", "note": ""}],
        kpi_definitions=[],
        outcomes=[
            {"outcome": name, "kind": kind, "lead_days": str(lead), "horizon_days": str(horizon),
             "event_names": events}
            for name, kind, lead, horizon, events in outcomes
        ],
    )  # fmt: skip


def inputs(seed: int, customers: int = 40, start: date = START) -> Inputs:
    """Return busy and quiet customers, late rows, subscriptions that grow, shrink and end."""
    pick = random.Random(seed)
    found = Inputs(events=[])
    days = (AS_OF - start).days
    for number in range(customers):
        name = f"c{number}"
        first = start + timedelta(days=pick.choice((0, 0, 20, 90)))
        own = terms(pick, name, first)
        is_listed = bool(own) or pick.random() < 0.5
        signed_up = datetime.combine(first, datetime.min.time()) if is_listed else None
        ended = first + timedelta(days=pick.randrange(60, 400)) if pick.random() < 0.4 else None
        found.customers.append(
            {"customer_id": name, "customer_name": None, "signed_up_at": signed_up,
             "ended_at": None if ended is None else datetime.combine(ended, datetime.min.time()),
             "plan": None, "lifecycle": None, "licensed_seats": None, "owner": None,
             "is_internal": None}
        )  # fmt: skip
        found.subscriptions.extend(own)
        rate = 0.3
        for offset in range(pick.choice((0, 3)), days):
            day = first + timedelta(days=offset)
            if offset % 14 == 0:
                rate = pick.choice((0.0, 0.0, 0.1, 0.5))
            if day <= AS_OF and pick.random() < rate:
                for _ in range(pick.choice((1, 1, 2, 4))):
                    add_event(found.events, pick, name, day)
    return found


def terms(pick: random.Random, name: str, first: date) -> Rows:
    """Subscriptions one after another, at times with a gap, at times with another price."""
    rows: Rows = []
    begin, price = first, 100
    for _ in range(pick.choice((0, 1, 4, 8))):
        end = begin + timedelta(days=pick.choice((29, 30, 45)))
        is_open = pick.random() < 0.1
        rows.append(
            {"customer_id": name, "started_at": datetime.combine(begin, datetime.min.time()),
             "ended_at": None if is_open else datetime.combine(end, datetime.min.time()),
             "plan": None, "mrr": price, "quantity": None}
        )  # fmt: skip
        if is_open:
            break
        begin = end + timedelta(days=pick.choice((0, 1, 1, 1, 2, 20)))
        price = max(10, price + pick.choice((0, 0, -20, 30)))
    return rows


def add_event(events: Rows, pick: random.Random, name: str, day: date) -> None:
    """Add an event, one in four of them late, at times later than any window reaches."""
    occurred = datetime.combine(day, datetime.min.time()) + timedelta(minutes=pick.randrange(1439))
    late = timedelta(days=pick.choice((1, 5, 40, 120))) if pick.random() < 0.25 else timedelta(0)
    events.append(
        {"event_id": f"e{len(events)}", "customer_id": name,
         "event_name": pick.choice(("visit", "visit", "buy", "mail")), "occurred_at": occurred,
         "user_id": pick.choice(("u1", "u2", "u3", None)), "quantity": pick.choice((1, 2, None)),
         "loaded_at": None if pick.random() < 0.1 else occurred + late, "source": "app"}
    )  # fmt: skip


SETTINGS = Settings(AS_OF, AS_OF, EARLY_START)


def reference_days(outcome: Row) -> list[date]:
    """Return the last six ends of months whose labels are known."""
    wait = timedelta(days=int(outcome["lead_days"]) + int(outcome["horizon_days"]))
    days = [SETTINGS.first_day + timedelta(days=number) for number in range(400)]
    ends = [day for day in days if (day + timedelta(days=1)).day == 1 and day + wait < AS_OF]
    return ends[-6:]


def known_by(given: Inputs, day: date) -> Inputs:
    """Return what had happened and was loaded by the end of a day."""
    return replace(
        given,
        events=[
            event
            for event in given.events
            if event["occurred_at"].date() <= day
            and (event["loaded_at"] is None or event["loaded_at"].date() <= day)
        ],
    )


def expected_sample(given: Inputs, chosen: BacktestSeeds) -> dict[tuple, Row]:
    """Return the sample: scores by the project's reference on what was known, labels by hand."""

    @cache
    def scores(day: date) -> dict[tuple, Row]:
        rows = reference.build(known_by(given, day), chosen, replace(SETTINGS, as_of=day))
        daily = rows["engagement_scores_daily"]
        return {(r["scorecard"], r["customer_id"], r["score_date"]): r for r in daily}

    windows = {row["scorecard"]: int(row["window_days"]) for row in chosen.scorecards}
    found = {}
    for outcome in chosen.outcomes:
        for day in reference_days(outcome):
            known = known_by(given, day)
            for customer in given.customers:
                label = expected_label(given, known, customer, outcome, day)
                for card, window in windows.items():
                    name = customer["customer_id"]
                    row = scores(day).get((card, name, day))
                    if label is None or row is None or row["is_provisional"]:
                        continue
                    earlier = [
                        scores(day).get((card, name, day - timedelta(days=age)), {"ces": 0})["ces"]
                        for age in (0, 7, 14, 21, 28)
                    ]
                    fell = [k for k in range(4) if earlier[k] < earlier[k + 1]]
                    active = [
                        (day - event["occurred_at"].date()).days
                        for event in known.events
                        if event["customer_id"] == name and event["event_name"] != "mail"
                    ]
                    recent = [age for age in active if age < window]
                    first = min(key[2] for key in scores(day) if key[:2] == (card, name))
                    found[outcome["outcome"], card, day, name] = {
                        "is_positive": label,
                        "ces": row["ces"],
                        "tier": row["tier"],
                        "ces_change_28d": earlier[0] - earlier[4],
                        "days_since_score_fell": 7 * fell[0] if fell else 28,
                        "days_since_last_event": min(active, default=(day - first).days + 1),
                        "event_count": len(recent),
                        "active_days": len(set(recent)),
                    }
    return found


def expected_label(
    given: Inputs, known: Inputs, customer: Row, outcome: Row, day: date
) -> int | None:
    """1 or 0, or nothing where the customer is not to be asked about."""
    name, kind = customer["customer_id"], outcome["kind"]
    lead = day + timedelta(days=int(outcome["lead_days"]))
    until = lead + timedelta(days=int(outcome["horizon_days"]))
    own = [row for row in given.subscriptions if row["customer_id"] == name]
    spans = [
        (row["started_at"].date(), row["ended_at"].date() if row["ended_at"] else date.max, row)
        for row in own
    ]
    begun = [span for span in spans if span[0] <= AS_OF]
    if customer["ended_at"] and not any(s > customer["ended_at"].date() for s, _, _ in begun):
        gone = customer["ended_at"].date()
    elif begun and not any(end >= AS_OF for _, end, _ in begun):
        gone = max(end for _, end, _ in begun)
    else:
        gone = date.max
    if gone < AS_OF and gone <= lead:
        return None
    so_far = [end for begin, end, _ in spans if begin <= day]
    if so_far and max(so_far) < day:
        return None
    if kind == "ended":
        return int(gone <= until and gone < AS_OF)
    if kind == "lapse":
        names = outcome["event_names"].split("|")
        before = [
            event
            for event in known.events
            if event["customer_id"] == name
            and event["event_name"] in names
            and 0 <= (day - event["occurred_at"].date()).days < int(outcome["horizon_days"])
        ]
        after = [
            event
            for event in given.events
            if event["customer_id"] == name
            and event["event_name"] in names
            and lead < event["occurred_at"].date() <= until
        ]
        return int(not after) if before else None
    return subscription_label(spans, kind, day, lead, until)


def subscription_label(
    spans: Sequence[tuple[date, date, Row]], kind: str, day: date, lead: date, until: date
) -> int | None:
    """Day by day: whether anything is open, and for how much."""
    starts = {begin for begin, _, _ in spans}

    def mrr(when: date) -> int | None:
        rows = [
            row["mrr"]
            for begin, end, row in spans
            if begin <= when <= end and not (end == when and when in starts and begin < end)
        ]
        return sum(rows) if rows else None

    before = mrr(day)
    if before is None:
        return None
    for number in range((until - day).days + 1):
        when = day + timedelta(days=number)
        is_last = mrr(when + timedelta(days=1)) is None
        after = mrr(when)
        happened = (
            (kind == "churn" and is_last)
            or (kind == "contraction" and number and after < before)
            or (kind == "upgrade" and number and after > before)
        )
        if (happened or is_last) and when <= lead:
            return None
        if happened:
            return 1
        if is_last:
            return int(later_change(mrr, kind, when, until))
        before = after
    return 0


def later_change(mrr: Callable[[date], int | None], kind: str, when: date, until: date) -> bool:
    """Whether the price of those who came back changes before the end of the horizon."""
    while when < until:
        before, after = mrr(when), mrr(when + timedelta(days=1))
        change = 0 if before is None or after is None else after - before
        if (kind == "contraction" and change < 0) or (kind == "upgrade" and change > 0):
            return True
        when += timedelta(days=1)
    return False


@pytest.fixture(scope="module", params=[1, 2])
def case(request: pytest.FixtureRequest, compiled: CompiledProject) -> tuple[Inputs, dict]:
    """Return a generated case with what the SQL makes of it."""
    given = inputs(request.param)
    return given, compiled.run(given, seeds(), SETTINGS, tables=(SAMPLE, *TABLES))


def assert_sample(expected: dict[tuple, Row], sample: Rows) -> None:
    """Fail where the sample is not the expected one."""
    keys = ("outcome", "scorecard", "reference_date", "customer_id")
    got = {tuple(row[key] for key in keys): row for row in sample}
    assert expected.keys() - got.keys() == set()
    assert got.keys() - expected.keys() == set()
    wrong = [
        (key, column, value, got[key][column])
        for key, row in expected.items()
        for column, value in row.items()
        if got[key][column] != value
    ]
    assert not wrong, wrong[:10]


def test_sample_is_that_of_the_reference(case: tuple[Inputs, dict]) -> None:
    """Labels and predictors; the latter from what was loaded by the reference day alone."""
    given, tables = case
    expected = expected_sample(given, seeds())
    assert len({key[0] for key in expected}) == 5
    assert {key[0] for key, row in expected.items() if row["is_positive"]} == {
        "lapse", "churn", "gone", "less", "more",
    }  # fmt: skip
    assert_sample(expected, tables[SAMPLE])


BEFORE_WINDOWS = date(2023, 12, 4)
"""The last day that is in no window of a reading of the first reference day, 2024-01-31."""

VISITS = {
    # customer: user, days after BEFORE_WINDOWS, whether it came after the reference day
    "silent since a day that had come": [("u", -20, False), ("u", -1, True), ("u", 6, False)],
    "part of the last day had come": [("u", -20, False), ("u", -1, False), ("u", -1, True),
                                      ("u", 6, False)],
    "all of the last day had come": [("u", -20, False), ("u", -1, False), ("u", 6, True)],
    "user is new": [("u", -20, False), ("v", -30, True), ("v", 47, False)],
    "user is not new": [("u", -20, True), ("v", -30, False), ("v", 47, False)],
}  # fmt: skip


def early_visits() -> Inputs:
    """Return customers whose events before all windows matter by the first and the last of them."""
    midnight = datetime.combine(BEFORE_WINDOWS, datetime.min.time())
    events = [
        {"event_id": f"{name} {number}", "customer_id": name, "event_name": "visit",
         "occurred_at": midnight + timedelta(days=after), "user_id": user, "quantity": None,
         "loaded_at": midnight + timedelta(days=90 if is_late else after), "source": "app"}
        for name, visits in VISITS.items()
        for number, (user, after, is_late) in enumerate(visits)
    ]  # fmt: skip
    unknown = dict.fromkeys(inputs(1, customers=1).customers[0])
    return Inputs(events=events, customers=[unknown | {"customer_id": name} for name in VISITS])


@pytest.mark.parametrize("made", [early_visits, lambda: inputs(1, 12, EARLY_START)])
def test_events_before_all_windows_matter_when_they_have_come(
    compiled: CompiledProject, made: Callable[[], Inputs]
) -> None:
    """The first event of a user, or the last before a silence, may be too old for any window."""
    found = made()
    customers = [row | {"ended_at": None} for row in found.customers]
    given = replace(found, customers=customers, subscriptions=[])
    tables = compiled.run(given, seeds(), SETTINGS, tables=(SAMPLE,))
    expected = expected_sample(given, seeds())
    assert any(key[2] == date(2024, 1, 31) for key in expected)
    assert_sample(expected, tables[SAMPLE])


Cell = tuple[str, str, date | None]


def cells(sample: Rows) -> dict[Cell, Rows]:
    """Rows of each outcome, scorecard and day, and of all days pooled."""
    found: dict[Cell, Rows] = defaultdict(list)
    for row in sample:
        for day in (row["reference_date"], None):
            found[row["outcome"], row["scorecard"], day].append(row)
    return found


def oriented(row: Row, predictor: str) -> float:
    """Return a predictor turned so that a higher value should mean the outcome."""
    return float(SIGNS[predictor] * row["engagement_sign"] * row[predictor])


def check_figures(tables: dict[str, Rows]) -> int:
    """Compare AUC, average precision, KS and deciles with scikit-learn's and plain ones."""
    by_cell = cells(tables[SAMPLE])
    deciles = {
        (r["outcome"], r["scorecard"], r["reference_date"], r["predictor"], r["decile"]): r
        for r in tables["engagement_backtest_deciles"]
    }
    compared = 0
    for row in tables["engagement_backtest"]:
        cell = (row["outcome"], row["scorecard"], row["reference_date"])
        rows = by_cell.get(cell, [])
        labels = [r["is_positive"] for r in rows]
        values = [oriented(r, row["predictor"]) for r in rows]
        assert (row["customers"], row["positives"]) == (len(rows), sum(labels))
        if not 0 < sum(labels) < len(labels):
            assert row["auc"] is None
            continue
        compared += 1
        assert abs(float(row["auc"]) - roc_auc_score(labels, values)) < EXACT
        assert abs(float(row["pr_auc"]) - average_precision_score(labels, values)) < EXACT
        assert abs(float(row["ks"]) - plain_ks(labels, values)) < EXACT
        for number, lift in enumerate(plain_lifts(labels, values), 1):
            got = deciles[(*cell, row["predictor"], number)]["lift"]
            assert abs(float(got) - float(lift)) < CLOSE
        assert row["auc_low"] <= row["auc_high"]
        assert row["needs_leakage_check"] == (row["auc"] > Fraction(9, 10))
    return compared


def plain_ks(labels: Sequence[int], values: Sequence[float]) -> float:
    """Widest gap between two distributions."""
    sides = [[v for v, y in zip(values, labels, strict=True) if y == side] for side in (0, 1)]
    return max(
        abs(sum(v <= x for v in sides[0]) / len(sides[0])
            - sum(v <= x for v in sides[1]) / len(sides[1]))
        for x in set(values)
    )  # fmt: skip


def plain_lifts(labels: Sequence[int], values: Sequence[float]) -> list[Fraction]:
    """Lift by decile: each customer is a stretch, and equal values share the outcomes."""
    ties: dict[float, list[int]] = defaultdict(list)
    for label, value in zip(labels, values, strict=True):
        ties[value].append(label)
    rates = [
        Fraction(sum(ties[value]), len(ties[value]))
        for value in sorted(ties, reverse=True)
        for _ in ties[value]
    ]
    whole, base = len(rates), Fraction(sum(labels), len(labels))
    lifts = []
    for decile in range(10):
        low, high = Fraction(decile * whole, 10), Fraction((decile + 1) * whole, 10)
        inside = sum(
            rate * max(Fraction(0), min(high, place + 1) - max(low, place))
            for place, rate in enumerate(rates)
        )
        lifts.append(inside / (high - low) / base)
    return lifts


def test_figures_are_those_of_scikit_learn(case: tuple[Inputs, dict]) -> None:
    """Over real ties: small samples, counts, days."""
    assert check_figures(case[1]) > 100


def test_tiers_and_stability(case: tuple[Inputs, dict]) -> None:
    """Counts by tier, PSI and Spearman's correlation by hand."""
    tables = case[1]
    by_cell = cells(tables[SAMPLE])
    for row in tables["engagement_backtest_tiers"]:
        rows = by_cell[row["outcome"], row["scorecard"], row["reference_date"]]
        labels = [r["is_positive"] for r in rows if r["tier"] == row["tier"]]
        assert (row["customers"], row["positives"]) == (len(labels), sum(labels))
    assert len(tables["engagement_backtest_stability"]) > 20
    for row in tables["engagement_backtest_stability"]:
        now, before = (
            {r["customer_id"]: r for r in by_cell[row["outcome"], row["scorecard"], row[column]]}
            for column in ("reference_date", "previous_date")
        )
        both = sorted(now.keys() & before.keys())
        assert row["customers_on_both"] == len(both)
        assert abs(float(row["psi"]) - plain_psi(now.values(), before.values())) < CLOSE
        pairs = [[float(side[name]["ces"]) for name in both] for side in (now, before)]
        if len(both) > 1 and len(set(pairs[0])) > 1 and len(set(pairs[1])) > 1:
            expected = spearmanr(*pairs).statistic
            assert abs(float(row["rank_correlation"]) - expected) < CLOSE


def plain_psi(now: Sequence[Row], before: Sequence[Row]) -> float:
    """Return the population stability index against the tenths of the day before."""
    old, new = (sorted(row["ces"] for row in rows) for rows in (before, now))
    edges = sorted({old[math.ceil(k * len(old) / 10) - 1] for k in range(1, 10)})
    counts = [Counter(sum(v > edge for edge in edges) for v in side) for side in (new, old)]
    bins = [[c[k] + 0.5 for k in range(len(edges) + 1)] for c in counts]
    shares = [[count / sum(side) for count in side] for side in bins]
    return sum((a - b) * math.log(a / b) for a, b in zip(*shares, strict=True))


def test_calibration_learns_from_earlier_days_alone(case: tuple[Inputs, dict]) -> None:
    """The Brier score is that of scikit-learn's logistic on days whose outcomes were known."""
    tables, by_cell = case[1], cells(case[1][SAMPLE])
    waits = {o["outcome"]: int(o["lead_days"]) + int(o["horizon_days"]) for o in seeds().outcomes}
    compared = 0
    for row in tables["engagement_backtest"]:
        if row["predictor"] != "ces" or row["reference_date"] is None:
            continue
        name, card, day = row["outcome"], row["scorecard"], row["reference_date"]
        learnt = [
            r
            for key, rows in by_cell.items()
            if key[:2] == (name, card) and key[2] and key[2] + timedelta(days=waits[name]) <= day
            for r in rows
        ]
        labels = [r["is_positive"] for r in learnt]
        if not 0 < sum(labels) < len(labels):
            assert row["brier"] is None
            continue
        values = [oriented(r, "ces") for r in learnt]
        mean = sum(values) / len(values)
        spread = math.sqrt(sum((v - mean) ** 2 for v in values) / len(values)) or 1
        model = LogisticRegression(C=1, tol=1e-10).fit(
            [[(v - mean) / spread] for v in values], labels
        )
        rows = by_cell[name, card, day]
        chances = model.predict_proba([[(oriented(r, "ces") - mean) / spread] for r in rows])[:, 1]
        brier = sum((c - r["is_positive"]) ** 2 for c, r in zip(chances, rows, strict=True))
        assert abs(float(row["brier"]) - brier / len(rows)) < 1e-5
        compared += 1
    assert compared > 10


# --- Laws, on samples made up ---------------------------------------------------------------------


def made_up(
    compiled: CompiledProject, rows: Sequence[tuple[str, int, float, int, int]]
) -> dict[str, Rows]:
    """Run the models after the sample on rows of customer, label, ces, event_count, active_days."""
    compiled.project.input_path = None
    given = inputs(1, customers=1)
    compiled.run(given, seeds(), SETTINGS, tables=(SAMPLE,))
    values = ", ".join(
        f"('lapse', 's1', date '2024-06-30', '{c}', -1, {y}, cast({x} as decimal(18, 4)), 'low', 1,"
        f" cast(0 as decimal(18, 4)), 28, 3, cast({n} as bigint), cast({a} as bigint))"
        for c, y, x, n, a in rows
    )
    columns = (
        "outcome, scorecard, reference_date, customer_id, engagement_sign, is_positive, ces, tier,"
        " tier_rank, ces_change_28d, days_since_score_fell, days_since_last_event, event_count,"
        " active_days"
    )
    sql = f"select * from (values {values}) as t ({columns})"
    models: list[Model] = [
        replace(model, sql=sql) if model.name == SAMPLE else model
        for model in compiled.compile(SETTINGS)
    ]
    return compiled.execute(models, seeds(), tables=(SAMPLE, *TABLES))


def pooled(tables: dict[str, Rows], predictor: str) -> Row:
    """Return the pooled row of a predictor."""
    return next(
        row
        for row in tables["engagement_backtest"]
        if (row["outcome"], row["scorecard"]) == ("lapse", "s1")
        and row["predictor"] == predictor
        and row["reference_date"] is None
    )


def test_heavy_ties_constants_shuffles_and_the_outcome_itself(compiled: CompiledProject) -> None:
    """A constant is exactly chance, a shuffled outcome about so, the outcome itself is flagged."""
    pick = random.Random(5)
    rows = [
        (f"c{number}", int(pick.random() < 0.3), 7.5, pick.randrange(4), 0) for number in range(600)
    ]
    tables = made_up(compiled, [(c, y, x, n, -y) for c, y, x, n, _ in rows])
    assert check_figures(tables) == 12
    constant, shuffled, itself = (
        pooled(tables, name) for name in ("ces", "event_count", "active_days")
    )
    assert constant["auc"] == Fraction(1, 2)
    assert constant["auc_low"] == constant["auc_high"] == Fraction(1, 2)
    lifts = {r["lift"] for r in tables["engagement_backtest_deciles"] if r["predictor"] == "ces"}
    assert lifts == {1}
    assert constant["top_decile_lift"] == constant["lift_low"] == constant["lift_high"] == 1
    assert shuffled["auc_low"] < Fraction(1, 2) < shuffled["auc_high"]
    assert shuffled["lift_low"] < 1 < shuffled["lift_high"]
    assert itself["auc"] == 1
    assert itself["needs_leakage_check"]
    assert itself["verdict"].startswith("AUC above 0.9: look for leakage.")
    assert "active_days is ahead of the score by 0.500, more than noise" in constant["verdict"]


@pytest.mark.parametrize(("label", "words"), [(0, "Nobody had"), (1, "Everybody had")])
def test_all_or_none_with_the_outcome(compiled: CompiledProject, label: int, words: str) -> None:
    """There is no AUC, and the verdict says why; for an outcome without customers too."""
    tables = made_up(compiled, [("a", label, 1, 1, 1), ("b", label, 2, 1, 1)])
    row = pooled(tables, "ces")
    assert row["auc"] is None
    assert row["verdict"].startswith(words)
    churn = [row for row in tables["engagement_backtest"] if row["outcome"] == "churn"]
    assert churn
    assert all(row["verdict"].startswith("Nobody could be asked") for row in churn)


def test_no_outcomes_and_no_events(compiled: CompiledProject) -> None:
    """Empty relations give empty tables."""
    nothing = replace(seeds(), outcomes=[])
    tables = compiled.run(inputs(1, customers=2), nothing, SETTINGS, tables=TABLES)
    assert not tables["engagement_backtest"]
    tables = compiled.run(Inputs(events=[]), seeds(), SETTINGS, tables=TABLES)
    assert all(row["customers"] == 0 for row in tables["engagement_backtest"])


@pytest.mark.parametrize(
    ("cells", "sentence"),
    [
        ({"kind": "leaving"}, "kind leaving is unknown; write one of churn, ended, contraction"),
        ({"lead_days": "soon"}, "lead_days soon is not a number of days from 0 to 3660; write a"),
        ({"horizon_days": "0"}, "horizon_days 0 is not a number of days from 1 to 3660; write a"),
        ({"kind": "churn"}, "event_names visit|buy means nothing for the kind churn; leave it"),
        ({"population": "plan"}, "population plan is not understood; write attribute=value or"),
        ({"outcome": "more"}, "the outcome is there more than once; keep one row."),
    ],
)
def test_bad_outcomes_are_told_in_one_sentence(
    compiled: CompiledProject, cells: dict[str, str], sentence: str
) -> None:
    """The sentence names the file, the row and the mend."""
    spoilt = seeds()
    spoilt.outcomes[0].update(cells)
    name = "engagement_setup_problems"
    problems = compiled.run(Inputs(), spoilt, SETTINGS, tables=[name])[name]
    assert problems
    assert all(row["problem"].startswith(sentence) for row in problems)
    row = spoilt.outcomes[0]["outcome"]
    assert {row["place"] for row in problems} == {f'outcomes.csv, row "{row}"'}
