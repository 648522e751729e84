"""What all tests share: Hypothesis profiles and one compiled project for each process."""

from __future__ import annotations

import gc
import os

import pytest
from harness import CompiledProject
from hypothesis import HealthCheck, settings
from quick_dbt import quicken

# The tests choose the seeds themselves, whatever the shell has chosen.
os.environ.pop("ENGAGEMENT_SEEDS", None)

# dbt keeps millions of small objects: to look through them often costs a tenth of each build.
gc.set_threshold(200_000, 50, 100)
quicken()

SLOW = [HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.large_base_example]

settings.register_profile(
    "ci", deadline=None, derandomize=True, database=None, print_blob=True,
    suppress_health_check=SLOW,
)  # fmt: skip
settings.register_profile("thorough", deadline=None, print_blob=True, suppress_health_check=SLOW)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "ci"))


@pytest.fixture(scope="session")
def compiled(tmp_path_factory: pytest.TempPathFactory) -> CompiledProject:
    """Return a project whose compiled SQL runs on empty in-memory databases."""
    return CompiledProject(tmp_path_factory.mktemp("compiled"))
