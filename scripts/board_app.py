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
from collections import OrderedDict, defaultdict
from collections.abc import Callable
from contextlib import nullcontext, suppress
from functools import partial
from http import HTTPStatus
from pathlib import Path

import dbt_charts.core.compile
from board_data import CHARTS
from board_server import FIRST, HOST, PREFETCH, ask_for
from boards import board_files
from dbt_charts.agent_api.serve import ServeSetup, prepare_serve
from dbt_charts.cli.filesystem_project import FilesystemProject
from dbt_charts.core.compile import CompileResult
from dbt_charts.core.project import BoardFile
from phone_page import phone_page
from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response
from starlette.routing import Route
from starlette.types import ASGIApp, Message, Receive, Scope, Send

ROOT = Path(__file__).resolve().parent.parent
Asked = tuple[str, bytes]
"""A board and its query."""
AHEAD = tuple(part.lower().encode() for part in PREFETCH)
State = tuple[int, ...]
"""Times of change."""
PAUSE_SECONDS = 1
QUIET_SECONDS = 2


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


class Visits:
    """Who waits for a page: boards are drawn ahead once nobody has for a while."""

    def __init__(self) -> None:
        """Begin as if somebody had just been here."""
        self.waiting = 0
        self.ended_at = time.monotonic()

    def __enter__(self) -> None:
        """Somebody waits."""
        self.waiting += 1

    def __exit__(self, *_: object) -> None:
        """Somebody waits no more."""
        self.waiting -= 1
        self.ended_at = time.monotonic()

    def wait_for_quiet(self) -> None:
        """Return once nobody waits, nor has for QUIET_SECONDS."""
        while self.waiting or time.monotonic() < self.ended_at + QUIET_SECONDS:
            time.sleep(PAUSE_SECONDS / 10)


class Kept:
    """Answers with a page as it was drawn before, as long as neither data nor boards have changed.

    dbt Charts takes a second to draw a page, whatever the data. Who asks for a page that is being
    drawn waits for it.
    """

    pages = 64

    def __init__(self, app: ASGIApp, visits: Visits) -> None:
        """Stand before the app, and note who waits."""
        self.app = app
        self.visits = visits
        self.drawn: OrderedDict[Asked, tuple[State, list[Message]]] = OrderedDict()
        self.drawing: defaultdict[Asked, asyncio.Lock] = defaultdict(asyncio.Lock)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request."""
        path = scope.get("path", "").strip("/")
        if scope.get("method") != "GET" or not (CHARTS / f"{path}.yml").is_file():
            await self.app(scope, receive, send)
            return
        is_ahead = AHEAD in scope["headers"]
        with nullcontext() if is_ahead else self.visits:
            messages = await self.page((path, scope["query_string"]), scope, receive)
        for message in messages:
            await send(message)

    async def page(self, asked: Asked, scope: Scope, receive: Receive) -> list[Message]:
        """Return a page as it was drawn before, or draw it."""
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
        return messages

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


def compiled_once(compile_file: Callable[..., CompileResult]) -> Callable[..., CompileResult]:
    """Compile a board once for all its pages, as long as neither data nor boards have changed.

    That is a third of what a page costs, and dbt Charts may draw one result as often as it likes.
    """
    kept: dict[str, tuple[State, CompileResult]] = {}

    def compile_or_keep(board: BoardFile, **options: bool) -> CompileResult:
        asked, state = f"{board.path.relpath} {options}", changed_at()
        if kept.get(asked, (None,))[0] != state:
            kept[asked] = (state, compile_file(board, **options))
        return kept[asked][1]

    return compile_or_keep


def boards() -> list[str]:
    """Return the boards by name, the one that is shown first in front."""
    return sorted((path.stem for path in board_files()), key=lambda name: name != FIRST)


def draw_ahead(ask: Callable[[str], None], visits: Visits) -> None:
    """Ask for each board once while nobody else does; stop where something changes."""
    state = changed_at()
    for board in boards():
        visits.wait_for_quiet()
        if changed_at() != state:
            return
        ask(board)


def keep_ahead(port: int, visits: Visits) -> None:
    """Draw all boards when the server has started, and whenever data or boards have changed."""
    seen: State = ()
    while True:
        time.sleep(PAUSE_SECONDS)
        with suppress(OSError):
            state = changed_at()
            if state != seen:
                draw_ahead(partial(ask_for, port), visits)
                seen = state


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
    # dbt Charts takes it from there for each page; where it does not, pages take longer.
    dbt_charts.core.compile.compile_file = compiled_once(dbt_charts.core.compile.compile_file)
    visits = Visits()
    setup.app.add_middleware(Kept, visits=visits)
    threading.Thread(target=keep_ahead, args=[int(sys.argv[1]), visits], daemon=True).start()
    setup.server.run()
    return 0 if setup.server.started else 1


if __name__ == "__main__":
    sys.exit(main())
