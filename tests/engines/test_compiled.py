"""What the project would say to warehouses that cannot be started here, looked at word by word.

dbt and the warehouse's real adapter build everything twice, once where nothing is there and once
where all tables of an earlier run are, with nobody at the other end (`engines/dry_run.py`). All
that they say (models of both branches, hooks, contracts, merges, tests, every macro of
`macros/cross_db`, and the trackers' tables) is parsed by the warehouse's grammar, and may use its
functions alone. That shows that it is SQL of that warehouse, not that it comes to the right
numbers.

    make test-compiled                            all warehouses
    pytest tests/engines/test_compiled.py -k trino
"""

from __future__ import annotations

import json
import logging
import re
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import duckdb
import pytest
import sqlglot
from expressions import write_check
from harness import RELATION_COLUMNS, ROOT, Project
from sqlglot import expressions as exp
from sqlglot.errors import ErrorLevel, ParseError
from test_lint_portable_sql import lint

from engines import ENVIRONMENTS, is_installed

FIXTURES = ROOT / "tests" / "connectors"
TRACKERS = ("segment", "rudderstack", "mixpanel", "amplitude", "posthog", "hubspot", "zendesk")
TRACKERS += ("stripe",)
ALIASES = {"mixpanel": "events", "amplitude": "events"}
"""Tracker -> the table that its files land in, where they are not called like it."""


@dataclass(frozen=True)
class Warehouse:
    """How a warehouse is asked, and what it knows beyond what all do."""

    environment: str
    profile: dict[str, Any]
    functions: str
    types: dict[str, str]
    settings: dict[str, str] = field(default_factory=dict)
    trackers: tuple[str, ...] = TRACKERS


TYPES = {"text": "varchar", "instant": "timestamp with time zone", "time": "timestamp"}
TYPES |= {"number": "decimal(18,4)", "id": "bigint", "nested": "json"}

WAREHOUSES = {
    "snowflake": Warehouse(
        "snowflake",
        {"account": "a", "user": "u", "password": "p", "database": "lake", "warehouse": "w"},
        "convert_timezone dateadd datediff get hash iff listagg parse_json regexp_like split_part "
        "split_to_table table to_json to_timestamp_ntz try_cast try_parse_json "
        "try_to_timestamp_ntz try_to_timestamp_tz",
        {**TYPES, "instant": "timestamp_tz", "time": "timestamp_ntz", "nested": "variant"},
    ),
    "bigquery": Warehouse(
        "bigquery",
        {"method": "oauth-secrets", "token": "x", "project": "lake"},
        "bignumeric current_timestamp date_diff datetime datetime_add datetime_diff "
        "datetime_trunc farm_fingerprint format is_nan json_query json_query_array json_value "
        "last_day options parse_json regexp_contains regexp_replace safe_cast safe_offset split "
        "string_agg strpos struct timestamp timestamp_add timestamp_micros timestamp_trunc to_hex "
        "to_json_string unnest",
        {**TYPES, "text": "string", "instant": "timestamp", "time": "datetime", "id": "int64"},
        trackers=(*TRACKERS, "ga4"),
    ),
    "redshift": Warehouse(
        "warehouses",
        {"host": "127.0.0.1", "port": 5439, "user": "u", "password": "p", "dbname": "dev"},
        "btrim char_length dateadd datediff distkey farmfingerprint64 "
        "json_extract_array_element_text json_extract_path_text json_serialize listagg split_part "
        "split_to_array sortkey try_cast",
        {**TYPES, "nested": "super"},
    ),
    "databricks": Warehouse(
        "databricks",
        {"host": "127.0.0.1", "http_path": "/sql/1", "token": "t", "catalog": "lake"},
        "array_join array_sort collect_list convert_timezone explode filter from_json "
        "get_json_object isnan last_day make_dt_interval map monotonically_increasing_id "
        "months_between sequence split split_part struct timestamp_micros timestampadd "
        "timestampdiff to_json transform try_cast unix_micros xxhash64 date datediff",
        {**TYPES, "text": "string", "instant": "timestamp", "time": "timestamp_ntz"}
        | {"nested": "struct<a:string>"},
        trackers=(*TRACKERS, "ga4"),
    ),
    "trino": Warehouse(
        "warehouses",
        {"method": "none", "host": "127.0.0.1", "port": 8080, "user": "u", "database": "lake"},
        "array_agg array_join date_add date_diff from_big_endian_64 from_unixtime_nanos hour "
        "is_nan json_extract json_extract_scalar json_format minute month regexp_like "
        "regexp_replace second split split_part timestamp to_hex to_milliseconds to_utf8 try "
        "try_cast unnest varchar with_timezone xxhash64 year last_day_of_month day",
        TYPES,
    ),
    "athena": Warehouse(
        "warehouses",
        {"s3_staging_dir": "s3://bucket/staging/", "s3_data_dir": "s3://bucket/data/"}
        | {"region_name": "eu-west-1", "database": "awsdatacatalog"}
        | {"aws_access_key_id": "a", "aws_secret_access_key": "b"},
        "array_agg array_join date_add date_diff from_big_endian_64 from_unixtime_nanos hour "
        "is_nan json_extract json_extract_scalar json_format minute month regexp_like "
        "regexp_replace second split split_part tblproperties timestamp to_hex to_milliseconds "
        "to_utf8 try try_cast unnest varchar with_timezone xxhash64 year last_day_of_month day",
        TYPES,
        {"table_type": "iceberg"},
    ),
}

EVERYWHERE = (
    "abs cast ceil chr coalesce count date_trunc decimal dense_rank exists exp first_value floor "
    "greatest lag last_value lead least length ln lower max md5 min mod nullif percent_rank "
    "position power rank replace round row_number sqrt stddev_samp substr substring sum translate "
    "trim upper"
)
"""Functions that all of them have."""

NO_FUNCTIONS = (
    "all and any as between by case cluster distinct else end except filter from group having in "
    "insert into is join like not on or order over partition select set then union using values "
    "when where with"
)
"""Words before a bracket that call nothing."""

NEVER = {
    *("distinct-on", "filter-clause", "group-by-all", "ignore-nulls", "order-by-all", "qualify"),
    *("range-frame", "recursive-cte", "star-except", "percentile", "max-by", "pivot", "asof"),
    "ilike",
}
"""Rules of the portable SQL that no macro has a reason to break for one of them."""

ADAPTERS_OWN = re.compile(r"\s*(optimize|show tblproperties|alter table \S+ change column) ", re.I)
"""Statements of dbt-databricks' own that sqlglot does not know."""

TOO_LONG = "maximum SQL statement complexity exceeded"
"""What Trino's validator, though not Trino, says of long statements; sqlglot alone parses them."""


@dataclass(frozen=True)
class Said:
    """What was said to a warehouse, in a first run and in a later one."""

    warehouse: str
    first: list[str]
    later: list[str]

    @property
    def all(self) -> list[str]:
        """All statements of both runs."""
        return [*self.first, *self.later]


def fixture_tables(tracker: str, types: dict[str, str]) -> dict[str, dict[str, str]]:
    """Return table -> column -> type of a tracker's fixtures."""
    tables: dict[str, dict[str, str]] = {}
    with duckdb.connect() as connection:
        for path in sorted((FIXTURES / tracker).rglob("*.*")):
            name = "events" if tracker == "ga4" else ALIASES.get(tracker, path.stem)
            reader = "read_csv" if path.suffix == ".csv" else "read_json"
            described = connection.execute(f"describe select * from {reader}('{path}')").fetchall()
            for column, kind, *_ in described:
                nested = kind.startswith(("STRUCT", "JSON", "MAP")) or kind.endswith("]")
                tables.setdefault(name.lower(), {})[column.lower()] = types[
                    "nested" if nested else "text"
                ]
    return tables


def input_tables(types: dict[str, str], *, typed: bool) -> dict[str, dict[str, str]]:
    """Return the tables of the input contract, with columns of text or of the types they hold."""
    kinds = {"quantity": "number", "mrr": "number", "score": "number", "user_id": "id"}
    found = {}
    for relation, columns in RELATION_COLUMNS.items():
        found[relation] = {
            column: types[
                "text"
                if not typed
                else "instant"
                if column in ("occurred_at", "requested_at")
                else "time"
                if column.endswith("_at")
                else kinds.get(column, "text")
            ]
            for column in columns
        }
    return found


def build_nowhere(name: str, folder: Path, *, exists: bool) -> list[str]:
    """Let a warehouse's adapter build, and return what it said."""
    warehouse = WAREHOUSES[name]
    project = Project(folder / ("later" if exists else "first"))
    write_check(project)
    output = {"type": name, "schema": "engagement", "threads": 1, **warehouse.profile}
    profile = {"customer_engagement": {"target": "nobody", "outputs": {"nobody": output}}}
    (project.folder / "profiles.yml").write_text(json.dumps(profile))
    settings = project.folder / "dbt_project.yml"
    added = "".join(f"    +{key}: {value}\n" for key, value in warehouse.settings.items())
    where = "    +materialized: table\n"
    assert where in settings.read_text()
    settings.write_text(settings.read_text().replace(where, where + added))
    sources = {"raw": input_tables(warehouse.types, typed=exists)}
    sources |= {name: fixture_tables(name, warehouse.types) for name in warehouse.trackers}
    request = {
        "adapter": name,
        "project": str(project.folder),
        "exists": exists,
        "sources": sources,
        "variables": {"input_path": "", **{f"{name}_input": name for name in warehouse.trackers}},
        "command": ["build", "--exclude-resource-type", "unit_test"],
        "output": str(project.folder / "statements.json"),
    }
    (project.folder / "request.json").write_text(json.dumps(request))
    python = ENVIRONMENTS / warehouse.environment / "bin" / "python"
    done = subprocess.run(
        [str(python), str(ROOT / "engines" / "dry_run.py"), str(project.folder / "request.json")],
        capture_output=True,
        text=True,
        check=False,
        cwd=project.folder,
    )
    assert done.returncode == 0, (done.stdout + done.stderr)[-6000:]
    return json.loads((project.folder / "statements.json").read_text())


@pytest.fixture(scope="module", params=WAREHOUSES)
def said(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Said:
    """Return what each warehouse was told, in turn."""
    name = request.param
    if not is_installed(WAREHOUSES[name].environment):
        pytest.skip(f"make engines has not installed {WAREHOUSES[name].environment}")
    folder = tmp_path_factory.mktemp(name)
    runs = (build_nowhere(name, folder, exists=exists) for exists in (False, True))
    return Said(name, *runs)


def parsed(statement: str, dialect: str) -> list[exp.Expression]:
    """Parse a statement, and fail where the dialect does not know it."""
    logging.getLogger("sqlglot").setLevel(logging.ERROR)
    try:
        trees = sqlglot.parse(statement, dialect=dialect, error_level=ErrorLevel.RAISE)
    except ParseError as error:
        raise AssertionError(f"{dialect} does not take\n{statement}\n{error}") from None
    return [tree for tree in trees if tree is not None]


def calls(statement: str) -> Iterator[str]:
    """Return the names of the functions that a statement calls."""
    text = re.sub(r"--[^\n]*|/\*.*?\*/", " ", statement.lower(), flags=re.DOTALL)
    text = re.sub(r"'(?:[^'\\]|''|\\.)*'|`[^`]*`|\"[^\"]*\"", "''", text)
    for found in re.finditer(r"(\b(?:as|into|table|view)\s+)?(?<![\w.$])([a-z_][\w.]*)\s*\(", text):
        if not found[1]:
            yield found[2]


def unknown_calls(statement: str, warehouse: str) -> set[str]:
    """Return the functions of a statement that a warehouse is not known to have."""
    known = f"{EVERYWHERE} {NO_FUNCTIONS} {WAREHOUSES[warehouse].functions}".split()
    return set(calls(statement)).difference(known)


def test_all_of_it_parses(said: Said) -> None:
    """Each statement is one of the warehouse's SQL, as far as its grammar is known."""
    for statement in (each for each in said.all if not ADAPTERS_OWN.match(each)):
        for tree in parsed(statement, said.warehouse):
            assert not isinstance(tree, exp.Command), statement


def test_bigquery_casts_to_no_decimal_of_so_many_digits(said: Said) -> None:
    """It refuses that, which sqlglot's grammar does not know."""
    if said.warehouse != "bigquery":
        pytest.skip("others take it")
    for statement in (each for each in said.all if not ADAPTERS_OWN.match(each)):
        assert not list(long_casts(statement)), statement


def long_casts(statement: str) -> Iterator[exp.Cast]:
    """Return the casts of a statement of BigQuery to a decimal of so many digits."""
    for tree in parsed(statement, "bigquery"):
        for cast in tree.find_all(exp.Cast):
            if cast.to.is_type("decimal", "bigdecimal") and cast.to.expressions:
                yield cast


def test_all_functions_are_known(said: Said) -> None:
    """No statement calls a function that the warehouse is not known to have."""
    found = {}
    for statement in said.all:
        for name in unknown_calls(statement, said.warehouse):
            found.setdefault(name, statement[:3000])
    assert not found, f"{sorted(found)}, as in\n{next(iter(found.values()))}"


def test_nothing_is_banned(said: Said) -> None:
    """What portable SQL does without is in no statement either."""
    for statement in said.all:
        hits = lint.lint_text(statement, Path("models/statement.sql"))
        # Some write listagg that way.
        found = [hit for hit in hits if hit.rule in NEVER and hit.found != "within group"]
        assert not found, f"{found}\n{statement}"


def test_both_branches_are_there(said: Said) -> None:
    """A first run creates each incremental model, and a later one adds to it."""
    incremental = [
        path.stem
        for path in (ROOT / "models").rglob("*.sql")
        if "materialized='incremental'" in path.read_text()
    ]
    assert len(incremental) > 15
    for model in incremental:
        created = re.compile(rf"\bcreate\b[^(]*\btable\b[^(]*\b{model}\b")
        added = re.compile(rf"\b(insert\s+into|merge\s+into)\b[^(]*\b{model}\b")
        assert any(created.search(statement) for statement in said.first), model
        assert any(added.search(statement) for statement in said.later), model


def test_trino_validates(said: Said, tmp_path: Path) -> None:
    """The validator of Trino's grammar takes all of it, functions and types included."""
    if said.warehouse not in ("trino", "athena"):
        pytest.skip("not of Trino's grammar")
    # Athena's statements with backquotes are Hive's.
    asked = [text for text in said.all if "`" not in text]
    assert len(asked) > 300
    (tmp_path / "asked.json").write_text(json.dumps(asked))
    script = (
        "import json, sys, trino_sql_validator as v\n"
        "for sql in json.load(open(sys.argv[1])):\n"
        "    r = v.validate(sql, jinja='reject')\n"
        "    print(json.dumps([str(r.error) if r.error else '', list(r.unknown_functions),"
        " list(r.unknown_types)]))\n"
    )
    python = ENVIRONMENTS / "warehouses" / "bin" / "python"
    done = subprocess.run(
        [str(python), "-c", script, str(tmp_path / "asked.json")],
        capture_output=True,
        text=True,
        check=True,
    )
    answers = [json.loads(line) for line in done.stdout.splitlines()]
    assert len(answers) == len(asked)
    assert sum(TOO_LONG in error for error, *_ in answers) < len(asked) / 20
    for statement, (error, functions, types) in zip(asked, answers, strict=True):
        assert not error or TOO_LONG in error, f"{error}\n{statement}"
        assert not functions, f"{functions}\n{statement}"
        assert not types, f"{types}\n{statement}"


def test_wrong_statements_are_found() -> None:
    """What these tests look for is seen where it is."""
    with pytest.raises(AssertionError, match="does not take"):
        parsed("select 1 union select 2", "bigquery")
    assert list(long_casts("select cast(a as bignumeric(9, 4)) from t"))
    assert not list(long_casts("select round(cast(a as bignumeric), 4) from t"))
    assert unknown_calls("select hashtextextended(a, 0) from t", "redshift") == {"hashtextextended"}
    assert not unknown_calls("select 'f(a)', count(*) from t -- g(b)", "redshift")
    assert not unknown_calls("insert into a.b (c) select sum(c) from d", "redshift")
    assert {
        hit.rule for hit in lint.lint_text("select a from t qualify 1 = 1", Path("m.sql"))
    } <= NEVER
