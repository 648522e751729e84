"""Take a picture of each board with the Chromium of this machine.

    python scripts/screenshots.py FOLDER

Shows the boards of the last build (ENGAGEMENT_DUCKDB_PATH, else engagement.duckdb), each as far as
a screen reaches, and writes FOLDER/<board>.png. Exit status: 0, or 1 with one sentence on what
stands in the way.
"""

from __future__ import annotations

import shutil
import sys
from pathlib import Path

from boards import board_files, served
from page import Unusable
from playwright.sync_api import Browser, Playwright, sync_playwright

BROWSERS = ("chromium", "chromium-browser", "google-chrome")
SCREEN = {"width": 1280, "height": 1000}
PHONE = {"width": 390, "height": 800}


def launched(playwright: Playwright) -> Browser:
    """Start Chromium; raises Unusable where there is none."""
    found = next(filter(None, map(shutil.which, BROWSERS)), None)
    if found is None:
        raise Unusable("There is no Chromium: install it, as in apt-get install chromium.")
    # Without a sandbox, which a user root cannot have; it opens nothing but pages of localhost.
    return playwright.chromium.launch(executable_path=found, args=["--no-sandbox"])


def take(browser: Browser, address: str, folder: Path) -> list[Path]:
    """Write a picture of each board at the address, and of the page for phones."""
    folder.mkdir(parents=True, exist_ok=True)
    screens = {path.stem: SCREEN for path in board_files()} | {"phone": PHONE}
    taken = []
    for board, screen in screens.items():
        page = browser.new_page(viewport=screen)
        page.goto(f"{address}{board}/", wait_until="networkidle")
        taken.append(folder / f"{board}.png")
        page.screenshot(path=taken[-1])
        page.close()
    return taken


def main(arguments: list[str]) -> int:
    """Do what the command line says; return the exit status."""
    if len(arguments) != 1:
        print(__doc__, file=sys.stderr)
        return 2
    folder = Path(arguments[0])
    try:
        with (
            sync_playwright() as playwright,
            launched(playwright) as browser,
            served() as address,
        ):
            taken = take(browser, address, folder)
    except Unusable as problem:
        print(problem, file=sys.stderr)
        return 1
    print(f"{len(taken)} pictures are in {folder}.")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
