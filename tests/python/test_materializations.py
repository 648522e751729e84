"""On DuckDB a model is replaced by one statement, and by dbt's own where more is asked."""

from __future__ import annotations

import pytest
from harness import ROOT, BuildResult, Project

TABLE, VIEW = "int_engagement__tier_bands", "stg_engagement__tier_bands"
# The table reads the view.
BUILD = ("build", "--exclude-resource-type", "test", "unit_test", "--select", f"+{TABLE}")
CASES = """{{ config(post_hook="{{ 'select error(1)' if var('case', '') == 'hook fails' }}") }}
{% if var('case', '') == 'query fails' %}
select error(tier) as tier from {{ this }}
{% elif var('case', '') == 'reads itself' %}
select * from {{ this }} union all select * from {{ this }}
{% else %}
"""


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Project:
    """Build a table, which can do what is tested here, a view, and what they read."""
    built = Project(tmp_path_factory.mktemp("materializations"))
    model = built.folder / "models" / "scoring" / f"{TABLE}.sql"
    text = model.read_text(encoding="utf-8")
    model.write_text(f"{CASES}{text}{{% endif %}}\n", encoding="utf-8")
    built.build(ROOT / "sample_data" / "complete_journey", command=BUILD).expect_success()
    return built


def rebuild(project: Project, case: str = "") -> BuildResult:
    """Build the two models again."""
    return project.build(command=BUILD, variables={"case": case}, fresh=False)


def kinds(project: Project) -> dict[str, str]:
    """Return what the relations of the two models, and of names made from them, are."""
    with project.connect() as connection:
        found = connection.execute(
            "select table_name, table_type from information_schema.tables"
            f" where starts_with(table_name, '{TABLE}') or starts_with(table_name, '{VIEW}')"
        ).fetchall()
    return dict(found)


def test_relations_of_another_kind_are_replaced(project: Project) -> None:
    """A view where a table belongs, and a table where a view does, give way; nothing is left."""
    expected, rows = kinds(project), project.rows(TABLE)
    assert expected == {TABLE: "BASE TABLE", VIEW: "VIEW"}
    with project.connect(read_only=False) as connection:
        connection.execute(f"drop table {TABLE}; create view {TABLE} as select 1 as nothing")
        connection.execute(f"drop view {VIEW}; create table {VIEW} as select 1 as nothing")
    rebuild(project).expect_success()
    assert kinds(project) == expected
    assert project.rows(TABLE) == rows


@pytest.mark.parametrize("case", ["query fails", "hook fails"])
def test_failure_leaves_what_was_there(project: Project, case: str) -> None:
    """An error in the statement, or after it, loses no row."""
    before = kinds(project), project.rows(TABLE)
    failed = rebuild(project, case)
    assert [key for key, status in failed.statuses.items() if status == "error"] == [
        f"model.customer_engagement.{TABLE}"
    ]
    assert (kinds(project), project.rows(TABLE)) == before


def test_table_may_read_what_it_was(project: Project) -> None:
    """A query sees the rows of its own table as the last run left them."""
    number = len(project.rows(TABLE))
    rebuild(project, "reads itself").expect_success()
    assert len(project.rows(TABLE)) == 2 * number
