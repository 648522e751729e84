"""Run `dbt build` quietly, with one line on a terminal that says how far it is.

    python scripts/build.py [OPTIONS OF dbt build]

Warnings and errors are printed as dbt prints them. Exit status: that of dbt (0 all is well, 1
something failed, 2 nothing was built).
"""

from __future__ import annotations

import sys
import threading
import time
from collections.abc import Sequence
from typing import Any, TextIO

from dbt.cli.exceptions import DbtUsageException
from dbt.cli.main import dbtRunner

CLEAR_LINE = "\033[K"


class Progress:
    """The line that says how far a build is, rewritten each second and with each node."""

    def __init__(self, stream: TextIO) -> None:
        """Say nothing where nobody watches."""
        self.stream = stream
        self.begun = time.monotonic()
        self.place = ""
        self.over = threading.Event()
        self.ticker = threading.Thread(target=self.tick, daemon=True)

    def __enter__(self) -> Progress:
        """Start to count seconds."""
        if self.stream.isatty():
            self.ticker.start()
        return self

    def __exit__(self, *_: object) -> None:
        """Leave an empty line."""
        self.over.set()
        if self.stream.isatty():
            self.ticker.join()
            self.write("")

    def tick(self) -> None:
        """Write once a second."""
        while not self.over.wait(1):
            self.write(self.text())

    def heard(self, event: Any) -> None:  # noqa: ANN401
        """Look at what dbt tells while it runs."""
        if event.info.name == "LogStartLine":
            self.place = f"{event.data.index} of {event.data.total}"

    def text(self) -> str:
        """Say how far it is."""
        return f"  {self.place or 'reading the project'}, {time.monotonic() - self.begun:.0f} s"

    def write(self, text: str) -> None:
        """Replace the line."""
        self.stream.write(f"{CLEAR_LINE}{text}\r")
        self.stream.flush()


def build(arguments: Sequence[str]) -> int:
    """Build; return dbt's exit status."""
    with Progress(sys.stdout) as progress:
        result = dbtRunner(callbacks=[progress.heard]).invoke(["--quiet", "build", *arguments])
    if result.exception is None:
        return 0 if result.success else 1
    if isinstance(result.exception, DbtUsageException):
        print(result.exception, file=sys.stderr)
    return 2


if __name__ == "__main__":
    sys.exit(build(sys.argv[1:]))
