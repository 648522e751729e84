"""Runs sqlfluff's command line, and spares it work that is the same again and again.

For each file sqlfluff makes the project's macros anew, for each of five rules it lays the whole
file out anew, and its millions of small objects are looked through as often as Python does
otherwise; without that it takes half the time. What is kept of a file is kept for `lint` alone,
which changes nothing. Arguments are those of `sqlfluff`, and so is the status.
"""

from __future__ import annotations

import gc
import sys
from typing import Any

from sqlfluff.cli.commands import cli
from sqlfluff.core.templaters.jinja import JinjaTemplater
from sqlfluff.utils.reflow.sequence import ReflowSequence

_extract_macros = JinjaTemplater._extract_macros_from_path
_from_root = ReflowSequence.from_root
_macros: dict[object, dict[str, Any]] = {}
_last: list[tuple[object, object, ReflowSequence]] = []


def _macros_once(
    cls: type[JinjaTemplater],
    path: list[str],
    env: Any,  # noqa: ANN401
    ctx: dict[str, Any],
    **options: Any,  # noqa: ANN401
) -> dict[str, Any]:
    """Return the macros of a path: the same for each file once the same names are known."""
    key = (*path, frozenset(ctx))
    if key not in _macros:
        _macros[key] = _extract_macros(path, env, ctx, **options)
    return _macros[key]


def _layout_once(cls: type[ReflowSequence], root: Any, config: Any) -> ReflowSequence:  # noqa: ANN401
    """Return the layout of a file, which each rule reads and none changes."""
    if not _last or _last[0][0] is not root or _last[0][1] is not config:
        _last[:] = [(root, config, _from_root(root, config))]
    return _last[0][2]


def quicken() -> None:
    """Keep what is the same again."""
    gc.set_threshold(200_000, 50, 100)
    JinjaTemplater._extract_macros_from_path = classmethod(_macros_once)
    if sys.argv[1:2] == ["lint"]:
        ReflowSequence.from_root = classmethod(_layout_once)


# sqlfluff's processes import this file under a name of their own.
if __name__ in {"__main__", "__mp_main__"}:
    quicken()

if __name__ == "__main__":
    cli(prog_name="sqlfluff")
