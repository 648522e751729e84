"""Serve the boards of charts/, stop the server, or write the boards into files.

    python scripts/boards.py serve [PORT]
    python scripts/boards.py stop
    python scripts/boards.py write [FOLDER]

All read a copy of the last build (ENGAGEMENT_DUCKDB_PATH, else engagement.duckdb), so that neither
waits for the other. `serve` starts a server apart from this process and prints its address; where
one runs already it gets the new data, or gives way if it serves another database. `write` renders
each board as one HTML file that needs nothing else and as PDF, into a folder in FOLDER (boards)
named like the database. Exit status: 0, or 1 with one sentence on what stands in the way.
"""

from __future__ import annotations

import contextlib
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import board_server
import duckdb
from board_data import CHARTS, BoardData, prepare
from board_data import FOLDER as DATA_FOLDER
from page import Unusable, chosen_database
from phone_page import phone_page

PORT = 8580
FOLDER = "boards"
# Asks a question of a server, so it is of no use as a file.
NEEDS_SERVER = {"find"}
LINK = re.compile(r' (?:xlink:)?href="/(\w+)/?(?:\?[^"]*)?"')


def serve(port: str) -> None:
    """Bring the data of the boards up to date, and a server that shows them."""
    number = port_of(port)
    database = chosen_database()
    data = prepare(database)
    served = str(data.database)
    server = board_server.running(record())
    if server is not None and (server.database, server.port) != (served, number):
        board_server.stop(record())
        server = None
    if server is None:
        server = board_server.start(record(), number, served, data.environment)
    print(f"The boards of {database} are at {server.address} (`make stop` ends that).")


def stop() -> None:
    """Stop the server, if there is one."""
    server = board_server.stop(record())
    if server is None:
        print("No boards are being served.")
    else:
        print(f"The boards at {server.address} are no longer served.")


@contextlib.contextmanager
def served() -> Iterator[str]:
    """Serve the boards on a free port for a while, and yield their address.

    Raises Unusable where boards are being served already: there is one server at a time.
    """
    if board_server.running(record()) is not None:
        raise Unusable("Boards are being served: end that first, by make stop.")
    port = board_server.free_port()
    serve(str(port))
    try:
        yield f"http://{board_server.HOST}:{port}/"
    finally:
        stop()


def write(folder: Path) -> None:
    """Render all boards of the database into the folder."""
    data = prepare(chosen_database())
    boards = [path for path in board_files() if path.stem not in NEEDS_SERVER]
    target = folder / data.folder.name
    target.mkdir(parents=True, exist_ok=True)
    render(data, boards, target)
    written = {path.stem for path in boards} | {"phone"}
    for path in boards:
        page = target / f"{path.stem}.html"
        page.write_text(
            with_local_links(page.read_text(encoding="utf-8"), written), encoding="utf-8"
        )
    page = with_local_links(phone_page(data.database), written)
    (target / "phone.html").write_text(page, encoding="utf-8")
    print(f"{len(boards)} boards are in {target}, as HTML and as PDF: begin with overview.html.")


def render(data: BoardData, boards: list[Path], target: Path) -> None:
    """Let dbt Charts draw the boards, in both formats at once."""
    processes = [
        subprocess.Popen(
            [
                *(Path(sys.executable).with_name("dct"), "render", *boards),
                *("--no-warnings", "--format", kind, "-o", target.resolve() / f"{{stem}}.{kind}"),
            ],
            cwd=CHARTS.parent,
            env={**os.environ, **data.environment},
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        for kind in ("html", "pdf")
    ]
    told = [process.communicate()[0] for process in processes]
    for process, text in zip(processes, told, strict=True):
        if process.returncode:
            raise Unusable(f"dbt Charts could not draw the boards: {text.strip()}")


def with_local_links(page: str, written: set[str]) -> str:
    """Let links between boards lead from file to file, and make those to other pages plain text."""
    return LINK.sub(
        lambda link: (
            f' href="{link[1]}.html"' if link[1] in written and link[1] != "customer" else ""
        ),
        page,
    )


def board_files() -> list[Path]:
    """Return the boards, in the order of their names."""
    return sorted(path for path in CHARTS.glob("*.yml") if path.name != "meta.yml")


def record() -> Path:
    """Return where it is written down what is being served."""
    return DATA_FOLDER / "server.json"


def port_of(text: str) -> int:
    """Read a port; raises Unusable where it is none."""
    if not text:
        return PORT
    if not text.isdecimal() or not 1024 <= int(text) <= 65535:
        raise Unusable(
            f"PORT is '{text}': name a number from 1024 to 65535, as in make serve PORT={PORT}."
        )
    return int(text)


def main(arguments: list[str]) -> int:
    """Do what the command line says; return the exit status."""
    command, value = (*arguments, "", "")[:2]
    try:
        if command == "serve":
            serve(value)
        elif command == "stop":
            stop()
        elif command == "write":
            write(Path(value or FOLDER))
        else:
            print(__doc__, file=sys.stderr)
            return 2
    except Unusable as problem:
        print(problem, file=sys.stderr)
        return 1
    except duckdb.Error as error:
        first = str(error).strip().partition("\n")[0]
        print(
            f"{chosen_database()} cannot be copied for the boards ({first}): build again.",
            file=sys.stderr,
        )
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
