"""Reads fixtures of the trackers of users' actions in `tests/connectors` and compares row by row.

Segment, RudderStack, Snowplow, Mixpanel, Amplitude and tables of one's own are all connected in
every run, since a project is parsed anew where others are.
"""

from __future__ import annotations

import gzip
import hashlib
import json
import shutil
from collections.abc import Iterable
from decimal import Decimal
from pathlib import Path
from typing import Any

import duckdb
import pytest
from harness import ROOT, BuildResult, Project

FIXTURES = ROOT / "tests" / "connectors"
TRACKERS = ("segment", "rudderstack", "snowplow", "mixpanel", "amplitude", "mapped")
MODELS = "path:models/staging/connectors"
BUILD = (
    *("build", "--resource-types", "model", "seed", "--select", MODELS),
    *("+engagement_event_ledger", "+int_engagement__accepted_events"),
)
MAPPED_TABLES = {
    "acciones": {
        **{"event_id": "id", "customer_id": "cuenta", "user_id": "persona"},
        **{"event_name": "acción", "occurred_at": "cuándo", "quantity": 'importe "bruto"'},
        **{"properties": "detalle", "is_test": "prueba", "loaded_at": "cargado"},
    },
    "logins": {
        **{"customer_id": "payload.org.id", "user_id": "payload.user"},
        **{"event_name": "'login'", "occurred_at": "payload.ts"},
    },
}
ANA, BEN, CLEO = "ana@acme.example", "ben@birch.example", "cleo@solo.example"
SECRET = "a secret of this test alone"
NAMED = 'Informe exportado: "año"'


def variables(**others: object) -> dict[str, Any]:
    """Return the variables that connect all these trackers to the fixtures, and others."""
    places = {f"{name}_input": str(FIXTURES / name) for name in TRACKERS}
    return {
        **{"input_path": "", "mapped_tables": MAPPED_TABLES},
        **{"segment_quantities": {"order_completed": "revenue"}, **places, **others},
    }


def rows(project: Project, sql: str) -> list[tuple]:
    """Return what a query on the project's database gives."""
    with duckdb.connect(str(project.database), read_only=True) as connection:
        return connection.execute(sql).fetchall()


def events(project: Project, tracker: str, *columns: str) -> list[tuple]:
    """Return columns of a tracker's events, ordered by time, name and id."""
    return rows(
        project,
        f"select {', '.join(columns)} from stg_engagement__{tracker}_events "
        "order by occurred_at, event_name, event_id, loaded_at",
    )


def aliases(project: Project, tracker: str) -> list[tuple]:
    """Return the aliases that a tracker brings."""
    return rows(
        project, f"select * from stg_engagement__{tracker}_customer_aliases order by alias_id"
    )


def run(project: Project, *selected: str, **others: object) -> BuildResult:
    """Run models, those of all connectors unless others are selected."""
    return project.dbt("run", "--select", *(selected or (MODELS,)), variables=variables(**others))


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Project:
    """Return a project that is parsed once for all tests."""
    return Project(tmp_path_factory.mktemp("connectors"))


def at(project: Project, name: str) -> Project:
    """Return the project with a database of its own."""
    project.database = project.folder / name / "engagement.duckdb"
    project.database.parent.mkdir(exist_ok=True)
    return project


@pytest.fixture(scope="module")
def built(project: Project) -> Path:
    """Build everything from the fixtures as they are and return its database."""
    at(project, "files")
    project.dbt(*BUILD, variables=variables()).expect_success()
    return project.database


@pytest.fixture(scope="module")
def others(project: Project, built: Path) -> Path:
    """Build with the other choice of customers, and of what the tables look like."""
    at(project, "others")
    own = project.folder / "own"
    own.mkdir()
    (own / "customer_aliases.csv").write_text("alias_id,customer_id\nanon-1,of our own\n")
    run(
        project,
        MODELS,
        "+stg_engagement__customer_aliases",
        input_path=str(own),
        segment_account="user",
        rudderstack_account="context_traits_company_id",
        amplitude_account="user",
        snowplow_account="contexts_com_acme_account_1.account_id",
        snowplow_quantity="unstruct_event_com_acme_report_exported_1.pages",
        mixpanel_account="company_id",
        mixpanel_timezone="US/Pacific",
    ).expect_success()
    return project.database


@pytest.fixture(scope="module")
def landed(project: Project, built: Path) -> Path:
    """Build from what Fivetran lands, and from Snowplow's own files."""
    at(project, "landed")
    run(
        project,
        snowplow_input=str(FIXTURES / "snowplow_enriched"),
        snowplow_account="contexts_com_acme_account_1.accountId",
        snowplow_quantity="unstruct_event_com_acme_report_exported_1.pages",
        mixpanel_input=str(FIXTURES / "mixpanel_fivetran"),
        mixpanel_account="company_id",
        amplitude_input=str(FIXTURES / "amplitude_fivetran"),
    ).expect_success()
    return project.database


@pytest.fixture
def first(project: Project, built: Path) -> Project:
    """Return the project with what was built from the fixtures as they are."""
    project.database = built
    return project


@pytest.fixture
def second(project: Project, others: Path) -> Project:
    """Return the project with what was built with other choices."""
    project.database = others
    return project


@pytest.fixture
def third(project: Project, landed: Path) -> Project:
    """Return the project with what was built from tables as landed."""
    project.database = landed
    return project


@pytest.fixture
def plain(project: Project, tmp_path: Path) -> Project:
    """Return the project with nothing built."""
    project.database = tmp_path / "engagement.duckdb"
    return project


def test_segment(first: Project) -> None:
    """Calls go to the group of the time, views have the names of pages, orders their revenue."""
    export = "Report Exported"
    assert events(
        first,
        "segment",
        *("event_id[-3:]", "customer_id", "user_id", "event_name", "quantity", "source_rejection"),
    ) == [
        ("p01", "acme", "u-1", "page_viewed: Pricing", None, None),
        ("t01", "acme", "u-1", "Demo Requested", None, None),
        ("p02", "acme", "u-1", "page_viewed", None, None),
        ("t02", "acme", "u-1", export, None, None),
        ("t02", "acme", "u-1", export, None, None),
        ("t03", "acme", "u-1", "Order Completed", Decimal("149.9"), None),
        ("p03", "birch", "u-2", "page_viewed: Preços & más", None, None),
        ("t06", "birch", "u-2", 'Informe exportado: año "2024"', None, None),
        ("t07", "u-3", "u-3", "レポートを出力", None, None),
        ("t08", "anon-9", "anon-9", export, None, "bot_traffic"),
        ("t09", "u-8", "u-8", export, None, "test_traffic"),
        ("t10", "u-8", "u-8", export, None, "test_traffic"),
        ("t11", "anon-7", "anon-7", export, None, None),
        ("t13", None, None, "Job Run", None, None),
        ("s01", "acme", "u-1", "screen_viewed: Home", None, None),
        ("t04", "birch", "u-1", export, None, None),
        ("t05", "acme", "u-1", export, None, None),
        ("t12", "acme", "u-1", export, None, None),
    ]
    assert rows(
        first,
        "select strftime(occurred_at, '%d %H:%M:%S.%g'), strftime(loaded_at, '%d %H:%M:%S.%g') "
        "from stg_engagement__segment_events where event_id like '%t02' order by loaded_at",
    ) == [
        ("01 10:00:00.250", "01 10:00:05.412"),
        ("01 10:00:00.250", "04 08:00:00.000"),
    ]
    assert aliases(first, "segment") == []


def test_segment_users(second: Project) -> None:
    """Where users are the customers, anonymous and former ids of one user are aliases."""
    assert rows(
        second,
        "select distinct customer_id from stg_engagement__segment_events where customer_id "
        "in ('acme', 'birch', 'anon-1', 'u-1') order by 1",
    ) == [("anon-1",), ("u-1",)]
    assert aliases(second, "segment") == [
        *(("anon-1", "u-1"), ("anon-2", "u-2"), ("anon-3", "u-3"), ("anon-4", "u-1")),
        *(("anon-6", "u-2"), ("anon-8", "u-8"), ("old-2", "u-2")),
    ]
    assert rows(
        second,
        "select * from stg_engagement__customer_aliases where alias_id in ('anon-1', 'anon-2') "
        "order by alias_id",
    ) == [("anon-1", "of our own"), ("anon-2", "u-2")]


def test_rudderstack(first: Project) -> None:
    """Upper-case names, groups by their other name, and flags of robots are read."""
    columns = ("event_id", "customer_id", "user_id", "event_name", "source_rejection")
    assert events(first, "rudderstack", *columns, "loaded_at::text") == [
        ("m-1", "acme", "r-1", "Signup Started", None, "2024-05-01 09:00:09.5"),
        ("m-2", "acme", "r-1", "Invoice Sent", None, "2024-05-01 09:05:09.5"),
        ("m-3", "r-2", "r-2", "Invoice Sent", "bot_traffic", "2024-05-01 09:06:09.5"),
        ("m-4", "r-3", "r-3", "Invoice Sent", None, "2024-05-01 09:07:09.5"),
    ]


def test_rudderstack_column(second: Project) -> None:
    """A column of the call can name the account, also for what its user did before."""
    assert [row[0] for row in events(second, "rudderstack", "customer_id")] == [
        *("acme", "acme", "r-2", "r-3"),
    ]


def test_snowplow(first: Project) -> None:
    """Structured and self-describing events have names, quantities and properties."""
    assert events(
        first, "snowplow", "event_id", "customer_id", "event_name", "quantity", "source_rejection"
    ) == [
        ("e-01", "dom-1", "page_view", None, None),
        ("e-02", "u-1", "page_view", None, None),
        ("e-03", "u-1", "page_ping", None, None),
        ("e-04", "u-1", "report_exported", None, None),
        ("e-04", "u-1", "report_exported", None, None),
        ("e-05", "u-1", "informe: compartir", Decimal("3.5"), None),
        ("e-06", "u-1", "transaction", Decimal("149.9"), None),
        ("e-07", "dom-7", "page_view", None, "bot_traffic"),
        ("e-08", "dom-8", "page_view", None, "bot_traffic"),
        ("e-09", "dom-9", "page_view", None, "test_traffic"),
        ("e-10", "dom-9", "page_view", None, "test_traffic"),
        ("e-11", "u-2", "screen_view: Главная", None, None),
        ("e-12", None, "page_view", None, None),
    ]
    assert aliases(first, "snowplow") == [("dom-1", "u-1")]
    assert rows(
        first,
        "select distinct strftime(occurred_at, '%H:%M:%S.%g'), strftime(loaded_at, '%H:%M:%S'), "
        "json(properties) ->> 'format' from stg_engagement__snowplow_events "
        "where event_id = 'e-04'",
    ) == [("10:02:00.800", "10:59:30", "pdf")]


def test_snowplow_account(second: Project) -> None:
    """An entity can name the account, a self-describing event its quantity."""
    assert events(second, "snowplow", "event_id", "customer_id", "user_id", "quantity")[:6] == [
        ("e-01", "acme", "u-1", None),
        ("e-02", "acme", "u-1", None),
        ("e-03", "acme", "u-1", None),
        ("e-04", "acme", "u-1", Decimal(12)),
        ("e-04", "acme", "u-1", Decimal(12)),
        ("e-05", "acme", "u-1", Decimal("3.5")),
    ]
    assert aliases(second, "snowplow") == []


def test_snowplow_enriched(third: Project) -> None:
    """Files of 131 columns without a header hold entities and events as self-describing JSON."""
    columns = ("event_id", "customer_id", "event_name", "quantity", "source_rejection")
    assert sorted(events(third, "snowplow", *columns, "properties ->> 'título'")) == [
        ("t-01", "acme", "report_exported", Decimal(12), None, 'año "24"'),
        ("t-02", "dom-2", "page_view", None, "bot_traffic", None),
        ("t-03", "dom-3", "page_view", None, None, None),
    ]


def test_snowplow_tables(plain: Project) -> None:
    """Entities and self-describing events may be in tables of their own, as in Redshift."""
    run(
        plain,
        f"{MODELS}/snowplow",
        snowplow_input=str(FIXTURES / "snowplow_tables"),
        snowplow_account="contexts_com_acme_account_1.account_id",
        snowplow_quantity="unstruct_event_com_acme_order_placed_1.total",
    ).expect_success()
    assert events(
        plain, "snowplow", "customer_id", "event_name", "quantity", "source_rejection"
    ) == [
        ("acme", "order_placed", Decimal("99.5"), None),
        ("dom-2", "page_view", None, "bot_traffic"),
    ]


def test_mixpanel(first: Project) -> None:
    """Properties of the raw export hold ids, times and quantities; its duplicates share an id."""
    export = "Report Exported"
    columns = ("customer_id", "event_name", "strftime(occurred_at, '%H:%M:%S')", "quantity")
    assert events(first, "mixpanel", "split_part(event_id, ':', 1)", *columns, "source_rejection")[
        :12
    ] == [
        ("i-1", "$device:dev-1", "$mp_web_page_view", "09:00:00", None, None),
        ("i-2", "u-1", "$identify", "09:01:00", None, None),
        ("i-3", "u-1", NAMED, "09:02:00", Decimal(2), None),
        ("i-3", "u-1", NAMED, "09:02:00", Decimal(2), None),
        ("i-3", "u-1", "login", "09:02:00", None, None),
        ("i-5", "u-2", "購入", "09:03:00", Decimal("19.9"), None),
        ("i-6", "u-9", export, "09:04:00", None, "test_traffic"),
        ("i-7", "u-9", export, "09:04:10", None, "test_traffic"),
        ("i-8", "crawler", export, "09:04:20", None, "bot_traffic"),
        ("i-9", "anon-3", "$create_alias", "09:04:30", None, None),
        (events(first, "mixpanel", "event_id")[10][0], "anon-3", export, "09:04:40", None, None),
        ("i-12", None, export, "09:05:00", None, None),
    ]
    assert rows(
        first,
        "select count(*), count(distinct event_id), min(strftime(loaded_at, '%H:%M:%S.%g')) "
        "from stg_engagement__mixpanel_events where event_id like 'i-3:%'",
    ) == [(3, 2, "09:02:02.500")]
    assert aliases(first, "mixpanel") == [
        *(("$device:dev-1", "u-1"), ("anon-3", "u-3"), ("dev-1", "u-1")),
    ]


def test_mixpanel_account(second: Project) -> None:
    """A property can name the account, and the time be that of the project's zone."""
    assert events(
        second, "mixpanel", "customer_id", "user_id", "strftime(occurred_at, '%H:%M')"
    ) == [
        *(("acme", "u-1", "16:00"), ("acme", "u-1", "16:01"), ("acme", "u-1", "16:02")),
        *(("acme", "u-1", "16:02"), ("acme", "u-1", "16:02"), ("birch", "u-2", "16:03")),
        *(("u-9", "u-9", "16:04"), ("u-9", "u-9", "16:04"), ("crawler", "crawler", "16:04")),
        *(("u-3", "u-3", "16:04"), ("u-3", "u-3", "16:04"), (None, None, "16:05")),
        ("acme", "u-1", None),
    ]


def test_mixpanel_fivetran(third: Project) -> None:
    """Fivetran's columns come before the properties."""
    columns = ("customer_id", "user_id", "event_name", "quantity", "source_rejection")
    assert events(third, "mixpanel", *columns, "strftime(loaded_at, '%d %H:%M:%S')") == [
        ("acme", "u-1", "plays", Decimal(4), None, "01 10:16:47"),
        ("u-2", "u-2", "plays", None, "test_traffic", "01 10:17:47"),
    ]


def test_amplitude(first: Project) -> None:
    """Groups are customers, of several the first; devices before the login belong to the user."""
    found = events(
        first,
        "amplitude",
        *("event_id", "customer_id", "user_id", "event_name", "quantity", "source_rejection"),
    )
    plain = "report_exported"
    assert found == [
        ("dev-1:ins-1", "acme", ANA, "[Amplitude] Page Viewed", None, None),
        ("dev-1:ins-2", "acme", ANA, NAMED, Decimal(2), None),
        ("dev-1:ins-2", "acme", ANA, NAMED, Decimal(2), None),
        ("dev-1:ins-3", "acme", ANA, "$identify", None, None),
        ("dev-2:ins-4", "birch", BEN, plain, Decimal("19.9"), None),
        ("dev-3:ins-5", CLEO, CLEO, "購入", None, None),
        ("dev-4:ins-6", "75805000267", "75805000267", plain, None, "bot_traffic"),
        ("dev-5:ins-7", "75805000268", "75805000268", plain, None, "test_traffic"),
        ("00000000-0000-4000-8000-000000000008", "acme", ANA, plain, None, None),
        ("dev-6:ins-9", "dev-6", "dev-6", plain, None, None),
    ]


def test_amplitude_users(second: Project) -> None:
    """Where users are the customers, their Amplitude and device ids are aliases."""
    assert rows(second, "select customer_id from stg_engagement__amplitude_events limit 0") == []
    assert {row[0] for row in events(second, "amplitude", "customer_id")} == {
        *(ANA, BEN, CLEO, "75805000264", "75805000267", "75805000268", "dev-6"),
    }
    assert aliases(second, "amplitude") == [
        *(("75805000264", ANA), ("75805000265", BEN), ("75805000266", CLEO)),
        *(("dev-1", ANA), ("dev-2", BEN), ("dev-3", CLEO)),
    ]


def test_amplitude_fivetran(third: Project) -> None:
    """Fivetran keeps names in a table of their own; the upload is the load, not a later sync."""
    columns = ("customer_id", "user_id", "event_name", "quantity")
    assert events(third, "amplitude", *columns, "strftime(loaded_at, '%Y-%m-%d %H:%M:%S')") == [
        ("acme", ANA, "Informe exportado", Decimal(7), "2024-05-01 10:35:51"),
        ("acme", ANA, "login", None, "2024-05-01 10:35:51"),
    ]


def test_mapped(first: Project) -> None:
    """Columns, keys of JSON and texts become events; what cannot be read is told."""
    assert rows(
        first,
        "select source, customer_id, event_name, quantity, rejection_reason "
        "from int_engagement__checked_events where source in ('acciones', 'logins') "
        "order by source, event_id",
    ) == [
        ("acciones", "acme", 'Abrió "informe"', Decimal("12.5"), None),
        ("acciones", "acme", "exportó", None, "invalid_quantity"),
        ("acciones", "birch", "exportó", None, "test_traffic"),
        ("acciones", None, "exportó", None, "missing_customer"),
        ("logins", "acme", "login", None, None),
        ("logins", "acme", "login", None, None),
    ]
    assert rows(
        first,
        "select count(*), count(distinct event_id) from stg_engagement__mapped_events "
        "where source = 'logins'",
    ) == [(2, 1)]


def test_reasons(first: Project) -> None:
    """Every row is there once, with the reason for which it does not count."""
    assert rows(
        first,
        "select source, coalesce(rejection_reason, 'accepted'), count(*) "
        "from int_engagement__checked_events where source in ('segment', 'mixpanel', 'snowplow') "
        "group by all order by all",
    ) == [
        ("mixpanel", "accepted", 8),
        ("mixpanel", "bot_traffic", 1),
        ("mixpanel", "missing_customer", 1),
        ("mixpanel", "test_traffic", 2),
        ("mixpanel", "unparseable_time", 1),
        ("segment", "accepted", 13),
        ("segment", "bot_traffic", 1),
        ("segment", "missing_customer", 1),
        ("segment", "test_traffic", 2),
        ("segment", "unparseable_time", 1),
        ("snowplow", "accepted", 8),
        ("snowplow", "bot_traffic", 2),
        ("snowplow", "missing_customer", 1),
        ("snowplow", "test_traffic", 2),
    ]


def write_typed(folder: Path, trackers: Iterable[str]) -> None:
    """Write fixtures as Parquet in a warehouse's types and upper case, Amplitude's gzipped."""
    for path in sorted(path for name in trackers for path in (FIXTURES / name).rglob("*.*")):
        target = folder / path.relative_to(FIXTURES)
        target.parent.mkdir(parents=True, exist_ok=True)
        if path.parts[-3] == "amplitude":
            target.with_suffix(".json.gz").write_bytes(gzip.compress(path.read_bytes()))
            continue
        reader = f"read_{'csv' if path.suffix == '.csv' else 'json'}('{path}')"
        with duckdb.connect() as connection:
            columns = connection.sql(f"select * from {reader}").columns
            names = ", ".join(f'"{name}" as "{name.upper()}"' for name in columns)
            connection.sql(f"select {names} from {reader}").write_parquet(
                str(target.with_suffix(".parquet"))
            )


def test_typed_tables_say_the_same(first: Project, project: Project, tmp_path: Path) -> None:
    """Types, structs, upper-case names and compressed files make no difference."""
    trackers = ("segment", "snowplow", "mixpanel", "amplitude")
    columns = ("event_id", "customer_id", "user_id", "event_name", "occurred_at", "quantity")
    before = {
        name: sorted(map(repr, events(first, name, *columns, "loaded_at", "source_rejection")))
        for name in trackers
    }
    write_typed(tmp_path, trackers)
    project.database = tmp_path / "engagement.duckdb"
    places = {f"{name}_input": str(tmp_path / name) for name in trackers}
    run(project, **places).expect_success()
    for name in trackers:
        after = events(project, name, *columns, "loaded_at", "source_rejection")
        if name == "mixpanel":  # events without an id of their own are told apart by their text
            after = [row if ":" in row[0] else (before_id(before[name]), *row[1:]) for row in after]
        assert sorted(map(repr, after)) == before[name], name


def before_id(found: list[str]) -> str:
    """Return the id of the one event of Mixpanel that came without an id."""
    return next(row.split("'")[1] for row in found if not row.startswith("('i-"))


def test_tables_in_a_schema(plain: Project) -> None:
    """The tables may be in a schema of the database, in upper case, and optional ones missing."""
    with duckdb.connect(str(plain.database)) as connection:
        connection.sql("create schema tracker")
        connection.sql(
            f"create table tracker.TRACKS as select * from '{FIXTURES}/segment/tracks.csv'"
        )
    run(plain, f"{MODELS}/segment", segment_input="tracker", segment_quantities={}).expect_success()
    assert rows(
        plain, "select count(*), count(distinct customer_id) from stg_engagement__segment_events"
    ) == [(14, 6)]


def test_freshness(first: Project) -> None:
    """Without events of one's own the trackers' views tell how fresh they are."""
    result = first.dbt("source", "freshness", variables=variables())
    assert "WARN freshness of engagement_input.events" in result.text


def test_hashed_ids(plain: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    """Ids are hashed as those of the input are, and properties left out."""
    monkeypatch.setenv("DBT_ENV_SECRET_ENGAGEMENT_ID", SECRET)
    run(plain, f"{MODELS}/segment", hash_ids=True, segment_account="user").expect_success()
    hashed = hashlib.sha256(f"{SECRET}u-1".encode()).hexdigest()[:32]
    with duckdb.connect(str(plain.database), read_only=True) as connection:
        connection.execute(f"set variable engagement_id_secret = '{SECRET}'")
        assert connection.execute(
            "select count(*), count(properties) from stg_engagement__segment_events "
            f"where customer_id = '{hashed}' and user_id = '{hashed}'"
        ).fetchall() == [(8, 0)]
        assert connection.execute(
            "select count(*) from stg_engagement__segment_customer_aliases "
            f"where customer_id = '{hashed}' and alias_id not like 'anon%'"
        ).fetchall() == [(2,)]


def test_late_rows_and_new_groups(project: Project, built: Path, tmp_path: Path) -> None:
    """A later run takes late rows, and a group that becomes known moves what its user did."""
    project.database = tmp_path / "engagement.duckdb"
    shutil.copy(built, project.database)
    accepted = (
        "select customer_id, count(*) from int_engagement__accepted_events "
        "where user_id = 'u-3' group by customer_id"
    )
    ledger = (
        "select sum(received)::int, sum(accepted)::int, sum(duplicate)::int, sum(rejected)::int "
        "from engagement_event_ledger where source = 'segment'"
    )
    assert rows(project, accepted) == [("u-3", 1)]
    assert rows(project, ledger) == [(18, 12, 1, 5)]
    folder = tmp_path / "segment"
    shutil.copytree(FIXTURES / "segment", folder)
    with (folder / "tracks.csv").open("a") as file:
        late = "ajs-next-late,2024-06-01 00:00:00,,anon-3,u-3,x,Late,2024-05-01 10:00:00"
        file.write(f"{late},,,,,,,,,,\n")
    with (folder / "groups.csv").open("a") as file:
        file.write("g9,2024-06-01 00:00:00,anon-3,u-3,cedar,Cedar,pro,2024-05-03 00:00:00\n")
    project.dbt(*BUILD, variables=variables(segment_input=str(folder))).expect_success()
    assert rows(project, accepted) == [("cedar", 2)]
    assert rows(project, ledger) == [(19, 13, 1, 5)]


@pytest.mark.parametrize(
    ("spoil", "others", "sentence"),
    [
        ("segment: ", {}, "There is no table tracks or pages or screens in {folder}"),
        ("mixpanel: ", {}, "There is no table events in {folder}: set the variable mixpanel_input"),
        (
            *("segment: tracks.csv: timestamp,original_timestamp,sent_at,received_at,event,id", {}),
            "{folder}/tracks.csv, read because of the variable segment_input, has no column id",
        ),
        (
            *("snowplow: events.jsonl: event_id", {}),
            "read because of the variable snowplow_input, has no column event_id",
        ),
        (
            *("amplitude: 218028: event_time,client_event_time", {}),
            "read because of the variable amplitude_input, has no column event_time or client",
        ),
        (
            *("", {"segment_account": "context_firm"}),
            "The variable segment_account is context_firm, and none of the tables tracks, pages",
        ),
        ("", {"segment_quantities": {"signed_up": "seats"}}, "There is no table signed_up in "),
        (
            *("", {"segment_quantities": {"order_completed": "total"}}),
            "read because of the variable segment_input, has no column total",
        ),
        ("", {"snowplow_account": "contexts_com_x_y_1.id"}, "nor is there a table com_x_y"),
        ("", {"mapped_tables": {}}, "mapped_tables is empty: say there which tables to read"),
        (
            *("", {"mapped_tables": {"logins": {"customer_id": "x", "event_name": "'x'"}}}),
            "does not say what occurred_at is in the table logins",
        ),
        (
            *("", {"mapped_tables": {"acciones": {**MAPPED_TABLES["acciones"], "user_id": "no"}}}),
            "read because of the variable mapped_input, has no column no (it has id, cuenta",
        ),
        ("", {"mapped_tables": {"nada": MAPPED_TABLES["logins"]}}, "There is no table nada in "),
    ],
)
def test_mistakes_are_told(
    plain: Project, tmp_path: Path, spoil: str, others: dict[str, Any], sentence: str
) -> None:
    """What is missing stops the run before any model, with one sentence that names the variable."""
    folder, places = tmp_path / "raw", {}
    if spoil:
        tracker, spoilt = spoil.split(": ", 1)
        places = {f"{tracker}_input": str(folder)}
        if spoilt:
            shutil.copytree(FIXTURES / tracker, folder)
            for path in folder.rglob("*.*"):
                if str(path.relative_to(folder)).startswith(spoilt.split(": ")[0]):
                    spoil_columns(path, spoilt.split(": ")[1].split(","))
        else:
            folder.mkdir()
    result = run(plain, **places, **others)
    assert not result.success
    assert sentence.format(folder=folder) in result.text
    assert result.statuses == {}


def spoil_columns(path: Path, columns: list[str]) -> None:
    """Give columns of a file other names."""
    if path.suffix == ".csv":
        head, body = path.read_text().split("\n", 1)
        names = [f"no_{name}" if name in columns else name for name in head.split(",")]
        path.write_text(",".join(names) + "\n" + body)
        return
    found = [json.loads(line) for line in path.read_text().splitlines()]
    renamed = [{key: row[key] for key in row if key not in columns} for row in found]
    path.write_text("".join(json.dumps(row) + "\n" for row in renamed))
