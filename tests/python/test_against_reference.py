"""The models give what the reference implementation gives, table by table and row by row."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta, timezone
from decimal import Decimal
from pathlib import Path

import duckdb
import polars as pl
import pytest
import reference
from harness import (
    KEYS,
    CompiledProject,
    Model,
    Mutation,
    Project,
    assert_same,
    differences,
    examples,
    to_frame,
    write_inputs,
)
from hypothesis import given
from reference import Inputs, Row, Rows, Seeds, Settings, Tables
from strategies import (
    SHIPPED_BANDS,
    Case,
    CaseMaker,
    RandomSource,
    Size,
    Styles,
    cases,
    seeded_case,
)

RUN_DAY = date(2026, 12, 31)


# --- Whole dbt builds -----------------------------------------------------------------------------


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Project:
    """Return a project for whole builds."""
    return Project(tmp_path_factory.mktemp("against_reference"))


@pytest.mark.parametrize("seed", [1, 3, 11])
def test_build_equals_reference(project: Project, seed: int) -> None:
    """One build carries hundreds of histories; dbt's own tests pass on them too."""
    inputs, seeds, settings = seeded_case(seed, customers=250, days=300, events=6000)
    expected = reference.build(inputs, seeds, settings)
    assert all(len(expected[table]) > 5 for table in KEYS if table != "engagement_unused_weights")
    project.build(inputs, seeds, settings).expect_success()
    assert_same(expected, project.tables(), f"seed {seed}")


@given(case=cases())
@examples(120)
def test_models_equal_reference(compiled: CompiledProject, case: Case) -> None:
    """Generated cases, small ones and strange ones, through the compiled SQL."""
    assert_same(reference.build(*case), compiled.run(*case))
