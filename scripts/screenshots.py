"""Take a picture of each board with the Chromium of this machine.

    python scripts/screenshots.py FOLDER

Shows the boards of the last build (ENGAGEMENT_DUCKDB_PATH, else engagement.duckdb), each as far as
a screen reaches, and writes FOLDER/<board>.png. Exit status: 0, or 1 with one sentence on what
stands in the way.
"""

from __future__ import annotations

import shutil
import socket
import sys
from pathlib import Path

import board_server
from board_data import prepare
from boards import board_files, record
from page import Unusable, chosen_database
from playwright.sync_api import sync_playwright

BROWSERS = ("chromium", "chromium-browser", "google-chrome")
SCREEN = {"width": 1280, "height": 1000}
PHONE = {"width": 390, "height": 800}


def browser_path() -> str:
    """Return where Chromium is; raises Unusable where there is none."""
    for name in BROWSERS:
        if found := shutil.which(name):
            return found
    raise Unusable("There is no Chromium: install it, as in apt-get install chromium.")


def take(address: str, folder: Path) -> list[Path]:
    """Write a picture of each board at the address, and of the page for phones."""
    folder.mkdir(parents=True, exist_ok=True)
    screens = {path.stem: SCREEN for path in board_files()} | {"phone": PHONE}
    taken = []
    with sync_playwright() as playwright:
        # Without a sandbox, which a user root cannot have; it opens nothing but these pages.
        browser = playwright.chromium.launch(executable_path=browser_path(), args=["--no-sandbox"])
        for board, screen in screens.items():
            page = browser.new_page(viewport=screen)
            page.goto(f"{address}{board}/", wait_until="networkidle")
            taken.append(folder / f"{board}.png")
            page.screenshot(path=taken[-1])
            page.close()
        browser.close()
    return taken


def main(arguments: list[str]) -> int:
    """Do what the command line says; return the exit status."""
    if len(arguments) != 1:
        print(__doc__, file=sys.stderr)
        return 2
    try:
        browser_path()
        if board_server.running(record()) is not None:
            raise Unusable("Boards are being served: end that first, by make stop.")
        data = prepare(chosen_database())
        with socket.socket() as free:
            free.bind(("localhost", 0))
            port = free.getsockname()[1]
        server = board_server.start(record(), port, str(data.database), data.environment)
        try:
            taken = take(server.address, Path(arguments[0]))
        finally:
            board_server.stop(record())
    except Unusable as problem:
        print(problem, file=sys.stderr)
        return 1
    print(f"{len(taken)} pictures are in {arguments[0]}.")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
