"""What the tests of the boards share: the database they show, and a browser.

They run on a sample that is built already: ENGAGEMENT_DUCKDB_PATH names its database, SAMPLE the
sample, DBT_TARGET_PATH what dbt wrote of it. `make test` and `make test-boards` see to that.
"""

from __future__ import annotations

import os
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import board_server
import duckdb
import pytest
from board_data import BoardData, prepare
from boards import record
from page import Unusable, chosen_database
from playwright.sync_api import Browser, sync_playwright
from screenshots import browser_path

ROOT = Path(__file__).resolve().parents[2]


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
def address(data: BoardData) -> Iterator[str]:
    """Serve the boards on a free port and return their address."""
    if board_server.running(record()) is not None:
        pytest.exit("Boards are being served: end that first, by make stop.", returncode=1)
    with socket.socket() as free:
        free.bind(("localhost", 0))
        port = free.getsockname()[1]
    script = ROOT / "scripts" / "boards.py"
    subprocess.run([sys.executable, str(script), "serve", str(port)], cwd=ROOT, check=True)
    yield f"http://localhost:{port}/"
    subprocess.run([sys.executable, str(script), "stop"], cwd=ROOT, check=True)


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """Start the Chromium of this machine."""
    try:
        found = browser_path()
    except Unusable as problem:
        pytest.exit(str(problem), returncode=1)
    with sync_playwright() as playwright:
        # Without a sandbox, which a user root cannot have; it opens nothing but pages of localhost.
        started = playwright.chromium.launch(executable_path=found, args=["--no-sandbox"])
        yield started
        started.close()
