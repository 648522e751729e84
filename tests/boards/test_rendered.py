"""The boards against the tables, without a browser."""

from __future__ import annotations

import asyncio
import difflib
import os
import subprocess
import sys
from pathlib import Path

import board_app
import pytest
from board_data import BoardData
from boards import board_files

ROOT = Path(__file__).resolve().parents[2]
GOLDEN = Path(__file__).with_name("golden")


def dct(data: BoardData, *arguments: str | Path) -> subprocess.CompletedProcess[str]:
    """Run dbt Charts on the copy."""
    return subprocess.run(
        [Path(sys.executable).with_name("dct"), *arguments],
        cwd=ROOT,
        env={**os.environ, **data.environment},
        capture_output=True,
        text=True,
        check=False,
    )


def test_boards_validate(data: BoardData) -> None:
    """Each query of each board is planned by the database that it reads."""
    found = dct(data, "validate", "charts/", "--warehouse")
    assert found.returncode == 0, found.stdout + found.stderr


def test_boards_say_what_they_said(
    data: BoardData, sample: str, pytestconfig: pytest.Config
) -> None:
    """Each board as text is the one in golden/; with --renew it becomes that."""
    written = data.folder.relative_to(ROOT) / "text"
    boards = board_files()
    drawn = dct(
        data, "render", *boards, "--no-warnings", "--format", "text", "-o", written / "{stem}.txt"
    )
    assert drawn.returncode == 0, drawn.stdout + drawn.stderr
    differences: list[str] = []
    for board in boards:
        text = (ROOT / written / f"{board.stem}.txt").read_text(encoding="utf-8")
        golden = GOLDEN / sample / f"{board.stem}.txt"
        if pytestconfig.getoption("renew"):
            golden.parent.mkdir(parents=True, exist_ok=True)
            golden.write_text(text, encoding="utf-8")
        before = golden.read_text(encoding="utf-8") if golden.exists() else ""
        differences += difflib.unified_diff(
            before.splitlines(), text.splitlines(), golden.name, "now", lineterm="", n=1
        )
    assert not differences, "\n".join(
        [*differences[:80], "If that is meant: make test-boards RENEW=1"]
    )


def test_page_is_kept_until_something_changes(monkeypatch: pytest.MonkeyPatch) -> None:
    """Drawn once for many that ask at a time, anew for another query and for changed data."""
    drawn: list[bytes] = []

    async def draw(scope: dict, receive: object, send: board_app.Send) -> None:
        drawn.append(scope["query_string"])
        number = len(drawn)
        await asyncio.sleep(0)
        status = 500 if scope["query_string"] == b"bad" else 200
        await send({"type": "http.response.start", "status": status, "headers": []})
        await send({"type": "http.response.body", "body": str(number).encode()})

    async def ask(*queries: bytes) -> list[bytes]:
        async def one(query: bytes) -> bytes:
            told: list[dict] = []

            async def hear(message: dict) -> None:
                told.append(message)

            scope = {"method": "GET", "path": "/overview/", "query_string": query}
            await kept(scope, hear, hear)
            return told[1]["body"]

        return list(await asyncio.gather(*map(one, queries)))

    async def all_in_turn() -> None:
        monkeypatch.setattr(board_app, "changed_at", lambda: (1,))
        assert await ask(b"", b"", b"tier=a") == [b"1", b"1", b"2"]
        assert await ask(b"", b"bad") == [b"1", b"3"]
        assert await ask(b"bad") == [b"4"]
        monkeypatch.setattr(board_app, "changed_at", lambda: (2,))
        assert await ask(b"", b"") == [b"5", b"5"]

    kept = board_app.Kept(draw)
    asyncio.run(all_in_turn())
