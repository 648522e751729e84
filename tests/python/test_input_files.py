"""Input files that are known are not read for their event days again; any doubt ends that."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import duckdb
import pytest
from harness import BuildResult, Project, Rows

LOOK = ("run", "--select", "+int_engagement__event_days")
EVENT = "'e' || (1000 + i) as event_id, 'c' as customer_id, 'l''accés' as event_name"
TIMES = (
    "timestamp '2026-01-01' + to_hours(i) as occurred_at,"
    " timestamp '2026-03-01' + to_hours(i) as loaded_at"
)
SPOILED_BYTES = 16
LOADED_TEXT = "'2026-03-02 10:00:00' as loaded_at"


class Site:
    """A project that reads a folder of Parquet files, and another that looks at all of them."""

    def __init__(self, folder: Path) -> None:
        """Begin without files."""
        self.project, self.fresh = Project(folder / "project"), Project(folder / "fresh")
        self.events = folder / "received" / "events"
        self.project.dbt("seed").expect_success()

    def begin(self) -> None:
        """Write two files, in place of all that there are, and look at them."""
        shutil.rmtree(self.events, ignore_errors=True)
        self.write("a")
        self.write("l'any 2026/b", first=50)
        self.look()

    def path(self, name: str) -> Path:
        """Return where a file is."""
        return self.events / f"{name}.parquet"

    def write(
        self, name: str, first: int = 0, rows: int = 50, what: str = f"{EVENT}, {TIMES}"
    ) -> None:
        """Write a file of rows an hour apart."""
        path = self.path(name)
        path.parent.mkdir(parents=True, exist_ok=True)
        quoted = str(path).replace("'", "''")
        query = f"select {what} from range({first}, {first + rows}) as numbers (i)"
        duckdb.sql(f"copy ({query}) to '{quoted}' (compression uncompressed)")

    def spoil(self, name: str) -> None:
        """Make times of loading unreadable, which neither size, time nor footer of a file tells."""
        path = self.path(name)
        status = path.stat()
        content = bytearray(path.read_bytes())
        found = duckdb.sql(
            f"select data_page_offset from parquet_metadata('{path}')"
            " where path_in_schema = 'loaded_at'"
        ).fetchall()
        for (offset,) in found:
            content[offset : offset + SPOILED_BYTES] = bytes([255] * SPOILED_BYTES)
        path.write_bytes(content)
        os.utime(path, ns=(status.st_atime_ns, status.st_mtime_ns))

    def try_to_look(self, project: Project, **variables: object) -> BuildResult:
        """Look for changed days, whether that succeeds or not."""
        chosen = {"input_path": str(self.events.parent)} | variables
        return project.dbt(*LOOK, variables=chosen)

    def look(self, **variables: object) -> None:
        """Look for changed days."""
        self.try_to_look(self.project, **variables).expect_success()

    def known_files(self) -> int:
        """Return how many files are known."""
        return len({row["file_mark"] for row in self.project.rows("int_engagement__file_days")})

    def assert_days_are_those_of_the_files(self, files: int) -> None:
        """Compare with a look at all files from nothing, and with their number of rows."""
        self.assert_days_are_those_of_a_fresh_look(files)
        pattern = f"{self.events}/**/*.parquet".replace("'", "''")
        count = duckdb.sql(f"select count(*) from read_parquet('{pattern}', union_by_name = true)")
        assert (sum(row["received"] for row in days(self.project)),) == count.fetchone()

    def assert_days_are_those_of_a_fresh_look(self, files: int) -> None:
        """Compare with a look at all files from nothing."""
        assert self.known_files() == files
        self.fresh.remove_database()
        self.fresh.dbt("seed").expect_success()
        self.try_to_look(self.fresh).expect_success()
        assert days(self.project) == days(self.fresh)


def days(project: Project) -> Rows:
    """Return the event days that hold rows, without what was known of them before."""
    rows = project.rows("int_engagement__event_days")
    return [row | {"processed_fingerprint": None} for row in rows if row["received"]]


@pytest.fixture(scope="module")
def folder_of_files(tmp_path_factory: pytest.TempPathFactory) -> Site:
    """Copy the project once."""
    return Site(tmp_path_factory.mktemp("files"))


@pytest.fixture
def site(folder_of_files: Site) -> Site:
    """Look at two files."""
    folder_of_files.begin()
    return folder_of_files


def test_known_files_are_not_read(site: Site) -> None:
    """Rows that cannot be read do not matter where the file is known, and do where it is not."""
    before = days(site.project)
    site.spoil("a")
    site.look()
    assert days(site.project) == before
    site.write("c", first=200)
    site.look()
    assert len(days(site.project)) > len(before)
    os.utime(site.path("a"))
    result = site.try_to_look(site.project)
    assert not result.success
    assert "int_engagement__file_days" in result.text


def test_files_that_come_go_and_change(site: Site) -> None:
    """Whatever happens to files, the days are those of the files that are there."""
    site.assert_days_are_those_of_the_files(2)
    site.write("c", first=80)
    site.look()
    site.assert_days_are_those_of_the_files(3)
    # As many bytes, written at the same moment: the footer tells.
    status = site.path("a").stat()
    site.write("a", first=1)
    os.utime(site.path("a"), ns=(status.st_atime_ns, status.st_mtime_ns))
    assert site.path("a").stat().st_size == status.st_size
    site.look()
    site.assert_days_are_those_of_the_files(3)
    site.path("c").unlink()
    site.path("a").rename(site.path("a again"))
    site.look()
    site.assert_days_are_those_of_the_files(2)
    # Files without rows, and one whose times are texts, by which those of all are read as such.
    site.write("none", rows=0)
    site.write("texts", first=9, what=f"{EVENT}, '2026-01-05 10:00' as occurred_at, {LOADED_TEXT}")
    site.look()
    site.assert_days_are_those_of_the_files(3)


def test_from_parquet_to_text(site: Site) -> None:
    """Of a text file nothing is known, and what was known of others is forgotten."""
    before = len(days(site.project))
    shutil.rmtree(site.events)
    text = site.events.with_suffix(".csv")
    text.write_text("event_id,customer_id,event_name,occurred_at\n1,c,login,2026-02-01\n")
    site.look()
    site.assert_days_are_those_of_a_fresh_look(0)
    text.unlink()
    site.begin()
    assert len(days(site.project)) == before > 1


def test_interrupted_look(site: Site) -> None:
    """Files that were forgotten, and not read, are read by the next run."""
    with site.project.connect(read_only=False) as connection:
        connection.execute(
            "delete from int_engagement__file_days where file_key ="
            " (select min(file_key) from int_engagement__file_days)"
        )
    site.look()
    assert site.known_files() == 2


def test_a_column_called_filename(site: Site) -> None:
    """Where events have a column of that name nothing is known of files, and all rows are read."""
    for first in (300, 400):
        site.write("c", first=first, what=f"{EVENT}, {TIMES}, '{site.path('a')}' as filename")
        site.look()
        site.assert_days_are_those_of_the_files(0)


def test_other_rules_read_files_again(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    """Rows are counted by the rules of now: a mark knows how they are read, and no more."""
    before = site.project.rows("int_engagement__file_days")
    site.look(as_of="2026-01-02")
    assert site.project.rows("int_engagement__file_days") == before
    monkeypatch.setenv("DBT_ENV_SECRET_ENGAGEMENT_ID", "a secret that nobody knows")
    site.look(hash_ids=True)
    hashed = site.project.rows("int_engagement__file_days")
    for column in ("file_key", "file_mark"):
        assert not {row[column] for row in before} & {row[column] for row in hashed}
    site.look()
    assert site.project.rows("int_engagement__file_days") == before
