"""The server of the boards, without dbt Charts behind it."""

from __future__ import annotations

import asyncio
import itertools
import threading
from types import SimpleNamespace

import board_app
import board_server
import dbt_charts.core.compile
import pytest
from boards import board_files
from dbt_charts.cli.filesystem_project import FilesystemProject
from dbt_charts.core.serve import server


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

    headers: list[tuple[bytes, bytes]] = []

    async def ask(*queries: bytes) -> list[bytes]:
        async def one(query: bytes) -> bytes:
            told: list[dict] = []

            async def hear(message: dict) -> None:
                told.append(message)

            scope = {
                **{"method": "GET", "path": "/overview/", "query_string": query},
                "headers": headers,
            }
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

    visits = board_app.Visits()
    visits.ended_at = 0
    kept = board_app.Kept(draw, visits)
    asyncio.run(all_in_turn())
    assert not visits.waiting
    assert visits.ended_at > 0

    visits.ended_at = 0
    headers.append((b"sec-purpose", b"prefetch"))
    asyncio.run(ask(b""))
    assert visits.ended_at == 0, "to draw ahead is no visit"


def test_boards_are_drawn_ahead_while_nobody_waits(monkeypatch: pytest.MonkeyPatch) -> None:
    """All of them, the first one in front; not while a page is waited for, nor of old data."""
    monkeypatch.setattr(board_app, "QUIET_SECONDS", 0.3)
    visits = board_app.Visits()
    asked: list[str] = []
    states = itertools.chain([(1,)] * 4, itertools.repeat((2,)))
    monkeypatch.setattr(board_app, "changed_at", lambda: next(states))

    ahead = threading.Thread(target=board_app.draw_ahead, args=[asked.append, visits], daemon=True)
    with visits:
        ahead.start()
        ahead.join(0.5)
        assert not asked
    ahead.join(0.1)
    assert not asked, "somebody was here a moment ago"
    ahead.join(10)
    assert asked == board_app.boards()[:3]
    board_app.draw_ahead(asked.append, visits)
    assert asked[3:] == board_app.boards()
    assert asked[3] == "overview"
    assert set(asked) == {path.stem for path in board_files()}


def test_server_asks_for_boards_as_nobody_does(monkeypatch: pytest.MonkeyPatch) -> None:
    """The loop asks again once something has changed, and after a failure."""
    asked: list[int] = []
    states = iter([(1,), (1,), (2,), (2,)])

    def draw_ahead(_ask: object, _visits: object) -> None:
        asked.append(len(asked))
        if len(asked) == 1:
            raise OSError

    def changed_at() -> board_app.State:
        if (state := next(states, None)) is None:
            raise KeyboardInterrupt
        return state

    monkeypatch.setattr(board_app, "PAUSE_SECONDS", 0)
    monkeypatch.setattr(board_app, "draw_ahead", draw_ahead)
    monkeypatch.setattr(board_app, "changed_at", changed_at)
    with pytest.raises(KeyboardInterrupt):
        board_app.keep_ahead(1, board_app.Visits())
    assert asked == [0, 1, 2], "anew after the failure, anew after the change, else not"


def test_asking_before_the_server_answers_is_repeated() -> None:
    """It counts as a failure, so that boards are asked for again."""
    with pytest.raises(OSError, match="refused"):
        board_server.ask_for(board_server.free_port(), "overview")


def test_board_is_compiled_once_until_something_changes(monkeypatch: pytest.MonkeyPatch) -> None:
    """For each set of options, too."""
    numbers = itertools.count(1)
    compiled = board_app.compiled_once(lambda _board, **_options: next(numbers))
    first, second = (SimpleNamespace(path=SimpleNamespace(relpath=name)) for name in "ab")
    monkeypatch.setattr(board_app, "changed_at", lambda: (1,))
    assert [compiled(first), compiled(first), compiled(second)] == [1, 1, 2]
    assert [compiled(first, table=True), compiled(first)] == [3, 1]
    monkeypatch.setattr(board_app, "changed_at", lambda: (2,))
    assert [compiled(first), compiled(first)] == [4, 4]


def test_dbt_charts_compiles_where_it_can_be_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    """A page takes `compile_file` from the package each time, else nothing would be kept."""

    class Asked(Exception):
        """Says that it has been asked."""

    def compile_file(_board: object, **_options: object) -> None:
        raise Asked

    monkeypatch.setattr(dbt_charts.core.compile, "compile_file", compile_file)
    project = FilesystemProject(board_app.ROOT)
    with pytest.raises(Asked):
        server._render_board_file(
            project.path("charts/overview.yml"),
            variables={},
            project=project,
            adapter_registry=None,
            svg_store=None,
            clock=server.utc_now,
        )
