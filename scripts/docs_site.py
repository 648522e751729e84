"""Write the documentation into one folder: an index, the catalogue, columns' lineage, the flow.

    python scripts/docs_site.py [FOLDER]

dbt describes tables and columns (`dbt docs generate --static`), dbt-colibri shows from which column
each column comes, and the index has a picture of all models. The last run report joins them, where
there is one. Everything is a file in FOLDER (site) that needs no network. Types of columns and
their lineage are read from the database of the last build; without one the catalogue has neither,
and the index says so. Exit status: 0, or 1 with one sentence.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any, NamedTuple

from flow import picture
from html_page import render
from markupsafe import Markup
from page import Unusable, chosen_database, print_lines
from public_tables import manifest_path, public_tables
from run_report import PAGE as RUN_REPORT

FOLDER = "site"
CATALOGUE, LINEAGE = "catalogue.html", "lineage.html"
PROGRAMS = Path(sys.executable).parent
# dbt-colibri would ask for its newest version, and its page would send usage statistics.
QUIET = {"DBT_COLIBRI_NO_VERSION_CHECK": "1", "DO_NOT_TRACK": "1"}


class Contents(NamedTuple):
    """What a project consists of, for the index."""

    models: int
    public: int
    columns: int
    tests: int
    metrics: int


def describe(database: Path) -> None:
    """Let dbt write its catalogue; where nothing is built, no database is left behind."""
    with tempfile.TemporaryDirectory() as scratch:
        environment = dict(os.environ)
        if not database.exists():
            environment["ENGAGEMENT_DUCKDB_PATH"] = str(Path(scratch) / database.name)
        command = [PROGRAMS / "dbt", "--quiet", "docs", "generate", "--static"]
        if subprocess.run(command, env=environment, check=False).returncode:
            raise Unusable("dbt could not describe the project: see its message above.")


def write_site(target: Path, folder: Path) -> bool:
    """Write the pages from what dbt has left in its target folder; return whether all is built."""
    manifest = json.loads((target / "manifest.json").read_text(encoding="utf-8"))
    catalog = json.loads((target / "catalog.json").read_text(encoding="utf-8"))
    is_built = bool(catalog["nodes"])
    folder.mkdir(parents=True, exist_ok=True)
    for name in (LINEAGE, RUN_REPORT):
        (folder / name).unlink(missing_ok=True)
    shutil.copyfile(target / "static_index.html", folder / CATALOGUE)
    if is_built:
        write_lineage(target, folder / LINEAGE)
    if (target / RUN_REPORT).is_file():
        shutil.copyfile(target / RUN_REPORT, folder / RUN_REPORT)
    index = render(
        "index.html.j2",
        title="Customer Engagement Score: documentation",
        contents=contents_of(manifest),
        tables=public_tables(target / "manifest.json"),
        catalogue=CATALOGUE,
        lineage=LINEAGE if is_built else None,
        run_report=RUN_REPORT if (folder / RUN_REPORT).is_file() else None,
        flow=Markup(picture(manifest, CATALOGUE)),
        package=manifest["metadata"]["project_name"],
    )
    (folder / "index.html").write_text(index, encoding="utf-8")
    return is_built


def write_lineage(target: Path, page: Path) -> None:
    """Let dbt-colibri write the lineage of columns."""
    with tempfile.TemporaryDirectory() as scratch:
        command = [
            *(PROGRAMS / "colibri", "generate", "--disable-telemetry", "--output-dir", scratch),
            *("--manifest", target / "manifest.json", "--catalog", target / "catalog.json"),
        ]
        run = subprocess.run(
            command, env=os.environ | QUIET, capture_output=True, text=True, check=False
        )
        told = run.stdout + run.stderr
        if run.returncode or "[ERROR]" in told:
            raise Unusable(f"dbt-colibri could not find the lineage of columns:\n{told}")
        shutil.copyfile(Path(scratch) / "index.html", page)


def contents_of(manifest: Mapping[str, Any]) -> Contents:
    """Count what the project consists of."""
    nodes = list(manifest["nodes"].values())
    models = [node for node in nodes if node["resource_type"] == "model"]
    tests = [node for node in nodes if node["resource_type"] == "test"]
    return Contents(
        models=len(models),
        public=len([node for node in models if node["config"]["access"] == "public"]),
        columns=sum(len(node["columns"]) for node in models),
        tests=len(tests) + len(manifest["unit_tests"]),
        metrics=len(manifest["metrics"]),
    )


def told(folder: Path) -> list[str]:
    """Write the site of the last build; return what to tell."""
    database = chosen_database()
    describe(database)
    is_built = write_site(manifest_path().parent, folder)
    lines = [f"Open {folder / 'index.html'} in a browser."]
    if not is_built:
        lines.insert(
            0,
            "Nothing is built yet, so there are no types of columns and there is no lineage:"
            " run `make demo`, then this again.",
        )
    return lines


if __name__ == "__main__":
    chosen = Path(sys.argv[1] if len(sys.argv) > 1 else FOLDER)
    sys.exit(print_lines(lambda: told(chosen), chosen_database()))
