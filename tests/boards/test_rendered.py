"""The boards against the tables, without a browser."""

from __future__ import annotations

import difflib
import os
import subprocess
import sys
from pathlib import Path

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
