"""A run in which nothing is new keeps what the last one has made, and any doubt ends that."""

from __future__ import annotations

import csv
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path

import duckdb
import pytest
from harness import BuildResult, Project, Row, Rows, to_variables, write_inputs
from histories import Delivery, World
from test_incremental import differences, run

WHOLE = ("build", "--exclude-resource-type", "test", "unit_test")
ANSWER = {
    **{"customer_id": "c1", "survey": "nps", "score": 9, "user_id": None},
    "responded_at": datetime(2026, 1, 20),
}


SUBSCRIPTION = {"customer_id": "c1", "started_at": "2026-01-06 00:00:00", "ended_at": None}


@dataclass
class Site:
    """A project with a delivery that has been built, and what is built from it next."""

    project: Project
    delivery: Delivery
    variables: dict[str, object]

    def dbt(self, *command: str, **variables: object) -> BuildResult:
        """Run a command on what is there."""
        return self.project.dbt(*command, variables=self.variables | variables)

    def news(self) -> Row:
        """Return what the last run found."""
        return self.project.rows("int_engagement__news")[0]

    def is_known_good(self) -> bool:
        """Whether the next run may keep what is there."""
        return self.news()["kept_fingerprint"] is not None

    def fingerprint(self, *seeds: str, **variables: object) -> str:
        """Load seeds, look for news alone, and return what was found."""
        self.dbt("build", "--select", *seeds, "int_engagement__news", **variables).expect_success()
        return self.news()["fingerprint"]

    def deliver(self, **relations: Rows) -> None:
        """Replace relations of the input."""
        inputs = replace(self.delivery.inputs, **relations)
        self.delivery = replace(self.delivery, inputs=inputs)
        write_inputs(self.project.input_folder, inputs)

    def edit(self, seed: str, change: Callable[[Row], Mapping[str, str]]) -> None:
        """Change the first row of a seed."""
        path = self.project.folder / "seeds" / f"{seed}.csv"
        with path.open(newline="", encoding="utf-8") as file:
            rows = list(csv.DictReader(file))
        rows[0] |= change(rows[0])
        with path.open("w", newline="", encoding="utf-8") as file:
            writer = csv.DictWriter(file, tuple(rows[0]))
            writer.writeheader()
            writer.writerows(rows)


def kept(result: BuildResult) -> set[str]:
    """Name the models that a run has kept."""
    results = result.expect_success().raw.result.results
    return {found.node.name for found in results if found.message == "KEPT"}


def contents(database: Path) -> dict[str, str]:
    """Return a mark of the rows of each table and view, but the logs of runs."""
    with duckdb.connect(str(database), read_only=True) as connection:
        names = connection.execute(
            "select table_name from information_schema.tables where table_schema = 'main'"
            " and table_name not in ('int_engagement__news', 'int_engagement__runs')"
        ).fetchall()
        return {
            name: connection.execute(
                f"select count(*) || ' ' || sum(hash(t)) from \"{name}\" as t"
            ).fetchall()[0][0]
            for (name,) in names
        }


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Site:
    """Build once from nothing."""
    project = Project(tmp_path_factory.mktemp("kept"))
    delivery = World(seed=3, histories=6).advance()
    inputs = replace(delivery.inputs, survey_responses=[ANSWER], subscriptions=[SUBSCRIPTION])
    delivery = replace(delivery, inputs=inputs)
    run(project, delivery, fresh=True, command=WHOLE)
    variables = {"input_path": str(project.input_folder)} | to_variables(delivery.settings)
    return Site(project, delivery, variables)


def test_nothing_new_keeps_all(site: Site) -> None:
    """Every model that is configured so is kept, dbt says so, and no row is another one."""
    before = contents(site.project.database)
    result = site.dbt(*WHOLE)
    manifest = json.loads((site.project.folder / "target" / "manifest.json").read_text())
    expected = {
        node["name"] for node in manifest["nodes"].values() if node["config"]["meta"].get("kept")
    }
    assert {"engagement_kpis", "engagement_scores_daily", "int_engagement__facts"} <= expected
    assert kept(result) == expected
    assert contents(site.project.database) == before
    assert len(site.project.rows("int_engagement__runs")) == 2


def test_lost_table_is_made_up_for(site: Site) -> None:
    """Where a table is gone, everything is made anew, with the same rows."""
    before = contents(site.project.database)
    with site.project.connect(read_only=False) as connection:
        connection.execute("drop table int_engagement__received_counts")
    assert not kept(site.dbt(*WHOLE))
    assert contents(site.project.database) == before
    assert site.is_known_good()


def test_failed_run_keeps_nothing_for_the_next(site: Site) -> None:
    """What a failed run has left is known not to be good, although the next one finds the same."""
    assert site.is_known_good()
    before = site.news()["fingerprint"]
    assert not site.dbt("--fail-fast", *WHOLE, gross_margin="no number").success
    assert not site.is_known_good()
    assert site.fingerprint() == before


def test_every_change_is_news(site: Site) -> None:
    """Each input, seed, variable and column is in the fingerprint; all at once are scored right."""
    known = {site.fingerprint()}

    def is_news(*seeds: str, **variables: object) -> bool:
        found = site.fingerprint(*seeds, **variables)
        is_new = found not in known
        known.add(found)
        return is_new

    inputs = site.delivery.inputs
    assert not is_news()
    assert is_news(gross_margin=0.5)
    assert is_news(as_of="2026-01-10")
    assert not is_news(rebuild_from="2026-01-01")
    site.deliver(survey_responses=[*inputs.survey_responses, ANSWER | {"score": 3}])
    assert is_news()
    site.deliver(customers=[inputs.customers[0] | {"plan": "another"}, *inputs.customers[1:]])
    assert is_news()
    site.deliver(subscriptions=[*inputs.subscriptions, SUBSCRIPTION | {"customer_id": "c2"}])
    assert is_news()
    site.edit("alert_rules", lambda row: {"title": f"{row['title']}, really"})
    assert is_news("alert_rules")
    site.edit("kpi_definitions", lambda row: {"title": f"{row['title']}, really"})
    assert is_news("kpi_definitions")
    assert not site.is_known_good()
    assert not kept(site.dbt(*WHOLE))
    full = Project(site.project.folder.parent / "full")
    full.input_path = site.project.input_folder
    for path in (site.project.folder / "seeds").glob("*.csv"):
        (full.folder / "seeds" / path.name).write_bytes(path.read_bytes())
    full.dbt(*WHOLE, variables=site.variables).expect_success()
    assert not differences(site.project.database, full.database)


def test_chosen_models_take_back_what_was_known(site: Site) -> None:
    """A run of some models may leave anything behind: the next one makes everything anew."""
    assert site.is_known_good()
    site.dbt("run", "--select", "engagement_unused_weights").expect_success()
    assert not site.is_known_good()
