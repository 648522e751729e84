"""The models give what the reference implementation gives, table by table and row by row."""

from __future__ import annotations

import random
import uuid
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta, timezone
from decimal import Decimal
from functools import partial
from pathlib import Path

import duckdb
import polars as pl
import pytest
import reference
from harness import (
    KEYS,
    RELATION_COLUMNS,
    SCORING,
    CompiledProject,
    KeptCase,
    Mutation,
    Project,
    assert_same,
    differences,
    examples,
    to_frame,
    write_inputs,
)
from hypothesis import given
from reference import Inputs, Row, Rows, Tables
from strategies import Case, CaseMaker, RandomSource, Size, Styles, cases, seeded_case

# --- Whole dbt builds, and many small cases -------------------------------------------------------


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Project:
    """Return a project for whole builds."""
    return Project(tmp_path_factory.mktemp("against_reference"))


@pytest.mark.parametrize("seed", [1, 5, 8, 9])
def test_build_equals_reference(project: Project, seed: int) -> None:
    """One build carries hundreds of histories; dbt's own tests pass on them too.

    The last seed has four erasure requests.
    """
    inputs, seeds, settings = seeded_case(seed, customers=250, days=300, events=6000)
    expected = reference.build(inputs, seeds, settings)
    assert all(expected[table] for table in KEYS)
    project.build(inputs, seeds, settings, command=SCORING).expect_success()
    assert_same(expected, project.tables(), f"seed {seed}")


@given(case=cases())
@examples(60)
def test_models_equal_reference(compiled: CompiledProject, case: Case) -> None:
    """Small and strange cases, through the compiled SQL."""
    assert_same(reference.build(*case), compiled.run(*case))


# --- File formats ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "file_format", ["csv", "csv.gz", "json", "jsonl", "jsonl.gz", "ndjson", "parts"]
)
@pytest.mark.parametrize("seed", [2, 8, 19])
def test_file_formats(compiled: CompiledProject, seed: int, file_format: str) -> None:
    """A case means the same in each format; the seeds have times of each kind."""
    case = seeded_case(seed, customers=12, days=60, events=200)
    assert_same(reference.build(*case), compiled.run(*case, file_format=file_format))


def test_dbt_reads_the_formats_itself(project: Project) -> None:
    """What holds for the compiled SQL holds for a build: here from a folder of Parquet files."""
    case = seeded_case(8, customers=12, days=60, events=200)
    project.build(*case, file_format="parts", command=SCORING).expect_success()
    assert_same(reference.build(*case), project.tables())


@pytest.mark.parametrize("time_zone", ["America/New_York", "Asia/Kathmandu"])
def test_time_zone_of_the_session_does_not_matter(
    compiled: CompiledProject, time_zone: str
) -> None:
    """Instants and texts with an offset become UTC wherever the warehouse believes to be."""
    for seed in (2, 8, 19):
        case = seeded_case(seed, customers=12, days=60, events=200)
        assert_same(
            reference.build(*case), compiled.run(*case, time_zone=time_zone), f"seed {seed}"
        )


# --- Types of columns -----------------------------------------------------------------------------

ID_COLUMNS = ("event_id", "customer_id", "user_id", "alias_id")
TIME_COLUMNS = (
    "occurred_at",
    "loaded_at",
    "signed_up_at",
    "ended_at",
    "started_at",
    "requested_at",
)
PLAIN = Styles(
    numeric_ids=True,
    event_time="naive",
    loaded_at="naive",
    customer_time="naive",
    subscription_time="naive",
    quantity="decimal",
    flag="bool",
    ids=dict.fromkeys(
        ("events", "customers", "subscriptions", "aliases", "event_id", "user_id"), "int"
    ),
)
OFFSETS = (UTC, timezone(timedelta(hours=5, minutes=45)), timezone(-timedelta(hours=8)))


class PlainCaseMaker(CaseMaker):
    """Makes cases with whole numbers as ids, times without offsets, and an erasure of each kind."""

    def _styles(self) -> Styles:
        return PLAIN

    def _erasure_requests(self) -> Rows:
        named = ((self.roster[-1], None), (self.roster[-2], self.users[0]), (None, self.users[1]))
        return [
            {
                "customer_id": self._id("aliases", customer_id),
                "user_id": self._id("user_id", user_id),
                "requested_at": self._near_anchor(),
            }
            for customer_id, user_id in named
        ]


def to_whole_seconds(rows: Rows) -> Rows:
    """Return rows whose times are cut to the second."""
    return [
        {
            column: value.replace(microsecond=0) if isinstance(value, datetime) else value
            for column, value in row.items()
        }
        for row in rows
    ]


@dataclass(frozen=True)
class TypedCase:
    """A case with its compiled models, to be run with columns of other types."""

    inputs: Inputs
    case: Case
    expected: Tables


@pytest.fixture(scope="module")
def typed_case() -> TypedCase:
    """Return a case with ids from 1 up and times in whole seconds."""
    maker = PlainCaseMaker(RandomSource(random.Random(4)), Size(12, 60, 250))
    received, seeds, settings = maker.make()
    inputs = Inputs(**{name: to_whole_seconds(rows) for name, rows in vars(received).items()})
    return TypedCase(inputs, (inputs, seeds, settings), reference.build(inputs, seeds, settings))


Change = Callable[[pl.Expr], pl.Expr]


def cast_to(dtype: pl.DataType | type[pl.DataType]) -> Change:
    """Return what casts a column to a type."""
    return lambda column: column.cast(dtype)


def with_offsets(column: pl.Expr) -> pl.Expr:
    """Return times as text, with one of three offsets each, as different clients send them."""

    def write(moment: datetime) -> str:
        offset = OFFSETS[moment.second % len(OFFSETS)]
        return moment.replace(tzinfo=UTC).astimezone(offset).isoformat()

    return column.map_elements(write, return_dtype=pl.String)


TYPES: dict[str, tuple[tuple[str, ...], Change]] = {
    "ids as they are": (ID_COLUMNS, lambda column: column),
    "ids as doubles": (ID_COLUMNS, cast_to(pl.Float64)),
    "ids as floats": (ID_COLUMNS, cast_to(pl.Float32)),
    "ids as text": (ID_COLUMNS, cast_to(pl.String)),
    "ids as small numbers": (ID_COLUMNS, cast_to(pl.UInt16)),
    "ids as decimals": (ID_COLUMNS, cast_to(pl.Decimal(38, 0))),
    "ids as categories": (ID_COLUMNS, lambda column: column.cast(pl.String).cast(pl.Categorical)),
    "times in nanoseconds": (TIME_COLUMNS, cast_to(pl.Datetime("ns"))),
    "times in milliseconds": (TIME_COLUMNS, cast_to(pl.Datetime("ms"))),
    "instants": (TIME_COLUMNS, lambda column: column.dt.replace_time_zone("UTC")),
    "instants in nanoseconds": (
        TIME_COLUMNS,
        lambda column: column.dt.replace_time_zone("UTC").cast(pl.Datetime("ns", "UTC")),
    ),
    "instants elsewhere": (
        TIME_COLUMNS,
        lambda column: column.dt.replace_time_zone("UTC").dt.convert_time_zone("Asia/Tokyo"),
    ),
    "times as text": (TIME_COLUMNS, lambda column: column.dt.to_string("%Y-%m-%d %H:%M:%S")),
    "times as text with Z": (TIME_COLUMNS, lambda column: column.dt.to_string("%FT%TZ")),
    "times as text with offsets": (TIME_COLUMNS, with_offsets),
    "quantities as doubles": (("quantity",), cast_to(pl.Float64)),
    "quantities as text": (("quantity",), cast_to(pl.String)),
    "flags as whole numbers": (("is_internal",), cast_to(pl.Int8)),
    "flags as doubles": (("is_internal",), cast_to(pl.Float64)),
}


@pytest.mark.parametrize("change", list(TYPES))
def test_types_of_columns(compiled: CompiledProject, typed_case: TypedCase, change: str) -> None:
    """The same values in columns of other types give the same tables."""
    columns, expression = TYPES[change]
    folder = compiled.project.input_folder
    write_inputs(folder, Inputs())
    for name in filter(partial(getattr, typed_case.inputs), RELATION_COLUMNS):
        rows = getattr(typed_case.inputs, name)
        assert rows, name
        frame = to_frame(rows, tuple(rows[0]))
        here = [expression(pl.col(column)) for column in columns if column in frame.columns]
        frame.with_columns(here).write_parquet(folder / f"{name}.parquet")
    assert_same(typed_case.expected, compiled.run(folder, *typed_case.case[1:]), change)


def test_ids_as_uuids(compiled: CompiledProject, typed_case: TypedCase) -> None:
    """Ids of DuckDB's type UUID read as their text."""
    inputs = Inputs(
        **{name: [_to_uuids(row) for row in rows] for name, rows in vars(typed_case.inputs).items()}
    )
    folder = compiled.project.input_folder
    write_inputs(folder, inputs)
    for name in filter(partial(getattr, inputs), RELATION_COLUMNS):
        _cast_ids_to_uuid(folder / f"{name}.parquet")
    expected = reference.build(inputs, *typed_case.case[1:])
    assert_same(expected, compiled.run(folder, *typed_case.case[1:]))


def _to_uuids(row: Row) -> Row:
    """Return a row with its ids as the texts of UUIDs."""
    ids = {
        column: str(uuid.UUID(int=value))
        for column, value in row.items()
        if column in ID_COLUMNS and value is not None
    }
    return row | ids


def _cast_ids_to_uuid(path: Path) -> None:
    """Rewrite a Parquet file with its ids as UUIDs."""
    with duckdb.connect() as connection:
        connection.execute(f"create table received as from '{path}'")
        found = connection.execute("describe received").fetchall()
        for column in (row[0] for row in found if row[0] in ID_COLUMNS):
            connection.execute(f"alter table received alter {column} type uuid")
        connection.execute(f"copy received to '{path}'")


# --- The comparison can fail ----------------------------------------------------------------------

MUTATIONS = {
    "window_of_one_day_more": Mutation(
        "int_engagement__scorecard_days",
        "cast(-scorecards.window_days as bigint)",
        "cast(-scorecards.window_days - 1 as bigint)",
    ),
    "half_life_halved": Mutation(
        "int_engagement__scorecard_days",
        "/ cast(half_life_days as double)",
        "/ (cast(half_life_days as double) / 2)",
    ),
    "cap_ignored": Mutation(
        "int_engagement__points",
        "> daily_cap_per_user then",
        "> daily_cap_per_user + 1e9 then",
    ),
    "every_occurrence_counts_alike": Mutation(
        "int_engagement__points", "when saturation is null or", "when true or"
    ),
    "capped_before_it_is_saturated": Mutation(
        "int_engagement__points",
        "from measured )",
        "from (select * replace (least(amount, daily_cap_per_user) as amount) from measured) )",
    ),
    "below_zero_is_saturated_too": Mutation(
        "int_engagement__points",
        "or amount <= 0 then amount",
        "then amount when amount <= 0 then -saturation * ln(1 - amount / saturation)",
    ),
    "users_counted_by_events": Mutation(
        "int_engagement__points", "= 'users' then 1", "= 'users' then facts.event_count"
    ),
    "weight_ends_a_day_early": Mutation(
        "int_engagement__points",
        "between weights.counts_from and weights.counts_to",
        ">= weights.counts_from and facts.event_date < weights.counts_to",
    ),
    "negative_quantities_dropped": Mutation(
        "int_engagement__signed_events",
        "1 as events, quantity",
        "1 as events, greatest(quantity, 0) as quantity",
    ),
    "aliases_counted_apart": Mutation(
        "int_engagement__event_counts", "joint_ids.customer_id,", "joint_ids.received_id,"
    ),
    "ties_broken_by_last_customer": Mutation(
        "int_engagement__repeated_events",
        "occurred_at, received_customer_id,",
        "occurred_at, received_customer_id desc,",
    ),
    "erased_customers_kept": Mutation(
        "stg_engagement__events", "erased_customers.customer_id is not null or", ""
    ),
    "erased_users_kept": Mutation(
        "stg_engagement__events", "or erased_users.user_id is not null", ""
    ),
    "users_erased_nowhere_but_here": Mutation(
        "stg_engagement__events", "or erased_everywhere.user_id is not null", ""
    ),
    "erased_by_the_id_requested_alone": Mutation(
        "stg_engagement__erased_customers",
        "inner join erased on followed_16.customer_id = erased.customer_id",
        "inner join erased on false",
    ),
    "erased_users_by_the_id_requested_alone": Mutation(
        "stg_engagement__erased_users",
        "inner join followed_16 on present.customer_id = followed_16.customer_id",
        "inner join followed_16 on false",
    ),
    "erased_customers_listed": Mutation(
        "stg_engagement__customers", "and erased_customers.customer_id is null", ""
    ),
    "erased_customers_subscribed": Mutation(
        "stg_engagement__subscriptions", "and erased_customers.customer_id is null", ""
    ),
    "erased_rows_keep_their_ids": Mutation(
        "int_engagement__doubtful_events", "case when not is_erased then event_id end", "event_id"
    ),
    "erasure_comes_last": Mutation(
        "int_engagement__checked_events",
        "case when identified_events.is_erased then 'erased_customer'",
        "case when identified_events.event_id is null then 'missing_event_id'"
        " when identified_events.is_erased then 'erased_customer'",
    ),
    "last_loaded_row_counts": Mutation(
        "int_engagement__repeated_events",
        "loaded_at nulls last",
        "loaded_at desc nulls last",
    ),
    "first_row_is_a_duplicate_too": Mutation(
        "engagement_event_ledger", "load_rank > 1", "load_rank > 0"
    ),
    "event_on_as_of_rejected": Mutation(
        "int_engagement__checked_events",
        "identified_events.event_date > cast",
        "identified_events.event_date >= cast",
    ),
    "event_on_first_day_rejected": Mutation(
        "int_engagement__checked_events",
        "identified_events.event_date < cast",
        "identified_events.event_date <= cast",
    ),
    "name_of_a_derived_event_accepted": Mutation(
        "int_engagement__checked_events", "'active_minutes',", "'inactive_day',"
    ),
    "aliases_followed_once": Mutation(
        "stg_engagement__customer_aliases", "from followed_16", "from followed_1 as followed_16"
    ),
    "internal_customers_scored": Mutation(
        "int_engagement__customers", "where internal_customers.customer_id is null", ""
    ),
    "scored_one_day_more_after_the_end": Mutation(
        "int_engagement__customers", "cast(30 as bigint)", "cast(31 as bigint)"
    ),
    "subscription_that_ends_on_as_of_is_closed": Mutation(
        "int_engagement__customers",
        "subscriptions.ended_on >= as_of.as_of_date",
        "subscriptions.ended_on > as_of.as_of_date",
    ),
    "grace_of_one_day_more": Mutation(
        "int_engagement__inactive_days",
        "(active_date + cast(",
        "(active_date + interval 1 day + cast(",
    ),
    "session_ends_at_the_timeout": Mutation(
        "int_engagement__fresh_sessions", "< occurred_at", "<= occurred_at"
    ),
    "provisional_one_day_more": Mutation(
        "int_engagement__scorecard_customers",
        "cast(scorecards.window_days as bigint)",
        "cast(scorecards.window_days + 1 as bigint)",
    ),
    "score_cut_off_instead_of_rounded": Mutation(
        "engagement_scores_daily",
        "cast(cast(ces_unrounded as decimal(18, 10)) as decimal(18, 4))",
        "cast(trunc(ces_unrounded * 10000) / 10000 as decimal(18, 4))",
    ),
    "upper_bound_excluded": Mutation(
        "engagement_scores_daily",
        "> bands.lower_bound and scored.ces <= bands.upper_bound",
        ">= bands.lower_bound and scored.ces < bands.upper_bound",
    ),
    "percentile_without_ties": Mutation(
        "int_engagement__latest_scores", "count(*) over (partition by scorecard, ces)", "1"
    ),
    "nobody_is_no_user": Mutation(
        "int_engagement__latest_scores",
        "coalesce(event_counts.user_id, '')",
        "event_counts.user_id",
    ),
    "change_over_six_days": Mutation(
        "int_engagement__latest_scores", "cast(-7 as bigint)", "cast(-6 as bigint)"
    ),
    "drivers_of_one_day_more": Mutation(
        "engagement_drivers", "> readings.leaving_date", ">= readings.leaving_date"
    ),
    "rules_of_today_for_the_past": Mutation(
        "engagement_drivers", "spans.earlier_date between", "spans.later_date between"
    ),
    "volume_without_the_cap": Mutation(
        "engagement_drivers", "when amount > daily_cap_per_user", "when false"
    ),
    "rules_told_by_their_start_alone": Mutation(
        "engagement_drivers", "and rules.counts_to >= spans.later_date", ""
    ),
    "candidates_not_scored": Mutation(
        "int_engagement__scorecards", "('active', 'candidate')", "('active')"
    ),
    "retired_scorecards_scored": Mutation(
        "int_engagement__scorecards",
        "('active', 'candidate')",
        "('active', 'candidate', 'retired')",
    ),
    "other_ids_of_internal_customers_accepted": Mutation(
        "int_engagement__internal_ids",
        "inner join internal_customers on aliases.customer_id = internal_customers.customer_id",
        "inner join internal_customers on false",
    ),
    "rejected_rows_counted": Mutation(
        "int_engagement__signed_events",
        "where rejection_reason != 'erased_customer'",
        "where false",
    ),
    "duplicates_counted": Mutation(
        "int_engagement__signed_events", "where load_rank > 1", "where load_rank > 2"
    ),
    "duplicates_in_sessions": Mutation(
        "int_engagement__accepted_events", "where first_loaded_ids.event_id is null", ""
    ),
    "greatest_quantity_counts": Mutation(
        "int_engagement__received_counts", "sum(quantity)", "max(quantity)"
    ),
    "rejected_under_no_id": Mutation(
        "engagement_rejected_events", "received_customer_id as customer_id", "null as customer_id"
    ),
    "as_of_is_no_day": Mutation(
        "int_engagement__dates",
        "dates.date_day <= as_of.as_of_date",
        "dates.date_day < as_of.as_of_date",
    ),
    "first_day_of_an_event_is_its_last": Mutation(
        "int_engagement__customer_events", "min(event_date)", "max(event_date)"
    ),
    "weighted_events_reported": Mutation(
        "engagement_unweighted_events", "where weighted_events.event_name is null", ""
    ),
    "used_weights_reported": Mutation(
        "engagement_unused_weights", "where occurring_events.event_name is null", ""
    ),
}


def with_erasures(case: Case) -> Case:
    """Return a case that forgets every seventh id, a user of every seventh, and one everywhere."""
    inputs, seeds, settings = case
    received = [*inputs.events, *inputs.customers, *inputs.subscriptions]
    ids = sorted({reference.clean_text(row["customer_id"]) for row in received} - {None})
    users = sorted({reference.clean_text(row["user_id"]) for row in inputs.events} - {None})
    named = [
        *((customer_id, None) for customer_id in ids[::7]),
        *((customer_id, users[0]) for customer_id in ids[3::7]),
        (None, users[1]),
    ]
    requests = [
        {"customer_id": customer_id, "user_id": user_id, "requested_at": date(2024, 5, 1)}
        for customer_id, user_id in named
    ]
    return replace(inputs, erasure_requests=requests), seeds, settings


@pytest.fixture(scope="module")
def kept_cases(tmp_path_factory: pytest.TempPathFactory) -> list[tuple[KeptCase, Tables]]:
    """Return cases that agree, with what is expected of them.

    One has as_of alone, one first_day too, and one many erasure requests.
    """
    result = []
    one, other = (seeded_case(seed, customers=60, days=150, events=1200) for seed in (1, 5))
    for case in (one, other, with_erasures(one)):
        expected = reference.build(*case)
        kept = KeptCase(tmp_path_factory.mktemp("mutants"), case)
        assert_same(expected, kept.tables)
        result.append((kept, expected))
    return result


@pytest.mark.parametrize("mutation", list(MUTATIONS))
def test_comparison_catches(kept_cases: list[tuple[KeptCase, Tables]], mutation: str) -> None:
    """A mistake in one model shows as a difference in one of three cases."""
    for kept, expected in kept_cases:
        got = kept.mutated(MUTATIONS[mutation])
        if differences(expected, kept.tables | got, got):
            return
    pytest.fail(f"{mutation} went unnoticed")


DAY_SCORE = {
    "scorecard": "s",
    "customer_id": "c",
    "score_date": date(2024, 5, 1),
    "ces": Decimal("12.3457"),
    "ces_unrounded": Decimal("12.3456500001"),
    "tier": "low",
}


@pytest.mark.parametrize(
    ("changes", "columns"),
    [
        ({}, []),
        ({"ces_unrounded": Decimal("12.3456500002")}, []),
        ({"ces_unrounded": Decimal("12.3456500201")}, ["ces_unrounded"]),
        ({"ces": Decimal("12.3456")}, ["ces"]),
        ({"ces_unrounded": Decimal("12.3456499999"), "ces": Decimal("12.3456")}, []),
        ({"ces_unrounded": Decimal("12.3456499999"), "ces": Decimal("12.3455")}, ["ces"]),
        ({"ces_unrounded": Decimal("12.3456500002"), "tier": "high"}, ["tier"]),
        ({"customer_id": "d"}, ["the row", "the row"]),
    ],
)
def test_tolerance_is_narrow(changes: Row, columns: list[str]) -> None:
    """A billionth may be off, and the rounded score only where a tie is that near."""
    tables: list[dict[str, Rows]] = [{table: [] for table in KEYS} for _ in range(2)]
    tables[0]["engagement_scores_daily"] = [DAY_SCORE]
    tables[1]["engagement_scores_daily"] = [DAY_SCORE | changes]
    assert [found.column for found in differences(*tables)] == columns


def test_each_copy_of_a_row_counts() -> None:
    """Rejected rows may repeat; their number must be right too."""
    row = {"source": "events", "event_id": None, "reason": "missing_event_id"}
    tables: list[dict[str, Rows]] = [{table: [] for table in KEYS} for _ in range(2)]
    tables[0]["engagement_rejected_events"] = [row, row]
    tables[1]["engagement_rejected_events"] = [row]
    [found] = differences(*tables)
    assert (found.expected, found.got) == (2, 1)
