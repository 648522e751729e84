"""Runs connectors on tables in shapes that other tools land or export, and compares row by row."""

from __future__ import annotations

import gzip
import json
import zipfile
from decimal import Decimal
from pathlib import Path

import pytest
from harness import Project
from test_connectors import FIXTURES, MODELS, aliases, events, rows, run

IN_MIXPANEL = ("customer_id", "user_id", "event_name", "quantity", "source_rejection")
LOADED = "strftime(loaded_at, '%d %H:%M:%S.%g')"
ROWS = 30_000  # more than DuckDB looks at before it decides what a file is like
LONG = 'línea 1\nlínea 2, "año"'


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Project:
    """Return a project that is parsed once for all tests."""
    return Project(tmp_path_factory.mktemp("shapes"))


@pytest.fixture
def plain(project: Project, tmp_path: Path) -> Project:
    """Return the project with nothing built."""
    project.database = tmp_path / "engagement.duckdb"
    return project


def test_mixpanel_airbyte(plain: Project) -> None:
    """Airbyte has each property in a column of its own, without its dollar sign."""
    run(
        plain,
        f"{MODELS}/mixpanel",
        mixpanel_input=str(FIXTURES / "mixpanel_airbyte"),
        mixpanel_account="company_id",
    ).expect_success()
    assert events(plain, "mixpanel", *IN_MIXPANEL, LOADED) == [
        ("acme", "u-1", "Informe exportado", Decimal(2), None, "01 09:02:02.500"),
        ("birch", "u-2", "login", None, "test_traffic", "02 03:00:00.000"),
        ("birch", "u-2", "$identify", None, None, "02 03:00:00.000"),
        ("u-3", "u-3", "login", Decimal("9.5"), None, "02 03:00:00.000"),
    ]


def test_mixpanel_stitch(plain: Project) -> None:
    """Stitch has mp_reserved_ for the dollar sign; without it a user_id is one's own property."""
    run(
        plain, f"{MODELS}/mixpanel", mixpanel_input=str(FIXTURES / "mixpanel_stitch")
    ).expect_success()
    assert events(plain, "mixpanel", *IN_MIXPANEL, LOADED) == [
        ("dev-1", "dev-1", "login", None, None, "02 03:00:00.000"),
        ("u-1", "u-1", "Informe exportado", Decimal("19.9"), None, "02 03:00:00.000"),
        ("u-3", "u-3", "login", None, "bot_traffic", "02 03:00:00.000"),
    ]
    assert aliases(plain, "mixpanel") == [("$device:dev-1", "u-1"), ("dev-1", "u-1")]


def write_late(folder: Path) -> None:
    """Write calls as CSV and as JSON in which quotes, line breaks and keys come late."""
    folder.mkdir()
    times = "2024-05-01 10:00:00.000 +0000,2024-05-01 10:00:05.000 +0000"
    text = LONG.replace('"', '""')
    names = ["login"] * (ROWS - 1_000) + [f'"{text}"'] * 1_000
    calls = [f"t{number},an-{number},,{name},{times}" for number, name in enumerate(names)]
    calls += [
        f'late,an-1,u-1,"{text}",2024-05-01 03:00:00.250 -0700,2024-05-01 10:00:05.000 Z',
        "short,an-1,u-1,login",
    ]
    head = "id,anonymous_id,user_id,event,timestamp,received_at"
    (folder / "tracks.csv").write_text("\n".join([head, *calls, ""]), encoding="utf-8")
    (folder / "identifies.csv").write_text("id,user_id\ni1,u-1\n")
    (folder / "SCREENS.csv").write_text(
        'id,user_id,sent_at,name\ns1,u-1,2024-05-02,"A\nlong name"\n'
    )
    pages = [
        {"id": f"p{number}", "anonymous_id": f"an-{number}", "timestamp": "2024-05-01T10:00:00Z"}
        | {f"context_{number * 3 % 400 + key}": "x" for key in range(3)}
        for number in range(ROWS)
    ]
    pages.append(pages[1] | {"id": "late", "user_id": "u-1", "name": "Precios"})
    (folder / "pages.jsonl").write_text("".join(json.dumps(page) + "\n" for page in pages))


def test_what_comes_late_in_a_file(plain: Project, tmp_path: Path) -> None:
    """Quotes, line breaks, short rows, keys of JSON, Snowflake's offsets and names are read."""
    write_late(tmp_path / "raw")
    run(
        plain,
        f"{MODELS}/segment",
        segment_input=str(tmp_path / "raw"),
        segment_quantities={},
        segment_account="user",
    ).expect_success()
    table = "stg_engagement__segment_events"
    assert rows(
        plain, f"select event_name, count(*) from {table} group by event_name order by event_name"
    ) == [
        *(("login", ROWS - 999), (LONG, 1_001), ("page_viewed", ROWS)),
        *(("page_viewed: Precios", 1), ("screen_viewed: A\nlong name", 1)),
    ]
    assert rows(
        plain,
        "select event_name, customer_id, strftime(occurred_at, '%H:%M:%S.%g'), "
        f"strftime(loaded_at, '%H:%M:%S') from {table} where event_id in ('late', 'short', 't7') "
        "order by event_id, event_name",
    ) == [
        (LONG, "u-1", "10:00:00.250", "10:00:05"),
        ("page_viewed: Precios", "u-1", "10:00:00.000", None),
        ("login", "u-1", None, None),
        ("login", "an-7", "10:00:00.000", "10:00:05"),
    ]
    assert aliases(plain, "segment") == [("an-1", "u-1")]


def test_archives_are_told(plain: Project, tmp_path: Path) -> None:
    """What Amplitude hands out as .json.gz may be a ZIP archive with such files in it."""
    folder = tmp_path / "raw"
    folder.mkdir()
    with zipfile.ZipFile(folder / "218028_2024-05-01_9#0.json.gz", "w") as archive:
        archive.writestr("218028/218028_2024-05-01_9#0.json.gz", "x")
    result = run(plain, f"{MODELS}/amplitude", amplitude_input=str(folder))
    assert not result.success
    assert "2024-05-01_9#0.json.gz is a ZIP archive, whatever its name says: unpack" in result.text
    assert result.statuses == {}


@pytest.mark.parametrize(
    ("tracker", "files"),
    [
        (
            "amplitude",
            ("218028/218028_2024-05-01_9#0.json", "218028/2024-05-02_1#0.json.gz"),
        ),
        ("mixpanel", ("2024-05-01.jsonl", "older/2024-04-30.jsonl")),
        ("segment", ("tracks.csv", "tracks.jsonl")),
    ],
)
def test_rivals_are_told(plain: Project, tmp_path: Path, tracker: str, files: list[str]) -> None:
    """Where a table could be either of two files, neither is left out in silence."""
    for name in files:
        path = tmp_path / "raw" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(b"{}\n" if path.suffix != ".gz" else gzip.compress(b"{}\n"))
    result = run(plain, f"{MODELS}/{tracker}", **{f"{tracker}_input": str(tmp_path / "raw")})
    assert not result.success
    first, second = (tmp_path / "raw" / name for name in files)
    assert f"Both {first} and {second} could be the table " in result.text
    assert result.statuses == {}


def test_snowplow_python(plain: Project, tmp_path: Path) -> None:
    """Snowplow's tracker for Python is no robot; titles may hold what JSON has to escape."""
    (tmp_path / "events.csv").write_text(
        "event_id,event_name,collector_tstamp,user_id,v_tracker,useragent,page_url,page_title\n"
        "e1,invoice_paid,2024-05-01 10:00:00,u-1,py-1.0.2,python-requests/2.31.0,https://x.example,"
        '"C:\\año ""1""\n2"\n'
        "e2,invoice_paid,2024-05-01 10:01:00,u-1,py-1.0.2,Googlebot/2.1\n"
        "e3,page_view,2024-05-01 10:02:00,u-1,js-3.24.0,python-requests/2.31.0\n"
    )
    run(plain, f"{MODELS}/snowplow", snowplow_input=str(tmp_path)).expect_success()
    assert events(plain, "snowplow", "event_id", "source_rejection") == [
        *(("e1", None), ("e2", "bot_traffic"), ("e3", "bot_traffic")),
    ]
    assert events(plain, "snowplow", "properties ->> 'title'")[0] == ("C:año 1 2",)
