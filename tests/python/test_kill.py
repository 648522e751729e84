"""Runs that are killed at any moment: the next one makes up for them.

    KILLS=200 pytest tests/python/test_kill.py

Real processes get a real SIGKILL. `make test-kill` does it 200 times to runs of all that is kept
from run to run, and 20 times to runs of all models, which then keep what they have made where
nothing is new; `make test` does either once.
"""

from __future__ import annotations

import math
import os
import random
import subprocess
import sys
import time
from pathlib import Path

import pytest
from harness import Project, as_yaml, to_variables, write_inputs, write_seeds
from histories import Delivery, World
from test_incremental import HISTORY, RUN, assert_law, run

KILLS = int(os.environ.get("KILLS", "1"))
SEED = int(os.environ.get("KILL_SEED", "1"))
HISTORIES = 60


def prepare(project: Project, delivery: Delivery, what: tuple[str, ...]) -> list[str]:
    """Put a delivery where the project reads it, and return the command that builds it."""
    write_inputs(project.input_folder, delivery.inputs, "months")
    write_seeds(project.folder / "seeds", delivery.seeds)
    variables = {"input_path": str(project.input_folder)} | to_variables(delivery.settings)
    dbt = Path(sys.executable).with_name("dbt")
    return [
        *(str(dbt), "--quiet", *what),
        *("--profiles-dir", ".", "--vars", as_yaml(variables)),
    ]


def start(project: Project, command: list[str]) -> subprocess.Popen[bytes]:
    """Start dbt in a process of its own."""
    environment = os.environ | project.environment
    return subprocess.Popen(
        command,
        cwd=project.folder,
        env=environment,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )


@pytest.mark.timeout(0)  # 200 kills take an hour
@pytest.mark.parametrize(
    ("what", "wanted"),
    [
        pytest.param(HISTORY, KILLS, id="history"),
        pytest.param(RUN, math.ceil(KILLS / 10), id="all-models"),
    ],
)
def test_killed_runs_leave_the_next_one_right(
    tmp_path: Path, what: tuple[str, ...], wanted: int
) -> None:
    """However often and whenever runs are killed, a complete one gives what a rebuild does."""
    incremental, full = Project(tmp_path / "incremental"), Project(tmp_path / "full")
    chance = random.Random(SEED)
    world = World(SEED, HISTORIES)
    delivery = world.advance()
    command = prepare(incremental, delivery, what)
    began = time.monotonic()
    assert start(incremental, command).wait() == 0
    length = time.monotonic() - began
    kills = 0
    moments: list[float] = []
    while kills < wanted:
        for _ in range(chance.choice((1, 1, 2, 3))):
            delivery = world.advance()
            process = start(incremental, prepare(incremental, delivery, what))
            # Most of the first seconds are dbt's own start.
            moment = chance.uniform(0.3, 1.05) * length
            try:
                process.wait(timeout=moment)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
                kills += 1
                moments.append(round(moment, 1))
            if chance.random() < 0.5:
                delivery = world.advance()
        # The second has no news: it may keep only what is right.
        for _ in range(2 if what == RUN else 1):
            run(incremental, delivery, fresh=False, command=what)
        context = f"killed {kills} times, after {moments[-5:]} s"
        assert_law(incremental, full, delivery, context, what)
