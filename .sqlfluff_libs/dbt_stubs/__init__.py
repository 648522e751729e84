"""What dbt's Jinja offers and sqlfluff's jinja templater does not know.

Each public name below becomes a global of the Jinja context while `sqlfluff lint` renders a file
(see `library_path` in `.sqlfluff`). The project's own macros are the real ones, with their DuckDB
dispatch; dbt's are stand-ins that keep the column names and give SQL that DuckDB's grammar takes.
A name that is missing here shows up as a finding of the kind TMP: add it.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from types import SimpleNamespace
from typing import Any, NoReturn

import yaml
from jinja2 import Environment, pass_context
from jinja2.exceptions import TemplateRuntimeError
from jinja2.runtime import Context, Macro
from jinja2.utils import missing
from sqlfluff.core.templaters.builtins.dbt import MacroReturn

_PROJECT = Path(__file__).resolve().parents[2] / "dbt_project.yml"


class _Adapter:
    """The adapter of a DuckDB that holds nothing."""

    @pass_context
    def dispatch(self, context: Context, name: str, package: str | None = None) -> Callable:
        """Choose DuckDB's version of a macro, else the default one."""
        del package
        for prefix in ("duckdb", "default"):
            macro = context.resolve_or_missing(f"{prefix}__{name}")
            if macro is not missing:
                return macro
        raise TemplateRuntimeError(f"there is no macro duckdb__{name} or default__{name}")

    def get_relation(self, **_: str) -> None:
        """Find no relation."""

    def get_columns_in_relation(self, _: object) -> list[object]:
        """Find no columns."""
        return []

    def quote(self, name: str) -> str:
        """Quote a name."""
        return f'"{name}"'


class _Dbt:
    """The namespace `dbt`: a macro that is not below renders as a call of its own name."""

    def __getattr__(self, name: str) -> Callable[..., str]:
        if name.startswith("type_"):
            return lambda: {"string": "varchar", "int": "integer"}.get(name[5:], name[5:])
        if name in {"except", "intersect"}:
            return lambda: name
        return lambda *args, **named: f"{name}({', '.join(map(str, [*args, *named.values()]))})"

    def dateadd(self, datepart: str, interval: object, from_date_or_timestamp: str) -> str:
        """Add to a date."""
        return f"date_add({from_date_or_timestamp}, interval ({interval}) {datepart})"

    def datediff(self, first_date: str, second_date: str, datepart: str) -> str:
        """Count the days, or other parts, between two dates."""
        return f"date_diff('{datepart}', {first_date}, {second_date})"

    def date_trunc(self, datepart: str, date: str) -> str:
        """Cut a date to the start of a period."""
        return f"date_trunc('{datepart}', {date})"

    def last_day(self, date: str, datepart: str) -> str:
        """Find the last day of a period."""
        return f"last_day('{datepart}', {date})"

    def safe_cast(self, field: str, type: str) -> str:
        """Cast, or give null."""
        return f"try_cast({field} as {type})"

    def cast(self, field: str, type: str) -> str:
        """Cast."""
        return f"cast({field} as {type})"

    def concat(self, fields: list[str]) -> str:
        """Join texts."""
        return " || ".join(fields)

    def string_literal(self, value: str) -> str:
        """Quote a text."""
        return f"'{value}'"

    def escape_single_quotes(self, expression: str) -> str:
        """Double the quotes in a text."""
        return expression.replace("'", "''")

    def listagg(
        self,
        measure: str,
        delimiter_text: str = "','",
        order_by_clause: str = "",
        limit_num: int | None = None,
    ) -> str:
        """Join the texts of a group."""
        del limit_num
        return f"string_agg({measure}, {delimiter_text} {order_by_clause})"

    def generate_series(self, upper_bound: object) -> str:
        """Count from 1."""
        return f"select generated_number from numbers_up_to({upper_bound})"


@cache
def _variables() -> dict[str, Any]:
    """Read the project's variables."""
    return yaml.safe_load(_PROJECT.read_text(encoding="utf-8"))["vars"]


def var(name: str, default: object = None) -> object:
    """Return the default that dbt_project.yml gives a variable."""
    return _variables().get(name, default)


def env_var(name: str, default: str | None = None) -> str:
    """Return the default of an environment variable: linting must not depend on the machine."""
    return name.lower() if default is None else default


def run_query(_: str) -> NoReturn:
    """Refuse: nothing runs while `execute` is false."""
    raise TemplateRuntimeError("a query ran outside of `if execute`")


def log(*_: object, **__: object) -> str:
    """Say nothing."""
    return ""


def _raise_compiler_error(message: str) -> NoReturn:
    raise TemplateRuntimeError(message)


def _invoke(macro: Macro, *args: object) -> object:
    """Let `return` end the macro that it stands in, as in dbt, also within one file."""
    try:
        return _plain_invoke(macro, *args)
    except MacroReturn as returned:
        return returned.value


def _compile(environment: Environment, source: object, *args: object, **named: object) -> object:
    """Compile a macro file once, not twice for every file that is linted."""
    key = (source, args, tuple(named.items()))
    if not isinstance(source, str):
        return _plain_compile(environment, source, *args, **named)
    if key not in _compiled:
        _compiled[key] = _plain_compile(environment, source, *args, **named)
    return _compiled[key]


# This module is loaded once for each file that is linted: wrap Jinja's methods, never the wrappers.
_plain_invoke = getattr(Macro._invoke, "plain", Macro._invoke)
_invoke.plain = _plain_invoke
Macro._invoke = _invoke
_plain_compile = getattr(Environment.compile, "plain", Environment.compile)
_compiled: dict[object, object] = getattr(Environment.compile, "compiled", {})
_compile.plain, _compile.compiled = _plain_compile, _compiled
Environment.compile = _compile

adapter = _Adapter()
dbt = _Dbt()
exceptions = SimpleNamespace(raise_compiler_error=_raise_compiler_error, warn=log)
execute = False
flags = SimpleNamespace(WHICH="compile", FULL_REFRESH=False, EMPTY=False)
invocation_id = "00000000-0000-0000-0000-000000000000"
run_started_at = datetime(2000, 1, 1, tzinfo=UTC)
target = SimpleNamespace(
    name="duckdb", type="duckdb", database="engagement", dbname="engagement", schema="main"
)
