"""What the README says is so: its commands, its worked example, its links, its tables."""

from __future__ import annotations

import base64
import csv
import io
import json
import os
import re
import subprocess
import sys
from decimal import Decimal
from pathlib import Path

import docs_site
import flow
import pytest
import run_report
from harness import BUILD, ROOT, Project
from reference import Inputs

README = (ROOT / "README.md").read_text()


def block(marker: str) -> str:
    """Return the fenced block or table behind a comment in the README."""
    text = README.split(f"<!-- {marker} -->\n", 1)[1]
    return (
        text.split("```")[1].split("\n", 1)[1] if text.startswith("```") else text.split("\n\n")[0]
    )


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Project:
    """Return the project, built on the events of the worked example."""
    project = Project(tmp_path_factory.mktemp("readme"))
    project.writes_artifacts = True
    events = list(csv.DictReader(io.StringIO(block("worked example: events"))))
    project.build(Inputs(events=events), command=BUILD).expect_success()
    return project


def test_run_report_tells_of_the_build(project: Project) -> None:
    """Rows are those of the tables; the ledger and what the run had to do are read."""
    run = run_report.read_run(project.folder / "target", project.database)
    assert run is not None
    assert not run.failed
    models = {node.name: node for node in run.of("model")}
    for name in (
        "engagement_scores_daily",
        "int_engagement__points_by_day",
        "engagement_unused_weights",
    ):
        assert models[name].rows == len(project.rows(name)), name
    assert models["int_engagement__facts"].rows is None
    assert [layer.name for layer in run.layers] == list(run_report.LAYERS)
    assert sum(layer.models for layer in run.layers) == len(models) > 100
    assert run.ledger == run_report.Ledger(7, 7, 0, 0, [])
    assert run.work == run_report.Work(4, 1, 1)


def test_picture_of_the_flow_is_current(project: Project) -> None:
    """What is in docs/img/flow.svg is what the manifest gives."""
    manifest = json.loads((project.folder / "target" / "manifest.json").read_text())
    told = "the picture is out of date: run `make build`, then `.venv/bin/python scripts/flow.py`"
    assert flow.picture(manifest) == flow.PICTURE.read_text(), told
    assert str(flow.PICTURE.relative_to(ROOT)) in README


def test_docs_are_one_folder(project: Project, tmp_path: Path) -> None:
    """An index that leads to the catalogue, the lineage of columns, the run report and the flow."""
    target, site = project.folder / "target", tmp_path / "site"
    (target / "run_report.html").write_text("a run report")
    project.dbt("docs", "generate", "--static", "--no-compile").expect_success()
    assert docs_site.write_site(target, site)
    index = (site / "index.html").read_text()
    pages = {link.partition("#")[0] for link in re.findall(r'href="([^"]+)"', index)} - {""}
    assert pages == {path.name for path in site.iterdir()} - {"index.html"}
    catalogue = (site / "catalogue.html").read_text()
    for name in project.public_tables():
        assert f">{name}</" in index
        assert f'"model.customer_engagement.{name}"' in catalogue
    assert "One explainable score for each customer and day" in catalogue
    lineage = (site / "lineage.html").read_text()
    assert "window.colibriTelemetry = false" in lineage
    found = re.search(r'JSON\.parse\(atob\("([^"]+)"', lineage)
    assert found
    edges = {
        (edge["source"].rpartition(".")[2], edge["sourceColumn"], edge["targetColumn"])
        for edge in json.loads(base64.b64decode(found[1]))["lineage"]["edges"]
        if edge["target"] == "model.customer_engagement.engagement_segment_tiers"
    }
    assert ("int_engagement__segment_values", "segment_value", "segment_value") in edges
    assert ("int_engagement__tier_bands", "tier_rank", "tier_rank") in edges
    # Where nothing is built there is no lineage, and none is left of before.
    (target / "catalog.json").write_text('{"nodes": {}}')
    assert not docs_site.write_site(target, site)
    assert not (site / "lineage.html").exists()
    assert "Not there, since nothing is built" in (site / "index.html").read_text()


def test_worked_example(project: Project) -> None:
    """The drivers and the score are those of the README's table."""
    rows = [
        [cell.strip(" *") for cell in line.strip("|").split("|")]
        for line in block("worked example: drivers").splitlines()[2:]
    ]
    told = {row[0]: Decimal(row[2]) for row in rows}
    score = project.rows("engagement_scores")
    drivers = {row["event_name"]: row["points"] for row in project.rows("engagement_drivers")}
    assert [row["ces"] for row in score] == [told.pop("ces")]
    assert score[0]["tier"] in rows[-1][1]
    assert drivers == told
    unweighted = project.rows("engagement_unweighted_events")
    assert [row["event_name"] for row in unweighted] == ["newsletter_opened"]


def test_why_this_score(project: Project) -> None:
    """The analysis runs, and its rows add up to the score."""
    result = project.dbt(
        *("show", "--select", "why_this_score", "--limit", "500"),
        variables={
            "input_path": str(project.input_path),
            "scorecard": "loyalty",
            "customer_id": "ana",
            "score_date": "2024-03-15",
        },
    ).expect_success()
    table = result.raw.result.results[0].agate_table
    assert sum(table.columns["score_points"].values()) == Decimal("16.5")


def test_tables_named_are_the_public_ones(project: Project) -> None:
    """The list under "What you get" is complete."""
    named = set(re.findall(r"^\| `(engagement_\w+)` \|", README, re.M))
    assert named == set(project.public_tables()) - {"engagement_setup_problems"}


def test_links_lead_somewhere() -> None:
    """Each relative link of the README is a file."""
    for target in re.findall(r"\]\((?!https?:)([^)#]+)\)", README):
        assert (ROOT / target).exists(), target


def test_make_targets_exist() -> None:
    """Each `make …` of the README is a target of the Makefile, and `make` alone lists them."""
    targets = set(re.findall(r"\bmake ([a-z][a-z-]*)\b(?=[ `\n])", README))
    shown = subprocess.run(["make"], cwd=ROOT, capture_output=True, text=True, check=True).stdout
    assert {"demo", "test", "build", "benchmark"} <= targets
    for target in targets - {"and", "alone"}:
        assert re.search(rf"\bmake {target}\b", shown), target


def test_shipped_seeds_say_what_the_readme_says() -> None:
    """The README's tiers are those of the seed."""
    told = re.findall(r"^\| (\w+) \| (?:below|exactly|above)", README, re.M)
    with Path(ROOT / "seeds" / "tier_bands.csv").open() as file:
        assert told == [row["tier"] for row in csv.DictReader(file)]


def test_sample_output_is_what_the_demo_prints(tmp_path: Path) -> None:
    """The README shows the summary of the shipped sample, to the letter."""
    project = Project(tmp_path)
    project.build(ROOT / "sample_data" / "complete_journey", command=BUILD).expect_success()
    shown = subprocess.run(
        [sys.executable, str(ROOT / "scripts" / "summary.py")],
        env=os.environ | project.environment | {"PYTHONIOENCODING": "utf-8"},
        capture_output=True,
        text=True,
        check=True,
    ).stdout
    assert block("sample output: make summary").strip() in shown
