"""The server of the boards: start it, find it again, stop it.

One server at a time, on one port, so that there is one address to remember. What it serves stands
in target/boards/server.json. Nothing here needs more than the standard library.
"""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import NamedTuple
from urllib.error import HTTPError

from page import Unusable

SCRIPT = Path(__file__).resolve().with_name("board_app.py")
HOST = "localhost"
FIRST = "overview"
# What browsers say where nobody waits for the page.
PREFETCH = ("Sec-Purpose", "prefetch")
START_SECONDS = 60
STOP_SECONDS = 10
PAUSE = 0.1


class Running(NamedTuple):
    """A server, as it was started."""

    pid: int
    port: int
    database: str

    @property
    def address(self) -> str:
        """Where a browser finds it."""
        return f"http://{HOST}:{self.port}/"


def running(record: Path) -> Running | None:
    """Return the server that the record tells of, if it still runs."""
    try:
        told = Running(**json.loads(record.read_text(encoding="utf-8")))
    except (OSError, ValueError, TypeError):
        return None
    return told if is_ours(told.pid) else None


def is_ours(pid: int) -> bool:
    """Whether a process is a server of boards, and not another that has its number now."""
    told = subprocess.run(
        ["ps", "-o", "command=", "-p", str(pid)], capture_output=True, text=True, check=False
    ).stdout
    return SCRIPT.name in told and "<defunct>" not in told


def start(record: Path, port: int, database: str, environment: Mapping[str, str]) -> Running:
    """Start the server apart from this process and wait until it has drawn the first board.

    Raises Unusable where the port is taken or the server does not come up.
    """
    if is_taken(port):
        raise Unusable(
            f"Port {port} is in use by another program: choose another one, as in "
            f"make serve PORT={port + 1}."
        )
    log = record.with_name("server.log")
    log.parent.mkdir(parents=True, exist_ok=True)
    with log.open("wb") as output:
        process = subprocess.Popen(
            [sys.executable, str(SCRIPT), str(port)],
            cwd=SCRIPT.parent.parent,
            env={**os.environ, **environment},
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
            start_new_session=True,
        )
    server = Running(process.pid, port, database)
    record.write_text(json.dumps(server._asdict()), encoding="utf-8")
    deadline = time.monotonic() + START_SECONDS
    while not answers(server):
        if process.poll() is not None or time.monotonic() > deadline:
            process.kill()
            process.wait()
            record.unlink(missing_ok=True)
            raise Unusable(f"The boards could not be served: the reason is at the end of {log}.")
        time.sleep(PAUSE)
    # So that nobody else waits for what is only done once.
    with suppress(OSError):
        ask_for(port, FIRST, max(deadline - time.monotonic(), 1))
    return server


def ask_for(port: int, board: str, seconds: float | None = None) -> None:
    """Have a board drawn ahead, well or badly, for so long at most.

    Raises OSError where the server does not answer.
    """
    address = urllib.request.Request(f"http://{HOST}:{port}/{board}/", headers=dict([PREFETCH]))
    with suppress(HTTPError), urllib.request.urlopen(address, timeout=seconds) as page:
        page.read()


def stop(record: Path) -> Running | None:
    """Stop the server and wait for its end; return it, or nothing where none ran."""
    server = running(record)
    record.unlink(missing_ok=True)
    if server is None:
        return None
    for number in (signal.SIGTERM, signal.SIGKILL):
        try:
            os.kill(server.pid, number)
        except ProcessLookupError:
            break
        deadline = time.monotonic() + STOP_SECONDS
        while is_ours(server.pid) and time.monotonic() < deadline:
            time.sleep(PAUSE)
        if not is_ours(server.pid):
            break
    return server


def answers(server: Running) -> bool:
    """Whether it is this server that answers at the address."""
    try:
        with urllib.request.urlopen(server.address + "health", timeout=2) as response:
            return json.load(response).get("pid") == server.pid
    except (OSError, ValueError):
        return False


def free_port() -> int:
    """Return a port that nobody listens on."""
    with socket.socket() as found:
        found.bind((HOST, 0))
        return found.getsockname()[1]


def is_taken(port: int) -> bool:
    """Whether something listens on the port of this machine."""
    for family, address in ((socket.AF_INET, "127.0.0.1"), (socket.AF_INET6, "::1")):
        try:
            with socket.socket(family, socket.SOCK_STREAM) as probe:
                probe.settimeout(1)
                if probe.connect_ex((address, port)) == 0:
                    return True
        except OSError:
            continue
    return False
