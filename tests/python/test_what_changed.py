"""analyses/what_changed.sql: a change between two days, split to the last place."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal

import pytest
from harness import Project, read_rows
from reference import Inputs, Row, Rows, Seeds, Settings

RUN = ("build", "--exclude-resource-type", "test", "unit_test", "--select", "+engagement_scores")
REPORT = (*RUN, "engagement_scores_reported", "engagement_score_revisions")
FROM, TO = date(2026, 2, 2), date(2026, 3, 2)
LATE = "(late data and corrections)"


def event(name: str, day: date, count: int) -> Rows:
    """Return so many events of a day."""
    return [
        {
            "event_id": f"{name} {day} {number}",
            "customer_id": "o'hara",
            "event_name": name,
            "occurred_at": day.isoformat() + " 12:00:00",
        }
        for number in range(count)
    ]


def weight(name: str, value: str, valid_from: str = "", valid_to: str = "") -> Row:
    """Return a row of event_weights."""
    return {
        "scorecard": "s", "event_name": name, "category": "use", "weight": value,
        "measure": "events", "daily_cap_per_user": "", "saturation": "", "valid_from": valid_from,
        "valid_to": valid_to, "owner": "", "rationale": "",
    }  # fmt: skip


CARD = {
    "scorecard": "s", "title": "S", "status": "active", "window_days": "30", "half_life_days": "",
    "full_score_points": "30", "population": "", "description": "",
}  # fmt: skip
BAND = {
    "scorecard": "*", "tier": "any", "tier_rank": "1", "upper_bound": "", "title": "Any",
    "playbook": "",
}  # fmt: skip
SEEDS = Seeds(
    [CARD],
    [
        weight("login", "1", "", "2026-02-20"),
        weight("login", "2", "2026-02-21"),
        weight("mail", "-1"),
    ],
    [BAND],
)


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Project:
    """Return a project built twice, some events of the first day having come with the second."""
    project = Project(tmp_path_factory.mktemp("changed"))
    on_time = event("login", FROM - timedelta(days=3), 4) + event("mail", FROM, 1)
    late = event("login", FROM - timedelta(days=2), 2)
    later = event("login", TO, 6) + event("mail", TO - timedelta(days=1), 2)
    settings = Settings(run_day=date(2026, 12, 31))
    project.build(Inputs(events=on_time), SEEDS, settings, command=REPORT).expect_success()
    everything = Inputs(events=on_time + late + later)
    project.build(everything, SEEDS, settings, command=REPORT, fresh=False).expect_success()
    return project


def what_changed(project: Project, **variables: str) -> dict[str, Row]:
    """Return the rows of the analysis by event name."""
    given = {"input_path": str(project.input_path), **variables}
    result = project.dbt("compile", "--select", "what_changed", variables=given)
    [node] = [found.node for found in result.expect_success().raw.result.results]
    with project.connect(read_only=False) as connection:
        connection.execute(f"create or replace temp table changed as {node.compiled_code}")
        return {row["event_name"]: row for row in read_rows(connection, "changed")}


def test_each_part_is_told(project: Project) -> None:
    """Of login, 6 left the window (2 of them came late) and 6 are new, which weigh twice as much.

    So their volume is as it was, and the weight made the difference. Two more mails weigh -1 each.
    """
    rows = what_changed(project, scorecard="s", customer_id="o'hara")
    third = Decimal(100) / 30
    login, mail, late = rows["login"], rows["mail"], rows[LATE]
    assert (login["occurrences_before"], login["occurrences"]) == (6, 6)
    assert abs(login["change_from_volume"]) < Decimal("1e-9")
    assert abs(login["change_from_weight"] - 6 * third) < Decimal("1e-9")
    assert (mail["occurrences_before"], mail["occurrences"]) == (1, 3)
    assert abs(mail["change_from_volume"] + 2 * third) < Decimal("1e-9")
    assert abs(late["change_from_late_data"] - 2 * third) < Decimal("1e-9")


def test_parts_add_up(project: Project) -> None:
    """To the change of each event, and all of them from what was reported to what is said now."""
    rows = what_changed(project, scorecard="s", from_date=FROM.isoformat(), to_date=TO.isoformat())
    parts = ("change_from_volume", "change_from_weight", "change_from_late_data")
    for row in rows.values():
        assert sum(row[part] for part in parts) == row["points_change"]
        assert (row["from_date"], row["to_date"]) == (FROM, TO)
    reported = {
        row["score_date"]: row["ces_unrounded"]
        for row in project.rows("engagement_scores_reported")
    }
    daily = {row["score_date"]: row for row in project.rows("engagement_scores_daily")}
    change = sum(row["points_change"] for row in rows.values())
    assert abs(change - (daily[TO]["ces_unrounded"] - reported[FROM])) < Decimal("1e-9")
    assert reported[FROM] != daily[FROM]["ces_unrounded"]


def test_drivers_tell_the_same(project: Project) -> None:
    """The two parts of engagement_drivers are those of the analysis without days."""
    rows = what_changed(project)
    drivers = {row["event_name"]: row for row in project.rows("engagement_drivers")}
    assert set(drivers) == set(rows) - {LATE}
    for name, driver in drivers.items():
        for part in ("change_from_volume", "change_from_weight"):
            assert abs(driver[part] - rows[name][part]) < Decimal("1e-9")
