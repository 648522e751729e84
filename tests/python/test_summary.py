"""What `make demo` prints at its end, checked on small databases that are made by hand."""

from __future__ import annotations

import importlib.util
import io
import os
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from types import ModuleType

import duckdb
import pytest

ROOT = Path(__file__).resolve().parents[2]
SCRIPT = ROOT / "scripts" / "summary.py"

SCHEMA = """
create table int_engagement__scorecards (
    scorecard varchar, title varchar, status varchar, window_days integer
);
create table engagement_scores (
    scorecard varchar, customer_id varchar, as_of_date date, customer_name varchar,
    ces decimal(18, 4), tier varchar, tier_rank integer, tier_title varchar,
    is_provisional boolean, ces_change_28d decimal(18, 4)
);
create table engagement_drivers (
    scorecard varchar, customer_id varchar, event_name varchar, occurrences bigint,
    points decimal(28, 10), points_change_28d decimal(28, 10)
);
create table engagement_event_ledger (
    event_date date, source varchar, received bigint, accepted bigint, duplicate bigint,
    rejected bigint, missing_time bigint, in_the_future bigint, unparseable_time bigint
);
create table engagement_rejected_events (
    occurred_at_received varchar, quantity_received varchar, reason varchar
);
create table engagement_unweighted_events (
    scorecard varchar, event_name varchar, occurrences bigint
);
create table engagement_unused_weights (scorecard varchar, event_name varchar);
"""

DAY = "2024-03-31"
HIGH = ("high", 2, "High")
LOW = ("low", 1, "Low")
NEGATIVE = ("churn_risk", 0, "Churn risk")

Row = tuple[object, ...]


def load_script() -> ModuleType:
    """Import the script, which is no part of a package."""
    spec = importlib.util.spec_from_file_location(SCRIPT.stem, SCRIPT)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module


summary = load_script()


def score(  # noqa: PLR0913
    scorecard: str,
    customer: str,
    ces: float,
    tier: Row,
    *,
    change: float | None = 0,
    name: str | None = None,
    provisional: bool = False,
) -> Row:
    """Make a row of engagement_scores."""
    return (scorecard, customer, DAY, name, ces, *tier, provisional, change)


def fill(path: Path, **tables: Sequence[Row]) -> Path:
    """Create the tables, with the rows given."""
    with duckdb.connect(str(path)) as connection:
        connection.execute(SCHEMA)
        for table, rows in tables.items():
            for row in rows:
                marks = ", ".join("?" * len(row))
                connection.execute(f"insert into {table} values ({marks})", row)
    return path


def lines_of(path: Path, **looks: bool) -> list[str]:
    """Summarise a database."""
    with summary.open_database(path) as connection:
        return summary.summarise(connection, summary.Terminal(**looks))


def words(line: str) -> str:
    """Drop the spaces that align a line."""
    return " ".join(line.split())


def run(path: Path, **environment: str) -> subprocess.CompletedProcess[bytes]:
    """Run the script as `make demo` does."""
    return subprocess.run(
        [sys.executable, str(SCRIPT)],
        env={**os.environ, "ENGAGEMENT_DUCKDB_PATH": str(path), **environment},
        capture_output=True,
        check=False,
    )


@pytest.fixture(scope="module")
def two_scorecards(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a database with an active scorecard, a candidate, and everything to report."""
    return fill(
        tmp_path_factory.mktemp("summary") / "two.duckdb",
        int_engagement__scorecards=[
            ("proposal", "A proposal", "candidate", 7),
            ("main", "Main score", "active", 28),
        ],
        engagement_scores=[
            score("main", "riser", 90, HIGH, change=50),
            score("main", "faller", 5, LOW, change=-40.5),
            score("main", "steady", 10, LOW),
            score("main", "new", 99, HIGH, change=None, provisional=True),
            score("main", "young", 80, HIGH, change=80, provisional=True),
            score("main", "lost", -3.25, NEGATIVE, change=-3),
            score("proposal", "riser", 45, LOW, change=1),
        ],
        engagement_drivers=[
            ("main", "riser", "login", 12, 100, 70),
            ("main", "riser", "complaint", 2, -10.25, -10.25),
            ("main", "riser", "export", 1, 0.25, 20),
            ("main", "riser", "gone", 0, 0, -29.75),
            ("main", "faller", "login", 1, 5, -50.5),
            ("main", "faller", "complaint", 0, 0, 10),
            ("main", "faller", "export", 0, 0, -5),
            ("main", "lost", "complaint", 1, -3.25, 0),
            ("proposal", "riser", "export", 1, 45, 1),
        ],
        engagement_event_ledger=[
            ("2024-03-30", "web", 1000, 900, 60, 40, 39, 1, 0),
            (None, "app", 300, 294, 1, 5, 5, 0, 0),
        ],
        engagement_unweighted_events=[("main", f"extra_{n}", 10 * n) for n in range(1, 6)],
        engagement_unused_weights=[("main", "logon")],
    )


def test_overview(two_scorecards: Path) -> None:
    """Customers count once, however many scorecards score them."""
    assert lines_of(two_scorecards)[1] == "6 customers scored by 2 scorecards as of 2024-03-31"


def test_scorecards_and_tiers(two_scorecards: Path) -> None:
    """Active scorecards come first, tiers from the top, and the bars are in proportion."""
    lines = lines_of(two_scorecards)
    at = lines.index("Main score · main")
    assert at < lines.index("A proposal · proposal · candidate")
    facts = "6 customers, 2 of them provisional, average 46.8, median 45.0"
    assert words(lines[at + 1]) == facts
    tiers = [words(line) for line in lines[at + 3 : at + 6]]
    assert tiers == [
        "High 3 50.0 % " + "█" * 30,
        "Low 2 33.3 % " + "█" * 20,
        "Churn risk 1 16.7 % " + "█" * 10,
    ]


def test_movers(two_scorecards: Path) -> None:
    """Who moved most and why; not those who are provisional, and not those who stood still."""
    lines = lines_of(two_scorecards)
    rose = next(at for at, line in enumerate(lines) if "Rose most" in line)
    assert words(lines[rose + 1]) == "riser +50.0 90.0 login +70.0"
    assert not lines[rose + 2]
    assert [words(line) for line in lines[rose + 4 : rose + 6]] == [
        "faller -40.5 5.0 login -50.5",
        "lost -3.0 -3.2",
    ]
    assert "  Fell most in 28 days: nobody" in lines


def test_one_score_explained(two_scorecards: Path) -> None:
    """The drivers that occurred, with as many decimals as they need, add up to the score."""
    lines = [words(line) for line in lines_of(two_scorecards)]
    at = lines.index("One score explained: customer riser, the last 28 days")
    assert lines[at + 2 : at + 6] == [
        "login 12 100.00",
        "complaint 2 -10.25",
        "export 1 0.25",
        "score 90.00 High",
    ]
    assert sum("One score explained" in line for line in lines) == 1
    assert any("""--vars '{customer_id: "riser"}'""" in line for line in lines)


def test_ledger(two_scorecards: Path) -> None:
    """Received = accepted + duplicate + rejected, and rejected by reason, the commonest first."""
    lines = [words(line) for line in lines_of(two_scorecards)]
    at = lines.index("Events")
    assert lines[at + 1 : at + 4] == [
        "1,300 received = 1,194 accepted + 61 duplicate + 45 rejected",
        "missing_time 44",
        "in_the_future 1",
    ]


def test_what_does_not_count(two_scorecards: Path) -> None:
    """Events without a weight and weights without an event are named, long lists cut."""
    lines = [words(line) for line in lines_of(two_scorecards)]
    at = next(at for at, line in enumerate(lines) if line.startswith("Without a weight"))
    assert lines[at + 1 : at + 5] == [
        "extra_5 (main) 50",
        "extra_4 (main) 40",
        "extra_3 (main) 30",
        "and 2 more",
    ]
    assert lines[at + 6] == "logon (main)"


def test_where_to_look_next(two_scorecards: Path) -> None:
    """Every file and make target named at the end exists."""
    lines = lines_of(two_scorecards)
    end = "\n".join(lines[lines.index("Where to look next") :])
    for name in ("analyses/why_this_score.sql", "seeds/event_weights.csv", "README.md"):
        assert name in end
        assert (ROOT / name).is_file()
    makefile = (ROOT / "Makefile").read_text()
    for target in ("build", "docs"):
        assert f"`make {target}`" in end
        assert f"\n{target}:" in makefile
    assert "\n## Use your own events\n" in (ROOT / "README.md").read_text()


def test_lines_are_not_too_wide(two_scorecards: Path) -> None:
    """No line passes 100 columns."""
    assert max(summary.columns_of(line) for line in lines_of(two_scorecards)) <= 100


def test_nothing_received(tmp_path: Path) -> None:
    """Empty tables are no failure: the summary says what is missing."""
    path = fill(
        tmp_path / "empty.duckdb",
        int_engagement__scorecards=[("main", "Main score", "active", 28)],
    )
    lines = lines_of(path)
    assert lines[1:3] == [
        "0 customers scored",
        "No events were received: look at the relation events in your input.",
    ]
    assert "  0 received = 0 accepted + 0 duplicate + 0 rejected" in lines


def test_everything_rejected(tmp_path: Path) -> None:
    """Where every event was rejected the reasons are what matters."""
    path = fill(
        tmp_path / "rejected.duckdb",
        int_engagement__scorecards=[("main", "Main score", "active", 28)],
        engagement_event_ledger=[(None, "events", 9, 0, 0, 9, 7, 0, 2)],
        engagement_rejected_events=[
            (None, None, "missing_time"),
            ("2/18/2024 22:05", None, "unparseable_time"),
            ("last\nTuesday" * 9, None, "unparseable_time"),
        ],
    )
    lines = lines_of(path)
    assert "Every event was rejected, for the reasons below." in lines
    assert "    missing_time                          7" in lines
    assert "    unparseable_time                      2   such as 2/18/2024 22:05" in lines
    assert "  Write times as 2026-01-31 14:30:00, in UTC or with an offset (+02:00)." in lines


@pytest.mark.parametrize(
    ("scorecards", "told"),
    [
        ([], "No scorecard is active"),
        ([("main", "Main score", "active", 28)], "Nobody is in the population"),
    ],
)
def test_nobody_scored(tmp_path: Path, scorecards: list[Row], told: str) -> None:
    """Accepted events without a score: the scorecards are to blame."""
    path = fill(
        tmp_path / "nobody.duckdb",
        int_engagement__scorecards=scorecards,
        engagement_event_ledger=[(DAY, "events", 7, 7, 0, 0, 0, 0, 0)],
    )
    assert any(line.startswith(told) for line in lines_of(path))


def test_scorecard_without_customers(tmp_path: Path) -> None:
    """One scorecard may be empty beside another; no drivers, no explanation."""
    path = fill(
        tmp_path / "half.duckdb",
        int_engagement__scorecards=[("main", "main", "active", 28), ("b", "B", "active", 28)],
        engagement_scores=[score("main", "only", 0, LOW)],
    )
    lines = lines_of(path)
    at = lines.index("B · b")
    assert lines[at + 1] == "  Nobody is in its population: look at seeds/scorecards.csv."
    assert lines[1] == "1 customer scored by 2 scorecards as of 2024-03-31"
    assert "main" in lines
    assert not any("One score explained" in line for line in lines)


def test_names_from_the_data(tmp_path: Path) -> None:
    """Quotes, other scripts, wide and hostile characters neither break nor move the columns."""
    names = {
        'it\'s "7"': None,
        "k1": "株式会社ひまわり生命保険サービスの東京本社営業第一部門",
        "k2": "Zoë O'Neill & Sons",
        "k3": "\x1b[31mred\x1b[0m\nsecond line\u202e",
        "k4": "عميل",
    }
    path = fill(
        tmp_path / "names.duckdb",
        int_engagement__scorecards=[("o'main", "Größe 分数", "active", 28)],
        engagement_scores=[
            score("o'main", customer, 10 - at, LOW, change=9 - at if at < 3 else at - 9, name=name)
            for at, (customer, name) in enumerate(names.items())
        ],
        engagement_drivers=[
            ("o'main", 'it\'s "7"', "it's clicked", 1, 10, 9),
            ("o'main", "k1", "ログイン", 1, 9, 8),
        ],
    )
    lines = lines_of(path)
    text = "\n".join(lines)
    assert "Größe 分数 · o'main" in lines
    assert "\x1b" not in text
    assert "\u202e" not in text
    assert "[31mred [0m second line (k3)" in " ".join(text.split())
    assert "Zoë O'Neill & Sons (k2)" in text
    assert "عميل (k4)" in text
    assert 'customer it\'s "7"' in text
    movers = [line for line in lines if "+9.0" in line or "+8.0" in line]
    ends = {summary.columns_of(line[: line.index("+")]) for line in movers}
    assert len(movers) == 2
    assert len(ends) == 1
    assert "…" in movers[1]
    assert max(map(summary.columns_of, lines)) <= 100
    # What the shell makes of the command is the customer's id as YAML.
    command = next(line for line in lines if "--vars" in line)
    told = subprocess.run(
        ["sh", "-c", command.replace(".venv/bin/dbt", "printf '%s\\n'")],
        capture_output=True, text=True, check=True,
    ).stdout  # fmt: skip
    assert told.splitlines()[-1] == '{customer_id: "it\'s \\"7\\""}'


def test_huge_numbers(tmp_path: Path) -> None:
    """Scores beyond all measure keep to their columns."""
    path = fill(
        tmp_path / "huge.duckdb",
        int_engagement__scorecards=[("main", "main", "active", 28)],
        engagement_scores=[score("main", "c", 99999999999999, HIGH, change=99999999999999)],
        engagement_drivers=[("main", "c", "e" * 60, 10**12, 99999999999999, 99999999999999)],
        engagement_event_ledger=[(DAY, "events", 10**15, 10**15, 0, 0, 0, 0, 0)],
    )
    lines = lines_of(path)
    assert max(map(summary.columns_of, lines)) <= 100
    assert any("+1.00e+14" in line for line in lines)


def test_plain_text(two_scorecards: Path) -> None:
    """Where the output knows ASCII alone, so does the summary."""
    result = run(two_scorecards, PYTHONIOENCODING="ascii")
    assert result.returncode == 0
    text = result.stdout.decode("ascii")
    assert "Main score - main" in text
    assert "#" * 30 + "\n" in text
    assert text.count("?") == text.count("csv?") == 1


def test_plain_text_with_other_names(tmp_path: Path) -> None:
    """Names that the output cannot show do not stop it."""
    path = fill(
        tmp_path / "names.duckdb",
        int_engagement__scorecards=[("main", "Größe", "active", 28)],
        engagement_scores=[score("main", "分", 1, LOW)],
    )
    result = run(path, PYTHONIOENCODING="ascii")
    assert result.returncode == 0
    assert "Gr??e - main" in result.stdout.decode("ascii")


def test_colour(two_scorecards: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Colour is for terminals, and not for those who want none."""

    class Screen(io.StringIO):
        encoding = "utf-8"

        def isatty(self) -> bool:
            return True

    monkeypatch.delenv("NO_COLOR", raising=False)
    assert summary.Terminal.of(Screen()).colour
    assert not summary.Terminal.of(io.StringIO()).colour
    monkeypatch.setenv("NO_COLOR", "1")
    assert not summary.Terminal.of(Screen()).colour
    assert any("\x1b[1m" in line for line in lines_of(two_scorecards, colour=True))
    assert b"\x1b" not in run(two_scorecards).stdout


def test_missing_database(tmp_path: Path) -> None:
    """Without a database: one sentence that names the mend."""
    path = tmp_path / "none.duckdb"
    result = run(path)
    assert result.returncode == 1
    assert result.stdout == b""
    assert result.stderr.decode() == (
        f"There is no database {path}: run `make demo`, or set ENGAGEMENT_DUCKDB_PATH to the file "
        "that dbt built.\n"
    )
    assert not path.exists()


def test_missing_tables(tmp_path: Path) -> None:
    """A build that stopped half-way leaves tables out; they are named."""
    path = fill(tmp_path / "half.duckdb")
    with duckdb.connect(str(path)) as connection:
        connection.execute("drop table engagement_scores; drop table engagement_drivers")
    result = run(path)
    assert result.returncode == 1
    told = result.stderr.decode()
    assert "has no table engagement_drivers, engagement_scores: run `make demo`" in told
    assert told.count("\n") == 1


def test_tables_of_another_version(tmp_path: Path) -> None:
    """Tables that lack a column are told from those that are missing."""
    path = fill(tmp_path / "old.duckdb")
    with duckdb.connect(str(path)) as connection:
        connection.execute("alter table engagement_scores drop is_provisional")
    result = run(path)
    assert result.returncode == 1
    told = result.stderr.decode()
    assert told.startswith(f"The tables in {path} are not what this version builds")
    assert told.endswith("run `make demo`.\n")
    assert told.count("\n") == 1


def test_no_database_at_all(tmp_path: Path) -> None:
    """A file that is no DuckDB database is called unreadable."""
    path = tmp_path / "text.duckdb"
    path.write_text("no database" * 1000)
    result = run(path)
    assert result.returncode == 1
    told = result.stderr.decode()
    assert told.startswith(f"The database {path} cannot be read (")
    assert told.count("\n") == 1


def test_reading_changes_nothing(two_scorecards: Path) -> None:
    """The summary only reads, and does so beside other readers."""
    before = two_scorecards.read_bytes()
    with duckdb.connect(str(two_scorecards), read_only=True):
        assert run(two_scorecards).returncode == 0
    assert two_scorecards.read_bytes() == before


def test_of_a_sample(tmp_path: Path, two_scorecards: Path) -> None:
    """Its notice comes first, its own seeds are named, and how to see the same database again."""
    seeds = tmp_path / "sample_data" / "tiny" / "seeds"
    seeds.mkdir(parents=True)
    (seeds.parent / "notice.txt").write_text("Made up by\na test.\n")
    told = run(two_scorecards, ENGAGEMENT_SEEDS=f"{seeds}/").stdout.decode()
    lines = told.splitlines()
    assert lines[1].startswith("6 customers scored")
    assert lines[2] == "Made up by a test."
    assert f"  Without a weight in {seeds}/event_weights.csv, so they score 0:" in lines
    assert f"    export ENGAGEMENT_SEEDS={seeds}/ ENGAGEMENT_DUCKDB_PATH={two_scorecards}" in lines
    assert f"  Other weights:    {seeds}/event_weights.csv, then `make build SAMPLE=tiny`" in lines


def test_of_seeds_of_ones_own(tmp_path: Path, two_scorecards: Path) -> None:
    """Seeds that are no sample's have no notice, and nothing is exported where none are named."""
    told = run(two_scorecards, ENGAGEMENT_SEEDS=str(tmp_path)).stdout.decode()
    assert told.splitlines()[2] == ""
    assert f"{tmp_path}/event_weights.csv, then `make build`" in told
    assert "export ENGAGEMENT" not in run(two_scorecards, ENGAGEMENT_SEEDS="").stdout.decode()
