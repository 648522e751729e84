"""Each macro of `macros/cross_db` comes to what it has to; other engines run the same list."""

from __future__ import annotations

from pathlib import Path

import pytest
from expressions import EXPRESSIONS, assert_expressions, explanation, write_check
from harness import Project


def test_expressions_on_duckdb(tmp_path: Path) -> None:
    """All expressions, and a wrong one is named."""
    project = Project(tmp_path)
    assert_expressions(project)
    EXPRESSIONS.append(("{{ exact_ratio('1', '4') }}", "1"))
    try:
        write_check(project)
        result = project.dbt(
            "test", "--select", "cross_db_expressions", variables={"input_path": ""}
        )
        assert not result.success
        assert explanation(result) == "{{ exact_ratio('1', '4') }} is not 1"
    finally:
        EXPRESSIONS.pop()


# Each column with its type and a value of a unit test; the texts are quoted as YAML's would be.
FIXTURE = {
    "name": ("character varying(256)", """it's "ñ" (so)"""),
    "Mixed_Case": ("integer", 3),
    "points": ("decimal(28,10)", -0.5),
    "day": ("date", "2026-02-01"),
    "is_new": ("boolean", False),
    "nothing": ("varchar", None),
    "empty": ("varchar", ""),
}
SAME_ROW = """
{{%- set row = {row} -%}}
{{%- set types = {types} -%}}
{{%- set dbts = dbt.format_row(row, types) -%}}
select 'columns' as what where {{{{ (format_row(row, types) | list) != (dbts | list) }}}}
{{%- for column, cell in format_row(row, types).items() %}}
union all
select '{{{{ column }}}}' where {{{{ cell.split() != dbts[column].split() }}}}
{{%- endfor %}}
"""


def test_rows_of_unit_tests_are_those_of_dbt(tmp_path: Path) -> None:
    """The quick way to a fixture's row says what dbt's own says, and refuses an unknown column."""
    project = Project(tmp_path)
    check = project.folder / "tests" / "singular" / "rows_are_those_of_dbt.sql"

    def text(known: dict[str, str]) -> str:
        row = {column: value for column, (_, value) in FIXTURE.items()}
        return SAME_ROW.format(row=row, types={name.lower(): kind for name, kind in known.items()})

    types = {column: kind for column, (kind, _) in FIXTURE.items()}
    command = ("test", "--select", check.stem)
    check.write_text(text(types), encoding="utf-8")
    result = project.dbt(*command, variables={"input_path": ""})
    assert result.statuses[f"test.customer_engagement.{check.stem}"] == "pass", result.text
    del types["points"]
    check.write_text(text(types), encoding="utf-8")
    project.forget_parsed()
    refused = project.dbt(*command, variables={"input_path": ""})
    assert not refused.success
    assert "Invalid column name: 'points'" in refused.text


BIGQUERY = {
    "select cast(a as bignumeric(18, 4)) as b": "select round(cast(a as bignumeric), 4) as b",
    "select safe_cast(f(a) as\n  bignumeric(9, 2)\n)": (
        "select round(safe_cast(f(a) as\n  bignumeric), 2)"
    ),
    "(cast(g(cast(a as bignumeric(9, 2)), 1)\n    as bignumeric(28, 10)) / 2)": (
        "(round(cast(g(round(cast(a as bignumeric), 2), 1)\n    as bignumeric), 10) / 2)"
    ),
    "cast('(' || `)` -- it's (\n as bignumeric(18, 4))": (
        "round(cast('(' || `)` -- it's (\n as bignumeric), 4)"
    ),
    r"cast('\'(' || /* ( */ a as bignumeric(18, 4))": (
        r"round(cast('\'(' || /* ( */ a as bignumeric), 4)"
    ),
    "create table t (a bignumeric(18, 4))": "create table t (a bignumeric(18, 4))",
    "select cast(a as string), (b)": "select cast(a as string), (b)",
}
"""What is written -> what BigQuery is told, which takes no decimal of so many digits in a cast."""

CLICKHOUSE = {
    "select cast(a as decimal(18, 4)) as b": (
        "select cast(round(accurateCastOrNull(a\n, 'Decimal(38, 10)'), 4) as decimal(18, 4)) as b"
    ),
    "(cast(f(a)  -- it's (\n as decimal(38, 4)\n))": (
        "(cast(round(accurateCastOrNull(f(a)  -- it's (\n, 'Decimal(76, 10)'), 4)\n"
        " as decimal(38, 4)\n))"
    ),
    "cast(cast(a as date) as text)": "cast(cast(a as Date32) as text)",
    "lag(f(a)) over (partition by b) + 1": "lag(toNullable(f(a))) over (partition by b) + 1",
    "lag(a, 2) over (order by b)": "lag(toNullable(a), 2) over (order by b)",
    "lead(f(a, 3)) over (order by b)": "lead(toNullable(f(a, 3))) over (order by b)",
    "count(*), count(a) over (order by (b))": (
        "toInt64(count(*)), toInt64(count(a) over (order by (b)))"
    ),
    "case when a then 1 else 0.5 end": "case when a then toInt8(1) else 0.5 end",
    "select a.b, f(a.c, a.d),\n-- it's\na.e\nfrom a group by a.b, a.e": (
        "select a.b as b, f(a.c, a.d),\n-- it's\na.e as e\nfrom a group by a.b, a.e"
    ),
    "select a is distinct from b, a.b from a": "select a is distinct from b, a.b as b from a",
    "select 'select a.b, (' || chr(9), a.b as c from a": (
        "select 'select a.b, (' || char(9), a.b as c from a"
    ),
}
"""What is written -> what ClickHouse is told; see its macro."""


@pytest.mark.parametrize(("engine", "told"), [("bigquery", BIGQUERY), ("clickhouse", CLICKHOUSE)])
def test_engines_are_told_what_they_take(engine: str, told: dict[str, str], tmp_path: Path) -> None:
    """What the engine refuses, or understands differently, is said otherwise; all else stays."""
    project = Project(tmp_path)
    check = project.folder / "tests" / "singular" / "engines_are_told.sql"
    check.write_text(
        f"{{%- for written, taken in {list(told.items())} -%}}\n"
        f"select '{{{{ loop.index }}}}' as n where {{{{ {engine}__as_taken(written) != taken }}}}\n"
        "{{ 'union all' if not loop.last }}\n{% endfor %}",
        encoding="utf-8",
    )
    result = project.dbt("test", "--select", check.stem, variables={"input_path": ""})
    assert result.success, result.text
