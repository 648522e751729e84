"""The process that serves the boards: dbt Charts' own server, and a page for phones beside it.

    python scripts/board_app.py PORT

Started by board_server.start(), with the environment that board_data.BoardData names.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path

from board_server import HOST
from dbt_charts.agent_api.serve import ServeSetup, prepare_serve
from dbt_charts.cli.filesystem_project import FilesystemProject
from phone_page import phone_page
from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response
from starlette.routing import Route

ROOT = Path(__file__).resolve().parent.parent


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
    setup.server.run()
    return 0 if setup.server.started else 1


if __name__ == "__main__":
    sys.exit(main())
