"""A run in which nothing is new keeps what the last one has made, and any doubt ends that."""

from __future__ import annotations

import csv
import json
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

    def fingerprint(self) -> str:
        """Look for news as the last run did, in input and seeds; return what is found."""
        models = self.project.folder / "target" / "compiled" / "customer_engagement" / "models"
        query = (models / "events" / "int_engagement__news.sql").read_text(encoding="utf-8")
        with self.project.connect() as connection:
            return connection.execute(f"select fingerprint from ({query})").fetchall()[0][0]

    def fingerprint_with(self, **variables: object) -> str:
        """Look for news with other variables; return what is found."""
        command = ("run", "--select", "int_engagement__news")
        self.dbt(*command, **variables).expect_success()
        return self.news()["fingerprint"]

    def deliver(self, **relations: Rows) -> None:
        """Replace relations of the input."""
        inputs = replace(self.delivery.inputs, **relations)
        self.delivery = replace(self.delivery, inputs=inputs)
        write_inputs(self.project.input_folder, inputs)

    def edit(self, seed: str) -> None:
        """Change the first title in a seed, in its file and in its table."""
        path = self.project.folder / "seeds" / f"{seed}.csv"
        with path.open(newline="", encoding="utf-8") as file:
            rows = list(csv.DictReader(file))
        title = rows[0]["title"]
        rows[0]["title"] = f"{title}, really"
        with path.open("w", newline="", encoding="utf-8") as file:
            writer = csv.DictWriter(file, tuple(rows[0]))
            writer.writeheader()
            writer.writerows(rows)
        with self.project.connect(read_only=False) as connection:
            change = f"update {seed} set title = ? where title = ?"
            connection.execute(change, [rows[0]["title"], title])


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
    project.writes_artifacts = True
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
    assert not site.dbt("--fail-fast", *WHOLE, gross_margin="no number").success
    assert site.news()["run_id"] is not None
    assert not site.is_known_good()


def test_every_change_is_news(site: Site) -> None:
    """Each input, seed and variable is in the fingerprint; all at once are scored right."""
    inputs = site.delivery.inputs
    found = [
        site.fingerprint_with(gross_margin=0.5),
        site.fingerprint_with(as_of="2026-01-10"),
        site.fingerprint_with(),
    ]
    assert site.fingerprint_with(rebuild_from="2026-01-01") == site.fingerprint() == found[-1]
    site.deliver(survey_responses=[*inputs.survey_responses, ANSWER | {"score": 3}])
    found.append(site.fingerprint())
    site.deliver(customers=[inputs.customers[0] | {"plan": "another"}, *inputs.customers[1:]])
    found.append(site.fingerprint())
    site.deliver(subscriptions=[*inputs.subscriptions, SUBSCRIPTION | {"customer_id": "c2"}])
    found.append(site.fingerprint())
    site.edit("alert_rules")
    found.append(site.fingerprint())
    site.edit("kpi_definitions")
    found.append(site.fingerprint())
    assert len(set(found)) == len(found)
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
