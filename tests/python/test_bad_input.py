"""Bad input files: one sentence that names file and mend, and the database as it was."""

from __future__ import annotations

import hashlib
import json
import shutil
from collections.abc import Callable, Iterator
from datetime import date
from pathlib import Path

import duckdb
import pytest
from harness import BUILD, SCORING, Project
from reference import Inputs
from strategies import EVENT_COLUMNS

HEADER = "event_id,customer_id,event_name,occurred_at"
GOOD_CSV = f"{HEADER}\n1,a,login,2024-05-01\n2,a,login,2024-05-02T10:00:00+02:00\n"


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Project]:
    """Return a project that was built once on good events."""
    project = Project(tmp_path_factory.mktemp("bad_input"))
    folder = project.folder / "received"
    folder.mkdir()
    (folder / "events.csv").write_text(GOOD_CSV)
    project.build(folder, command=SCORING).expect_success()
    yield project


def fill(project: Project, **files: bytes | str) -> Path:
    """Write the input folder anew; `__` in a name stands for the point before its ending."""
    folder = project.folder / "received"
    for path in folder.iterdir():
        path.unlink()
    for name, content in files.items():
        raw = content.encode() if isinstance(content, str) else content
        (folder / name.replace("__", ".")).write_bytes(raw)
    return folder


@pytest.mark.parametrize(
    ("files", "sentence"),
    [
        ({}, "There are no events in the folder {folder}: put events.parquet"),
        (
            {"events__parquet": b""},
            "The file {folder}/events.parquet is empty: export it again, or remove it.",
        ),
        (
            {"events__parquet": GOOD_CSV},
            "The file {folder}/events.parquet is not Parquet: export it as Parquet, or give it the "
            "ending of what it is",
        ),
        ({"events__csv": ""}, "The file {folder}/events.csv is empty: export it again"),
        (
            {
                "events__csv": GOOD_CSV,
                "customers__csv": "customer_id,plan\na,básico\n".encode("cp1252"),
            },
            "The file {folder}/customers.csv is not text in UTF-8: export it with that encoding",
        ),
        (
            {"events__csv": "event_id,customer_id,name,occurred_at\n1,a,login,2024-05-01\n"},
            "{folder}/events.csv has no column event_name (it has event_id, customer_id, name, "
            "occurred_at): rename the column, or add it.",
        ),
        (
            {
                "events__csv": GOOD_CSV,
                "erasure_requests__csv": "customer,requested_at\na,2024-05-03\n",
            },
            "{folder}/erasure_requests.csv has no column customer_id or user_id (it has customer, "
            "requested_at): rename the column, or add it.",
        ),
        (
            {"events__csv": GOOD_CSV, "erasure_requests__csv": "user_id\na\n"},
            "{folder}/erasure_requests.csv has no column requested_at (it has user_id): rename",
        ),
        (
            {"events__csv": GOOD_CSV, "events__jsonl": '{"event_id": 1}\n'},
            "could be the relation events: keep one of them.",
        ),
        (
            {"events__csv": GOOD_CSV, "subscriptions__csv": "customer_id\na\n"},
            "{folder}/subscriptions.csv has no column started_at",
        ),
        (
            {"events__csv": GOOD_CSV, "customers__parquet": b""},
            "The file {folder}/customers.parquet is empty",
        ),
    ],
)
def test_one_sentence_and_nothing_changed(
    project: Project, files: dict[str, bytes | str], sentence: str
) -> None:
    """The run stops before anything is built."""
    before = hashlib.sha256(project.database.read_bytes()).hexdigest()
    folder = fill(project, **files)
    result = project.build(folder, fresh=False, command=SCORING)
    assert not result.success
    assert sentence.format(folder=folder) in result.text
    assert hashlib.sha256(project.database.read_bytes()).hexdigest() == before
    assert len(project.rows("engagement_scores")) == 1


def test_header_without_rows_builds_empty_tables(project: Project) -> None:
    """A file without rows is a start, not an error; the backtest says why it is silent."""
    project.build(fill(project, events__csv=f"{HEADER}\n"), command=BUILD).expect_success()
    of_seeds = {"engagement_scorecards", "engagement_tiers", "engagement_unused_weights"}
    for table in set(project.public_tables()) - of_seeds - {"engagement_backtest"}:
        assert project.rows(table) == [], table


def test_ragged_csv_rows_do_not_stop_the_build(project: Project) -> None:
    """Rows with too few cells are rejected with a reason, those with too many are read."""
    text = (
        GOOD_CSV + '3,b\n4,b,login,2024-05-02,surplus\n"5","c ""q"" ç",sesión iniciada,2024-05-03\n'
    )
    project.build(fill(project, events__csv=text), command=SCORING).expect_success()
    reasons = [row["reason"] for row in project.rows("engagement_rejected_events")]
    assert reasons == ["missing_event_name"]
    assert {row["customer_id"] for row in project.rows("engagement_scores")} == {
        "a",
        "b",
        'c "q" ç',
    }


def write_late_quotes(folder: Path) -> None:
    """Write a CSV file whose first quotation mark comes after the rows that DuckDB looks at."""
    plain = "".join(f"{n},a,login,2024-05-01\n" for n in range(25_000))
    late = '25000,"Ácme, ""SA""",login,2024-05-01\n'
    (folder / "events.csv").write_text(f"{HEADER}\n{plain}{late}")


def write_line_breaks(folder: Path) -> None:
    """Write a CSV file with line breaks in its cells, too large to be read in one piece."""
    text = "una línea más " * 20
    rows = (f'{n},"Ácme, ""SA""","{text}\n{text}",2024-05-01\n' for n in range(25_000))
    (folder / "events.csv").write_text(f"{HEADER}\n{''.join(rows)}")


def write_late_key(folder: Path) -> None:
    """Write JSON lines of which only the last has a customer, as exporters leave nulls out."""
    row = {"event_id": "1", "event_name": "login", "occurred_at": "2024-05-01"}
    late = row | {"event_id": "2", "customer_id": 'Ácme, "SA"'}
    lines = [json.dumps(row)] * 25_000 + [json.dumps(late)]
    (folder / "events.jsonl").write_text("\n".join(lines))


@pytest.mark.parametrize("write", [write_late_quotes, write_line_breaks, write_late_key])
def test_what_comes_late_in_a_file_is_read(project: Project, write: Callable[[Path], None]) -> None:
    """A file is not judged by its first rows alone."""
    folder = fill(project)
    write(folder)
    project.dbt(
        *("run", "--select", "input_engagement__events"), variables={"input_path": str(folder)}
    ).expect_success()
    with duckdb.connect(str(project.database), read_only=True) as connection:
        assert connection.execute(
            "select max(customer_id) from input_engagement__events where customer_id != 'a'"
        ).fetchone() == ('Ácme, "SA"',)


def test_rotten_rows_are_rejected_and_visible(project: Project) -> None:
    """No row stops the build; each is in the ledger."""
    rotten = [
        {"event_id": None}, {"customer_id": " "}, {"event_name": ""}, {"occurred_at": None},
        {"occurred_at": "yesterday"}, {"occurred_at": "1970-01-01"}, {"occurred_at": "2999-01-01"},
        {"quantity": "many"}, {"quantity": "1e300"}, {"event_name": "inactive_day"},
    ]  # fmt: skip
    good = dict.fromkeys(EVENT_COLUMNS) | {
        "customer_id": "a",
        "event_name": "login",
        "occurred_at": "2024-05-01",
    }
    rows = [good | {"event_id": f"e{n}"} | broken for n, broken in enumerate(rotten)]
    rows.append(good | {"event_id": "good"})
    project.build(Inputs(events=rows), command=SCORING).expect_success()
    ledger = project.rows("engagement_event_ledger")
    assert sum(row["received"] for row in ledger) == len(rows)
    assert sum(row["rejected"] for row in ledger) == len(rotten)
    assert sum(row["accepted"] for row in ledger) == 1
    assert sum(row["invalid_quantity"] for row in ledger) == 2
    assert len(project.rows("engagement_rejected_events")) == len(rotten)


def test_rows_without_a_time_come_with_the_day_they_were_loaded_on(project: Project) -> None:
    """With a load time and without, late ones too: two deliveries count as if all came at once."""
    lines = [
        "event_id,customer_id,event_name,occurred_at,loaded_at",
        "1,a,login,2024-05-03T09:00:00,2024-05-03T10:00:00",
        "2,a,login,,2024-05-03T10:00:00",
        "3,a,login,,",
        "4,a,login,noon,2024-05-04T10:00:00",
        "5,a,login,,2024-05-02T10:00:00",
        "6,a,login,2024-05-02T09:00:00,2024-05-04T10:00:00",
        "7,a,login,noon,",
        "",
    ]
    tables = ("engagement_event_ledger", "engagement_rejected_events")
    found = []
    for count, fresh in ((4, True), (len(lines), False), (len(lines), True)):
        folder = fill(project, events__csv="\n".join(lines[:count]) + "\n")
        project.build(folder, fresh=fresh, command=SCORING).expect_success()
        found.append([project.rows(table) for table in tables])
    ledger, rejected = found[1]
    assert found[1] == found[2] != found[0]
    assert [
        (row["event_date"], row["received"], row["missing_time"], row["unparseable_time"])
        for row in ledger
    ] == [(date(2024, 5, 2), 1, 0, 0), (date(2024, 5, 3), 1, 0, 0), (None, 5, 3, 2)]
    assert sorted(row["event_id"] for row in rejected) == ["2", "3", "4", "5", "7"]


def test_the_date_that_stands_for_no_date_may_come_too(project: Project) -> None:
    """Rows without any time stand under 1111-11-11: rows of that day do not mix with them."""
    text = GOOD_CSV + "3,a,login,1111-11-11\n4,a,login,\n"
    folder = fill(project, events__csv=text)
    ledgers = []
    for fresh in (True, False, False):
        project.build(folder, fresh=fresh, command=SCORING).expect_success()
        ledgers.append(project.rows("engagement_event_ledger"))
    assert [row["received"] for row in ledgers[0]] == [1, 1, 1, 1]
    assert ledgers[0] == ledgers[1] == ledgers[2]
    fill(project, events__csv=text + "5,a,login,\n")
    project.build(folder, fresh=False, command=SCORING).expect_success()
    ledger = {row["event_date"]: row["rejected"] for row in project.rows("engagement_event_ledger")}
    assert ledger == {date(1111, 11, 11): 1, date(2024, 5, 1): 0, date(2024, 5, 2): 0, None: 2}


@pytest.mark.parametrize("command", ["seed", "build"])
def test_absolute_folder_of_seeds_is_refused(
    project: Project, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, command: str
) -> None:
    """Dbt would write over the seeds' own files."""
    seeds = shutil.copytree(project.folder / "seeds", tmp_path / "seeds")
    before = {path.name: path.read_bytes() for path in seeds.iterdir()}
    monkeypatch.setenv("ENGAGEMENT_SEEDS", str(seeds))
    project.forget_parsed()
    result = project.dbt(command)
    project.forget_parsed()
    assert not result.success
    assert f"ENGAGEMENT_SEEDS is {seeds}, an absolute path" in result.text
    assert {path.name: path.read_bytes() for path in seeds.iterdir()} == before
