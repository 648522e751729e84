"""What a build tells while it runs and at its end, on artifacts of dbt that are made by hand.

`test_readme.py` holds the report of a real build against its tables.
"""

from __future__ import annotations

import io
import json
import subprocess
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import build
import duckdb
import pytest
import run_report
from harness import ROOT
from page import Unusable

PACKAGE = "customer_engagement"
INVOCATION = "0b1c"

Result = dict[str, Any]


def result(
    unique_id: str, status: str, seconds: float, message: str = "", **more: object
) -> Result:
    """Make a result of a node."""
    return {
        "unique_id": unique_id,
        "status": status,
        "execution_time": seconds,
        "message": message,
        "adapter_response": more,
    }


def model(name: str) -> str:
    """Return the unique id of a model."""
    return f"model.{PACKAGE}.{name}"


MESSAGE = "Runtime Error in model engagement_drivers (a.sql)\n  out of <memory>\n  > in macro b"
RESULTS = [
    result(f"operation.{PACKAGE}.on-run-start-0", "success", 0.1),
    result(f"seed.{PACKAGE}.scorecards", "success", 0.2),
    result(model("stg_one"), "success", 0.5),
    result(model("engagement_scores"), "success", 2.5),
    result(model("engagement_drivers"), "error", 9.5, MESSAGE),
    result(model("engagement_segments"), "skipped", 0),
    result(f"test.{PACKAGE}.unique_scores.1a", "fail", 0.1, "Got 3 results, configured to fail"),
    result(f"test.{PACKAGE}.positive.2b", "warn", 0.1, "Got 1 result, configured to warn"),
    result(f"test.{PACKAGE}.not_null.3c", "pass", 0.1),
    result(f"unit_test.{PACKAGE}.engagement_scores.adds_up", "pass", 0.1),
]
FOLDERS = {
    "stg_one": "staging",
    "engagement_scores": "scoring",
    "engagement_drivers": "scoring",
    "engagement_segments": "insights/kpis",
}


def write_artifacts(folder: Path, which: str = "build", adapter: str = "duckdb") -> Path:
    """Write what dbt leaves behind; return the folder."""
    nodes = {
        model(name): {
            "resource_type": "model",
            "name": name,
            "alias": name,
            "database": "built",
            "schema": "main",
            "original_file_path": f"models/{path}/{name}.sql",
        }
        for name, path in FOLDERS.items()
    }
    manifest = {"metadata": {"adapter_type": adapter}, "nodes": nodes, "unit_tests": {}}
    metadata = {"invocation_id": INVOCATION, "invocation_started_at": "2024-03-31T07:08:09.1Z"}
    results = {
        "metadata": metadata,
        "args": {"which": which},
        "elapsed_time": 12.6,
        "results": RESULTS,
    }
    (folder / "manifest.json").write_text(json.dumps(manifest))
    (folder / "run_results.json").write_text(json.dumps(results))
    return folder


@pytest.fixture
def database(tmp_path: Path) -> Path:
    """Return a database with the tables that the report reads, and one of an earlier build."""
    path = tmp_path / "built.duckdb"
    with duckdb.connect(str(path)) as connection:
        connection.execute(
            "create table engagement_scores as select 1 as ces from range(1234);"
            "create table engagement_segments as select 1 as ces from range(99);"
            "create view stg_one as select 1 as one;"
            "create table engagement_event_ledger (event_date date, source text, received bigint,"
            " accepted bigint, duplicate bigint, rejected bigint, in_the_future bigint,"
            " missing_time bigint, missing_customer bigint);"
            "insert into engagement_event_ledger values"
            " (null, 'web', 1000, 900, 60, 40, 39, 0, 1),"
            " ('2024-03-31', 'app', 5, 5, 0, 0, 0, 0, 0);"
            "create table int_engagement__runs (run_id text, event_days bigint,"
            " customer_days bigint, rescored_customers bigint);"
            f"insert into int_engagement__runs values ('{INVOCATION}', 3, 4, 5), ('old', 6, 7, 8)"
        )
    return path


def words(line: str) -> str:
    """Drop the spaces that align a line."""
    return " ".join(line.split())


def test_report_tells_what_ran_and_what_failed(tmp_path: Path, database: Path) -> None:
    """Counts, rows of what this build made, the slowest first, failures with their messages."""
    lines = run_report.told(write_artifacts(tmp_path), database, short=False)
    told = [words(line) for line in lines]
    assert told[0] == "Run report: dbt build, 2024-03-31 07:08:09 UTC"
    assert told[1] == (
        "2 models with 1,234 rows, 2 tests passed, 1 warned, 2 failed, 13 s,"
        f" on duckdb ({database})"
    )
    assert "models 2 success, 1 error, 1 skipped" in told
    assert "data tests 1 fail, 1 warn, 1 pass" in told
    assert "unit tests 1 pass" in told
    at = told.index("layer models rows seconds")
    assert told[at + 1 : at + 4] == ["staging 1 - 0.5", "scoring 1 1,234 2.5", "insights 0 - 0.0"]
    at = told.index("slowest models rows seconds")
    assert told[at + 1 : at + 4] == [
        "engagement_drivers - 9.5",
        "engagement_scores 1,234 2.5",
        "stg_one - 0.5",
    ]
    assert "ledger 1,005 received = 905 accepted + 60 duplicate + 40 rejected" in told
    assert "rejected 39 in_the_future, 1 missing_customer" in told
    assert "this run read 3 event days; scored 5 customers anew, counted by scorecard" in told
    at = told.index("Failed")
    assert told[at + 1 : at + 4] == [
        "model engagement_drivers",
        "out of <memory>",
        "data test unique_scores.1a",
    ]
    assert told[told.index("Warned") + 1] == "data test positive.2b"
    assert max(map(len, lines[2:-1])) <= 100


def test_page_is_one_file(tmp_path: Path, database: Path) -> None:
    """It has every model that ran, escapes messages, and asks nothing of a network."""
    run_report.told(write_artifacts(tmp_path), database, short=True)
    page = (tmp_path / "run_report.html").read_text()
    assert "out of &lt;memory&gt;" in page
    assert "1,005 received = 905 accepted" in page
    for name in ("stg_one", "engagement_scores", "engagement_drivers"):
        assert f"<td>{name}</td>" in page
    assert not any(text in page for text in ("http:", "https:", "src=", "<script"))


def test_short_report_is_one_line(tmp_path: Path, database: Path) -> None:
    """As `make demo` ends."""
    [line] = run_report.told(write_artifacts(tmp_path), database, short=True)
    assert line.startswith("2 models with 1,234 rows, 2 tests passed")
    assert line.endswith(f"13 s. Run report: {tmp_path / 'run_report.html'}")


def test_report_of_before_is_printed_again(tmp_path: Path, database: Path) -> None:
    """`dbt show` and its like overwrite what dbt says of the last build."""
    with pytest.raises(Unusable, match=r"There is no file .*run_results.json: run `make demo`"):
        run_report.told(tmp_path, database, short=False)
    write_artifacts(tmp_path, which="show")
    with pytest.raises(Unusable, match="built nothing: run `make build` first"):
        run_report.told(tmp_path, database, short=False)
    lines = run_report.told(write_artifacts(tmp_path), database, short=False)
    write_artifacts(tmp_path, which="show")
    assert run_report.told(tmp_path, database, short=False) == lines


@pytest.mark.parametrize(("adapter", "name"), [("postgres", "built"), ("duckdb", "other")])
def test_rows_of_another_database_are_not_told(
    tmp_path: Path, database: Path, adapter: str, name: str
) -> None:
    """On a server, and where another file is chosen than the build wrote to."""
    chosen = database.rename(tmp_path / f"{name}.duckdb")
    text = "\n".join(
        run_report.told(write_artifacts(tmp_path, adapter=adapter), chosen, short=False)
    )
    assert "2 models with 0 rows" in text
    assert "1,234" not in text
    assert "ledger      not read" in text


def test_rows_that_the_engine_tells(tmp_path: Path, database: Path) -> None:
    """PostgreSQL says how many rows each statement made."""
    folder = write_artifacts(tmp_path, adapter="postgres")
    path = folder / "run_results.json"
    results = json.loads(path.read_text())
    results["results"][3]["adapter_response"] = {"rows_affected": 77}
    path.write_text(json.dumps(results))
    assert "with 77 rows" in run_report.told(folder, database, short=True)[0]


@pytest.mark.parametrize(
    ("status", "reports"), [(0, 1), (1, 1), (2, 0)], ids=["built", "failed", "nothing built"]
)
@pytest.mark.parametrize("target", ["build", "demo"])
def test_make_ends_with_the_report(tmp_path: Path, target: str, status: int, reports: int) -> None:
    """A failed build too, which fails all the same. The programs only take down their calls."""
    calls = tmp_path / "calls"
    for name in ("dbt", "python"):
        program = tmp_path / name
        program.write_text(
            f'#!/bin/sh\necho "{name} $*" >> "{calls}"\n'
            f'case "{name} $*" in dbt\\ build*|python\\ scripts/build.py*) exit {status};; esac\n'
        )
        program.chmod(0o755)
    ready = tmp_path / "ready"
    ready.touch()
    command = ["make", target, f"BIN={tmp_path}", f"READY={ready}", "SERVE=no"]
    run = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    called = calls.read_text()
    assert (run.returncode == 0) == (status == 0), run.stderr
    assert called.count("scripts/run_report.py") == reports
    assert called.count("scripts/summary.py") == (status == 0 and target == "demo")
    if status == 1:
        assert "--short" not in called


class Screen(io.StringIO):
    """A terminal."""

    def isatty(self) -> bool:
        """Say so."""
        return True


def test_progress_is_a_line(monkeypatch: pytest.MonkeyPatch) -> None:
    """How many nodes of all have begun; nothing is left of it at the end."""
    screen = Screen()
    with build.Progress(screen) as progress:
        assert progress.text() == "  reading the project, 0 s"
        event = SimpleNamespace(
            info=SimpleNamespace(name="LogStartLine"), data=SimpleNamespace(index=12, total=274)
        )
        progress.heard(event)
        monkeypatch.setattr(progress, "begun", progress.begun - 75)
        assert progress.text() == "  12 of 274, 75 s"
        progress.write(progress.text())
    assert screen.getvalue().endswith("\x1b[K  12 of 274, 75 s\r\x1b[K\r")


def test_progress_is_for_terminals() -> None:
    """Files and pipes get none."""
    stream = io.StringIO()
    with build.Progress(stream):
        pass
    assert stream.getvalue() == ""


@pytest.mark.parametrize(
    ("success", "exception", "status"),
    [(True, None, 0), (False, None, 1), (False, build.DbtUsageException("No such option"), 2)],
)
def test_build_ends_as_dbt_does(
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    success: bool,
    exception: Exception | None,
    status: int,
) -> None:
    """With dbt's exit status, and what it would not print itself."""

    class Runner:
        def __init__(self, callbacks: list[object]) -> None:
            assert callbacks

        def invoke(self, arguments: list[str]) -> SimpleNamespace:
            assert arguments == ["--quiet", "build", "--select", "one"]
            return SimpleNamespace(success=success, exception=exception)

    monkeypatch.setattr(build, "dbtRunner", Runner)
    assert build.build(["--select", "one"]) == status
    assert capsys.readouterr().err == (f"{exception}\n" if exception else "")
