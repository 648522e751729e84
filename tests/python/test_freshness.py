"""`dbt source freshness`: by load time, else by event time, whatever the format of the input."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from harness import Project

HEADER = "event_id,customer_id,event_name,occurred_at"


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Project:
    """Return a project that has not been built: freshness looks at the input alone."""
    return Project(tmp_path_factory.mktemp("freshness"))


@pytest.mark.parametrize(
    ("column", "age_hours", "is_fresh"),
    [("loaded_at", 1, True), ("loaded_at", 60, False), (None, 1, True), (None, 60, False)],
)
def test_freshness(project: Project, column: str | None, age_hours: int, is_fresh: bool) -> None:
    """36 hours without a load are a warning, and warnings are errors here."""
    latest = (datetime.now(UTC) - timedelta(hours=age_hours)).isoformat()
    folder: Path = project.folder / "received"
    folder.mkdir(exist_ok=True)
    text = f"{HEADER}\n1,a,login,{latest}\n2,a,login,2024-05-01\n"
    if column:
        text = f"{HEADER},{column}\n1,a,login,2024-05-01,{latest}\n"
    (folder / "events.csv").write_text(text)
    result = project.dbt("source", "freshness", variables={"input_path": str(folder)})
    assert result.success == is_fresh
    assert ("WARN freshness of engagement_input.events" in result.text) != is_fresh
