"""Write a minimal dbt project that uses this one as a package.

    python scripts/new_project.py [DIR=folder] [PACKAGE=where] [REVISION=tag]

DIR is new, or empty. PACKAGE is a folder with this project or the URL of a git repository of it
(then at REVISION, such as v0.1.0); without it, the folder that this script is in. Exit status: 0,
or 1 with one sentence where that cannot be done.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Mapping
from pathlib import Path
from string import Template

import yaml

ROOT = Path(__file__).resolve().parents[1]
STARTER = ROOT / "scripts" / "starter"
PACKAGE_NAME = "customer_engagement"
OPTIONS = ("DIR", "PACKAGE", "REVISION")


class Refused(Exception):
    """What is wrong, as a sentence for the user."""


def write_project(folder: Path, package: str, revision: str) -> list[Path]:
    """Write the files of a project that uses the package; return their paths."""
    refuse_what_is_there(folder)
    words = {
        "name": project_name(folder),
        "package": yaml_of_package(package, revision),
        "text": TEXT_TYPE,
    }
    written = []
    for template in sorted(path for path in STARTER.rglob("*") if path.is_file()):
        path = folder / template.relative_to(STARTER)
        path.parent.mkdir(parents=True, exist_ok=True)
        text = template.read_text(encoding="utf-8")
        path.write_text(Template(text).safe_substitute(words), encoding="utf-8")
        written.append(path)
    return written


TEXT_TYPE = "\"{{ 'string' if target.type in ('bigquery', 'spark', 'databricks') else 'text' }}\""
"""What dbt would take for a number or a day in a column that is still empty."""


def refuse_what_is_there(folder: Path) -> None:
    """Raise where a project in that folder would overwrite something."""
    if folder.exists() and not folder.is_dir():
        raise Refused(f"{folder} is a file: name a new folder, as in make new DIR=../engagement.")
    if folder.is_dir() and any(folder.iterdir()):
        raise Refused(
            f"The folder {folder} is not empty: name a new one, as in make new DIR=../engagement."
        )


def project_name(folder: Path) -> str:
    """Return a name that dbt takes, made of that of the folder."""
    name = re.sub(r"\W+", "_", folder.resolve().name.lower(), flags=re.ASCII).strip("_")
    name = name if re.match("[a-z_]", name) else f"project_{name}".strip("_")
    return f"my_{name}" if name == PACKAGE_NAME else name


def yaml_of_package(package: str, revision: str) -> str:
    """Return the entry for packages.yml."""
    if is_url(package):
        pinned = {"revision": revision} if revision else {"warn-unpinned": False}
        return in_list({"git": package, **pinned})
    if revision:
        raise Refused("REVISION goes with the URL of a git repository as PACKAGE.")
    local = Path(package or ROOT).resolve()
    project = local / "dbt_project.yml"
    if not project.is_file() or f"name: {PACKAGE_NAME}" not in project.read_text(encoding="utf-8"):
        raise Refused(
            f"{local} is no folder with {PACKAGE_NAME}: name one, or the URL of a git repository,"
            " as PACKAGE."
        )
    return in_list({"local": str(local)})


def is_url(package: str) -> bool:
    """Whether a package is named by the URL of a git repository."""
    return "://" in package or package.endswith(".git") or re.match(r"[\w.-]+@[\w.-]+:", package)


def in_list(entry: Mapping[str, object]) -> str:
    """Return an entry of a list as YAML, indented by two spaces."""
    lines = yaml.safe_dump([dict(entry)], sort_keys=False, width=1000).splitlines()
    return "\n".join(f"  {line}" for line in lines)


def main(arguments: list[str]) -> int:
    """Write the project that the arguments describe."""
    given = dict(argument.split("=", 1) for argument in arguments)
    folder, package, revision = (given.get(name, "").strip() for name in OPTIONS)
    try:
        if not folder:
            raise Refused("Say where: make new DIR=../engagement.")
        written = write_project(Path(folder), package, revision)
    except Refused as refused:
        print(refused, file=sys.stderr)
        return 1
    print(f"Wrote {len(written)} files into {folder}. Next, in that folder:")
    print("  dbt deps && dbt build")
    print("README.md there says what comes after that.")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
