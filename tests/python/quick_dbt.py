"""Spares dbt, in this process, work that is the same for each of the many builds of the tests.

dbt makes Python of each template in each run, a message of each step for a log that nobody reads
here, and a reader of dates for each result; that takes a third of a build. What a build does to a
database is as it was; tests of the README's commands run dbt as it is.
"""

from __future__ import annotations

from functools import lru_cache
from types import CodeType
from typing import Any

import parsedatetime
from dbt_common.events.base_types import BaseEvent, DebugLevel, EventLevel
from dbt_common.events.event_manager import EventManager
from jinja2 import Environment

_COMPILED: dict[tuple[Any, ...], CodeType] = {}
_compile = Environment.compile
_fire_event = EventManager.fire_event


def quicken() -> None:
    """Keep what templates were made into, and leave out messages for the debug log."""
    parsedatetime.Constants = lru_cache(parsedatetime.Constants)  # type: ignore[misc]
    Environment.compile = _compile_once  # type: ignore[method-assign, assignment]
    EventManager.fire_event = _fire_unless_debug  # type: ignore[method-assign]
    DebugLevel.__init__ = _do_not_write  # type: ignore[method-assign]


def _compile_once(self: Environment, source: Any, *args: Any, **kwargs: Any) -> Any:  # noqa: ANN401
    """Return the code of a template of this kind of environment, made once for each text."""
    if not isinstance(source, str) or kwargs:
        return _compile(self, source, *args, **kwargs)
    key = (type(self), source, *args)
    if key not in _COMPILED:
        _COMPILED[key] = _compile(self, source, *args)
    return _COMPILED[key]


def _fire_unless_debug(
    self: EventManager,
    e: BaseEvent,
    level: EventLevel | None = None,
    *args: Any,  # noqa: ANN401
    **kwargs: Any,  # noqa: ANN401
) -> None:
    if (level or e.level_tag()) != EventLevel.DEBUG:
        _fire_event(self, e, level, *args, **kwargs)


def _do_not_write(self: DebugLevel, *args: Any, **kwargs: Any) -> None:  # noqa: ANN401
    """Make a message without text, as it is not to be read."""
