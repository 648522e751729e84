"""Bad seeds: each problem is one sentence with file, row and mend, and nothing is scored."""

from __future__ import annotations

import csv
from collections.abc import Callable, Iterator
from datetime import date

import pytest
from harness import SCORING, CompiledProject, Project
from reference import Inputs, Row, Seeds, Settings
from strategies import EVENT_COLUMNS

UP_TO_SCORECARDS = (
    *("build", "--indirect-selection", "cautious"),
    *("--select", "+int_engagement__scorecards"),
)
SETTINGS = Settings(run_day=date(2026, 12, 31))
EVENT = dict.fromkeys(EVENT_COLUMNS) | {
    "event_id": "1",
    "customer_id": "a",
    "event_name": "basket",
    "occurred_at": "2024-05-01",
}


def good_seeds() -> Seeds:
    """Two scorecards with bands for all, as text."""
    scorecard = {
        "scorecard": "s1", "title": "One", "status": "active", "window_days": "30",
        "half_life_days": "", "full_score_points": "100", "population": "", "description": "",
    }  # fmt: skip
    weight = {
        "scorecard": "s1", "event_name": "basket", "category": "", "weight": "1",
        "measure": "events", "daily_cap_per_user": "", "valid_from": "", "valid_to": "",
        "owner": "", "rationale": "",
    }  # fmt: skip
    bands = [("low", "0", "0"), ("high", "1", "")]
    return Seeds(
        scorecards=[scorecard, scorecard | {"scorecard": "s2", "status": "candidate"}],
        event_weights=[weight, weight | {"scorecard": "s2"}],
        tier_bands=[
            {"scorecard": "*", "tier": tier, "tier_rank": rank, "upper_bound": bound, "title": "",
             "playbook": ""}
            for tier, rank, bound in bands
        ],
        kpi_events=[{"event_name": "basket", "role": "visit", "label": "", "note": ""}],
        kpi_definitions=[
            {"kpi": "visits", "unit": "count", "direction": "up", "numerator": "visits"}
        ],
    )  # fmt: skip


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Project]:
    """Return a project that was built once on good seeds."""
    project = Project(tmp_path_factory.mktemp("bad_seeds"))
    project.build(Inputs(events=[EVENT]), good_seeds(), command=SCORING).expect_success()
    yield project


def change(table: str, index: int, **cells: str) -> Callable[[Seeds], None]:
    """Return what changes cells of one row."""
    return lambda seeds: getattr(seeds, table)[index].update(cells)


def add(table: str, index: int, **cells: str) -> Callable[[Seeds], None]:
    """Return what adds a copy of one row with other cells."""

    def extend(seeds: Seeds) -> None:
        rows: list[Row] = getattr(seeds, table)
        rows.append(rows[index] | cells)

    return extend


CASES = {
    "unknown scorecard in weights": (
        change("event_weights", 0, scorecard="s9"),
        'event_weights.csv, row "s9, basket, ": the scorecard s9 is not in scorecards.csv; correct '
        "the name, or add the scorecard.",
    ),
    "unknown scorecard in tiers": (
        add("tier_bands", 1, scorecard="s9"),
        'tier_bands.csv, row "s9, high": the scorecard s9 is not in scorecards.csv',
    ),
    "scorecard twice": (
        add("scorecards", 0),
        'scorecards.csv, row "s1": the scorecard is there more than once; keep one row.',
    ),
    "weight twice": (
        add("event_weights", 0),
        'event_weights.csv, row "s1, basket, ": the same event begins more than once on that day',
    ),
    "tier twice": (
        add("tier_bands", 0, tier_rank="3"),
        'tier_bands.csv, row "*, low": the tier is there more than once',
    ),
    "overlapping validity": (
        add("event_weights", 0, valid_from="2024-03-01"),
        'event_weights.csv, row "s1, basket, ": it overlaps the row that is valid from 2024-03-01; '
        "set valid_to to the day before.",
    ),
    "no scorecard at all": (
        lambda seeds: seeds.scorecards.clear(),
        "scorecards.csv: no scorecard is active; set the status of at least one row to active.",
    ),
    "unknown status": (
        change("scorecards", 1, status="draft"),
        'scorecards.csv, row "s2": status draft is unknown; write active, candidate or retired.',
    ),
    "bands do not rise": (
        add("tier_bands", 0, tier="lower", tier_rank="-1", upper_bound="5"),
        'tier_bands.csv, row "*, lower": the bands do not rise: the next upper_bound is 0',
    ),
    "missing top band": (
        change("tier_bands", 1, upper_bound="100"),
        'tier_bands.csv, row "*, high": the top band ends at 100; leave the upper_bound',
    ),
    "no bands": (
        lambda seeds: seeds.tier_bands.clear(),
        "tier_bands.csv: there are no bands for the scorecard s1; add rows for it, or rows for *",
    ),
    "window below 1": (
        change("scorecards", 0, window_days="0"),
        'scorecards.csv, row "s1": window_days 0 is not a number of days from 1 to 3660',
    ),
    "window no number": (
        change("scorecards", 0, window_days="a month"),
        'scorecards.csv, row "s1": window_days a month is not a number of days',
    ),
    "half-life below 1": (
        change("scorecards", 0, half_life_days="0.5"),
        'scorecards.csv, row "s1": half_life_days 0.5 is not a number of days from 1',
    ),
    "full score of 0": (
        change("scorecards", 0, full_score_points="0"),
        'scorecards.csv, row "s1": full_score_points 0 is not a number above 0',
    ),
    "population": (
        change("scorecards", 0, population="colour=red"),
        'scorecards.csv, row "s1": population colour=red is not understood; write attribute=value',
    ),
    "population without a value": (
        change("scorecards", 0, population="plan"),
        'scorecards.csv, row "s1": population plan is not understood; write attribute=value',
    ),
    "bound too fine": (
        change("tier_bands", 0, upper_bound="0.00001"),
        'tier_bands.csv, row "*, low": upper_bound 0.00001 has more than four decimals',
    ),
    "full score too fine": (
        change("scorecards", 0, full_score_points="1.23456"),
        'scorecards.csv, row "s1": full_score_points 1.23456 has more than four decimals',
    ),
    "unknown measure": (
        change("event_weights", 1, measure="minutes"),
        'event_weights.csv, row "s2, basket, ": measure minutes is unknown; write events, users or '
        "quantity.",
    ),
    "weight no number": (
        change("event_weights", 1, weight="1,5"),
        'event_weights.csv, row "s2, basket, ": weight 1,5 is not a number',
    ),
    "weight too fine": (
        change("event_weights", 1, weight="0.00001"),
        'event_weights.csv, row "s2, basket, ": weight 0.00001 has more than four decimals',
    ),
    "saturation no number": (
        change("event_weights", 1, saturation="soon"),
        'event_weights.csv, row "s2, basket, ": saturation soon is not a number above 0',
    ),
    "saturation of 0": (
        change("event_weights", 1, saturation="0"),
        'event_weights.csv, row "s2, basket, ": saturation 0 is not a number above 0',
    ),
    "negative cap": (
        change("event_weights", 1, daily_cap_per_user="-1"),
        'event_weights.csv, row "s2, basket, ": daily_cap_per_user -1 is not a number from 0 up',
    ),
    "cap too fine": (
        change("event_weights", 1, daily_cap_per_user="0.00005"),
        'event_weights.csv, row "s2, basket, ": daily_cap_per_user 0.00005 has more than four',
    ),
    "unparsable date": (
        change("event_weights", 1, valid_from="1. May"),
        'event_weights.csv, row "s2, basket, 1. May": valid_from 1. May is not a date; write it as '
        "YYYY-MM-DD.",
    ),
    "unknown role of an event": (
        change("kpi_events", 0, role="visitor"),
        'kpi_events.csv, row "basket, visitor": role visitor is unknown; write one of visit,',
    ),
    "role twice": (
        add("kpi_events", 0),
        'kpi_events.csv, row "basket, visit": the event has this role more than once; keep one',
    ),
    "unknown measure of a KPI": (
        change("kpi_definitions", 0, denominator="visitors"),
        'kpi_definitions.csv, row "visits": denominator visitors is no measure; use one of',
    ),
    "unknown unit": (
        change("kpi_definitions", 0, unit="visits"),
        'kpi_definitions.csv, row "visits": unit visits is unknown; write one of count, users,',
    ),
    "validity backwards": (
        change("event_weights", 1, valid_from="2024-05-02", valid_to="2024-05-01"),
        'event_weights.csv, row "s2, basket, 2024-05-02": valid_to 2024-05-01 is before valid_from',
    ),
}


@pytest.mark.parametrize("name", CASES)
def test_one_sentence(compiled: CompiledProject, name: str) -> None:
    """Each problem is told in engagement_setup_problems, which has no row for good seeds."""
    spoil, sentence = CASES[name]
    seeds = good_seeds()
    assert problems(compiled, seeds) == []
    spoil(seeds)
    found = problems(compiled, seeds)
    assert any(problem.startswith(sentence) for problem in found), found


def problems(compiled: CompiledProject, seeds: Seeds) -> list[str]:
    """Return what engagement_setup_problems says, place and problem in one text."""
    table = "engagement_setup_problems"
    rows = compiled.run(Inputs(events=[EVENT]), seeds, SETTINGS, tables=(table,))[table]
    return [f"{row['place']}: {row['problem']}" for row in rows]


def test_nothing_is_scored(project: Project) -> None:
    """The build stops at engagement_setup_problems and the scores stay as they were."""
    spoil, sentence = CASES["unknown scorecard in weights"]
    seeds = good_seeds()
    spoil(seeds)
    before = project.rows("engagement_scores")
    result = project.build(seeds=seeds, fresh=False, command=UP_TO_SCORECARDS)
    assert not result.success
    assert sentence in result.text
    assert result.statuses["model.customer_engagement.int_engagement__scorecards"] == "skipped"
    assert project.rows("engagement_scores") == before


def test_a_file_without_the_saturation_column(project: Project) -> None:
    """Weights of before the column hold on, in a database that knew it; dbt warns, and no more."""
    path = project.folder / "seeds" / "event_weights.csv"
    project.build(seeds=good_seeds(), fresh=False, command=UP_TO_SCORECARDS).expect_success()
    with path.open(newline="", encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    with path.open("w", newline="", encoding="utf-8") as file:
        columns = [column for column in rows[0] if column != "saturation"]
        writer = csv.DictWriter(file, columns, extrasaction="ignore")
        writer.writeheader()
        writer.writerows(rows)
    project.is_strict = False
    try:
        variables = {"input_path": str(project.input_path)}
        result = project.dbt(*UP_TO_SCORECARDS, variables=variables).expect_success()
    finally:
        project.is_strict = True
    assert "non-existent columns in seed 'event_weights'" in result.text
    found = project.rows("stg_engagement__event_weights")
    assert [(row["measure"], row["saturation"], row["owner"]) for row in found] == [
        ("events", None, None)
    ] * len(rows)


def test_several_problems_are_all_named(project: Project) -> None:
    """One run tells everything that has to be mended."""
    seeds = good_seeds()
    for name in ("unknown measure", "window below 1", "missing top band"):
        CASES[name][0](seeds)
    result = project.build(seeds=seeds, fresh=False, command=SCORING)
    text = result.text
    scored = [node for node in result.statuses if ".engagement_scores" in node]
    assert scored
    assert all(result.statuses[node] == "skipped" for node in scored)
    assert all(CASES[name][1] in text for name in ("unknown measure", "window below 1"))
    assert CASES["missing top band"][1] in text


@pytest.mark.parametrize(
    ("aliases", "sentence"),
    [
        ([("x", "y"), ("y", "x")], "customer_aliases, alias x: following it does not end"),
        ([("x", "a"), ("x", "b")], "customer_aliases, alias x: the alias belongs to a and to b"),
    ],
)
def test_aliases_that_lead_nowhere(
    project: Project, aliases: list[tuple[str, str]], sentence: str
) -> None:
    """Loops and contradictions are refused with a sentence."""
    rows = [{"alias_id": alias, "customer_id": customer} for alias, customer in aliases]
    inputs = Inputs(events=[EVENT], customer_aliases=rows)
    result = project.build(inputs, good_seeds(), fresh=False, command=UP_TO_SCORECARDS)
    assert not result.success
    assert sentence in result.text
