"""A project that uses this one as a package overrides three rules, and nothing else changes."""

from __future__ import annotations

import shutil
from datetime import datetime, timedelta
from decimal import Decimal
from pathlib import Path

import pytest
from harness import COPIED, ROOT, Project, write_seeds
from reference import Inputs, Row, Rows, Seeds

TABLES = ("engagement_drivers", "engagement_scores_daily", "engagement_event_ledger")
BUILD = ("build", "--select", *(f"+{table}" for table in TABLES))
ONLY_MODELS = ("--exclude-resource-type", "test", "unit_test")

OWN_PROJECT = """\
name: own_project
version: 1.0.0
profile: customer_engagement
macro-paths: [macros]
# Those of the package are in seeds/, and must not be this project's own too.
seed-paths: [own_seeds]
flags:
  send_anonymous_usage_stats: false
"""
OWN_RULES = """\
{#- Of what is above the daily cap half counts. -#}
{% macro default__capped_amount(amount, cap) -%}
    case when {{ amount }} > {{ cap }} then ({{ amount }} + {{ cap }}) / 2 else {{ amount }} end
{%- endmacro %}

{#- Two events are a bounce too. -#}
{% macro default__is_bounce(event_count) -%}
    {{ event_count }} <= 2
{%- endmacro %}
"""


def events() -> Rows:
    """Return six baskets of ann at once, two looks of bob, and one mail to cleo."""
    rows = [("ann", "basket", 6), ("bob", "look", 2), ("cleo", "mail", 1)]
    start = datetime(2024, 5, 1, 8)
    return [
        {
            "event_id": f"{customer}-{number}",
            "customer_id": customer,
            "event_name": name,
            "occurred_at": start + timedelta(minutes=number),
            "user_id": f"user of {customer}",
        }
        for customer, name, count in rows
        for number in range(count)
    ]


def seeds() -> Seeds:
    """Return a scorecard in which a basket brings 10 (at most 2 a day), a bounce -5, a mail 3."""
    card = {"scorecard": "s", "title": "S", "status": "active", "window_days": "28",
            "full_score_points": "100"}  # fmt: skip
    weights = [("basket", "10", "2"), ("session_bounced", "-5", ""), ("mail", "3", "")]
    bands = [("below", "0", "0"), ("low", "1", "40"), ("high", "2", "")]
    return Seeds(
        scorecards=[card],
        event_weights=[
            {"scorecard": "s", "event_name": name, "weight": weight, "measure": "events",
             "daily_cap_per_user": cap}
            for name, weight, cap in weights
        ],
        tier_bands=[
            {"scorecard": "*", "tier": tier, "tier_rank": rank, "upper_bound": bound}
            for tier, rank, bound in bands
        ],
    )  # fmt: skip


class OwnProject(Project):
    """A project with the package in it, rules of its own and a folder of seeds of its own."""

    def __init__(self, package: Project, folder: Path) -> None:
        """Write what a user would write."""
        super().__init__(folder / "unused")
        shutil.rmtree(self.folder)
        self.folder = folder.resolve()
        self.database = self.folder / "own.duckdb"
        self.input_folder = self.folder / "received"
        for name, text in {
            "dbt_project.yml": OWN_PROJECT,
            "packages.yml": f"packages:\n  - local: {package.folder}\n",
            "profiles.yml": (ROOT / "profiles.yml").read_text(),
            "macros/rules.sql": OWN_RULES,
        }.items():
            (self.folder / name).parent.mkdir(parents=True, exist_ok=True)
            (self.folder / name).write_text(text)
        (self.folder / "seeds").mkdir()
        # Copied, as dbt deps installs a package from git.
        for name in COPIED:
            if name not in ("profiles.yml", "seeds"):
                source = package.folder / name
                copy = self.folder / "dbt_packages" / "customer_engagement" / name
                copy.parent.mkdir(parents=True, exist_ok=True)
                (shutil.copytree if source.is_dir() else shutil.copy2)(source, copy)

    @property
    def environment(self) -> dict[str, str]:
        """The package reads the seeds of the project."""
        return super().environment | {"ENGAGEMENT_SEEDS": "../../seeds"}


@pytest.fixture(scope="module")
def tables(tmp_path_factory: pytest.TempPathFactory) -> list[dict[str, Rows]]:
    """Return the tables of the package as it is, and those of a project with rules of its own."""
    package = Project(tmp_path_factory.mktemp("package"))
    inputs = Inputs(events=events())
    package.build(inputs, seeds(), command=(*BUILD, *ONLY_MODELS)).expect_success()
    own = OwnProject(package, tmp_path_factory.mktemp("own"))
    changed = seeds()
    changed.tier_bands[1]["upper_bound"] = "20"
    write_seeds(own.folder / "seeds", changed)
    own.build(inputs, changed, command=(*BUILD, *ONLY_MODELS)).expect_success()
    return [package.tables(TABLES), own.tables(TABLES)]


def by(rows: Rows, *key: str) -> dict[tuple[object, ...], Row]:
    """Return the rows by their key."""
    return {tuple(row[column] for column in key): row for row in rows}


def test_each_override_shows_and_nothing_else(tables: list[dict[str, Rows]]) -> None:
    """Two macros and one seed row: caps that bend, longer bounces, another edge of a tier."""
    plain, own = (by(found["engagement_drivers"], "customer_id", "event_name") for found in tables)
    points = {key: (plain[key]["points"], own[key]["points"]) for key in plain.keys() & own.keys()}
    assert points == {
        ("ann", "basket"): (Decimal(20), Decimal(40)),
        ("cleo", "mail"): (Decimal(3), Decimal(3)),
        ("cleo", "session_bounced"): (Decimal(-5), Decimal(-5)),
    }
    assert own.keys() - plain.keys() == {("bob", "session_bounced")}
    assert own["bob", "session_bounced"]["points"] == Decimal(-5)


def test_tier_follows_the_seed(tables: list[dict[str, Rows]]) -> None:
    """A score of 40 was low; with the edge at 20 it is high."""
    plain, own = (by(found["engagement_scores_daily"], "customer_id") for found in tables)
    assert [(row["ces"], row["tier"]) for row in (plain["ann",], own["ann",])] == [
        (Decimal(20), "low"),
        (Decimal(40), "high"),
    ]
    assert plain["cleo",] == own["cleo",]


def test_rest_is_unchanged(tables: list[dict[str, Rows]]) -> None:
    """Rules of points leave the ledger alone."""
    plain, own = tables
    assert plain["engagement_event_ledger"] == own["engagement_event_ledger"]
    assert plain["engagement_event_ledger"]
