"""Reads the fixtures of trackers in `tests/connectors` and compares what comes of them row by row.

All connectors are built once from the fixtures as they are, and once from the same rows as typed
Parquet files with upper-case names; both have to say the same.
"""

from __future__ import annotations

import shutil
from collections import Counter
from decimal import Decimal
from pathlib import Path

import duckdb
import pytest
import test_connectors
from harness import ROOT, BuildResult, Project

FIXTURES = ROOT / "tests" / "connectors"
TRACKERS = ("ga4", "posthog", "hubspot", "zendesk", "stripe")
BUILD = (
    *("build", "--exclude-resource-type", "test", "unit_test", "--select"),
    *("path:models/staging/connectors", "+int_engagement__checked_events"),
    *("+stg_engagement__subscriptions", "+stg_engagement__survey_responses"),
)
ANA, BEN, CLEO, ROBOT, EVE = (
    f"018f33aa-{digit * 4}-7{digit * 3}-8{digit * 3}-{digit * 12}" for digit in "12345"
)
DEVICE = "1042.1714550000"


def variables(folder: Path, **others: str) -> dict[str, str]:
    """Return the variables that connect all trackers, whose tables are in folders of their names.

    All are connected in every run, since a project is parsed anew where others are.
    """
    places = {f"{name}_input": str(folder / name) for name in TRACKERS}
    return {"input_path": "", "stripe_currency": "usd", **places, **others}


def rows(project: Project, sql: str) -> list[tuple]:
    """Return what a query on the project's database gives."""
    with duckdb.connect(str(project.database), read_only=True) as connection:
        return connection.execute(sql).fetchall()


def events(project: Project, tracker: str, *columns: str) -> list[tuple]:
    """Return columns of a tracker's events, ordered by time, name and id."""
    return rows(
        project,
        f"select {', '.join(columns)} from stg_engagement__{tracker}_events "
        "order by occurred_at, event_name, event_id",
    )


def run_tracker(project: Project, tracker: str, **others: str) -> BuildResult:
    """Run the models of one tracker, with the fixtures' tables unless another folder is given."""
    select = f"path:models/staging/connectors/{tracker}"
    return project.dbt("run", "--select", select, variables=variables(FIXTURES, **others))


def write_typed(folder: Path) -> None:
    """Write all fixtures as Parquet in the types that a warehouse has, with upper-case names."""
    with duckdb.connect() as connection:
        for path in sorted(path for name in TRACKERS for path in FIXTURES.glob(f"{name}/*")):
            target = folder / path.parent.name / f"{path.stem}.parquet"
            target.parent.mkdir(parents=True, exist_ok=True)
            reader = "read_csv" if path.suffix == ".csv" else "read_json"
            table = connection.sql(f"select * from {reader}('{path}')")
            names = ", ".join(f'"{name}" as "{name.upper()}"' for name in table.columns)
            connection.sql(f"select {names} from {reader}('{path}')").write_parquet(str(target))


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Project:
    """Return a project that is parsed once for all tests."""
    return Project(tmp_path_factory.mktemp("connectors"))


@pytest.fixture(scope="module", params=["files", "typed"])
def built(request: pytest.FixtureRequest, project: Project) -> Project:
    """Build all trackers at once, from the fixtures as they are and from typed Parquet files."""
    project.database = project.folder / request.param / "engagement.duckdb"
    project.database.parent.mkdir()
    folder = FIXTURES
    if request.param == "typed":
        folder = project.folder / "raw"
        write_typed(folder)
    project.dbt(*BUILD, variables=variables(folder, stripe_account="account_id")).expect_success()
    return project


@pytest.fixture(scope="module")
def plain(project: Project) -> Project:
    """Return the project with nothing built, for runs of single models and for mistakes."""
    project.database = project.folder / "plain" / "engagement.duckdb"
    project.database.parent.mkdir()
    return project


def test_ga4(built: Project) -> None:
    """Users, revenue, upload times and what is rejected come out of the nested columns."""
    found = events(
        built,
        "ga4",
        *("customer_id", "event_name", "strftime(occurred_at, '%d %H:%M:%S.%f')", "quantity"),
        *("source_rejection", "user_id"),
    )
    assert found == [
        (DEVICE, "page_view", "01 10:00:00.123456", None, None, DEVICE),
        ("u-1", "login", "01 10:01:00.000001", None, None, "u-1"),
        ("u-1", "page_view", "01 10:02:00.500000", None, None, "u-1"),
        ("u-1", "view_item", "01 10:03:00.000000", None, None, "u-1"),
        ("u-1", "view_item", "01 10:03:00.000000", None, None, "u-1"),
        ("u-1", "purchase", "01 10:04:00.000000", Decimal("49.9"), None, "u-1"),
        ("u-1", "purchase", "01 10:04:00.000000", Decimal("49.9"), None, "u-1"),
        ("staff-1", "page_view", "01 11:00:00.000000", None, "internal_traffic", "staff-1"),
        ("9001.1", "page_view", "01 11:01:00.000000", None, "test_traffic", "9001.1"),
        (None, "page_view", "01 11:02:00.000000", None, None, None),
        ("u-2", "screen_view", "02 09:00:00.000000", None, None, "u-2"),
        ("u-1", "refund", "02 09:05:00.000000", Decimal("49.9"), None, "u-1"),
        ("7777.1", "spend_virtual_currency", "02 09:10:00.000000", Decimal(5), None, "7777.1"),
        ("7777.1", "tutorial_begin", "02 09:11:00.000000", None, None, "7777.1"),
        ("7777.1", "tutorial_begin", "02 09:11:00.000000", None, None, "7777.1"),
    ]
    # Only the purchase that is in both tables has one id twice.
    assert rows(
        built,
        "select count(*), count(distinct event_id), count(distinct event_id) "
        "filter (event_name = 'purchase') from stg_engagement__ga4_events",
    ) == [(15, 14, 1)]
    assert rows(
        built,
        "select strftime(loaded_at, '%d %H:%M:%S.%f'), properties ->> 'page_title' "
        f"from stg_engagement__ga4_events where customer_id = '{DEVICE}'",
    ) == [("01 10:00:00.935801", "Pricing")]
    assert rows(built, "select * from stg_engagement__ga4_customer_aliases order by alias_id") == [
        (DEVICE, "u-1"),
        ("9000.1", "staff-1"),
        ("a1b2c3d4e5f60718293a4b5c6d7e8f90", "u-2"),
    ]


def test_ga4_account(plain: Project) -> None:
    """A user property that names the account makes it the customer; then devices are no aliases."""
    run_tracker(plain, "ga4", ga4_account="account_id").expect_success()
    assert rows(
        plain, "select customer_id, count(*) from stg_engagement__ga4_events group by 1 order by 1"
    ) == [(DEVICE, 1), ("7777.1", 3), ("9001.1", 1), ("acme", 9), (None, 1)]
    assert rows(plain, "select * from stg_engagement__ga4_customer_aliases") == []


def test_ga4_parquet_lists(plain: Project) -> None:
    """Parquet files may have lists as structs of `list` and `element`: they hold the same."""
    folder = plain.folder / "ga4_parquet"
    folder.mkdir()
    names = ("event_params", "user_properties")
    wrapped = ", ".join(
        f"{{'list': list_transform({name}, lambda entry: {{'element': entry}})}} as {name}"
        for name in names
    )
    with duckdb.connect() as connection:
        connection.sql(
            f"select * replace ({wrapped}) from read_json('{FIXTURES}/ga4/events_*.json', "
            "union_by_name = true)"
        ).write_parquet(str(folder / "events_20240501.parquet"))
    run_tracker(plain, "ga4", ga4_input=str(folder), ga4_account="account_id").expect_success()
    assert rows(
        plain, "select customer_id, count(*) from stg_engagement__ga4_events group by 1 order by 1"
    ) == [(DEVICE, 1), ("7777.1", 3), ("9001.1", 1), ("acme", 9), (None, 1)]
    assert rows(
        plain,
        "select max(properties ->> 'page_title'), count(source_rejection) "
        "from stg_engagement__ga4_events",
    ) == [("Thank you", 2)]


def test_posthog(built: Project) -> None:
    """Groups are customers, persons are users, ingestion is the load; robots and tests stay out."""
    found = events(
        built,
        "posthog",
        *("customer_id", "user_id", "event_name", "quantity", "source_rejection"),
        "date_diff('second', occurred_at, loaded_at)",
    )
    assert found == [
        (ANA, ANA, "$pageview", None, None, 2),
        (ANA, ANA, "$identify", None, None, 2),
        ("acme", ANA, "$groupidentify", None, None, 2),
        ("acme", ANA, "$pageview", None, None, 2),
        ("acme", ANA, "report exported", Decimal(3), None, 2),
        ("acme", BEN, "$screen", None, None, 161760),
        ("acme", BEN, "$autocapture", None, None, 2),
        (CLEO, CLEO, "$pageview", None, "test_traffic", 2),
        (ROBOT, ROBOT, "$pageview", None, "bot_traffic", 2),
        ("acme", BEN, "order completed", Decimal("19.5"), None, 2),
        ("acme", BEN, "order completed", Decimal("19.5"), None, 2),
        ("p-2", EVE, "$pageview", None, None, 2),
    ]


def test_posthog_account(plain: Project) -> None:
    """Another group type can be the customer; without persons the distinct ids are the users."""
    folder = plain.folder / "posthog_alone" / "posthog"
    folder.mkdir(parents=True)
    with duckdb.connect() as connection:
        connection.sql(
            "select * exclude (person_id, created_at, person_properties), '2024-05-09' as "
            f"bq_ingested_timestamp from read_json('{FIXTURES}/posthog/events.jsonl')"
        ).write_parquet(str(folder / "events.parquet"))
    run_tracker(
        plain, "posthog", posthog_input=str(folder), posthog_account="project"
    ).expect_success()
    assert rows(
        plain,
        "select customer_id, user_id, cast(min(loaded_at) as date)::text from "
        "stg_engagement__posthog_events where source_rejection is null group by 1, 2 order by 1, 2",
    ) == [
        ("anon-1", "anon-1", "2024-05-09"),
        ("p-1", "u-1", "2024-05-09"),
        ("p-1", "u-2", "2024-05-09"),
        ("p-2", "u-3", "2024-05-09"),
        ("u-1", "u-1", "2024-05-09"),
    ]


def test_hubspot(built: Project) -> None:
    """Engagements and tickets go to each company once, else to the contact or its company."""
    found = events(
        built,
        "hubspot",
        *("event_id", "customer_id", "user_id", "event_name", "quantity", "source_rejection"),
    )
    acme, holding, birch = "9991774791", "9991774792", "9991774793"
    assert found == [
        (f"email:19732367783:{acme}", acme, None, "email_sent", None, None),
        (f"email:19732367784:{acme}", acme, "501", "email_received", None, None),
        (f"task:32034933897:{acme}", acme, None, "task_created", None, None),
        (f"meeting:34162124910:{acme}", acme, "1502", "meeting_held", Decimal(45), None),
        (f"meeting:34162124910:{holding}", holding, "1502", "meeting_held", Decimal(45), None),
        (f"meeting:34162124911:{birch}", birch, None, "meeting_missed", None, None),
        (f"call:19732910159:{acme}", acme, "501", "call_held", Decimal("25.5"), None),
        (f"call:19732910160:{acme}", acme, None, "call_missed", Decimal(1), "deleted_at_source"),
        ("call:19732910161", None, None, "call_missed", None, None),
        (f"note:19732728857:{acme}", acme, None, "note_written", None, None),
        ("communication:19732910300:504", "504", "504", "message_exchanged", None, None),
        (f"ticket:307034542:{acme}", acme, "501", "support_ticket_opened", None, None),
        (f"ticket_closed:307034542:{acme}", acme, None, "support_ticket_solved", None, None),
        ("ticket:293370454:504", "504", "504", "support_ticket_opened", None, None),
        (
            *(f"ticket:293370455:{acme}", acme, None, "support_ticket_opened", None),
            "deleted_at_source",
        ),
    ]


def test_hubspot_export(plain: Project) -> None:
    """The CRM's own export has names with spaces, and lists of ids in its rows."""
    run_tracker(plain, "hubspot", hubspot_input=f"{FIXTURES}/hubspot_export").expect_success()
    assert events(plain, "hubspot", "event_id", "user_id", "event_name", "occurred_at::text") == [
        ("call:19732910159:9991774791", "1502", "call_held", "2024-05-01 14:00:00"),
        *(
            (f"ticket:307034542:{company}", "501", "support_ticket_opened", "2024-05-01 20:31:00")
            for company in ("9991774791", "9991774792")
        ),
        *(
            (f"ticket_closed:307034542:{company}", None, "support_ticket_solved", *solved)
            for solved in [("2024-05-02 14:54:00",)]
            for company in ("9991774791", "9991774792")
        ),
        ("ticket:293370454:504", "504", "support_ticket_opened", "2024-05-02 15:02:00"),
        ("call:19732910162:504", None, "call_missed", "2024-05-03 09:00:00"),
        ("meeting:34162124911:9991774791", None, "meeting_missed", "2024-05-03 10:00:00"),
        ("email:19732367784:504", "504", "email_received", "2024-05-03 11:00:00"),
    ]


def test_hubspot_airbyte(plain: Project) -> None:
    """Airbyte lands associations as lists, and what its tables of kinds lack in `engagements`."""
    run_tracker(plain, "hubspot", hubspot_input=f"{FIXTURES}/hubspot_airbyte").expect_success()
    assert events(
        plain,
        "hubspot",
        *("event_id", "user_id", "event_name", "strftime(occurred_at, '%H:%M')", "quantity"),
        "loaded_at::date::text",
    ) == [
        ("call:1:900", None, "call_missed", "10:00", Decimal(10), "2024-05-03"),
        ("meeting:2:900", None, "meeting_held", "11:00", Decimal(30), "2024-05-03"),
        ("meeting:2:901", None, "meeting_held", "11:00", Decimal(30), "2024-05-03"),
        ("email:3:503", "503", "email_received", "12:00", None, "2024-05-03"),
        ("task:4:900", None, "task_completed", "13:00", None, "2024-05-03"),
        ("ticket:7:900", "501", "support_ticket_opened", "14:00", None, "2024-05-03"),
    ]


def test_zendesk(built: Project) -> None:
    """Tickets, comments and changes of status go to the organization, else to the requester."""
    found = events(
        built,
        "zendesk",
        *("customer_id", "user_id", "event_name", "strftime(occurred_at, '%m-%d %H:%M')"),
        "source_rejection",
    )
    acme, birch, ana, cleo, dan = (
        *("370326104793", "370326181493"),
        *("403958466973", "403969371634", "403957746773"),
    )
    agent = "402935450113"
    assert found == [
        (dan, dan, "support_ticket_opened", "01-01 08:00", "test_traffic"),
        (acme, ana, "support_ticket_opened", "05-01 09:00", None),
        (acme, agent, "support_ticket_answered", "05-01 09:20", "internal_traffic"),
        (acme, agent, "support_note_written", "05-01 09:21", "internal_traffic"),
        (acme, ana, "support_ticket_commented", "05-01 09:40", None),
        (birch, cleo, "support_ticket_opened", "05-01 10:00", None),
        (dan, dan, "support_ticket_opened", "05-01 11:00", None),
        (acme, ana, "support_ticket_opened", "05-01 12:00", "deleted_at_source"),
        (acme, None, "support_ticket_solved", "05-01 12:00", None),
        (agent, agent, "support_ticket_opened", "05-01 13:00", "internal_traffic"),
        (acme, ana, "support_ticket_reopened", "05-01 15:00", None),
        (acme, None, "support_ticket_solved", "05-01 18:00", None),
    ]
    assert rows(built, "select * from stg_engagement__zendesk_customer_aliases") == [(acme, "acme")]
    assert rows(
        built,
        "select customer_id, user_id, survey, score, responded_at::text "
        "from stg_engagement__survey_responses",
    ) == [(acme, ana, "csat", Decimal(5), "2024-05-02 20:00:00")]


def test_zendesk_airbyte(plain: Project) -> None:
    """Airbyte lands the channel as JSON, and each version of a ticket where it appends."""
    run_tracker(plain, "zendesk", zendesk_input=f"{FIXTURES}/zendesk_airbyte").expect_success()
    opened = ("36003", "501", "support_ticket_opened")
    assert rows(
        plain,
        "select distinct customer_id, user_id, event_name, strftime(occurred_at, '%H:%M'), "
        "properties ->> 'channel', source_rejection from stg_engagement__zendesk_events "
        "order by 4, 3, 6 nulls first",
    ) == [
        (*opened, "09:00", "web", None),
        (*opened, "09:00", "sample_ticket", "test_traffic"),
        (*opened, "09:30", "email", "deleted_at_source"),
        ("36003", "77", "support_ticket_answered", "10:00", None, "internal_traffic"),
        ("36003", "501", "support_ticket_commented", "11:00", None, None),
    ]
    assert rows(
        plain,
        "select customer_id, user_id, score, responded_at::text "
        "from stg_engagement__zendesk_survey_responses",
    ) == [("36003", "501", Decimal(5), "2024-05-01 13:00:00")]


def test_stripe_events(built: Project) -> None:
    """Charges and refunds are named by what became of them; amounts are in their currency."""
    found = events(
        built, "stripe", "event_id", "customer_id", "event_name", "quantity", "source_rejection"
    )
    assert found == [
        ("ch_failed", "acme", "payment_failed", Decimal("92.5"), None),
        ("ch_invoice", "acme", "payment_succeeded", Decimal("92.5"), None),
        ("ch_oneoff", "cus_BIRCH", "purchase", None, None),
        ("ch_basil", "cus_BIRCH", "payment_succeeded", Decimal(1200), None),
        ("ch_yen", "cus_KYOTO", "payment_succeeded", None, None),
        ("ch_dinar", "cus_KYOTO", "purchase", None, None),
        ("ch_hold", "cus_BIRCH", "payment_authorized", Decimal(20), None),
        ("ch_pending", "cus_BIRCH", "payment_pending", Decimal(30), None),
        ("ch_test", "cus_TEST", "purchase", Decimal(1), "test_traffic"),
        ("ch_guest", None, "purchase", Decimal(7), None),
        ("re_1", "cus_BIRCH", "refund", None, None),
        ("re_2", "acme", "refund_failed", Decimal(1), None),
        ("re_3", "cus_TEST", "refund", Decimal(1), "test_traffic"),
    ]


def test_stripe_subscriptions(built: Project) -> None:
    """MRR is per month over all items, unknown with tiers; trials and test mode are no terms."""
    assert rows(
        built,
        "select customer_id, started_at::date::text, ended_at::date::text, plan, mrr, quantity "
        "from stg_engagement__subscriptions order by 1, 2, 4",
    ) == [
        ("acme", "2024-01-15", None, "Team seat", Decimal("92.5"), Decimal(5)),
        ("acme", "2024-04-01", None, "Weekly", Decimal("0.0217"), Decimal(1)),
        ("cus_BIRCH", "2024-02-01", "2025-02-01", "Business yearly", Decimal(100), Decimal(1)),
        ("cus_BIRCH", "2024-02-01", None, "Team seat", None, Decimal(1)),
        ("cus_GONE", "2024-03-15", "2024-04-15", "Team seat", Decimal("12.5"), Decimal(1)),
        ("cus_KYOTO", "2024-04-01", None, "Team seat JP", None, Decimal(2)),
    ]


@pytest.mark.parametrize(
    ("currency", "expected"),
    [
        ("jpy", [("cus_KYOTO", Decimal(3600))]),
        ("KWD", [("cus_KYOTO", Decimal("5.12"))]),
    ],
)
def test_stripe_currency(plain: Project, currency: str, expected: list[tuple]) -> None:
    """The yen has no smaller unit, the dinar a thousand, and other currencies are not added up."""
    run_tracker(plain, "stripe", stripe_currency=currency).expect_success()
    assert (
        rows(
            plain,
            "select customer_id, quantity from stg_engagement__stripe_events "
            "where quantity is not null order by 1, 2",
        )
        == expected
    )


def test_stripe_data_pipeline(plain: Project) -> None:
    """Stripe's own pipeline has other names of tables, and the price in the item."""
    run_tracker(plain, "stripe", stripe_input=f"{FIXTURES}/stripe_pipeline").expect_success()
    assert events(plain, "stripe", "event_id", "customer_id", "event_name", "quantity") == [
        ("ch_P1", "cus_ACME", "payment_succeeded", Decimal("62.5")),
    ]
    assert rows(
        plain, "select customer_id, plan, mrr, currency from stg_engagement__stripe_subscriptions"
    ) == [("cus_ACME", "Team seat", Decimal("62.5"), "usd")]
    run_tracker(
        plain,
        "stripe",
        stripe_input=f"{FIXTURES}/stripe_pipeline",
        stripe_account="account_id",
    ).expect_success()
    assert events(plain, "stripe", "customer_id") == [("acme",)]


@pytest.mark.parametrize("with_items", [True, False])
def test_stripe_airbyte(plain: Project, tmp_path: Path, with_items: bool) -> None:
    """Prices are JSON in the item or the plan; what an invoice was paid with since 2025, too."""
    folder = shutil.copytree(FIXTURES / "stripe_airbyte", tmp_path / "stripe")
    if not with_items:
        (folder / "subscription_items.jsonl").unlink()
    run_tracker(
        plain, "stripe", stripe_input=str(folder), stripe_account="account_id"
    ).expect_success()
    assert events(
        plain,
        "stripe",
        "customer_id",
        "event_name",
        "occurred_at::text",
        "quantity",
        "loaded_at::text",
    ) == [
        (customer, name, f"2024-05-01 {hour}:00:00", Decimal(amount), "2024-05-03 00:00:00")
        for customer, name, hour, amount in [
            ("acme", "payment_succeeded", 10, "5.4"),
            ("cus_2", "payment_succeeded", 11, "7"),
            ("cus_2", "payment_succeeded", 12, "8"),
            ("cus_2", "purchase", 13, "9"),
        ]
    ]
    assert rows(
        plain,
        "select customer_id, started_at::date::text, plan, mrr, quantity, currency "
        "from stg_engagement__stripe_subscriptions order by 1",
    ) == (
        [
            ("acme", "2024-01-01", "Asiento", Decimal(12), Decimal(2), "usd"),
            ("cus_2", "2024-01-01", 'Plano "Básico"', Decimal(16), Decimal(1), "usd"),
            ("cus_3", "2024-01-01", "prod_1", None, Decimal(1), "usd"),
            ("cus_4", "2024-01-01", "prod_1", Decimal(30), Decimal(25), "usd"),
        ]
        if with_items
        else [
            ("acme", "2024-01-01", 'Plano "Básico"', Decimal(6), Decimal(1), "usd"),
            ("cus_2", "2024-01-01", None, None, Decimal(1), None),
            ("cus_3", "2024-01-01", None, None, Decimal(1), None),
            ("cus_4", "2024-01-01", 'Plano "Básico"', Decimal(6), Decimal(1), "usd"),
        ]
    )


def test_all_are_checked_together(built: Project) -> None:
    """The events of all trackers come together, and what they reject keeps its reason."""
    assert rows(
        built,
        "select source, count(*), count(rejection_reason) from int_engagement__checked_events "
        "group by source order by source",
    ) == [
        ("ga4", 15, 3),
        ("hubspot", 15, 3),
        ("posthog", 12, 2),
        ("stripe", 13, 3),
        ("zendesk", 12, 5),
    ]


@pytest.mark.parametrize(
    ("tracker", "spoil", "sentence"),
    [
        ("stripe", "none", "There is no table charge or subscription_history in {folder}"),
        ("zendesk", "none", "There is no table ticket in {folder}: set the variable zendesk_input"),
        (
            *("stripe", "charge.csv: amount"),
            "{folder}/charge.csv, read because of the variable stripe_input, has no column amount",
        ),
        (
            *("ga4", "events_20240501.json: event_timestamp"),
            "read because of the variable ga4_input, has no column event_timestamp",
        ),
        ("stripe", "", "several currencies (eur, jpy, kwd, usd)"),
    ],
)
def test_mistakes_are_told(
    plain: Project, tmp_path: Path, tracker: str, spoil: str, sentence: str
) -> None:
    """A missing table or column, or amounts in several currencies, stop before any model."""
    folder = tmp_path / tracker
    if spoil == "none":
        folder.mkdir()
    else:
        shutil.copytree(FIXTURES / tracker, folder)
    if ":" in spoil:
        name, column = spoil.split(": ")
        for path in folder.glob("events_*" if tracker == "ga4" else name):
            path.write_text(
                path.read_text().replace(column, f"no_{column}", 1 if tracker != "ga4" else -1)
            )
    currency = "usd" if spoil else ""
    result = run_tracker(
        plain, tracker, **{f"{tracker}_input": str(folder)}, stripe_currency=currency
    )
    assert not result.success
    assert sentence.format(folder=folder) in result.text
    assert result.statuses == {}


def test_sample_is_not_mixed_in(plain: Project) -> None:
    """A connected tracker and the sample's folder together are a slip of the pen."""
    result = run_tracker(plain, "stripe", input_path="sample_data/complete_journey")
    assert not result.success
    assert "ga4_input is set, and input_path is still that of the sample" in result.text


def test_whole_build(tmp_path: Path) -> None:
    """`dbt build` with all trackers, as the guide has it: models, data tests and unit tests."""
    project = Project(tmp_path)
    result = project.dbt("build", variables=test_connectors.variables(**variables(FIXTURES)))
    assert result.success, result.text
    passed = Counter(
        key.partition(".")[0] for key, value in result.statuses.items() if value == "pass"
    )
    assert passed["unit_test"]
    assert passed["test"]
    sources = "select count(distinct source) from engagement_event_ledger where accepted > 0"
    assert rows(project, sources) == [(12,)]
