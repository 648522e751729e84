"""Runs the project in a folder of its own and compares its tables with those of the reference.

`Project` is a copy of the project in a temporary folder with its own database, built by dbt in this
process. `CompiledProject` lets dbt compile the models and executes their SQL on an empty in-memory
database, which costs a tenth of a build; hooks, contracts and dbt's own tests do not run there.
`differences()` compares row by row and says where two sets of tables differ.
"""

from __future__ import annotations

import contextlib
import csv
import gzip
import hashlib
import json
import math
import os
import re
import shutil
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, fields, replace
from datetime import UTC, date, datetime
from decimal import Decimal
from functools import cached_property
from graphlib import TopologicalSorter
from pathlib import Path
from typing import Any
from unittest import mock

import duckdb
import polars as pl
import yaml
from dbt.adapters.duckdb.connections import DuckDBConnectionManager
from dbt.cli.main import dbtRunner, dbtRunnerResult
from dbt.contracts.graph.manifest import Manifest
from hypothesis import settings as hypothesis_settings
from reference import Inputs, Row, Rows, Seeds, Settings, nulls_last
from strategies import (
    ALIAS_COLUMNS,
    CUSTOMER_COLUMNS,
    ERASURE_COLUMNS,
    EVENT_COLUMNS,
    SUBSCRIPTION_COLUMNS,
    SURVEY_COLUMNS,
)

ROOT = Path(__file__).resolve().parents[2]
COPIED = (
    "models",
    "macros",
    "seeds",
    "analyses",
    "tests/generic",
    "tests/singular",
    "dbt_project.yml",
    "profiles.yml",
)
RELATION_COLUMNS = {
    "events": EVENT_COLUMNS,
    "customers": CUSTOMER_COLUMNS,
    "subscriptions": SUBSCRIPTION_COLUMNS,
    "customer_aliases": ALIAS_COLUMNS,
    "erasure_requests": ERASURE_COLUMNS,
    "survey_responses": SURVEY_COLUMNS,
}

KEYS: Mapping[str, tuple[str, ...]] = {
    "engagement_scores_daily": ("scorecard", "customer_id", "score_date"),
    "engagement_scores": ("scorecard", "customer_id"),
    "engagement_drivers": ("scorecard", "customer_id", "event_name"),
    "engagement_tier_changes": ("scorecard", "customer_id", "changed_on"),
    "engagement_event_ledger": ("event_date", "source"),
    "engagement_rejected_events": (),
    "engagement_unweighted_events": ("scorecard", "event_name"),
    "engagement_unused_weights": ("scorecard", "event_name"),
}
"""Table -> its key; a table without one is compared as a bag of rows."""

PROJECT_NAME = "customer_engagement"

INPUT_MODELS = {relation: f"input_engagement__{relation}" for relation in RELATION_COLUMNS}
"""Relation of the input contract -> the model that reads it."""

Schema = object
"""What an input model is compiled for, told apart by equality."""

PARSED_WITH = ("customer_columns", "input_database", "input_schema", "input_tables")
"""Variables that may change how the project parses; others leave a parsed project as it is."""

BUILD = ("build", "--exclude-resource-type", "unit_test")
"""Everything but the unit tests, which look at no input."""

ABOUT_SCORES = ("--exclude", "path:models/insights", "path:models/validation")
"""What is made anew from the scores in each run, and takes half of it."""

SCORING = (
    *BUILD,
    *("--indirect-selection", "cautious"),
    *("--select", *(f"+{table}" for table in KEYS)),
)
"""The tables of KEYS and all that they are made of, with the tests."""

COMPILE_FLAGS = (
    *("--indirect-selection", "empty", "--threads", "1"),
    "--no-populate-cache",
)

PLACEHOLDERS = {"as_of": "2345-06-07", "first_day": "1234-05-06"}
"""Variables that are dates -> the date that stands for them in SQL that is compiled once."""

PLACED_NUMBERS = {"inactivity_grace_days": 7_654_321, "session_timeout_minutes": 8_765_432}
"""Variables that are numbers -> the number that stands for them; the next one is one more."""

TOLERANCE = Decimal("1e-9")
SHARE_TOLERANCE = Decimal("1e-6")
HALF_STEP = Decimal("0.00005")
STEP = Decimal("0.0001")
MAX_SHOWN = 12


def examples(number: int) -> hypothesis_settings:
    """Return settings for so many cases, 20 times as many with HYPOTHESIS_PROFILE=thorough."""
    factor = 20 if os.environ.get("HYPOTHESIS_PROFILE") == "thorough" else 1
    return hypothesis_settings(max_examples=number * factor)


# --- Writing inputs and seeds ---------------------------------------------------------------------


def write_inputs(folder: Path, inputs: Inputs, file_format: str = "parquet") -> None:
    """Write the relations that have rows, and events always, as files in one format.

    Formats: parquet (typed), parts (a folder of Parquet files for each relation), months (parquet,
    and the events in a file for each month of loading), csv, csv.gz, jsonl, jsonl.gz, ndjson, and
    json (one array). A file that says what it said keeps the time at which it was written.
    """
    before = folder.with_name(f"{folder.name}_before")
    shutil.rmtree(before, ignore_errors=True)
    if folder.exists():
        folder.rename(before)
    folder.mkdir(parents=True)
    for name, columns in RELATION_COLUMNS.items():
        rows = getattr(inputs, name, [])
        if rows or name == "events":
            WRITERS[file_format](folder, name, rows, tuple(rows[0]) if rows else columns)
    for path in folder.rglob("*"):
        old = before / path.relative_to(folder)
        if old.is_file() and old.read_bytes() == path.read_bytes():
            shutil.copystat(old, path)
    shutil.rmtree(before, ignore_errors=True)


def to_frame(rows: Rows, columns: Sequence[str]) -> pl.DataFrame:
    """Return rows as typed columns; a column without any value is text."""
    series = {column: _to_series([row[column] for row in rows]) for column in columns}
    return pl.DataFrame(series)


def _to_series(values: list[Any]) -> pl.Series:
    kind = next((type(value) for value in values if value is not None), str)
    if kind is datetime and any(value is not None and value.tzinfo for value in values):
        instants = [None if value is None else value.astimezone(UTC) for value in values]
        return pl.Series(instants, dtype=pl.Datetime("us", "UTC"))
    return pl.Series(values, dtype=_POLARS_TYPES[kind])


_POLARS_TYPES = {
    str: pl.String,
    bool: pl.Boolean,
    int: pl.Int64,
    float: pl.Float64,
    Decimal: pl.Decimal(20, 4),
    date: pl.Date,
    datetime: pl.Datetime("us"),
}


def _write_parquet(folder: Path, name: str, rows: Rows, columns: Sequence[str]) -> None:
    to_frame(rows, columns).write_parquet(folder / f"{name}.parquet")


def _write_parts(folder: Path, name: str, rows: Rows, columns: Sequence[str]) -> None:
    """Write three files in nested folders, the second one with its columns in another order."""
    frame = to_frame(rows, columns)
    for number in range(3):
        part = folder / name / f"month=2024-{number:02}" / "data.parquet"
        part.parent.mkdir(parents=True)
        piece = frame[number::3]
        (piece.select(columns[::-1]) if number == 1 else piece).write_parquet(part)


def _write_months(folder: Path, name: str, rows: Rows, columns: Sequence[str]) -> None:
    """Write the events in a file for each month of loading, and one for those without."""
    if name != "events" or not rows:
        _write_parquet(folder, name, rows, columns)
        return
    (folder / name).mkdir()
    frame = to_frame(rows, columns)
    month = frame.get_column("loaded_at").dt.strftime("%Y-%m").fill_null("d'abans")
    for (label,), part in frame.group_by(month, maintain_order=True):
        part.write_parquet(folder / name / f"{label}.parquet")


def _write_csv(folder: Path, name: str, rows: Rows, columns: Sequence[str]) -> None:
    with (folder / f"{name}.csv").open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        writer.writerow(columns)
        writer.writerows([_as_text(row[column]) for column in columns] for row in rows)


def _compress(path: Path) -> None:
    """Put a file.gz in the place of a file."""
    path.with_name(f"{path.name}.gz").write_bytes(gzip.compress(path.read_bytes()))
    path.unlink()


def _write_csv_gz(folder: Path, name: str, rows: Rows, columns: Sequence[str]) -> None:
    _write_csv(folder, name, rows, columns)
    _compress(folder / f"{name}.csv")


def _write_jsonl(folder: Path, name: str, rows: Rows, columns: Sequence[str]) -> None:
    lines = [_to_json(row, columns) + "\n" for row in rows]
    (folder / f"{name}.jsonl").write_text("".join(lines), encoding="utf-8")


def _write_jsonl_gz(folder: Path, name: str, rows: Rows, columns: Sequence[str]) -> None:
    _write_jsonl(folder, name, rows, columns)
    _compress(folder / f"{name}.jsonl")


def _write_ndjson(folder: Path, name: str, rows: Rows, columns: Sequence[str]) -> None:
    """Write one object a line, leaving out what is missing."""
    lines = [_to_json(row, [c for c in columns if row[c] is not None]) + "\n" for row in rows]
    (folder / f"{name}.ndjson").write_text("".join(lines), encoding="utf-8")


def _write_json(folder: Path, name: str, rows: Rows, columns: Sequence[str]) -> None:
    objects = ",\n".join(_to_json(row, columns) for row in rows)
    (folder / f"{name}.json").write_text(f"[{objects}]", encoding="utf-8")


def _to_json(row: Row, columns: Iterable[str]) -> str:
    """Return one object; numbers stay numbers unless JSON has no word for them."""
    return json.dumps({column: _as_json(row[column]) for column in columns}, ensure_ascii=False)


def _as_text(value: object) -> object:
    """Return a value as a CSV file has it; whole floats end in `.0`, as pandas writes them."""
    if isinstance(value, date):
        return value.isoformat()
    return str(value).lower() if isinstance(value, bool) else value


def _as_json(value: object) -> object:
    if isinstance(value, float) and not math.isfinite(value):
        return str(value)
    if isinstance(value, date):
        return value.isoformat()
    return str(value) if isinstance(value, Decimal) else value


WRITERS: Mapping[str, Callable[[Path, str, Rows, Sequence[str]], None]] = {
    "parquet": _write_parquet,
    "parts": _write_parts,
    "months": _write_months,
    "csv": _write_csv,
    "csv.gz": _write_csv_gz,
    "json": _write_json,
    "jsonl": _write_jsonl,
    "jsonl.gz": _write_jsonl_gz,
    "ndjson": _write_ndjson,
}


def seed_columns(name: str) -> list[str]:
    """Return the columns of a shipped seed."""
    with (ROOT / "seeds" / f"{name}.csv").open(newline="", encoding="utf-8") as file:
        return next(csv.reader(file))


def shipped_rows(name: str) -> Rows:
    """Return the rows of a seed that the project ships with."""
    with (ROOT / "seeds" / f"{name}.csv").open(newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))


def shipped_seeds() -> Seeds:
    """Return the seeds that the project ships with."""
    return Seeds(**{seed.name: shipped_rows(seed.name) for seed in fields(Seeds)})


def all_seed_rows(seeds: Seeds) -> dict[str, Rows]:
    """Return the rows of every seed: those given, else those that the project ships with."""
    names = sorted(path.stem for path in (ROOT / "seeds").glob("*.csv"))
    given = {name: getattr(seeds, name, None) for name in names}
    return {name: shipped_rows(name) if rows is None else rows for name, rows in given.items()}


def write_seeds(folder: Path, seeds: Seeds) -> None:
    """Write the seeds' CSV files."""
    for name, rows in all_seed_rows(seeds).items():
        with (folder / f"{name}.csv").open("w", newline="", encoding="utf-8") as file:
            writer = csv.DictWriter(file, seed_columns(name), restval="")
            writer.writeheader()
            writer.writerows(rows)


def to_variables(settings: Settings) -> dict[str, Any]:
    """Return settings as the project's variables; the day of the run is dbt's own."""
    return {
        "as_of": settings.as_of or "",
        "first_day": settings.first_day,
        "inactivity_grace_days": settings.inactivity_grace_days,
        "session_timeout_minutes": settings.session_timeout_minutes,
        "customer_columns": list(settings.customer_columns),
    }


def as_yaml(variables: Mapping[str, Any]) -> str:
    """Return variables as people write them after `--vars`: dates without quotes."""
    return yaml.safe_dump(dict(variables), default_flow_style=True, allow_unicode=True)


# --- dbt in a folder of its own -------------------------------------------------------------------


@dataclass(frozen=True)
class BuildResult:
    """What a user sees of a dbt command."""

    success: bool
    messages: list[str]
    """The texts of all warnings and errors, in order."""
    statuses: dict[str, str]
    """Unique id of a node -> its status."""
    raw: dbtRunnerResult = field(repr=False)

    @property
    def text(self) -> str:
        """All messages as one text."""
        return "\n".join(self.messages)

    def expect_success(self) -> BuildResult:
        """Return itself, or fail with the messages."""
        assert self.success, f"dbt failed:\n{self.text or self.raw.exception}"
        return self


def release_database() -> None:
    """Close the file that dbt has held open in this process since its last run."""
    if DuckDBConnectionManager._ENV is not None:
        DuckDBConnectionManager._ENV.close()
    DuckDBConnectionManager.close_all_connections()


_PARSED: dict[str, Manifest] = {}
"""What was parsed in this process, by all that a parse hangs on; it takes as long as a build."""


class Project:
    """A copy of the project in a folder of its own, with its own database, target and logs."""

    def __init__(self, folder: Path, target: str = "duckdb") -> None:
        """Copy the project's files into the folder."""
        self.folder = folder.resolve()
        self.target = target
        self.is_strict = True
        # A line for each statement in a file costs a sixth of a build.
        self.log_flags: tuple[str, ...] = ("--log-level-file", "none")
        # Whether dbt writes what it knows and did into target/.
        self.writes_artifacts = False
        self.database = self.folder / "engagement.duckdb"
        self.input_folder = self.folder / "received"
        self.input_path: Path | None = None
        self._fingerprint = ""
        for name in COPIED:
            source, copy = ROOT / name, self.folder / name
            copy.parent.mkdir(parents=True, exist_ok=True)
            if source.is_dir():
                shutil.copytree(source, copy)
            elif source.exists():
                shutil.copy2(source, copy)

    @property
    def environment(self) -> dict[str, str]:
        """The environment variables that the profile reads."""
        return {"ENGAGEMENT_DUCKDB_PATH": str(self.database), "ENGAGEMENT_KEEP_OPEN": "true"}

    def build(  # noqa: PLR0913
        self,
        inputs: Inputs | Path | None = None,
        seeds: Seeds | None = None,
        settings: Settings | None = None,
        *,
        variables: Mapping[str, Any] | None = None,
        command: Sequence[str] = ("build",),
        fresh: bool = True,
        file_format: str = "parquet",
    ) -> BuildResult:
        """Write inputs and seeds and run a dbt command.

        Without inputs the last ones stay; without seeds the shipped ones are used. `fresh` removes
        the database first.
        """
        if fresh:
            self.remove_database()
        if isinstance(inputs, Inputs):
            write_inputs(self.input_folder, inputs, file_format)
            self.input_path = self.input_folder
        elif inputs is not None:
            self.input_path = inputs
        write_seeds(self.folder / "seeds", seeds or shipped_seeds())
        chosen = {
            **({"input_path": str(self.input_path)} if self.input_path else {}),
            **(to_variables(settings) if settings else {}),
            **(variables or {}),
        }
        return self.dbt(*command, variables=chosen)

    def dbt(self, *command: str, variables: Mapping[str, Any] | None = None) -> BuildResult:
        """Run a dbt command on what is there, parsing the project only where it must be."""
        chosen = dict(variables or {})
        if command[0] == "parse":
            return self._invoke(command, chosen, None)
        connected = sorted(name for name in chosen if name.endswith("_input") and chosen[name])
        settings = [*(chosen.get(name) for name in PARSED_WITH), connected]
        key = json.dumps([self.target, *settings, self._files(), self._parse_environment()])
        if key not in _PARSED:
            parsed = self._invoke(("parse",), chosen, None)
            if not parsed.success:
                return parsed
            # dbt cannot copy these, and nothing that is built refers to them.
            parsed.raw.result.disabled.clear()
            parsed.raw.result.saved_queries.clear()
            _PARSED[key] = parsed.raw.result
        is_compile = command[0] == "compile"
        manifest = _PARSED[key] if is_compile else _PARSED[key].deepcopy()
        for node in manifest.nodes.values():
            if node.resource_type == "seed":
                node.root_path = str(self.folder)
        return self._invoke(command, chosen, manifest)

    def forget_parsed(self) -> None:
        """Parse anew next time: to be called when files of the copy were changed."""
        self._fingerprint = ""

    def _files(self) -> str:
        """Return a fingerprint of the copy's files but the rows of seeds, which no parse reads."""
        if not self._fingerprint:
            places = [self.folder / name for name in COPIED]
            found = [path for place in places for path in (place, *sorted(place.rglob("*")))]
            contents = hashlib.sha256()
            for path in found:
                if path.is_file() and path.suffix != ".csv":
                    contents.update(f"{path.relative_to(self.folder)}\n".encode())
                    contents.update(path.read_bytes())
            self._fingerprint = contents.hexdigest()
        return self._fingerprint

    def _parse_environment(self) -> dict[str, str]:
        """Return what the environment says to a parse: of the database its name alone."""
        seeds = {"ENGAGEMENT_SEEDS": os.environ.get("ENGAGEMENT_SEEDS", "")}
        return seeds | self.environment | {"ENGAGEMENT_DUCKDB_PATH": self.database.name}

    def _invoke(
        self, command: Sequence[str], variables: Mapping[str, Any], manifest: Manifest | None
    ) -> BuildResult:
        messages: list[str] = []

        def listen(event: Any) -> None:  # noqa: ANN401
            if event.info.level in ("warn", "error") and event.info.msg.strip():
                messages.append(event.info.msg)

        arguments = [
            *(("--warn-error",) if self.is_strict else ()),
            *("--quiet", "--no-use-colors", "--no-version-check", *self.log_flags),
            *(() if self.writes_artifacts or command[0] == "parse" else ("--no-write-json",)),
            *command,
            *("--project-dir", str(self.folder), "--profiles-dir", str(self.folder)),
            *("--target", self.target, "--vars", as_yaml(variables)),
        ]
        with mock.patch.dict(os.environ, self.environment), contextlib.chdir(self.folder):
            raw = dbtRunner(manifest=manifest, callbacks=[listen]).invoke(arguments)
        release_database()
        if raw.exception is not None:
            messages.append(str(raw.exception))
        results = getattr(raw.result, "results", [])
        statuses = {result.node.unique_id: str(result.status) for result in results}
        return BuildResult(raw.success, messages, statuses, raw)

    def remove_database(self) -> None:
        """Remove the database, so that the next build starts cold."""
        for path in self.folder.glob(f"{self.database.name}*"):
            path.unlink()

    @contextlib.contextmanager
    def connect(self, read_only: bool = True) -> Iterator[duckdb.DuckDBPyConnection]:
        """Open the database."""
        with duckdb.connect(str(self.database), read_only=read_only) as connection:
            yield connection

    def rows(self, table: str) -> Rows:
        """Return the rows of a table as dicts, sorted by their columns from left to right."""
        with self.connect() as connection:
            return read_rows(connection, table)

    def tables(self, names: Iterable[str] = tuple(KEYS)) -> dict[str, Rows]:
        """Return the rows of several tables."""
        with self.connect() as connection:
            return {name: read_rows(connection, name) for name in names}

    def public_tables(self) -> list[str]:
        """Return the names of all public tables in the database."""
        with self.connect() as connection:
            return public_tables(connection)


def read_rows(connection: duckdb.DuckDBPyConnection, table: str) -> Rows:
    """Return the rows of a table as dicts, sorted by their columns from left to right."""
    result = connection.execute(f'select * from "{table}"')
    columns = [column[0] for column in result.description]
    return sort_rows(dict(zip(columns, row, strict=True)) for row in result.fetchall())


def sort_rows(rows: Iterable[Row]) -> Rows:
    """Return rows sorted by their columns from left to right, missing values last."""
    return sorted(rows, key=lambda row: nulls_last(*row.values()))


def public_tables(connection: duckdb.DuckDBPyConnection) -> list[str]:
    """Return the names of all relations that start with engagement_, sorted."""
    found = connection.execute(
        "select table_name from information_schema.tables"
        " where table_catalog = current_database() and table_schema = 'main'"
        " and starts_with(table_name, 'engagement_') order by table_name"
    ).fetchall()
    return [row[0] for row in found]


# --- The compiled SQL on an empty database --------------------------------------------------------


@dataclass(frozen=True)
class Model:
    """One compiled model."""

    name: str
    relation: str
    sql: str
    parents: tuple[str, ...]

    @property
    def read(self) -> set[str]:
        """The names of the models, seeds and sources that it is built on."""
        return {parent.rpartition(".")[2] for parent in self.parents}


@dataclass(frozen=True)
class Mutation:
    """A change of one model's compiled SQL: the text `old`, which must be there, becomes `new`.

    White space does not count in `old`.
    """

    model: str
    old: str
    new: str

    def apply(self, models: Sequence[Model]) -> list[Model]:
        """Return the models with the change made, wherever `old` is in the model."""
        pattern = re.compile(r"\s+".join(re.escape(word) for word in self.old.split()))
        original = next(model for model in models if model.name == self.model)
        sql = pattern.sub(lambda _: self.new, original.sql)
        assert sql != original.sql, f"{self.model} has no {self.old!r}:\n{original.sql}"
        return [replace(model, sql=sql) if model is original else model for model in models]


def to_model(node: Any) -> Model:  # noqa: ANN401
    """Return what dbt has compiled of one model."""
    parents = tuple(node.depends_on.nodes)
    return Model(node.name, node.relation_name, node.compiled_code, parents)


class CompiledProject:
    """The project's compiled SQL, executed model by model on an empty in-memory database."""

    def __init__(self, folder: Path) -> None:
        """Copy the project; nothing is ever built in its database."""
        self.project = Project(folder)
        self._compiled: dict[str, dict[str, Model]] = {}
        self._inputs: dict[tuple[Schema, ...], Model] = {}
        self._kept: set[str] = set()

    @cached_property
    def connection(self) -> duckdb.DuckDBPyConnection:
        """One connection for all cases; each case gets a database of its own in it.

        Files are not cached, since each case writes its own under the same names.
        """
        connection = duckdb.connect(":memory:", config={"threads": 1})
        connection.execute("set enable_external_file_cache = false")
        connection.execute("set preserve_insertion_order = false")
        return connection

    def compile(self, settings: Settings) -> list[Model]:
        """Compile for the inputs that are in place; return the models, parents first.

        Models that read no input depend on the settings alone and are compiled once for each; dates
        and numbers stand in the SQL as they are, so that one compilation serves for all of them.
        """
        dates = {name: str(getattr(settings, name) or "") for name in PLACEHOLDERS}
        placed = {name: placeholder for name, placeholder in PLACEHOLDERS.items() if dates[name]}
        variables = to_variables(settings) | placed | PLACED_NUMBERS
        values = {placeholder: dates[name] for name, placeholder in placed.items()} | {
            str(number + step): str(getattr(settings, name) + step)
            for name, number in PLACED_NUMBERS.items()
            for step in (0, 1)
        }
        pattern = re.compile("|".join(values))
        return [
            replace(model, sql=pattern.sub(lambda found: values[found[0]], model.sql))
            for model in self._compile({"input_path": str(self.project.input_path), **variables})
        ]

    def _compile(self, variables: Mapping[str, Any]) -> list[Model]:
        key = as_yaml(variables)
        known = self._compiled.get(key, {})
        # Of the variables, an input hangs on these alone.
        carried = tuple(variables.get("customer_columns", ()))
        place = self.project.input_path
        schemas = {name: (name, place, carried, schema) for name, schema in self._schemas().items()}
        unknown = [name for name, schema in schemas.items() if schema not in self._inputs]
        selected = unknown if known else ["resource_type:model"]
        if selected:
            command = ("compile", "--select", *selected, *COMPILE_FLAGS)
            result = self.project.dbt(*command, variables=variables).expect_success()
            fresh = {
                found.node.unique_id: to_model(found.node) for found in result.raw.result.results
            }
            known = self._compiled[key] = known | fresh
        models = dict(known)
        for name, schema in schemas.items():
            model_id = f"model.{PROJECT_NAME}.{name}"
            if name in unknown:
                self._inputs[schema] = known[model_id]
            models[model_id] = self._inputs[schema]
        order = TopologicalSorter({key: model.parents for key, model in models.items()})
        return [models[key] for key in order.static_order() if key in models]

    def _schemas(self) -> dict[str, Schema]:
        """Return input model -> names and types of its Parquet file's columns, None without a file.

        On these alone hangs what it compiles to. Of other files the content counts too, so that
        none of theirs is like another.
        """
        folder = self.project.input_path
        assert folder is not None
        if any(path.suffix != ".parquet" for path in folder.iterdir()):
            return {name: object() for name in INPUT_MODELS.values()}
        files = {name: folder / f"{relation}.parquet" for relation, name in INPUT_MODELS.items()}
        return {
            name: tuple(pl.read_parquet_schema(path).items()) if path.exists() else None
            for name, path in files.items()
        }

    def run(  # noqa: PLR0913
        self,
        inputs: Inputs | Path,
        seeds: Seeds,
        settings: Settings,
        *,
        file_format: str = "parquet",
        time_zone: str = "UTC",
        tables: Iterable[str] = tuple(KEYS),
    ) -> dict[str, Rows]:
        """Return the named tables of one case."""
        self.receive(inputs, file_format)
        return self.execute(self.compile(settings), seeds, time_zone, tables)

    def receive(self, inputs: Inputs | Path, file_format: str = "parquet") -> None:
        """Put inputs in place, or take those of a folder."""
        folder = self.project.input_folder
        if isinstance(inputs, Inputs):
            write_inputs(folder, inputs, file_format)
        self.project.input_path = folder if isinstance(inputs, Inputs) else inputs

    def execute(
        self,
        models: Sequence[Model],
        seeds: Seeds,
        time_zone: str = "UTC",
        tables: Iterable[str] = tuple(KEYS),
    ) -> dict[str, Rows]:
        """Execute what the named tables need on an empty database; return these tables.

        Views become tables too, which is quicker where each is read several times. Seeds that the
        case does not bring are the shipped ones.
        """
        self.attach(time_zone)
        try:
            self.create_tables(models, seeds, tables)
            return {name: read_rows(self.connection, name) for name in tables}
        finally:
            self.connection.execute("use memory")
            self.connection.execute(f"detach {self.project.database.stem}")

    def attach(self, time_zone: str = "UTC") -> None:
        """Go to an empty database by the name that stands in the SQL."""
        database = self.project.database.stem
        self.connection.execute(f"set TimeZone = '{time_zone}'")
        self.connection.execute(f"attach ':memory:' as {database}")
        self.connection.execute(f"use {database}")

    def create_tables(self, models: Sequence[Model], seeds: Seeds, tables: Iterable[str]) -> None:
        """Create what the named tables need, and these."""
        wanted = needed(models, tables)
        read = {parent for model in wanted for parent in model.parents}
        for name in sorted(key.rpartition(".")[2] for key in read if key.startswith("seed.")):
            self._load(name, getattr(seeds, name, None))
        for model in wanted:
            self.connection.execute(f"create table {model.relation} as {model.sql}")

    def _load(self, name: str, rows: Rows | None) -> None:
        """Load a seed; without rows, from the one copy of the shipped seed that is kept."""
        if rows is not None:
            _load_seed(self.connection, name, name, rows)
            return
        kept = f"memory.main.{name}"
        if name not in self._kept:
            _load_seed(self.connection, name, kept, shipped_rows(name))
            self._kept.add(name)
        self.connection.execute(f"create table {name} as from {kept}")


def needed(models: Sequence[Model], names: Iterable[str]) -> list[Model]:
    """Return the models of those names and all that they are built on, in the same order."""
    wanted = set(names)
    for model in reversed(models):
        if model.name in wanted:
            wanted |= model.read
    return [model for model in models if model.name in wanted]


class KeptCase:
    """A case whose tables are kept, so that a change of one model costs what hangs on it alone."""

    def __init__(
        self,
        folder: Path,
        case: tuple[Inputs, Seeds, Settings],
        tables: Iterable[str] = tuple(KEYS),
    ) -> None:
        """Compile and execute the case; `tables` is what is compared."""
        inputs, seeds, settings = case
        project = CompiledProject(folder)
        project.receive(inputs)
        self.models = needed(project.compile(settings), tables)
        self.connection = project.connection
        project.attach()
        project.create_tables(self.models, seeds, tables)
        self.tables = {name: read_rows(self.connection, name) for name in tables}

    def mutated(self, mutation: Mutation) -> dict[str, Rows]:
        """Return the tables that are others with a change in one model; what is kept stays."""
        changed = {mutation.model}
        self.connection.begin()
        try:
            for model in mutation.apply(self.models):
                if changed & {model.name, *model.read}:
                    changed.add(model.name)
                    self.connection.execute(f"drop table {model.relation}")
                    self.connection.execute(f"create table {model.relation} as {model.sql}")
            again = {name: read_rows(self.connection, name) for name in changed & set(self.tables)}
            return {name: rows for name, rows in again.items() if rows != self.tables[name]}
        finally:
            self.connection.rollback()


def _load_seed(connection: duckdb.DuckDBPyConnection, name: str, table: str, rows: Rows) -> None:
    """Create a seed's table as dbt does: all columns text, empty cells null."""
    columns = seed_columns(name)
    connection.execute(f"create table {table} ({', '.join(f'{c} varchar' for c in columns)})")
    values = [[row.get(column) or None for column in columns] for row in rows]
    if values:
        holes = ", ".join(f"({', '.join('?' * len(columns))})" for _ in values)
        flat = [cell for row in values for cell in row]
        connection.execute(f"insert into {table} values {holes}", flat)


# --- Comparison -----------------------------------------------------------------------------------


@dataclass(frozen=True)
class Difference:
    """One place where two sets of tables differ."""

    table: str
    key: tuple[object, ...]
    column: str
    expected: object
    got: object

    def __str__(self) -> str:
        """Return one readable line."""
        key = ", ".join(str(part) for part in self.key)
        return f"{self.table} [{key}] {self.column}: expected {self.expected!r}, got {self.got!r}"


def assert_same(expected: Mapping[str, Rows], got: Mapping[str, Rows], context: str = "") -> None:
    """Fail with a readable list where the tables differ from the reference's."""
    found = differences(expected, got)
    if found:
        counts = Counter(difference.table for difference in found)
        summary = ", ".join(f"{table}: {count}" for table, count in counts.items())
        lines = [f"{len(found)} differences ({summary}) {context}".rstrip()]
        lines += [f"  {difference}" for difference in found[:MAX_SHOWN]]
        raise AssertionError("\n".join(lines))


def differences(
    expected: Mapping[str, Rows], got: Mapping[str, Rows], tables: Iterable[str] = tuple(KEYS)
) -> list[Difference]:
    """Return where `got` differs from `expected`, in the columns that `expected` has.

    Everything must be equal but for figures that engines may compute in doubles: `ces_unrounded`
    and the points of drivers may differ by a billionth, and where that moves a score over the edge
    between two decimals of four places, it and what hangs on it may move by one step.
    """
    slack = moved_customers(expected["engagement_scores_daily"], got["engagement_scores_daily"])
    found: list[Difference] = []
    for table in tables:
        compare = _compare_keyed if KEYS.get(table) else _compare_bags
        found += compare(table, expected[table], got[table], slack)
    return found


Customer = tuple[object, object]
"""Scorecard and customer_id."""


def moved_customers(expected: Rows, got: Rows) -> set[Customer]:
    """Return the customers with a score next to a tie that fell on the other side of it."""
    by_key = {_key_of(row, KEYS["engagement_scores_daily"]): row for row in got}
    moved = set()
    for row in expected:
        other = by_key.get(_key_of(row, KEYS["engagement_scores_daily"]))
        if other is not None and other["ces"] != row["ces"] and is_moved(row, other):
            moved.add((row["scorecard"], row["customer_id"]))
    return moved


def is_moved(row: Row, other: Row) -> bool:
    """Whether two different roundings are explained by the tolerance of ces_unrounded."""
    value, tolerance = row["ces_unrounded"], tolerance_of(row["ces_unrounded"])
    distance = abs(abs(value) % STEP - HALF_STEP)
    return (
        value != other["ces_unrounded"]
        and abs(value - other["ces_unrounded"]) <= tolerance
        and distance <= tolerance
        and abs(row["ces"] - other["ces"]) <= STEP
    )


def tolerance_of(*values: Decimal | None) -> Decimal:
    """Return how much figures of that size may differ when they come from doubles."""
    return TOLERANCE * max([Decimal(1), *(abs(value) for value in values if value is not None)])


def _key_of(row: Row, key: Sequence[str]) -> tuple[object, ...]:
    return tuple(row[column] for column in key)


def _compare_bags(
    table: str, expected: Rows, got: Rows, slack: set[Customer]
) -> Iterator[Difference]:
    """Compare tables whose rows may repeat."""
    del slack
    columns = list(expected[0]) if expected else list(got[0]) if got else []
    counts = [Counter(_key_of(row, columns) for row in rows) for rows in (expected, got)]
    for row in sorted(counts[0].keys() | counts[1].keys(), key=lambda row: nulls_last(*row)):
        if counts[0][row] != counts[1][row]:
            yield Difference(table, row, "number of rows", counts[0][row], counts[1][row])


def _compare_keyed(
    table: str, expected: Rows, got: Rows, slack: set[Customer]
) -> Iterator[Difference]:
    """Compare tables row by row, found by key."""
    key = KEYS[table]
    left = {_key_of(row, key): row for row in expected}
    right = {_key_of(row, key): row for row in got}
    assert len(left) == len(expected), f"{table}: the reference repeats a key"
    if len(right) != len(got):
        repeated = Counter(_key_of(row, key) for row in got).most_common(1)[0]
        yield Difference(table, repeated[0], "number of rows", 1, repeated[1])
    for found in sorted(left.keys() | right.keys(), key=lambda key: nulls_last(*key)):
        is_slack = found[:2] in slack
        if found not in right or found not in left:
            if not (is_slack and table == "engagement_tier_changes"):
                sides = [side.get(found, "no such row") for side in (left, right)]
                yield Difference(table, found, "the row", *sides)
            continue
        for column, value in left[found].items():
            other = right[found].get(column, "no such column")
            if value != other and not _is_close(
                column, left[found], right[found], is_slack, bool(slack)
            ):
                yield Difference(table, found, column, value, other)


CLOSE_COLUMNS = {
    "ces_unrounded": ("ces_unrounded",),
    "points": ("points",),
    "points_28d_before": ("points_28d_before",),
    "points_change_28d": ("points", "points_28d_before"),
    "change_from_volume": ("points", "points_28d_before", "change_from_volume"),
    "change_from_weight": ("points", "points_28d_before", "change_from_weight"),
}
"""Columns that may come from doubles -> the columns whose size sets their tolerance."""

SCORE_OF = {
    "tier": "ces",
    "tier_rank": "ces",
    "to_tier": "ces",
    "to_tier_rank": "ces",
    "direction": "ces",
    "from_tier": "ces_before",
    "from_tier_rank": "ces_before",
}
"""Columns that say which tier a score is in -> that score."""

MOVING_COLUMNS = {
    "ces": 1,
    "ces_1_to_100": 1,
    "ces_7d_before": 1,
    "ces_28d_before": 1,
    "ces_before": 1,
    "ces_change_7d": 2,
    "ces_change_28d": 2,
}
"""Columns that hang on a rounded score -> the steps by which they may move with it."""


def _is_close(column: str, row: Row, other: Row, is_slack: bool, any_slack: bool) -> bool:
    """Whether two different values of a column are as good as equal."""
    if column in SCORE_OF:
        score = SCORE_OF[column]
        return is_slack and row[score] != other[score]
    if column == "ces_percentile":
        return any_slack
    value, got = row[column], other.get(column)
    if not isinstance(value, Decimal) or not isinstance(got, Decimal):
        return False
    return abs(value - got) <= _tolerance(column, row, is_slack)


def _tolerance(column: str, row: Row, is_slack: bool) -> Decimal:
    """Return how much two figures of a column may differ."""
    if column in CLOSE_COLUMNS:
        size = [row[name] for name in CLOSE_COLUMNS[column]]
        return len(size) * tolerance_of(*size)
    if column == "share_of_score":
        return SHARE_TOLERANCE + tolerance_of(row[column])
    return MOVING_COLUMNS.get(column, 0) * STEP if is_slack else Decimal(0)
