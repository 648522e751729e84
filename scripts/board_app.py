"""The process that serves the boards: dbt Charts' own server, and a page for phones beside it.

    python scripts/board_app.py PORT

Started by board_server.start(), with the environment that board_data.BoardData names.
"""

from __future__ import annotations

import asyncio
import os
import sys
import threading
import time
import urllib.request
from collections import OrderedDict, defaultdict
from contextlib import suppress
from http import HTTPStatus
from pathlib import Path

from board_data import CHARTS
from board_server import HOST, START_SECONDS
from dbt_charts.agent_api.serve import ServeSetup, prepare_serve
from dbt_charts.cli.filesystem_project import FilesystemProject
from phone_page import phone_page
from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response
from starlette.routing import Route
from starlette.types import ASGIApp, Message, Receive, Scope, Send

ROOT = Path(__file__).resolve().parent.parent
Asked = tuple[str, bytes]
"""A board and its query."""
State = tuple[int, ...]
"""Times of change."""


def phone(_request: Request) -> Response:
    """Answer with the page for phones, read anew."""
    return HTMLResponse(phone_page(ROOT / os.environ["ENGAGEMENT_BOARDS_PATH"]))


def home(_request: Request) -> Response:
    """Lead to the first board."""
    return RedirectResponse("/overview/")


def nothing(_request: Request) -> Response:
    """Answer that there is nothing, and that nobody need ask again."""
    return Response(status_code=204)


# Asked before dbt Charts, which takes the last / off the links of boards. Boards are reloaded by
# whoever edits them: a build that writes into the project's folder would have every open page load
# again and again.
ROUTES = (
    Route("/", home),
    Route("/phone", phone),
    Route("/phone/", phone),
    Route("/favicon.ico", nothing),
    Route("/__livereload", nothing),
)


class Kept:
    """Answers with a page as it was drawn before, as long as neither data nor boards have changed.

    dbt Charts takes a second to draw a page, whatever the data. Who asks for a page that is being
    drawn waits for it.
    """

    pages = 64

    def __init__(self, app: ASGIApp) -> None:
        """Stand before the app."""
        self.app = app
        self.drawn: OrderedDict[Asked, tuple[State, list[Message]]] = OrderedDict()
        self.drawing: defaultdict[Asked, asyncio.Lock] = defaultdict(asyncio.Lock)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request."""
        path = scope.get("path", "").strip("/")
        if scope.get("method") != "GET" or not (CHARTS / f"{path}.yml").is_file():
            await self.app(scope, receive, send)
            return
        asked = (path, scope["query_string"])
        async with self.drawing[asked]:
            state = changed_at()
            if self.drawn.get(asked, (None,))[0] != state:
                self.drawn[asked] = (state, await self.draw(scope, receive))
            self.drawn.move_to_end(asked)
            messages = self.drawn[asked][1]
        if messages[0].get("status") != HTTPStatus.OK:
            self.drawn.pop(asked, None)
        while len(self.drawn) > self.pages:
            self.drawing.pop(self.drawn.popitem(last=False)[0], None)
        for message in messages:
            await send(message)

    async def draw(self, scope: Scope, receive: Receive) -> list[Message]:
        """Let dbt Charts answer; return what it says."""
        messages: list[Message] = []

        async def note(message: Message) -> None:
            messages.append(message)

        await self.app(scope, receive, note)
        return messages


def changed_at() -> State:
    """Return when the data and each file of the boards changed last."""
    files = [ROOT / os.environ["ENGAGEMENT_BOARDS_PATH"], ROOT / "dbt_charts.yml"]
    return tuple(path.stat().st_mtime_ns for path in [*files, *sorted(CHARTS.rglob("*"))])


def draw_first(port: int) -> None:
    """Ask for the first board as soon as the server answers, so that nobody else waits for it."""
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline:
        with suppress(OSError), urllib.request.urlopen(f"http://{HOST}:{port}/overview/"):
            return
        time.sleep(1)


def main() -> int:
    """Serve until told to stop."""
    setup = prepare_serve(
        FilesystemProject(ROOT),
        port=int(sys.argv[1]),
        host=HOST,
        dialect="duckdb",
        target=None,
        max_workers=None,
        no_cache=True,
        cache_path=None,
    )
    if not isinstance(setup, ServeSetup):
        print(setup, file=sys.stderr)
        return 1
    setup.app.router.routes[:0] = ROUTES
    setup.app.add_middleware(Kept)
    threading.Thread(target=draw_first, args=[int(sys.argv[1])], daemon=True).start()
    setup.server.run()
    return 0 if setup.server.started else 1


if __name__ == "__main__":
    sys.exit(main())
