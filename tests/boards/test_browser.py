"""The boards in a real browser: each page opens, and shows what the tables say."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from urllib.parse import quote, urlencode, urlsplit

import duckdb
import pytest
from playwright.sync_api import Browser, Page

BOARDS = {
    "overview": "How engaged are our customers?",
    "call": "Whom do we call first?",
    "find": "Find a customer",
    "customer": "One customer",
    "buy": "Who is ready to buy?",
    "segments": "Which segments are engaged?",
    "trust": "Can we trust the score?",
}
TEXTS = "[...document.querySelectorAll('svg text')].map(text => text.textContent.trim())"
SHOWN = """
    select
        strftime(max(scores.as_of_date), '%-d %b %Y'),
        count(*),
        count(*) filter (where scores.risk_level = 'high'),
        avg(scores.ces)
    from engagement_scores as scores
    where scores.scorecard = ?
"""
Opened = Callable[..., list[str]]


@pytest.fixture
def page(browser: Browser, address: str) -> Iterator[Page]:
    """Return a page that complains of what no page may do."""
    opened = browser.new_page(viewport={"width": 1280, "height": 900})
    found: list[str] = []
    opened.on("console", lambda told: found.append(told.text) if told.type == "error" else None)
    opened.on("pageerror", lambda error: found.append(str(error)))
    opened.on(
        "request",
        lambda asked: (
            None
            if asked.url.startswith((address, "data:", "blob:"))
            else found.append(f"asked for {asked.url}")
        ),
    )
    yield opened
    opened.close()
    assert not found


@pytest.fixture
def show(page: Page, address: str) -> Opened:
    """Return what opens a board and returns the texts on it."""

    def opened(board: str, **variables: str) -> list[str]:
        asked = f"?{urlencode(variables, quote_via=quote)}" if variables else ""
        answer = page.goto(f"{address}{board}/{asked}", wait_until="networkidle")
        assert answer is not None and answer.ok
        return page.evaluate(TEXTS)

    return opened


@pytest.fixture(scope="session")
def scorecard(tables: duckdb.DuckDBPyConnection) -> str:
    """Return the scorecard with most customers: that is shown unless another is asked for."""
    found = tables.execute(
        "select scorecard from engagement_scores group by all order by count(*) desc, 1 limit 1"
    ).fetchone()
    assert found is not None
    return found[0]


@pytest.mark.parametrize("board", BOARDS)
def test_board_opens(show: Opened, page: Page, board: str) -> None:
    """With its question as title, the day of the data, and no complaint (fixture page)."""
    texts = show(board)
    assert page.title() == BOARDS[board]
    assert BOARDS[board] in texts
    assert "As of" in texts or board == "find"


def test_figures_are_those_of_the_tables(
    show: Opened, tables: duckdb.DuckDBPyConnection, scorecard: str
) -> None:
    """The day, the customers, their mean score and those at risk."""
    texts = show("overview", scorecard=scorecard)
    found = tables.execute(SHOWN, [scorecard]).fetchone()
    assert found is not None
    as_of, customers, at_risk, mean = found
    figures = dict(zip(texts[1:], texts, strict=False))
    assert figures["As of"] == as_of
    assert figures["Customers scored"] == f"{customers:,}"
    assert figures["At high risk"] == f"{at_risk:,}"
    assert abs(float(figures["Mean score"].replace("\N{MINUS SIGN}", "-")) - float(mean)) <= 0.051


def test_customer_is_the_one_asked_for(
    show: Opened, tables: duckdb.DuckDBPyConnection, scorecard: str
) -> None:
    """Its name, its score, and the event that gave most."""
    (customer_id, name, ces) = tables.execute(
        "select customer_id, coalesce(customer_name, customer_id), ces from engagement_scores"
        " where scorecard = ? order by ces desc, 1 limit 1",
        [scorecard],
    ).fetchall()[0]
    (driver,) = tables.execute(
        "select event_name from engagement_drivers"
        " where scorecard = ? and customer_id = ? and driver_rank = 1",
        [scorecard, customer_id],
    ).fetchall()[0]
    texts = show("customer", scorecard=scorecard, customer_id=customer_id)
    figures = dict(zip(texts[1:], texts, strict=False))
    assert figures["Customer"] in (name, f"Customer {name}")
    assert figures["Score"] == f"{ces:,.1f}"
    assert driver in texts


def test_unknown_customer_is_said_to_be_none(show: Opened) -> None:
    """An id that is nobody's, with a quote in it, breaks nothing."""
    texts = show("customer", customer_id="nobody's")
    assert any("nobody's" in text or "No customer" in text for text in texts), texts


def test_filter_leaves_those_asked_for(
    show: Opened, tables: duckdb.DuckDBPyConnection, scorecard: str
) -> None:
    """Calls of one tier are as many as the table has."""
    alerts = (
        "select count(distinct scores.customer_id) from engagement_alerts as alerts"
        " inner join engagement_scores as scores using (scorecard, customer_id)"
        " where scorecard = ? and alerts.closed_on is null"
        " and replace(scores.tier, '_', ' ') ilike ?"
    )
    tiers = tables.execute(
        "select distinct tier from engagement_scores where scorecard = ?", [scorecard]
    ).fetchall()
    for (tier,) in tiers:
        title = tier.replace("_", " ").capitalize()
        (expected,) = tables.execute(alerts, [scorecard, title]).fetchall()[0]
        texts = show("call", scorecard=scorecard, tier=title)
        figures = dict(zip(texts[1:], texts, strict=False))
        assert figures["Customers with an open alert"] == f"{expected:,}", tier


def test_links_lead_to_pages(show: Opened, page: Page, address: str) -> None:
    """Each page that the first one links to is there; one customer stands for all."""
    show("overview")
    links = page.evaluate(
        "[...document.querySelectorAll('a')].map(a => a.getAttribute('href')"
        " || a.getAttribute('xlink:href')).filter(link => link && link.startsWith('/'))"
    )
    paths = {urlsplit(link).path: link for link in links}
    assert {f"/{board}" for board in BOARDS} <= set(paths)
    for link in paths.values():
        answer = page.request.get(address.rstrip("/") + link)
        assert answer.ok, link


def test_phone_has_a_page_of_its_own(
    page: Page, address: str, tables: duckdb.DuckDBPyConnection
) -> None:
    """It fits a narrow window, and says the same."""
    page.set_viewport_size({"width": 390, "height": 800})
    answer = page.goto(f"{address}phone/", wait_until="networkidle")
    assert answer is not None and answer.ok
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    text = page.inner_text("body")
    counts = tables.execute("select count(*) from engagement_scores group by scorecard").fetchall()
    assert all(f"{count:,}" in text for (count,) in counts)
