"""The SaaS workspace: what its page promises, and that samples are chosen and never mix."""

from __future__ import annotations

import csv
import importlib.util
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator, Sequence
from datetime import date, timedelta
from pathlib import Path
from types import ModuleType

import duckdb
import pytest
from harness import BUILD, COPIED, ROOT, Project
from reference import Inputs
from strategies import EVENT_COLUMNS

SAAS = ROOT / "sample_data" / "saas"
SEEDS = SAAS / "seeds"
PAGE = (SAAS / "README.md").read_text()
SMALL = 60
RELATIONS = ("events", "customers", "subscriptions", "survey_responses", "customer_aliases")
SURVEYS = {
    "nps": (0, 10), "csat": (1, 5), "customer_effort": (1, 7), "cxi_effort": (1, 5),
    "cxi_empathy": (1, 5), "cxi_understanding": (1, 5), "cxi_efficiency": (1, 5),
}  # fmt: skip
REASONS = {
    "missing_event_id", "missing_customer", "missing_event_name", "missing_time",
    "before_first_day", "in_the_future", "invalid_quantity", "reserved_event_name",
    "internal_customer",
}  # fmt: skip


def load_generator() -> ModuleType:
    """Import the generator, which is no part of a package."""
    spec = importlib.util.spec_from_file_location("saas_generator", SAAS / "generate.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module


generator = load_generator()


class Workspace:
    """Generated files, to be asked with SQL."""

    def __init__(self, folder: Path, accounts: int, seed: int = 1) -> None:
        """Generate the files."""
        self.folder = folder / "data"
        self.parameters = generator.Parameters(accounts=accounts, seed=seed)
        self.report = generator.generate(self.parameters, self.folder)
        self.connection = duckdb.connect()
        for path in sorted(self.folder.rglob("*.parquet")):
            name = path.relative_to(self.folder).with_suffix("").as_posix().replace("/", "_")
            self.connection.execute(f"create view {name} as from '{path}'")

    def ask(self, query: str) -> list[tuple]:
        """Return the rows of a query."""
        return self.connection.execute(query).fetchall()

    def contents(self) -> dict[str, bytes]:
        """Return the bytes of all files."""
        return {
            str(path.relative_to(self.folder)): path.read_bytes()
            for path in sorted(self.folder.rglob("*.*"))
        }


@pytest.fixture(scope="module")
def small(tmp_path_factory: pytest.TempPathFactory) -> Workspace:
    """Return a workspace of 60 accounts."""
    return Workspace(tmp_path_factory.mktemp("small"), SMALL)


@pytest.fixture(scope="module")
def usual(tmp_path_factory: pytest.TempPathFactory) -> Workspace:
    """Return the workspace as it is by default."""
    return Workspace(tmp_path_factory.mktemp("usual"), generator.Parameters().accounts)


# The files ----------------------------------------------------------------------------------------


def test_same_seed_same_bytes(
    small: Workspace, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Neither the run nor the number of threads shows, and another seed gives other data."""
    connect = duckdb.connect
    monkeypatch.setattr(duckdb, "connect", lambda: connect(config={"threads": 1}))
    again = tmp_path / "again"
    generator.generate(small.parameters, again)
    monkeypatch.undo()
    contents = small.contents()
    assert set(contents) >= {f"{name}.parquet" for name in RELATIONS} | {"generated.json"}
    for name, content in contents.items():
        assert (again / name).read_bytes() == content, name
    other = Workspace(tmp_path, SMALL, seed=2).contents()
    for name in (*RELATIONS, "answer_key/health", "answer_key/accounts"):
        assert other[f"{name}.parquet"] != contents[f"{name}.parquet"], name


def test_accounts_stay_when_there_are_more(small: Workspace, tmp_path: Path) -> None:
    """The first accounts of a larger workspace are those of a smaller one."""
    fewer = Workspace(tmp_path, 20)
    for relation in ("customers", "subscriptions", "survey_responses", "events"):
        query = f"""
            from {relation}
            where customer_id between 'acct-0000' and 'acct-0019'
            order by all
        """
        rows = fewer.ask(query)
        assert rows, relation
        assert rows == small.ask(query), relation


def test_size_seed_and_end_are_arguments(tmp_path: Path) -> None:
    """The command line takes all of them, and the history is as long as asked for."""
    output = tmp_path / "data"
    told = run_generator("--accounts", "9", "--months", "3", "--seed", "5", "--end", "2025-02-28",
                         "--output", str(output))  # fmt: skip
    assert told.returncode == 0, told.stderr
    assert told.stdout.startswith("Synthetic data: ")
    first, last, customers = duckdb.execute(
        f"""
        select
            min(occurred_at)::date,
            max(occurred_at)::date,
            (select count(distinct customer_id) from '{output}/customers.parquet')
        from '{output}/events.parquet'
        where year(occurred_at) between 2024 and 2025
        """
    ).fetchone()
    assert (first, last) >= (date(2024, 12, 1), date(2025, 2, 25))
    assert last <= date(2025, 2, 28)
    assert customers <= 9


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (("--accounts", "0"), "--accounts 0 is not from 1 to 1,000,000."),
        (("--months", "241"), "--months 241 is not from 1 to 240."),
    ],
)
def test_impossible_sizes_are_refused(
    tmp_path: Path, arguments: Sequence[str], sentence: str
) -> None:
    """One sentence, and nothing is written."""
    told = run_generator(*arguments, "--output", str(tmp_path / "data"))
    assert (told.returncode, told.stderr) == (2, sentence + "\n")
    assert not list(tmp_path.iterdir())


def run_generator(*arguments: str) -> subprocess.CompletedProcess[str]:
    """Run the generator from the command line."""
    return subprocess.run(
        [sys.executable, str(SAAS / "generate.py"), *arguments],
        capture_output=True,
        text=True,
        check=False,
    )


def test_every_kind_of_event_on_the_page_occurs(small: Workspace, usual: Workspace) -> None:
    """Names, sources and figures of the table are those of the data."""
    section = PAGE.split("## Events")[1].split("\n## ")[0]
    rows = re.findall(r"^\| `(\w+)` \| ([\w, ]+) \|.*\| ([\d,]+) \|$", section, re.M)
    told = {
        (name, source): int(count.replace(",", ""))
        for name, sources, count in rows
        for source in sources.split(", ")
    }
    query = """
        select event_name, source, count(*) over (partition by event_name)
        from events
        where event_name != 'session_started'
        qualify row_number() over (partition by event_name, source order by event_id) = 1
    """
    assert {(name, source): count for name, source, count in usual.ask(query)} == told
    assert {row[:2] for row in small.ask(query)} == set(told)


def test_lifecycles_on_the_page(usual: Workspace) -> None:
    """The table of lifecycles is that of the data."""
    told = dict(re.findall(r"^\| (\w+)[^|]* \| (\d+) \|$", PAGE.split("## Events")[0], re.M))
    query = "select lifecycle, count(distinct customer_id) from customers group by lifecycle"
    assert {name: str(count) for name, count in usual.ask(query)} == told


def test_quantities_and_properties(small: Workspace) -> None:
    """Orders have a value, calls and exports a number, and properties are JSON."""
    quantified = small.ask(
        "select distinct event_name from events where quantity < 1e9 order by all"
    )
    expected = [("addon_purchased",), ("api_called",), ("data_exported",), ("session_started",)]
    assert set(quantified) - {(None,)} <= set(expected)
    assert len(quantified) >= 3
    assert small.ask("select count(*) from events where not json_valid(properties)") == [(0,)]
    sessions = small.ask(
        """
        select count(distinct properties->>'session_id'), max(steps)
        from (
            select properties, count(*) over (partition by properties->>'session_id') as steps
            from events where event_name in ('page_viewed', 'link_clicked', 'logged_in')
        )
        """
    )
    assert sessions[0][0] > 1000
    assert sessions[0][1] > 5


def test_late_rows_and_rows_sent_twice(small: Workspace) -> None:
    """One in fifty is late; one in a hundred comes twice, a tenth of them changed."""
    late = "avg((loaded_at > occurred_at + interval 1 day)::int)"
    recent = "occurred_at between timestamp '2024-01-01' and timestamp '2025-05-31'"
    share, longest, negative = small.ask(
        f"""
        select {late}, max(loaded_at - occurred_at), min(loaded_at - occurred_at)
        from events where {recent}
        """
    )[0]
    assert 0.015 < share < 0.025
    assert timedelta(days=25) < longest < timedelta(days=31)
    assert negative > timedelta(0)
    rows, twice, changed = small.ask(
        """
        select sum(n), count(*) filter (n = 2), count(*) filter (quantities = 2)
        from (
            select event_id, count(*) as n, count(distinct quantity) as quantities
            from events where event_id is not null and quantity is null or quantity < 1e9
            group by event_id
        )
        """
    )[0]
    assert 0.007 < twice / rows < 0.013
    assert changed > 0


def test_surveys(small: Workspace) -> None:
    """Each survey has answers over most of its scale and none beyond."""
    found = {
        survey: (lowest, highest)
        for survey, lowest, highest in small.ask(
            "select survey, min(score), max(score) from survey_responses group by survey"
        )
    }
    assert set(found) == set(SURVEYS)
    for survey, (lowest, highest) in SURVEYS.items():
        assert lowest <= found[survey][0] <= lowest + 2, survey
        assert found[survey][1] == highest, survey


def test_subscriptions_fit_together(usual: Workspace) -> None:
    """Terms of an account follow each other; they end with the account, and may come back."""
    overlapping, gaps, more, less = usual.ask(
        """
        select
            count(*) filter (started_at < ended_before),
            count(*) filter (started_at > ended_before),
            count(*) filter (mrr > mrr_before),
            count(*) filter (mrr < mrr_before)
        from (
            select *, lag(ended_at) over by_start as ended_before, lag(mrr) over by_start
                as mrr_before
            from subscriptions
            window by_start as (partition by customer_id order by started_at)
        )
        """
    )[0]
    assert overlapping == 0
    assert gaps >= 3, "accounts that come back"
    assert more > less > 20
    wrong = usual.ask(
        """
        select customers.customer_id, lifecycle
        from customers
        left join (
            select customer_id, max(coalesce(ended_at, timestamp '2999-12-31')) as last_end
            from subscriptions group by customer_id
        ) as terms on customers.customer_id = terms.customer_id
        where case lifecycle
            when 'paying' then last_end != timestamp '2999-12-31' or ended_at is not null
            when 'churned' then ended_at is distinct from last_end
            else last_end is not null or (lifecycle = 'lapsed') != (ended_at is not null)
        end is not false
        """
    )
    assert wrong == []


# Health, behaviour and outcomes -------------------------------------------------------------------

OUTCOMES = """
    create or replace temp table outcomes as
    with reference_days as (
        select unnest(range(date '2024-04-01', date '2025-05-15', interval 30 day))::date as day
    ),

    customers as (
        select days.day, keys.*
        from reference_days as days
        inner join answer_key_accounts as keys
            on keys.paid_from <= days.day
            and (keys.churned_on is null or keys.churned_on > days.day)
    ),

    activity as (
        select days.day, events.customer_id, count(*) as events
        from reference_days as days
        inner join events
            on events.occurred_at < days.day
            and events.occurred_at >= days.day - interval 28 day
            and events.loaded_at < days.day
        group by days.day, events.customer_id
    ),

    health as (
        select days.day, health.customer_id, avg(health.health) as health
        from reference_days as days
        inner join answer_key_health as health
            on health.week_from between days.day - 34 and days.day - 7
        group by days.day, health.customer_id
    )

    select
        customers.customer_id,
        customers.day,
        coalesce(
            customers.churned_on > customers.day + 14
            and customers.churned_on <= customers.day + 44, false
        ) as leaves,
        customers.churn,
        coalesce(activity.events, 0) as events,
        health.health
    from customers
    left join activity
        on customers.customer_id = activity.customer_id and customers.day = activity.day
    left join health
        on customers.customer_id = health.customer_id and customers.day = health.day
"""


def auc(
    connection: duckdb.DuckDBPyConnection, table: str, figure: str, condition: str = "true"
) -> float:
    """Return how often those who leave are below those who stay, ties counting half."""
    return connection.execute(
        f"""
        with ranked as (
            select
                leaves,
                rank() over (order by {figure} desc)
                + (count(*) over (partition by {figure}) - 1) / 2 as place
            from {table} where {condition}
        )

        select
            (sum(place) filter (leaves) - n * (n + 1) / 2) / (n * (count(*) - n))
        from ranked cross join (select count(*) filter (leaves) as n from ranked)
        group by n
        """
    ).fetchone()[0]


@pytest.fixture(scope="module")
def outcomes(usual: Workspace) -> duckdb.DuckDBPyConnection:
    """Who was paying on which day, how they did until then, and who left 15 to 44 days later."""
    usual.connection.execute(OUTCOMES)
    return usual.connection


def test_health_comes_before_churn(outcomes: duckdb.DuckDBPyConnection) -> None:
    """Latent health ranks those who leave later; what is out of the blue it does not rank."""
    foretold = auc(outcomes, "outcomes", "health", "not leaves or churn = 'foretold'")
    surprise = auc(outcomes, "outcomes", "health", "not leaves or churn = 'out of the blue'")
    everyone = auc(outcomes, "outcomes", "health")
    assert 0.75 < foretold < 0.95
    assert 0.3 < surprise < 0.7
    assert surprise < everyone < foretold


def test_behaviour_tells_some_of_it(outcomes: duckdb.DuckDBPyConnection) -> None:
    """The plain count of events finds something, and less than the health behind it."""
    count = auc(outcomes, "outcomes", "events")
    assert 0.6 < count < 0.85
    assert count < auc(outcomes, "outcomes", "health")


def test_a_share_of_churn_is_out_of_the_blue(usual: Workspace) -> None:
    """Not all churn has a cause, and there is enough of it to look at."""
    kinds = dict(
        usual.ask(
            "select churn, count(*) from answer_key_accounts where churn is not null group by 1"
        )
    )
    assert kinds["foretold"] > 50
    assert 0.1 < kinds["out of the blue"] / sum(kinds.values()) < 0.35


def test_health_comes_before_growth_and_conversion(usual: Workspace) -> None:
    """Seats are added after good weeks and dropped after bad ones; healthy trials convert."""
    more, less, usually = usual.ask(
        """
        select
            avg(health) filter (mrr > mrr_before),
            avg(health) filter (mrr < mrr_before),
            (select avg(health) from answer_key_health)
        from (
            select *, lag(mrr) over (partition by customer_id order by started_at) as mrr_before
            from subscriptions
        ) as terms
        inner join answer_key_health as health
            on terms.customer_id = health.customer_id
            and health.week_from between terms.started_at - interval 56 day
            and terms.started_at - interval 21 day
        """
    )[0]
    assert more > usually + 0.3
    assert less < usually - 0.3
    converted, not_converted = usual.ask(
        """
        select
            avg(health) filter (paid_from <= signed_up_on + 30),
            avg(health) filter (paid_from is null)
        from answer_key_accounts as keys
        inner join answer_key_health as health
            on keys.customer_id = health.customer_id
            and health.week_from between keys.signed_up_on and keys.signed_up_on + 28
        where signed_up_on <= date '2025-05-01'
        """
    )[0]
    assert converted > not_converted + 0.3


# The build ----------------------------------------------------------------------------------------


class SaasProject(Project):
    """The project with the seeds of the SaaS sample, once they are chosen."""

    seeds = ""

    def __init__(self, folder: Path) -> None:
        """Copy the sample's seeds too."""
        super().__init__(folder)
        shutil.copytree(SEEDS, self.folder / SEEDS.relative_to(ROOT))

    @property
    def environment(self) -> dict[str, str]:
        """The environment variables that the project reads."""
        return super().environment | {"ENGAGEMENT_SEEDS": self.seeds}

    def choose(self, seeds: str) -> None:
        """Choose a folder of seeds."""
        self.seeds = seeds
        self.forget_parsed()


OTHER_SAMPLE = Inputs(
    events=[
        dict.fromkeys(EVENT_COLUMNS)
        | {"event_id": f"{name}{day}", "customer_id": "ana", "event_name": name}
        | {"occurred_at": f"2024-03-{day:02}" if name != "broken" else ""}
        for day in range(1, 15)
        for name in ("basket", "coupon_redeemed", "odd", "broken")
    ]
)
"""A customer of the default sample with rows in every table."""


EMPTY_AT_FIRST = {
    "engagement_customer_segments",
    "engagement_setup_problems",
    "engagement_pipeline_gaps",
    "engagement_alerts",
    "engagement_opportunities",
    "engagement_score_revisions",
    "engagement_backtest_deciles",
    "engagement_backtest_tiers",
    "engagement_backtest_calibration",
    "engagement_backtest_stability",
    "engagement_scenarios",
}
"""Public tables that say nothing of two quiet weeks of one customer."""

REPORTED = {"engagement_scores_reported", "engagement_score_revisions"}
"""What was reported stays, whatever comes into the same database later."""


@pytest.fixture(scope="module")
def built(small: Workspace, tmp_path_factory: pytest.TempPathFactory) -> SaasProject:
    """Build the small workspace into a database in which another sample was before."""
    project = SaasProject(tmp_path_factory.mktemp("saas"))
    project.build(
        OTHER_SAMPLE, command=(*BUILD, "--exclude-resource-type", "test")
    ).expect_success()
    for table in project.public_tables():
        if table not in EMPTY_AT_FIRST:
            assert project.rows(table), f"{table} is empty, so nothing could be left of it"
    project.choose("sample_data/saas/seeds")
    project.build(
        small.folder,
        command=BUILD,
        variables={"customer_columns": ["region", "industry", "persona", "acquisition_channel"]},
        fresh=False,
    ).expect_success()
    return project


def test_nothing_is_left_of_the_sample_before(built: SaasProject) -> None:
    """Another sample in the same database is replaced, but for what was reported of it."""
    with built.connect() as connection:
        columns = connection.execute(
            """
            select table_name, column_name from information_schema.columns
            where table_schema = 'main' and data_type = 'VARCHAR'
                and column_name in ('customer_id', 'scorecard')
            """
        ).fetchall()
        assert len({table for table, _ in columns}) > 15
        for table, column in columns:
            if table in REPORTED:
                continue
            found = connection.execute(
                f"select count(*) from \"{table}\" where \"{column}\" in ('ana', 'loyalty')"
            ).fetchone()
            assert found == (0,), f"{table}.{column}"


def test_scorecards_score_whom_they_are_for(built: SaasProject) -> None:
    """Two active ones and a candidate, each for its population."""
    with built.connect() as connection:
        found = connection.execute(
            """
            select scorecards.scorecard, scorecards.status, list_sort(list(distinct lifecycle))
            from engagement_scores as scores
            inner join int_engagement__scorecards as scorecards
                on scores.scorecard = scorecards.scorecard
            where scores.ended_on is null
            group by all order by all
            """
        ).fetchall()
    assert found == [
        ("engagement", "active", ["paying"]),
        ("engagement_by_people", "candidate", ["paying"]),
        ("trial", "active", ["free", "trial"]),
    ]


def test_segments_are_carried_through(built: SaasProject) -> None:
    """The segment columns reach the scores, and each has several values."""
    for column in ("region", "industry", "persona", "acquisition_channel"):
        values = {row[column] for row in built.rows("engagement_scores")}
        assert len(values - {None}) >= 3, column


def test_broken_rows_are_rejected_with_their_reasons(built: SaasProject, small: Workspace) -> None:
    """Each reason that the page names occurs, and the ledger adds up to the rows received."""
    with built.connect() as connection:
        names = [
            name for name, *_ in connection.execute("describe engagement_event_ledger").fetchall()
        ]
        sums = ", ".join(f"sum({name})" for name in names if name not in ("event_date", "source"))
        row = connection.execute(f"select {sums} from engagement_event_ledger").fetchone()
    ledger = dict(zip([n for n in names if n not in ("event_date", "source")], row, strict=True))
    assert {name for name in REASONS if ledger[name] > 0} == REASONS
    assert ledger["unparseable_time"] == 0
    assert ledger["received"] == small.report["rows"]["events"]
    assert ledger["received"] == ledger["accepted"] + ledger["duplicate"] + ledger["rejected"]
    assert 0.006 < ledger["duplicate"] / ledger["received"] < 0.014


def outage_days(parameters: object) -> set[date]:
    """Return the days on which the tracker was out."""
    start = parameters.start + timedelta(days=parameters.outage_day)
    return {start + timedelta(days=day) for day in range(generator.OUTAGE_DAYS)}


def test_outage_is_a_pipeline_gap(built: SaasProject, small: Workspace) -> None:
    """Both days of the outage are flagged, and no other working day of that source."""
    gaps = built.rows("engagement_pipeline_gaps")
    days = {row["event_date"] for row in gaps if row["source"] == "web"}
    assert {day for day in days if day.weekday() < 5} == outage_days(small.parameters)


def test_aliases_merge(built: SaasProject, small: Workspace) -> None:
    """Visitors and former accounts count as the accounts they became; other visitors stay."""
    aliases = dict(small.ask("select alias_id, customer_id from customer_aliases"))
    assert {alias.split("-")[0] for alias in aliases} == {"anon", "former"}
    sent = dict(
        small.ask(
            """
            select trim(customer_id), min(occurred_at)::date from events
            where year(occurred_at) >= 2024 group by 1
            """
        )
    )
    assert len(set(aliases) - set(sent)) <= 2, "visitors whose visits fell into the outage"
    customers = {row["customer_id"]: row for row in built.rows("int_engagement__customers")}
    assert not set(aliases) & set(customers)
    visitors = {customer for customer in customers if customer.startswith("anon-")}
    assert len(visitors) > 5
    internal = {row[0] for row in small.ask("select customer_id from customers where is_internal")}
    for alias, customer in aliases.items():
        if customer not in internal and alias in sent:
            assert customers[customer]["first_event_date"] <= sent[alias], alias
    signed_up = dict(small.ask("select customer_id, signed_up_at::date from customers"))
    for alias in set(sent) & {alias for alias in aliases if alias.startswith("anon-")}:
        waited = signed_up[aliases[alias]] - sent[alias]
        assert timedelta(0) <= waited <= timedelta(days=14), alias


def test_every_weight_is_used_and_explained(built: SaasProject) -> None:
    """No weight is for an event that never occurs; derived events are among the drivers."""
    assert built.rows("engagement_unused_weights") == []
    with (SEEDS / "event_weights.csv").open(newline="", encoding="utf-8") as file:
        weights = list(csv.DictReader(file))
    assert all(len(row["rationale"]) > 10 and row["owner"] and row["category"] for row in weights)
    drivers = {
        row["event_name"]
        for row in built.rows("engagement_drivers")
        if row["scorecard"] == "engagement"
    }
    assert drivers >= {
        "session_started", "session_bounced", "active_minutes", "new_active_user", "inactive_day",
    }  # fmt: skip


def test_each_folder_of_seeds_is_complete() -> None:
    """A sample's seeds are the shipped ones' files, with the same columns in the same order."""

    def columns(folder: Path) -> dict[str, list[str]]:
        found = {}
        for path in folder.glob("*"):
            with path.open(newline="", encoding="utf-8") as file:
                found[path.name] = next(csv.reader(file))
        return found

    folders = list(ROOT.glob("sample_data/*/seeds"))
    assert folders == [SEEDS]
    for folder in folders:
        assert columns(folder) == columns(ROOT / "seeds"), folder


# Choosing a sample --------------------------------------------------------------------------------


@pytest.fixture
def copy(tmp_path: Path) -> Iterator[Path]:
    """Copy the project, with stand-ins for dbt and Python that tell how they were called."""
    make_copy(tmp_path)
    (tmp_path / ".venv" / "bin").mkdir(parents=True)
    (tmp_path / ".venv" / ".synced").touch()
    for name in ("dbt", "python"):
        stub(
            tmp_path / ".venv" / "bin" / name,
            f'echo "{name} $*"; echo "seeds=$ENGAGEMENT_SEEDS database=$ENGAGEMENT_DUCKDB_PATH"',
        )
    yield tmp_path


def make_copy(folder: Path) -> None:
    """Copy what `make demo` reads; nothing is ever installed there."""
    for name in (*COPIED, "sample_data", "scripts", "Makefile", "pyproject.toml", "uv.lock"):
        source, target = ROOT / name, folder / name
        target.parent.mkdir(parents=True, exist_ok=True)
        if source.is_dir():
            shutil.copytree(source, target, ignore=shutil.ignore_patterns("data", "data.*"))
        else:
            shutil.copy2(source, target)
    for name in ("pyproject.toml", "uv.lock"):
        os.utime(folder / name, (0, 0))
    stub(folder / ".uv" / "bin" / "uv", "echo 'nothing is installed in a test' >&2; exit 1")


def stub(path: Path, script: str) -> None:
    """Write a program of one line."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(f"#!/bin/sh\n{script}\n")
    path.chmod(0o755)


def make(folder: Path, *arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    """Run make without what the shell or an outer make has set."""
    ours = {"SAMPLE", "VARS", "ENGAGEMENT_SEEDS", "ENGAGEMENT_DUCKDB_PATH"}
    outer = {"MAKEFLAGS", "MAKELEVEL", "MFLAGS", "MAKEOVERRIDES"}
    kept = {name: value for name, value in os.environ.items() if name not in ours | outer}
    return subprocess.run(
        ["make", *arguments],
        cwd=folder,
        env=kept | {"PYTHONIOENCODING": "utf-8", "SERVE": "no"} | environment,
        capture_output=True,
        text=True,
        check=False,
    )


def test_the_default_is_built_as_ever(copy: Path) -> None:
    """Without SAMPLE, and with the name of the default, dbt gets no variables and no folder."""
    for arguments in ((), ("SAMPLE=complete_journey",)):
        told = make(copy, "demo", *arguments).stdout
        built = "python scripts/build.py --exclude-resource-type unit_test"
        assert f"{built} --profiles-dir . --target duckdb\nseeds= database=\n" in told
        assert "generate.py" not in told


def test_saas_brings_seeds_variables_data_and_database(copy: Path) -> None:
    """All four at once; data that is there is not generated again."""
    told = make(copy, "demo", "SAMPLE=saas").stdout
    assert "python sample_data/saas/generate.py\n" in told
    build = told.split("scripts/build.py", 1)[1]
    assert "input_path: sample_data/saas/data" in build
    assert "\nseeds=sample_data/saas/seeds database=engagement_saas.duckdb\n" in build
    data = copy / "sample_data" / "saas" / "data"
    data.mkdir()
    (data / "generated.json").touch()
    assert "generate.py" not in make(copy, "demo", "SAMPLE=saas").stdout
    own = make(copy, "demo", "SAMPLE=saas", ENGAGEMENT_DUCKDB_PATH="mine.duckdb").stdout
    assert "database=mine.duckdb\n" in own


def test_own_variables_win_over_those_of_the_sample(copy: Path) -> None:
    """What dbt reads is one YAML mapping, in which the user's values stand."""
    yaml = pytest.importorskip("yaml")
    for own in ("{input_path: big, as_of: 2025-01-01}", "input_path: big"):
        told = make(copy, "build", "SAMPLE=saas", f"VARS={own}").stdout
        text = told.split("--vars ", 1)[1].split("\nseeds=")[0]
        merged = yaml.safe_load(text)
        assert merged["input_path"] == "big"
        assert merged["customer_columns"] == [
            "region", "industry", "persona", "acquisition_channel",
        ]  # fmt: skip
    told = make(copy, "build", "VARS={input_path: big}").stdout
    assert "dbt build --vars {input_path: big}\nseeds= database=\n" in told


@pytest.mark.parametrize("target", ["demo", "build", "summary"])
@pytest.mark.parametrize("name", ["sass", "", "%", "saas saas", "saas/seeds", ".."])
def test_unknown_sample_is_one_sentence(copy: Path, target: str, name: str) -> None:
    """It names the known ones, and nothing is generated, built or shown."""
    told = make(copy, target, f"SAMPLE={name}")
    assert told.returncode != 0
    assert told.stdout == ""
    assert told.stderr.splitlines()[0] == (
        f"There is no sample '{name}': name one of complete_journey saas, as in make demo"
        " SAMPLE=saas."
    )


def test_folder_without_seeds_is_one_sentence(copy: Path) -> None:
    """A misspelt ENGAGEMENT_SEEDS stops before dbt does."""
    told = make(copy, "build", ENGAGEMENT_SEEDS="sedes")
    assert told.returncode != 0
    assert "dbt build" not in told.stdout
    assert told.stderr.splitlines()[0] == (
        "There is no file sedes/scorecards.csv: set ENGAGEMENT_SEEDS to the folder of your seeds,"
        " or to nothing for seeds/."
    )


def test_clean_removes_what_samples_leave(copy: Path) -> None:
    """Databases and generated data go; a sample's own files stay."""
    left = ["engagement.duckdb", "engagement_saas.duckdb", "sample_data/saas/data/generated.json"]
    for name in left:
        (copy / name).parent.mkdir(exist_ok=True)
        (copy / name).touch()
    assert make(copy, "clean").returncode == 0
    assert not any((copy / name).exists() for name in left)
    assert (copy / "sample_data" / "complete_journey" / "events.parquet").exists()
    assert (copy / "sample_data" / "saas" / "generate.py").exists()


# From nothing to the summary ----------------------------------------------------------------------


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, str]:
    """Run `make demo SAMPLE=saas` in a fresh copy; return the folder and what was printed."""
    folder = tmp_path_factory.mktemp("demo")
    make_copy(folder)
    environment = Path(sys.prefix)
    if not (environment / ".synced").exists():
        pytest.skip("The tests do not run in the environment that make set up.")
    (folder / ".venv").symlink_to(environment)
    told = make(folder, "demo", "SAMPLE=saas")
    assert told.returncode == 0, told.stdout + told.stderr
    assert told.stderr == ""
    return folder, told.stdout


def test_demo_from_nothing(demo: tuple[Path, str]) -> None:
    """It begins as the README shows it, and says that the data is synthetic."""
    folder, told = demo
    readme = (ROOT / "README.md").read_text()
    shown = readme.split("<!-- sample output: make demo SAMPLE=saas -->\n```text\n")[1]
    assert shown.split("\n```")[0] in told
    assert generator.NOTICE in told.split("scored by")[1].splitlines()[1]
    assert (folder / "engagement_saas.duckdb").exists()
    assert not (folder / "engagement.duckdb").exists()
    export = "export ENGAGEMENT_SEEDS=sample_data/saas/seeds ENGAGEMENT_DUCKDB_PATH="
    assert f"{export}engagement_saas.duckdb\n" in told
    assert "`make build SAMPLE=saas`" in told


def test_full_score_is_what_the_page_says(demo: tuple[Path, str]) -> None:
    """About a tenth is above 100 on the reference day, and every tier has people in it."""
    rows = re.findall(r"^\| `(\w+)` \| (\d+) \| ([\d.]+) \|$", PAGE, re.M)
    with duckdb.connect(str(demo[0] / "engagement_saas.duckdb"), read_only=True) as connection:
        found = connection.execute(
            """
            select scorecard, count(*), round(quantile_cont(ces, 0.9), 1)
            from engagement_scores_daily
            where score_date = '2025-03-31' and not is_provisional
            group by scorecard order by scorecard
            """
        ).fetchall()
        tiers = dict(
            connection.execute(
                "select scorecard, count(distinct tier) from engagement_scores_daily group by 1"
            ).fetchall()
        )
    assert [(name, int(count), float(decile)) for name, count, decile in rows] == [
        (name, count, float(decile)) for name, count, decile in found
    ]
    assert all(95 < decile < 105 for *_, decile in found)
    assert set(tiers.values()) == {6}


def test_outage_of_the_page(demo: tuple[Path, str]) -> None:
    """At the usual size the outage is all that is flagged, but for a day or two of thin sources."""
    with duckdb.connect(str(demo[0] / "engagement_saas.duckdb"), read_only=True) as connection:
        gaps = connection.execute("select source, event_date from engagement_pipeline_gaps")
        found = set(gaps.fetchall())
    outage = outage_days(generator.Parameters())
    assert f"two days from {min(outage)}" in PAGE
    assert {day for source, day in found if source == "web"} == outage
    assert len(found) <= len(outage) + 2


def test_score_comes_before_churn_but_not_perfectly(
    demo: tuple[Path, str], outcomes: duckdb.DuckDBPyConnection
) -> None:
    """The score ranks those who leave 15 to 44 days later better than the plain count does."""
    outcomes.execute(f"attach '{demo[0]}/engagement_saas.duckdb' as demo (read_only)")
    outcomes.execute(
        """
        create or replace temp table scored as
        select outcomes.*, scores.ces
        from outcomes
        inner join demo.engagement_scores_daily as scores
            on outcomes.customer_id = scores.customer_id
            and outcomes.day = scores.score_date
            and scores.scorecard = 'engagement'
            and not scores.is_provisional
        """
    )
    score = auc(outcomes, "scored", "ces")
    assert 0.6 < score < 0.85
    assert score > auc(outcomes, "scored", "events")
