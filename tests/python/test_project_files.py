"""What holds the project's own files together: YAML keys, descriptions, variables, layout."""

from __future__ import annotations

import json
import re
from collections import Counter
from dataclasses import fields
from pathlib import Path
from unittest import mock

import pytest
import yaml
from dbt.contracts.project import ProjectFlags
from dbt.deprecations import reset_deprecations
from harness import ROOT, Project

MODELS = sorted(ROOT.glob("models/**/*.sql"))
MACROS = sorted(ROOT.glob("macros/**/*.sql"))
GENERIC_TESTS = sorted(ROOT.glob("tests/generic/*.sql"))
MACRO = re.compile(
    r"(?P<comment>\{#-?(?:(?!#\}).)*#\}\s*)?\{%-?\s*(?:macro|test)\s+(?P<head>[^%]+?)-?%\}", re.S
)
DISPATCHED = re.compile(
    r"^(default|duckdb|postgres|sail|spark|databricks|snowflake|bigquery|redshift|athena|trino|clickhouse)__"
)
CONNECTED = {
    f"{path.name}_input": "raw"
    for path in ROOT.glob("models/staging/connectors/*")
    if path.is_dir()
}
"""Variables that connect every tracker, since the models of others are disabled."""

LATER = {
    flag.name: True
    for flag in fields(ProjectFlags)
    if flag.name.startswith("require_") and flag.default is False
}
"""Behaviours of dbt that are off by default, and will be on."""


@pytest.fixture(scope="module")
def parsed(tmp_path_factory: pytest.TempPathFactory) -> Project:
    """Parse from nothing, as strictly as dbt can; return the project.

    With its check of YAML keys, all that is deprecated being an error, and each behaviour on that
    dbt announces for later.
    """
    project = Project(tmp_path_factory.mktemp("yaml"))
    path = project.folder / "dbt_project.yml"
    settings = yaml.safe_load(path.read_text())
    settings["flags"] |= LATER
    path.write_text(yaml.safe_dump(settings, sort_keys=False))
    with mock.patch(
        "dbt.jsonschemas.jsonschemas._JSONSCHEMA_SUPPORTED_ADAPTERS", {"duckdb", "postgres"}
    ):
        project.dbt("parse", "--no-partial-parse", variables=CONNECTED).expect_success()
    return project


@pytest.fixture(scope="module")
def manifest(parsed: Project) -> dict:
    """Return its manifest."""
    return json.loads((parsed.folder / "target" / "manifest.json").read_text())


def test_change_of_a_model_is_parsed(manifest: dict, parsed: Project) -> None:
    """Only what changed is read anew, and a metric beside its model is not found twice."""
    files = [
        path
        for path in parsed.folder.glob("models/**/*.yml")
        if "\n    metrics:" in path.read_text()
    ]
    assert len(files) > 3
    for path in files:
        path.write_text(path.read_text().replace("One row per", "One row  per"))
    parsed.dbt("parse", variables=CONNECTED).expect_success()
    again = json.loads((parsed.folder / "target" / "manifest.json").read_text())
    assert again["metrics"].keys() == manifest["metrics"].keys()
    for path in files:
        path.write_text(path.read_text().replace("One row  per", "One row per"))


def test_old_and_unknown_yaml_is_found(tmp_path: Path) -> None:
    """What `manifest` relies on: dbt warns of each of these, and it has warnings as errors."""
    project = Project(tmp_path)
    project.is_strict = False
    path = project.folder / "models" / "scoring" / "_scoring__models.yml"
    text = path.read_text()
    for old, new in (
        ("    description:", "    descripton:"),
        ("    config:\n", "    config:\n      own_key: 1\n"),
        ("          arguments:\n            columns:", "          columns:"),
    ):
        assert old in text
        text = text.replace(old, new, 1)
    path.write_text(text)
    with mock.patch("dbt.jsonschemas.jsonschemas._JSONSCHEMA_SUPPORTED_ADAPTERS", {"duckdb"}):
        result = project.dbt("parse", "--no-partial-parse", "--show-all-deprecations")
    reset_deprecations()
    for word in ("descripton", "own_key", "arguments"):
        assert word in result.text, word


def test_every_model_and_column_is_described(manifest: dict) -> None:
    """Grain first: the description of a model says what a row is."""
    models = [node for node in manifest["nodes"].values() if node["resource_type"] == "model"]
    assert len(models) == len(MODELS)
    for model in models:
        assert model["description"].startswith(("One row", "One row per")), model["name"]
        assert model["columns"], model["name"]
        for column in model["columns"].values():
            assert column["description"].strip(), f"{model['name']}.{column['name']}"


def test_descriptions_that_recur_are_doc_blocks() -> None:
    """No text stands at three columns or more, and no block at none."""
    properties = [path.read_text() for path in sorted(ROOT.glob("models/**/*.yml"))]
    texts = Counter(
        " ".join(column["description"].split())
        for text in properties
        for kind in ("models", "seeds")
        for node in yaml.load(text, yaml.CSafeLoader).get(kind, [])
        for column in node.get("columns", [])
    )
    repeated = [text for text, count in texts.items() if count >= 3 and "doc(" not in text]
    assert repeated == []
    blocks = re.findall(r"{% docs (\w+) %}", (ROOT / "models" / "_docs.md").read_text())
    used = set(re.findall(r"doc\('(\w+)'\)", "".join(properties)))
    assert len(used) > 100
    assert sorted(blocks) == sorted(used)


def test_public_tables_are_the_ones_that_start_with_engagement(manifest: dict) -> None:
    """Public tables have a contract; the list of problems is for the project alone."""
    for node in manifest["nodes"].values():
        if node["resource_type"] == "model":
            is_public = node["name"].startswith("engagement_")
            is_public &= node["name"] != "engagement_setup_problems"
            assert (node["config"]["access"] == "public") == is_public, node["name"]
            assert node["config"]["contract"]["enforced"] == is_public, node["name"]
            described = {"relation": True, "columns": True} if is_public else {}
            assert node["config"]["persist_docs"] == described, node["name"]


def test_boards_read_public_tables_and_exposures_name_them(manifest: dict) -> None:
    """Each board has an exposure with what it reads, by itself or by what all boards share."""
    boards = {
        path.stem: set(re.findall(r"ref\('(\w+)'\)", path.read_text()))
        for path in ROOT.glob("charts/*.yml")
    }
    shared = boards.pop("meta")
    public = {
        node["name"]
        for node in manifest["nodes"].values()
        if node["resource_type"] == "model" and node["config"]["access"] == "public"
    }
    exposed = {
        exposure["name"]: {key.rpartition(".")[2] for key in exposure["depends_on"]["nodes"]}
        for exposure in manifest["exposures"].values()
    }
    assert len(boards) > 5
    assert exposed == {f"board_{name}": tables | shared for name, tables in boards.items()}
    phone = (ROOT / "scripts" / "phone_page.py").read_text()
    boards["phone"] = set(re.findall(r"\b(?:from|join) (\w+__\w+|engagement_\w+)", phone))
    for name, tables in boards.items():
        assert (tables | shared) - public == set(), name


@pytest.mark.parametrize(
    "path", MACROS + GENERIC_TESTS, ids=lambda path: str(path.relative_to(ROOT))
)
def test_every_macro_says_what_it_is_and_takes(path: Path) -> None:
    """The comment above a macro names its arguments; engine variants share that of the macro."""
    for match in MACRO.finditer(path.read_text()):
        name, arguments = re.match(r"(\w+)\((.*)\)", match["head"].strip(), re.S).groups()
        if DISPATCHED.match(name):
            continue
        assert match["comment"], f"{name} has no comment"
        for argument in filter(None, (part.split("=")[0].strip() for part in arguments.split(","))):
            if argument not in ("model", "column_name"):
                assert argument in match["comment"], f"{name} does not describe {argument}"


def test_names_of_unit_tests_fit_every_engine(manifest: dict) -> None:
    """PostgreSQL cuts the names of relations, which unit tests have too, after 63 characters."""
    names = [node["name"] for node in manifest["unit_tests"].values()]
    assert len(names) > 50
    assert [name for name in names if len(name) > 63] == []


def test_every_variable_is_documented_and_used() -> None:
    """dbt_project.yml declares the variables that the SQL reads, and no others."""
    declared = yaml.safe_load((ROOT / "dbt_project.yml").read_text())["vars"]
    texts = [path.read_text() for path in [*MODELS, *MACROS, ROOT / "models/input/_sources.yml"]]
    used = {
        name for text in texts for name in re.findall(r"""\bvar\(\s*['"](\w+)['"]\s*\)""", text)
    }
    assert used == set(declared)


def test_no_clock_and_no_target_type_in_models() -> None:
    """Scores depend on the day, not on the clock; engines differ in macros/cross_db alone."""
    for path in MODELS:
        text = path.read_text().lower()
        for banned in (
            "current_date",
            "current_timestamp",
            "now()",
            "run_started_at",
            "target.type",
        ):
            assert banned not in text, f"{path.name}: {banned}"


def test_nothing_names_a_machine() -> None:
    """The lock names the public index only."""
    lock = (ROOT / "uv.lock").read_text()
    registries = set(re.findall(r'registry = "([^"]+)"', lock))
    assert registries == {"https://pypi.org/simple"}
