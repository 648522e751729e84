"""Another dbt project uses this one as a package: integration_tests/, and what make new writes."""

from __future__ import annotations

import ast
import contextlib
import csv
import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Any
from unittest import mock

import duckdb
import new_project
import pytest
import yaml
from dbt.cli.main import dbtRunner
from harness import COPIED, ROOT, Project, seed_columns

PACKAGE = "customer_engagement"
USER = "acme_analytics"
OWN_MODELS = ("our_tiers", "events", "outcomes")
CHECKED = ("stg_engagement__tier_bands", "input_engagement__events")
BUILD = (
    *("build", "--indirect-selection", "empty", "--select", f"package:{USER}"),
    *(f"package:{PACKAGE},resource_type:{kind}" for kind in ("model", "seed")),
)
"""All of both, without the package's tests."""

DOCS = (ROOT / "docs" / "package.md").read_text(encoding="utf-8")


@dataclass(frozen=True)
class Ran:
    """What a dbt command did."""

    success: bool
    text: str
    """All messages, those that inform too."""
    statuses: dict[str, str]
    """Name of a node -> its status."""


def dbt(folder: Path, *command: str, is_strict: bool = True) -> Ran:
    """Run dbt in a project's folder, as its user would; warnings are errors where it is strict."""
    messages: list[str] = []

    def listen(event: Any) -> None:  # noqa: ANN401
        if event.info.level in ("info", "warn", "error"):
            messages.append(event.info.msg)

    flags = [*(("--warn-error",) if is_strict else ()), "--log-level-file", "none"]
    environment = {"ACME_DUCKDB_PATH": str(folder / "acme.duckdb"), "DBT_QUIET": "false"}
    with mock.patch.dict(os.environ, environment), contextlib.chdir(folder):
        raw = dbtRunner(callbacks=[listen]).invoke([*flags, *command])
    if raw.exception is not None:
        messages.append(str(raw.exception))
    results = getattr(raw.result, "results", None) or []
    statuses = {result.node.unique_id: str(result.status) for result in results}
    return Ran(raw.success, "\n".join(messages), statuses)


def manifest(folder: Path) -> dict:
    """Return what dbt has parsed."""
    return json.loads((folder / "target" / "manifest.json").read_text(encoding="utf-8"))


def rows(path: Path, query: str) -> list[tuple]:
    """Ask a database."""
    with duckdb.connect(str(path), read_only=True) as connection:
        return connection.execute(query).fetchall()


@pytest.fixture(scope="module")
def package(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the package's files, with the project that uses them inside, as in the repository."""
    folder = Project(tmp_path_factory.mktemp("package")).folder
    ignored = shutil.ignore_patterns("target", "logs", "dbt_packages", "*.duckdb*")
    shutil.copytree(ROOT / "integration_tests", folder / "integration_tests", ignore=ignored)
    return folder


@pytest.fixture(scope="module")
def built(package: Path) -> tuple[Path, Ran]:
    """Return the folder of the project that uses the package, and what its build did."""
    folder = package / "integration_tests"
    assert dbt(folder, "deps").success
    return folder, dbt(folder, *BUILD)


def test_project_with_the_package_builds_without_a_warning(built: tuple[Path, Ran]) -> None:
    """Its own tests hold: an overridden macro, own seeds and models, a carried column."""
    _, ran = built
    assert ran.success, ran.text
    for test in ("scores_are_as_expected", "west_is_to_be_called"):
        assert ran.statuses[f"test.{USER}.{test}"] == "pass"
    assert len([name for name in ran.statuses if name.startswith(f"model.{PACKAGE}.")]) > 90


def test_rules_of_the_project_are_told(built: tuple[Path, Ran]) -> None:
    """Each run says which macros of the project stand in for those of the package."""
    found = re.findall(r"customer_engagement takes these macros from (.*)", built[1].text)
    assert found == [f"{USER}: default__capped_amount"]


def test_what_is_for_the_package_alone_is_left_out(built: tuple[Path, Ran]) -> None:
    """Metrics and a time spine would clash with the project's, unit tests test default rules."""
    found = manifest(built[0])
    kinds = ("metrics", "semantic_models", "saved_queries", "exposures", "unit_tests")
    owners = {kind: [node["package_name"] for node in found[kind].values()] for kind in kinds}
    assert owners == {
        "metrics": [USER],
        "semantic_models": [USER],
        "saved_queries": [],
        "exposures": [],
        "unit_tests": [],
    }
    spines = [node["name"] for node in found["nodes"].values() if node.get("time_spine")]
    assert spines == ["time_spine"]


def test_tables_of_the_package_have_names_of_their_own(built: tuple[Path, Ran]) -> None:
    """So they clash with nothing, in whatever schema."""
    for node in manifest(built[0])["nodes"].values():
        if node["package_name"] == PACKAGE and node["resource_type"] in ("model", "seed"):
            assert re.match(r"(engagement|(int|stg|input)_engagement_)_", node["alias"]), node


def test_own_models_and_seeds_come_first(built: tuple[Path, Ran]) -> None:
    """The package's models depend on the project's, and its seeds in their place are left out."""
    found = manifest(built[0])
    parents = found["parent_map"]
    for model, parent in {
        "input_engagement__events": f"model.{USER}.events",
        "input_engagement__customers": f"model.{USER}.accounts",
        "stg_engagement__event_weights": f"seed.{USER}.event_weights",
        "stg_engagement__scorecards": f"seed.{USER}.our_scorecards",
        "stg_engagement__tier_bands": f"model.{USER}.our_tiers",
        "stg_engagement__outcomes": f"seed.{PACKAGE}.outcomes",
    }.items():
        assert parents[f"model.{PACKAGE}.{model}"] == [parent]
    seeds = {name.split(".")[2] for name in found["nodes"] if name.startswith(f"seed.{PACKAGE}")}
    shipped = {path.stem for path in ROOT.glob("seeds/*.csv")}
    assert seeds == shipped - {"event_weights", "scorecards", "tier_bands"}


def test_freshness_of_a_model(built: tuple[Path, Ran]) -> None:
    """The events are of 2024, which dbt finds out from the project's model."""
    ran = dbt(built[0], "source", "freshness", is_strict=False)
    assert ran.success, ran.text
    assert ran.statuses[f"source.{PACKAGE}.engagement_input.events"] == "warn"


def test_missing_columns_are_one_sentence(built: tuple[Path, Ran]) -> None:
    """A column is missing in a model that takes the place of a seed, and in one of events."""
    folder = built[0]
    changed = {
        "our_tiers": "select 'x' as scorecard, 'red' as tier, 0 as tier_rank",
        "events": "select 1 as event_id, 'x' as event_name, 'x' as customer_id",
    }
    before = {name: (folder / "models" / f"{name}.sql").read_text() for name in changed}
    try:
        for name, text in changed.items():
            (folder / "models" / f"{name}.sql").write_text(text)
        ran = dbt(folder, "run", "--select", *OWN_MODELS, *CHECKED)
        assert (
            "our_tiers has no column upper_bound (it has scorecard, tier, tier_rank): rename the "
            "column, or add it." in ran.text
        )
        assert (
            "model events has no column occurred_at (it has event_id, event_name, customer_id): "
            "rename the column, or add it." in ran.text
        )
        assert {ran.statuses[f"model.{PACKAGE}.{name}"] for name in CHECKED} == {"error"}
    finally:
        for name, text in before.items():
            (folder / "models" / f"{name}.sql").write_text(text)


def test_new_project_scores_with_the_package_from_git(tmp_path: Path) -> None:
    """The project that make new writes works as it is, and not with a model of the same name."""
    work, bare, folder = (tmp_path / name for name in ("work", "package.git", "Our scores"))
    for name in COPIED:
        source, copy = ROOT / name, work / name
        copy.parent.mkdir(parents=True, exist_ok=True)
        (shutil.copytree if source.is_dir() else shutil.copy2)(source, copy)
    git = ("git", "-c", "user.name=test", "-c", "user.email=test@example.com")
    for command in (
        ("-C", str(work), "init", "--quiet"),
        ("-C", str(work), "add", "--all"),
        ("-C", str(work), "commit", "--quiet", "--message", "package"),
        ("-C", str(work), "tag", "v1"),
        ("clone", "--quiet", "--bare", str(work), str(bare)),
    ):
        subprocess.run([*git, *command], check=True)
    make_new(f"DIR={folder}", f"PACKAGE=file://{bare}", "REVISION=v1")
    ran = dbt(folder, "deps")
    assert ran.success, ran.text
    assert not (folder / "dbt_packages" / PACKAGE).is_symlink()
    asked = ("--select", "+engagement_scores", "+engagement_drivers")
    command = ("build", *asked, "--indirect-selection", "cautious")
    same = folder / "models" / "engagement_scores.sql"
    same.parent.mkdir()
    same.write_text("select 1 as mine")
    ran = dbt(folder, *command, is_strict=False)
    assert not ran.success
    assert (
        "our_scores and customer_engagement both have engagement_scores, and dbt takes" in ran.text
    )
    same.unlink()
    shutil.rmtree(folder / "target")  # What dbt parsed keeps the model that is gone.
    ran = dbt(folder, *command)
    assert ran.success, ran.text
    found = rows(
        folder / "our_scores.duckdb",
        "select customer_id, ces, tier from main_engagement.engagement_scores order by 1",
    )
    assert found == [
        ("north", Decimal(18), "very_disengaged"),
        ("south", Decimal(-1), "churn_risk"),
    ]


def make_new(*options: str) -> subprocess.CompletedProcess[str]:
    """Run what `make new` runs."""
    script = ROOT / "scripts" / "new_project.py"
    return subprocess.run(
        [sys.executable, str(script), *options], capture_output=True, text=True, check=False
    )


def test_new_project_uses_this_folder_unless_told_otherwise(tmp_path: Path) -> None:
    """Each file of the starter is written, and none has a hole in it."""
    ran = make_new(f"DIR={tmp_path / 'customer-engagement'}")
    assert ran.stdout.splitlines()[0].startswith("Wrote 10 files into ")
    written = sorted(path for path in tmp_path.rglob("*") if path.is_file())
    assert len(written) == 10
    assert not [path for path in written if "$" in path.read_text(encoding="utf-8")]
    folder = tmp_path / "customer-engagement"
    packages = yaml.safe_load((folder / "packages.yml").read_text())
    assert packages == {"packages": [{"local": str(ROOT)}]}
    assert yaml.safe_load((folder / "dbt_project.yml").read_text())["name"] == f"my_{PACKAGE}"


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        ([], "Say where: make new DIR=../engagement."),
        (["DIR={folder}"], "The folder {folder} is not empty: name a new one, as in make new DIR="),
        (["DIR={folder}/file"], "{folder}/file is a file: name a new folder, as in make new DIR="),
        (
            ["DIR={folder}/new", "PACKAGE={folder}"],
            "{folder} is no folder with customer_engagement: name one, or the URL of a git",
        ),
        (
            ["DIR={folder}/new", "REVISION=v1"],
            "REVISION goes with the URL of a git repository as PACKAGE.",
        ),
    ],
)
def test_new_project_refuses(tmp_path: Path, options: Sequence[str], sentence: str) -> None:
    """In one sentence, and without a file written."""
    (tmp_path / "file").write_text("mine")
    ran = make_new(*(option.format(folder=tmp_path) for option in options))
    assert ran.returncode == 1
    assert ran.stderr.startswith(sentence.format(folder=tmp_path))
    assert len(ran.stderr.splitlines()) == 1
    assert [path.name for path in tmp_path.iterdir()] == ["file"]


@pytest.mark.parametrize(
    ("package", "entry"),
    [
        ("https://example.com/x.git", {"git": "https://example.com/x.git", "warn-unpinned": False}),
        ("git@example.com:a/x.git", {"git": "git@example.com:a/x.git", "warn-unpinned": False}),
    ],
)
def test_urls_are_git_packages(package: str, entry: dict[str, object]) -> None:
    """Without a revision dbt takes the main branch, and need not warn of it."""
    assert yaml.safe_load(new_project.yaml_of_package(package, "")) == [entry]


# --- What docs/package.md says --------------------------------------------------------------------


def table(heading: str) -> dict[str, list[str]]:
    """Return the first table under a heading: name in its first column -> all cells."""
    section = DOCS.split(f"\n## {heading}\n")[1].split("\n## ")[0]
    lines = [line for line in section.splitlines() if line.startswith("| `")]
    cells = [[cell.strip() for cell in line.strip("|").split(" | ")] for line in lines]
    return {re.match(r"`(\w+)", row[0])[1]: row for row in cells}


def test_every_variable_is_in_the_docs_with_its_default() -> None:
    """The table is that of dbt_project.yml."""
    declared = yaml.safe_load((ROOT / "dbt_project.yml").read_text(encoding="utf-8"))["vars"]
    told = {name: cells[1].strip("`") for name, cells in table("Variables").items()}
    words = {"": "empty", False: "false"}
    defaults = {
        name: str(value) if value in (0, 1) else words.get(str(value), str(value))
        for name, value in declared.items()
    }
    defaults["hash_ids"] = str(declared["hash_ids"]).lower()
    assert told == defaults
    assert all(len(cells) == 3 and cells[2] for cells in table("Variables").values())


def contract() -> dict[str, dict[str, list[str]]]:
    """Return the columns of the seeds as the macro has them."""
    text = (ROOT / "macros" / "input" / "seed_rows.sql").read_text(encoding="utf-8")
    return ast.literal_eval(re.search(r"set contract = (\{.*?\n    \}) %\}", text, re.S)[1])


def test_columns_of_seeds_are_those_of_their_files() -> None:
    """The macro, the docs, the files in seeds/ and those that make new writes agree."""
    shipped = {path.stem for path in ROOT.glob("seeds/*.csv")}
    told = table("Your weights, tiers and scorecards")
    assert shipped == contract().keys() == told.keys()
    for name, columns in contract().items():
        assert sorted(columns["required"] + columns["optional"]) == sorted(seed_columns(name))
        assert [cell.split(", ") for cell in told[name][1:]] == list(columns.values())
    for path in sorted((new_project.STARTER / "seeds").glob("*.csv")):
        with path.open(newline="", encoding="utf-8") as file:
            assert next(csv.reader(file)) == seed_columns(path.stem)


def test_rules_in_the_docs_are_those_that_can_be_overridden() -> None:
    """With their arguments."""
    heads: dict[str, str] = {}
    for path in [*ROOT.glob("macros/rules/*.sql"), *ROOT.glob("macros/connectors/*.sql")]:
        text = path.read_text(encoding="utf-8")
        names = re.findall(r"adapter\.dispatch\('(\w+)', 'customer_engagement'\)", text)
        for name in names:
            head = re.search(rf"macro {name}\(([^)]*)\)", text)
            heads[name] = f"`{name}({head[1]})`"
    del heads["find_raw_table"]
    assert {name: cells[0] for name, cells in table("Rules as macros").items()} == heads
