"""What the tests of the boards share: the database they show, and a browser.

They run on a sample that is built already: ENGAGEMENT_DUCKDB_PATH names its database, SAMPLE the
sample, DBT_TARGET_PATH what dbt wrote of it. `make test` and `make test-boards` see to that.
"""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterator

import duckdb
import pytest
from board_data import BoardData, prepare
from boards import served
from page import Unusable, chosen_database
from playwright.sync_api import Browser, sync_playwright
from screenshots import launched


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add the option that writes the golden texts anew."""
    parser.addoption("--renew", action="store_true", help="write the golden texts anew")


@pytest.fixture(scope="session")
def sample() -> str:
    """Return the name of the sample that is shown."""
    return os.environ.get("SAMPLE", "complete_journey")


@pytest.fixture(scope="session")
def data() -> BoardData:
    """Return the copy that the boards read."""
    return prepare(chosen_database())


@pytest.fixture(scope="session")
def tables(data: BoardData) -> Iterator[duckdb.DuckDBPyConnection]:
    """Return a connection to the copy that the boards read."""
    with duckdb.connect(str(data.database), read_only=True) as connection:
        yield connection


@pytest.fixture(scope="session")
def address() -> Iterator[str]:
    """Serve the boards on a free port and return their address."""
    with stopping_where_unusable(), served() as found:
        yield found


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """Start the Chromium of this machine."""
    with (
        stopping_where_unusable(),
        sync_playwright() as playwright,
        launched(playwright) as started,
    ):
        yield started


@contextlib.contextmanager
def stopping_where_unusable() -> Iterator[None]:
    """End all tests with the sentence that says what is missing."""
    try:
        yield
    except Unusable as problem:
        pytest.exit(str(problem), returncode=1)
