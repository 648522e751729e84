"""Alerts, trends, accounts and opportunities are those of the reference, and hold their laws."""

from __future__ import annotations

import random
from collections.abc import Iterable, Iterator
from dataclasses import replace
from datetime import date, datetime, time, timedelta
from decimal import Decimal

import pytest
import reference_actions
from harness import (
    BUILD,
    CompiledProject,
    KeptCase,
    Mutation,
    Project,
    examples,
    moved_customers,
)
from hypothesis import assume, given
from hypothesis import strategies as st
from reference import Row, Rows, nulls_last, read_day
from reference_actions import TABLES, ActionSeeds
from strategies import (
    LIFECYCLES,
    Case,
    CaseMaker,
    DrawSource,
    RandomSource,
    Size,
)

NEEDED = (*TABLES, "engagement_scores_daily")
SCORES = ("nps", "nps", "csat", "NPS", "customer_effort", None)
ANSWERS = tuple(
    Decimal(n) for n in ("9", "6", "10", "0", "7", "4", "5", "2", "1", "3", "8.5", "11")
)
ANSWER_AGES = (0, 1, 30, 179, 180, 181, -1)
TRENDS = ("rising", "steady", "falling", "unknown")
RISKS = ("none", "low", "medium", "high", "unknown")
MOODS = ("happy", "mixed", "unhappy")

# --- Cases ----------------------------------------------------------------------------------------


class ActionCaseMaker(CaseMaker):
    """Makes cases in which customers are busy, quiet and busy again for weeks at a time."""

    def make(self) -> Case:
        """Return the whole case, with survey responses and rules."""
        inputs, seeds, settings = super().make()
        names = [row["scorecard"] for row in seeds.scorecards]
        tiers = sorted({row["tier"] for row in seeds.tier_bands})
        return (
            replace(inputs, survey_responses=self._surveys()),
            ActionSeeds(
                **vars(seeds),
                alert_rules=self._alert_rules(names),
                opportunity_rules=self._opportunity_rules(names, tiers),
            ),
            settings,
        )

    def _customer(self, customer_id: str) -> Row:
        seats = self.pick((None, 1, 2, 3, 10, 11, 0, 250))
        return super()._customer(customer_id) | {"licensed_seats": seats}

    def _events(self) -> Rows:
        self.active = self.roster[len(self.roster) // 6 :]
        for customer_id in self.active:
            self._live(customer_id)
        if self.chance(40):
            self._background()
        return [self._render_event(draft, set()) for draft in self.drafts]

    def _live(self, customer_id: str) -> None:
        """Add the events of one customer, whose pace changes now and then."""
        pace, users = self.pick((3, 5, 1, 0)), [*self.users[: self.pick((1, 2, 4))]]
        if self.chance(20):
            users = [None]
        day = self.first
        while day <= self.horizon:
            if self.chance(20):
                pace = self.pick((0, 1, 3, 7))
            for offset in range(pace):
                self._add(customer_id, day + timedelta(days=offset), users)
            day += timedelta(days=7)

    def _add(self, customer_id: str, day: date, users: list[str | None]) -> None:
        if self.settings.first_day <= day <= self.horizon:
            self.drafts.append(
                {
                    "event_id": f"e{len(self.drafts)}",
                    "customer_id": customer_id,
                    "event_name": self.pick(self.names),
                    "occurred_at": datetime.combine(day, time(12)),
                    "user_id": self.pick(users),
                    "quantity": None,
                    "loaded_at": None,
                    "source": "app",
                }
            )

    def _background(self) -> None:
        """Add a busy source that at times falls silent: gaps of the pipeline."""
        customer_id, name = self.pick(self.active or self.roster or ["none"]), self.names[0]
        outage = self.first + timedelta(days=self.source.integer(30, max(31, self.size.days)))
        for number in range((self.horizon - self.first).days + 1):
            day = self.first + timedelta(days=number)
            if not outage <= day < outage + timedelta(days=self.pick((1, 3)) if number else 1):
                for _ in range(20):
                    self._add(customer_id, day, [None])
                    self.drafts[-1:] = [
                        draft | {"event_name": name, "source": "bulk"} for draft in self.drafts[-1:]
                    ]

    def _surveys(self) -> Rows:
        rows = []
        for customer_id in [*self.roster, *self.parents]:
            for _ in range(self.pick((0, 0, 1, 3))):
                age = timedelta(days=self.pick(ANSWER_AGES))
                rows.append(
                    {
                        "customer_id": self._id("customers", customer_id),
                        "survey": self.pick(SCORES),
                        "score": None if self.chance(5) else self.pick(ANSWERS),
                        "responded_at": datetime.combine(self.anchor - age, self._clock()),
                        "user_id": self._id("user_id", self.pick((*self.users[:2], None))),
                    }
                )
        return rows

    def _alert_rules(self, names: list[str]) -> Rows:
        """Return rules for all scorecards, and some of their own."""
        rules = {
            "drop": lambda: {
                "kind": "score_drop",
                "max_share_of_base": self.pick(("0.7", "0.5", "1", "0")),
                "min_points_down": self.pick(("10", "1", "0.0001", "3.5")),
                "max_weeks_open": self.pick(("8", "1", "3", "")),
            },
            "fall": lambda: {"kind": "tier_fall", "max_weeks_open": self.pick(("2", "8", ""))},
            "low": lambda: {"kind": "low_score", "below_score": self.pick(("0", "5", "-2.5"))},
            "silent": lambda: {"kind": "silence", "quiet_days": self.pick(("21", "7", "14", "1"))},
            "another drop": lambda: {
                "kind": "score_drop",
                "max_share_of_base": "0.9",
                "min_points_down": "2",
                "max_weeks_open": "2",
            },
        }
        places = [("*", name) for name in rules]
        places += [(card, name) for card in names for name in rules if self.chance(20)]
        return [
            {
                "scorecard": card,
                "reason_code": name,
                "enabled": "no" if self.chance(10) else "yes",
                "severity": self.pick(("high", "medium", "low")),
                "title": self.pick((f"The {name}", "")),
                "playbook": self.pick(('Call, "now"; it\'s urgent.', "")),
                **rules[name](),
            }
            for card, name in places
        ]

    def _opportunity_rules(self, names: list[str], tiers: list[str]) -> Rows:
        """Return rules with criteria of each sort."""
        return [self._opportunity_rule(f"rule {number}", names, tiers) for number in range(5)]

    def _opportunity_rule(self, name: str, names: list[str], tiers: list[str]) -> Row:
        lists = {
            "lifecycles": [value for value in LIFECYCLES if value],
            "tiers": tiers,
            "trends": list(TRENDS),
            "risk_levels": list(RISKS),
            "satisfactions": list(MOODS),
        }
        numbers = {
            "min_promoters": ("1", "2"),
            "min_active_users": ("1", "3"),
            "min_breadth": ("0.5", "1", "0.3"),
            "min_key_events": ("1", "2"),
            "max_days_to_value": ("0", "7", "30"),
        }
        chosen = {
            column: " | ".join(self.some(values, 1, len(values) - 1 or 1))
            for column, values in lists.items()
            if self.chance(35)
        }
        chosen |= {c: self.pick(values) for c, values in numbers.items() if self.chance(15)}
        return {
            "scorecard": self.pick(("*", "*", *names)),
            "rule": name,
            "kind": self.pick(("pql", "expansion", "upsell", "advocacy", "attention")),
            "enabled": "no" if self.chance(5) else "yes",
            "key_events": "|".join(self.names[:2]) if self.chance(30) else "",
            "title": self.pick(("A title", "")),
            "playbook": self.pick(("Write.", "")),
            **(chosen or {"min_active_users": "1"}),
        }


def action_case(seed: int, customers: int, days: int) -> Case:
    """Return a case that depends on its arguments alone."""
    source = RandomSource(random.Random(seed))
    return ActionCaseMaker(source, Size(customers, days, 0)).make()


@st.composite
def action_cases(draw: st.DrawFn) -> Case:
    """Draw a case with a few customers over some months."""
    source = DrawSource(draw)
    size = Size(source.integer(1, 4), source.integer(30, 220), 0)
    return ActionCaseMaker(source, size).make()


# --- Comparison -----------------------------------------------------------------------------------


def differences(
    expected: dict[str, Rows], got: dict[str, Rows], among: Iterable[str] = tuple(TABLES)
) -> Iterator[str]:
    """Yield where tables differ, in the columns that the reference has."""
    for table in among:
        key = TABLES[table]
        sides = [
            {tuple(row[column] for column in key): row for row in tables[table]}
            for tables in (expected, got)
        ]
        assert [len(side) for side in sides] == [len(expected[table]), len(got[table])], table
        for found in sorted(
            sides[0].keys() | sides[1].keys(), key=lambda parts: nulls_last(*parts)
        ):
            rows = [side.get(found) for side in sides]
            if rows[0] is None or rows[1] is None:
                yield f"{table} {found}: {rows[0]} or {rows[1]}"
                continue
            for column, value in rows[0].items():
                if column != "ces_unrounded" and rows[1][column] != value:
                    yield f"{table} {found} {column}: expected {value!r}, got {rows[1][column]!r}"


def assert_same(expected: dict[str, Rows], got: dict[str, Rows]) -> None:
    """Fail with a list where the tables differ."""
    found = list(differences(expected, got))
    assert not found, f"{len(found)} differences\n" + "\n".join(found[:12])


def has_moved(expected: dict[str, Rows], got: dict[str, Rows]) -> bool:
    """Whether a score next to a tie fell on its other side, as doubles may."""
    daily = "engagement_scores_daily"
    return bool(moved_customers(expected[daily], got[daily]))


@given(case=action_cases())
@examples(10)
def test_models_equal_reference(compiled: CompiledProject, case: Case) -> None:
    """Small cases through the compiled SQL."""
    expected = reference_actions.build(*case)
    got = compiled.run(*case, tables=NEEDED)
    assume(not has_moved(expected, got))
    assert_same(expected, got)


def huge_case(seed: int) -> Case:
    """Return a case with scores of trillions, below and above 0, and no half-life."""
    inputs, seeds, settings = action_case(seed, customers=20, days=200)
    events = [
        row | {"quantity": 10**9 if number % 3 else -(10**9)}
        for number, row in enumerate(inputs.events)
    ]
    unlimited = {"measure": "quantity", "weight": "10", "daily_cap_per_user": "", "saturation": ""}
    weights = [row | unlimited for row in seeds.event_weights]
    scorecards = [
        row | {"full_score_points": "1", "half_life_days": ""} for row in seeds.scorecards
    ]
    seeds = replace(seeds, event_weights=weights, scorecards=scorecards)
    return replace(inputs, events=events), seeds, settings


@pytest.mark.parametrize("seed", [1, 4])
def test_huge_scores(compiled: CompiledProject, seed: int) -> None:
    """The largest quantities and weights overflow no figure of any public table."""
    inputs, seeds, settings = huge_case(seed)
    compiled.receive(inputs)
    names = {model.name for model in compiled.compile(settings)}
    public = [name for name in names if name.startswith("engagement_")]
    got = compiled.run(inputs, seeds, settings, tables=public)
    assert max(abs(row["ces"]) for row in got["engagement_scores_daily"]) > 10**12
    assert any((row["ces_change"] or 0) < -(10**12) for row in got["engagement_alerts"])
    assert_same(reference_actions.build(inputs, seeds, settings), got)


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Project:
    """Return a project for whole builds."""
    return Project(tmp_path_factory.mktemp("actions"))


@pytest.mark.parametrize("seed", [1])
def test_build_equals_reference(project: Project, seed: int) -> None:
    """A build with many customers; dbt's own tests, the laws among them, pass on it too."""
    case = action_case(seed, customers=80, days=300)
    expected = reference_actions.build(*case)
    assert all(expected[table] for table in TABLES)
    project.build(*case, command=BUILD).expect_success()
    assert_same(expected, project.tables(TABLES))


def test_cases_hold_what_matters() -> None:
    """The generated cases have alerts of each kind and end, all risks, trends and the rest."""
    tables = [reference_actions.build(*action_case(seed, 40, 250)) for seed in range(1, 8)]
    alerts = [row for table in tables for row in table["engagement_alerts"]]
    scores = [row for table in tables for row in table["engagement_scores"]]
    accounts = [row for table in tables for row in table["engagement_accounts"]]
    assert {row["closed_because"] for row in alerts} == {"recovered", "expired", "ended", None}
    assert {row["reason_code"] for row in alerts} == {
        "drop", "fall", "low", "silent", "another drop",
    }  # fmt: skip
    assert {row["trend"] for row in scores} == set(TRENDS)
    assert {row["risk_level"] for row in scores} == set(RISKS)
    assert {row["concentration_risk"] for row in accounts} == {"low", "medium", "high", "unknown"}
    assert {row["missing_users_reason"] for row in accounts} >= {"users_unknown", None}
    assert any(table["engagement_opportunities"] for table in tables)


# --- Laws -----------------------------------------------------------------------------------------


@given(case=action_cases(), days=st.integers(1, 40))
@examples(6)
def test_history_stays_when_as_of_moves_on(
    compiled: CompiledProject, case: Case, days: int
) -> None:
    """What had opened and closed by an earlier day is the same when told from a later one.

    Sign-ups are known and there are no subscriptions, since what begins later rightly rewrites the
    days before.
    """
    received, seeds, settings = case
    known = [row for row in received.customers if read_day(row.get("signed_up_at")) is not None]
    inputs = replace(received, customers=known, subscriptions=[])
    as_of = settings.as_of or date(2025, 6, 30)
    earlier = as_of - timedelta(days=days)
    late, early = (
        compiled.run(inputs, seeds, replace(settings, as_of=day), tables=("engagement_alerts",))
        for day in (as_of, earlier)
    )
    told = []
    for alert in late["engagement_alerts"]:
        if alert["opened_on"] <= earlier:
            is_over = alert["closed_on"] is not None and alert["closed_on"] <= earlier
            open_still = {"closed_on": None, "closed_because": None, "is_open": True}
            told.append(alert if is_over else alert | open_still)
    key = TABLES["engagement_alerts"]
    order = {tuple(row[column] for column in key): row for row in told}
    assert {tuple(r[c] for c in key): r for r in early["engagement_alerts"]} == order


BAD_RULES = {
    "alert_rules": (
        {"scorecard": "*", "reason_code": "drop", "kind": "score_drop", "enabled": "yes",
         "severity": "high", "max_share_of_base": "70", "min_points_down": "10"},
        'alert_rules.csv, row "*, drop": max_share_of_base 70 is not a number from 0 to 1; write a '
        "share, such as 0.7.",
    ),
    "opportunity_rules": (
        {"scorecard": "*", "rule": "ready", "kind": "pql", "enabled": "yes", "trends": "up"},
        'opportunity_rules.csv, row "*, ready": trends up is not understood; write rising, steady, '
        "falling, unknown, with | between several.",
    ),
}  # fmt: skip


@pytest.mark.parametrize("table", BAD_RULES)
def test_bad_rule_is_one_sentence_and_stops_the_build(project: Project, table: str) -> None:
    """Nothing is scored where a rule cannot be understood."""
    inputs, seeds, settings = action_case(1, customers=2, days=30)
    row, sentence = BAD_RULES[table]
    bad = replace(seeds, **{table: [row]})
    result = project.build(
        inputs, bad, settings, command=("build", "--select", "+int_engagement__scorecards")
    )
    assert not result.success
    assert sentence in result.text
    assert result.statuses["model.customer_engagement.int_engagement__scorecards"] == "skipped"


# --- The comparison can fail ----------------------------------------------------------------------

MUTATIONS = {
    "readings_on_mondays": Mutation(
        "int_engagement__weekly_readings", "mod(10 - mod(day_number", "mod(11 - mod(day_number"
    ),
    "gaps_do_not_silence": Mutation(
        "int_engagement__weekly_readings", "not has_gap and not", "not"
    ),
    "gaps_silence_four_weeks": Mutation(
        "int_engagement__weekly_readings", "cast(-35 as bigint)", "cast(-28 as bigint)"
    ),
    "provisional_customers_alert": Mutation(
        "int_engagement__weekly_readings",
        "and not is_provisional and coalesce(not was_provisional_before, 1 = 0)",
        "and was_provisional_before is not null",
    ),
    "base_holds_the_reading_before": Mutation(
        "int_engagement__weekly_readings", "lag(ces, 5)", "lag(ces, 1)"
    ),
    "base_tier_holds_the_reading_before": Mutation(
        "int_engagement__weekly_readings", "lag(tier_rank, 5)", "lag(tier_rank, 1)"
    ),
    "ended_customers_are_read": Mutation(
        "int_engagement__weekly_readings",
        "and daily.score_date <= coalesce(customers.ended_on, daily.score_date)",
        "",
    ),
    "silence_counted_from_this_week_alone": Mutation(
        "int_engagement__weekly_readings", "unbounded preceding", "current row"
    ),
    "drop_not_held": Mutation(
        "int_engagement__alert_spells", "readings.ces_before", "readings.ces"
    ),
    "share_below_instead_of_at_most": Mutation(
        "int_engagement__alert_spells", "readings.ces <= rules", "readings.ces < 0 * rules"
    ),
    "points_do_not_matter": Mutation(
        "int_engagement__alert_spells", ">= rules.min_points_down", ">= 0 * rules.min_points_down"
    ),
    "falls_never_expire": Mutation("int_engagement__alert_spells", "when is_expiry", "when 1 = 0"),
    "states_open_at_once": Mutation(
        "int_engagement__alert_spells",
        "when may_open and reading_number_before = reading_number - 1",
        "when may_open",
    ),
    "own_rules_do_not_matter": Mutation(
        "int_engagement__alert_rules", "then 2 else 1", "then 1 else 2"
    ),
    "spells_that_touch_are_two": Mutation(
        "engagement_alerts",
        "closed_number_before >= opened_number",
        "closed_number_before > opened_number",
    ),
    "alerts_of_the_ended_stay_open": Mutation(
        "engagement_alerts", "customers.ended_on + cast(1", "cast(null as date) + cast(1"
    ),
    "five_points_are_no_trend": Mutation("int_engagement__trends", ">= 5", "> 6"),
    "small_moves_are_told": Mutation("engagement_scores", ">= 0.05", ">= 0"),
    "provisional_customers_have_a_risk": Mutation(
        "engagement_scores", "when latest_scores.is_provisional or", "when"
    ),
    "unnamed_users_count": Mutation("engagement_accounts", "where user_id is not null", ""),
    "customer_is_its_own_peer": Mutation(
        "engagement_accounts", "age_band ) - is_peer as peers", "age_band ) as peers"
    ),
    "ended_customers_are_peers": Mutation(
        "engagement_accounts",
        "when scores.ended_on is null then 1 else 0",
        "when 1 = 1 then 1 else 0",
    ),
    "first_month_says_what_is_paid": Mutation(
        "engagement_accounts", "order by month_start desc", "order by month_start"
    ),
    "answers_of_former_ids_are_lost": Mutation(
        "engagement_timeline",
        "coalesce(aliases.customer_id, responses.customer_id)",
        "responses.customer_id",
    ),
    "answers_after_as_of_are_told": Mutation(
        "engagement_timeline", "and answers.answered_on <= scores.as_of_date", ""
    ),
    "months_without_a_change_are_told": Mutation(
        "engagement_timeline", "where movement != 'kept' or closing_mrr != opening_mrr", ""
    ),
    "falls_are_rises": Mutation(
        "engagement_timeline",
        "then 'tier_rise' else 'tier_fall'",
        "then 'tier_rise' else 'tier_rise'",
    ),
    "each_answer_counts": Mutation("int_engagement__satisfaction", "place = 1", "place >= 1"),
    "old_answers_count": Mutation(
        "int_engagement__satisfaction", "cast(-180 as bigint)", "cast(-181 as bigint)"
    ),
    "unknown_meets_a_criterion": Mutation(
        "engagement_opportunities", "rules.min_breadth, 1 = 0)", "rules.min_breadth, 1 = 1)"
    ),
    "negative_events_are_key": Mutation(
        "engagement_opportunities", "then weighted_events.weight > 0", "then 1 = 1"
    ),
    "ended_customers_are_chances": Mutation(
        "engagement_opportunities", "where ended_on is null", ""
    ),
}


@pytest.fixture(scope="module")
def kept_cases(
    tmp_path_factory: pytest.TempPathFactory,
) -> list[tuple[KeptCase, dict[str, Rows]]]:
    """Return cases that agree, with what is expected of them."""
    result = []
    for seed in (106, 7):
        case = action_case(seed, customers=60 if seed == 7 else 25, days=250)
        expected = reference_actions.build(*case)
        kept = KeptCase(tmp_path_factory.mktemp("mutants"), case, TABLES)
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
        try:
            assert not list(differences(expected, got, among=got))
        except AssertionError:
            return
    pytest.fail(f"{mutation} went unnoticed")
