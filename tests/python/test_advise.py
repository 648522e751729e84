"""What `make advise` says of generated histories whose truth is known, and what it writes."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from pathlib import Path

import advise
import duckdb
import numpy as np
import polars as pl
import pytest
from advice import model, proposal
from advice.panel import Design, open_database, read_panel
from sklearn.metrics import roc_auc_score

ROOT = Path(__file__).resolve().parents[2]

CUSTOMERS = 900
# What a unit more of the daily rate of an event does to the log-odds of leaving.
PLANTED = {"logged_in": -1.5, "report_created": -1.0, "error_shown": 1.8, "theme_changed": 0.0}
SCHEMA = """
create table outcomes (
    outcome varchar, kind varchar, lead_days varchar, horizon_days varchar, event_names varchar,
    population varchar, title varchar, rationale varchar
);
insert into outcomes values ('churn', 'churn', '14', '30', null, null, 'Left', '');
create table int_engagement__scorecards (scorecard varchar);
create table engagement_scores_daily (
    scorecard varchar, customer_id varchar, score_date date, ces_unrounded decimal(24, 10)
);
create table int_engagement__reference_days as
select
    'churn' as outcome, cast(day as date) as reference_date, cast(day as date) + 44 as label_until
from unnest(generate_series(timestamp '2024-02-01', timestamp '2024-07-01', interval 1 month))
    as listed (day);
create table int_engagement__customers as
select customer_id, date '2023-12-01' as first_day, cast(null as date) as ended_on
from unnest(?) as listed (customer_id);
create table int_engagement__event_counts (
    customer_id varchar, user_id varchar, event_date date, event_name varchar, event_count bigint,
    quantity decimal(24, 4)
);
"""


def make_history(path: Path, customers: int = CUSTOMERS, is_shuffled: bool = False) -> None:
    """Write the tables that advice reads, for customers who leave because of what they do."""
    draw = np.random.default_rng(7)
    ids = [f"c{number:04}" for number in range(customers)]
    rates = {name: draw.gamma(2.0, 0.12, customers) for name in PLANTED}
    odds = sum(effect * 4 * rates[name] for name, effect in PLANTED.items()) - 0.6
    frames = []
    for name, rate in rates.items():
        counts = draw.poisson(rate[:, None], (customers, 230))
        number, day = np.nonzero(counts)
        frames.append(
            pl.DataFrame({"number": number, "day": day, "n": counts[number, day]}).with_columns(
                pl.lit(name).alias("name")
            )
        )
    fed = path.with_suffix(".parquet")
    pl.concat(frames).write_parquet(fed)
    with duckdb.connect(str(path)) as connection:
        for statement in SCHEMA.split(";"):
            if statement.strip():
                connection.execute(statement, [ids] if "?" in statement else None)
        connection.execute(
            "insert into int_engagement__event_counts"
            " select printf('c%04d', number), printf('c%04d', number),"
            " date '2023-12-01' + cast(day as integer), name, n, 0 from read_parquet(?)",
            [str(fed)],
        )
        days = connection.execute(
            "select reference_date from int_engagement__reference_days order by 1"
        ).fetchall()
        frames = []
        for (day,) in days:
            left = (draw.random(customers) < 1 / (1 + np.exp(-odds))).astype(int)
            if is_shuffled:
                left = draw.permutation(left)
            frames.append(pl.DataFrame({"c": ids, "y": left}).with_columns(pl.lit(day).alias("d")))
        pl.concat(frames).write_parquet(fed)
        connection.execute(
            "create table int_engagement__outcome_labels as select 'churn' as outcome,"
            " -1 as engagement_sign, d as reference_date, c as customer_id, y as is_positive"
            " from read_parquet(?)",
            [str(fed)],
        )
    fed.unlink()


@pytest.fixture(scope="module")
def histories(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """Three histories: one with planted signs, the same shuffled, and a small one."""
    folder = tmp_path_factory.mktemp("histories")
    paths = {name: folder / f"{name}.duckdb" for name in ("planted", "shuffled", "small")}
    make_history(paths["planted"])
    make_history(paths["shuffled"], is_shuffled=True)
    make_history(paths["small"], customers=150)
    return paths


@pytest.fixture
def seeds_folder(
    tmp_path: Path, histories: dict[str, Path], monkeypatch: pytest.MonkeyPatch
) -> Iterator[Path]:
    """Make a folder of seeds to write into, with a history to read and few designs to try."""
    for name in ("scorecards", "event_weights"):
        (tmp_path / f"{name}.csv").write_bytes((ROOT / "seeds" / f"{name}.csv").read_bytes())
    monkeypatch.setenv("ENGAGEMENT_SEEDS", str(tmp_path))
    monkeypatch.setenv("ENGAGEMENT_DUCKDB_PATH", str(histories["planted"]))
    monkeypatch.setattr(model, "WINDOWS", (28,))
    monkeypatch.setattr(model, "HALF_LIVES", (None,))
    monkeypatch.setattr(model, "CAPS", (None,))
    monkeypatch.setattr(model, "REPLICATES", 100)
    yield tmp_path


def rows_of(folder: Path, seed: str, scorecard: str) -> list[dict[str, str]]:
    """Read the rows of a scorecard."""
    with (folder / f"{seed}.csv").open(encoding="utf-8", newline="") as file:
        return [row for row in csv.DictReader(file) if row["scorecard"] == scorecard]


def test_planted_signs_are_recovered_and_written_once(
    seeds_folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Weights have the planted signs and order; a second time writes the same bytes."""
    before = {path: path.read_bytes() for path in seeds_folder.iterdir()}
    assert advise.main([]) == 0
    assert "Nothing is written" in capsys.readouterr().out
    assert {path: path.read_bytes() for path in seeds_folder.iterdir()} == before

    assert advise.main(["WRITE=1", "NAME=proposal"]) == 0
    said = capsys.readouterr().out
    assert "On days it never saw, the plain sum" in said
    assert "worse than the logistic" not in said
    weights = {
        row["event_name"]: float(row["weight"])
        for row in rows_of(seeds_folder, "event_weights", "proposal")
    }
    assert weights["error_shown"] < 0 < weights["report_created"] <= weights["logged_in"]
    assert abs(weights.get("theme_changed", 0)) < 0.2 * abs(weights["error_shown"])
    assert max(abs(weight) for weight in weights.values()) == 10
    assert all(
        "of resamples" in row["rationale"] and row["owner"] == "make advise"
        for row in rows_of(seeds_folder, "event_weights", "proposal")
    )
    (scorecard,) = rows_of(seeds_folder, "scorecards", "proposal")
    assert scorecard["status"] == "candidate"
    assert float(scorecard["full_score_points"]) > 0
    for path, text in before.items():
        assert path.read_bytes().startswith(text), "other rows were touched"

    once = {path: path.read_bytes() for path in seeds_folder.iterdir()}
    # A row below the advice stays where it is, odd formatting and all.
    odd = b'hand,"logged_in" ,x,1,events,,,,me,"two\nlines, quoted"\n'
    path = seeds_folder / "event_weights.csv"
    path.write_bytes(once[path] + odd)
    assert advise.main(["WRITE=1", "NAME=proposal"]) == 0
    assert path.read_bytes() == once[path] + odd
    assert {path.name for path in seeds_folder.iterdir()} == {"scorecards.csv", "event_weights.csv"}


def test_shuffled_outcomes_give_no_advice(
    seeds_folder: Path,
    histories: dict[str, Path],
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """Without a connection nothing is advised, and nothing written when asked."""
    monkeypatch.setenv("ENGAGEMENT_DUCKDB_PATH", str(histories["shuffled"]))
    before = {path: path.read_bytes() for path in seeds_folder.iterdir()}
    assert advise.main(["WRITE=1"]) == 1
    said = capsys.readouterr()
    assert "there is no advice" in said.out
    assert "unstable" in said.out
    assert "nothing is written" in said.err
    assert {path: path.read_bytes() for path in seeds_folder.iterdir()} == before


@pytest.mark.parametrize(
    ("words", "database", "says"),
    [
        (["WRITE=1"], "small", "below 200 and 500 weights are guesses"),
        (["OUTCOME=upgrade"], "planted", "outcomes.csv has no outcome upgrade; it has churn"),
        (["CUTOFF=soon"], "planted", "CUTOFF=soon is not a date"),
        (["CUTOFF=2030-01-01"], "planted", "needs some on both sides of a cut-off"),
        (["WRITE=perhaps"], "planted", "WRITE=perhaps is neither yes nor no"),
        (["VOLUME=11"], "planted", "VOLUME=11 is not understood"),
        (["NAME=a b"], "planted", "NAME=a b is no name for a scorecard"),
        (["NAME=loyalty"], "planted", "never replaces what people chose"),
        ([], "absent", "build it first with make build"),
    ],
)
def test_refusals_are_one_sentence(  # noqa: PLR0913, PLR0917
    words: list[str],
    database: str,
    says: str,
    seeds_folder: Path,
    histories: dict[str, Path],
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """Each refusal names what is wrong and the mend, and writes nothing."""
    path = histories.get(database, seeds_folder / "absent.duckdb")
    monkeypatch.setenv("ENGAGEMENT_DUCKDB_PATH", str(path))
    before = {path: path.read_bytes() for path in seeds_folder.iterdir()}
    assert advise.main(words) == 1
    said = capsys.readouterr()
    assert says in said.err
    assert said.err.count("\n") == 1
    assert not said.out
    assert {path: path.read_bytes() for path in seeds_folder.iterdir()} == before


def test_experiment_speaks_on_little(
    seeds_folder: Path,
    histories: dict[str, Path],
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """With EXPERIMENT=1 the report comes, below the limits too."""
    monkeypatch.setenv("ENGAGEMENT_DUCKDB_PATH", str(histories["small"]))
    assert advise.main(["EXPERIMENT=1"]) == 0
    assert "logistic on log counts" in capsys.readouterr().out
    assert seeds_folder.is_dir()


def test_auc_agrees_with_scikit_learn_on_ties() -> None:
    """Mid-ranks, whatever the number of ties; a constant gives exactly one half."""
    draw = np.random.default_rng(3)
    for levels in (1, 2, 5, 1000):
        outcomes = draw.integers(0, 2, 400)
        values = draw.integers(0, levels, 400).astype(float)
        weights = draw.integers(0, 4, 400).astype(float)
        expected = roc_auc_score(outcomes, values, sample_weight=weights)
        assert model.auc(outcomes, values, weights) == pytest.approx(expected, abs=1e-9)
    assert model.auc(outcomes, np.ones(400)) == 0.5


def test_features_count_only_what_is_known(tmp_path: Path) -> None:
    """Caps, half-life, inactive days and late loads, worked out by hand."""
    path = tmp_path / "one.duckdb"
    with duckdb.connect(str(path)) as connection:
        for statement in SCHEMA.split(";"):
            if statement.strip():
                connection.execute(statement, [["ann"]] if "?" in statement else None)
        connection.execute(
            "insert into int_engagement__event_counts values"
            " ('ann', 'u', '2024-02-01', 'seen', 3, 0), ('ann', 'v', '2024-02-01', 'seen', 1, 0),"
            " ('ann', 'u', '2024-01-25', 'seen', 1, 0), ('ann', 'u', '2024-01-10', 'seen', 2, 0),"
            " ('ann', 'u', '2024-02-02', 'seen', 9, 0)"
        )
        connection.execute(
            "create table int_engagement__late_counts as select date '2024-02-01' as"
            " reference_date, customer_id, user_id, event_date, event_name, event_count"
            " from int_engagement__event_counts where event_date = '2024-01-25'"
        )
    with open_database(str(path)) as connection:
        connection.execute(
            "create temp table advice_rows as select 0 as row_number, 'ann' as customer_id,"
            " date '2024-02-01' as reference_date, true as is_train,"
            " date '2023-12-01' as first_day, 1 as outcome"
        )
        panel = read_panel(connection, least_users=1)
        plain = dict(zip(panel.names, panel.features(Design(28))[0], strict=True))
        faded = dict(zip(panel.names, panel.features(Design(28, 11, 1))[0], strict=True))
    # Quiet from 11 to 31 January, since 25 January came late: inactive from the 18th. Before the
    # 10th quiet since December: inactive on the 5th (the window's first day) to the 9th.
    assert plain == {"seen": 6, "session_started": 3, "inactive_day": 14 + 5}
    assert faded["seen"] == pytest.approx(2 + 2 ** (-22 / 11))
    assert proposal.shortened(0.01234) == proposal.Decimal("0.012")
