"""Each macro of `macros/cross_db` comes to what it has to; other engines run the same list."""

from __future__ import annotations

from pathlib import Path

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
