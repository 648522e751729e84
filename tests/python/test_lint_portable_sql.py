"""The lint against SQL that is not portable: what it catches, and what it leaves alone."""

from __future__ import annotations

import importlib.util
import subprocess
import sys
from pathlib import Path, PurePath
from types import ModuleType

import pytest

ROOT = Path(__file__).resolve().parents[2]
SCRIPT = ROOT / "scripts" / "lint_portable_sql.py"
MODEL = PurePath("models/scoring/scores.sql")


def load_script() -> ModuleType:
    """Import the script, which is no part of a package."""
    spec = importlib.util.spec_from_file_location(SCRIPT.stem, SCRIPT)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module


lint = load_script()

# (rule, a snippet that is caught, a near miss that is not)
CASES = [
    ("cast-operator", "select a::int from t", "select 'a::int', cast(a as int) from t"),
    ("cast-operator", "select {{ x }}::date", "select {{ f('a::date') }}"),
    ("try-cast", "select try_cast(a as int)", "select {{ dbt.safe_cast('a', 'int') }}"),
    ("try-cast", "select safe_cast(a as int)", "select try_cast_count"),
    ("qualify", "select a from t qualify 1 = 1", "select 'qualify', t.qualify -- qualify"),
    ("qualify", "select a from t\nQUALIFY rn = 1", "{# qualify #} select qualify_day from t"),
    ("group-by-all", "select a from t group by all", "select a from t group by all_of_it"),
    ("group-by-all", "select a group  by\n ALL", "select a union all select b"),
    ("union", "select 1 union select 2", "select 1 union all select 2"),
    ("union", "select 1 union distinct select 2", "select 1 {{ union_distinct() }} select 2"),
    ("order-by-all", "select a from t order by all", "select a from t order by a -- by all"),
    ("star-except", "select * exclude (a) from t", "select count(*) from t"),
    ("star-except", "select t.* replace (1 as a) from t", "select a * replace(b, 'x', '') from t"),
    ("star-except", "select * except (a) from t", "select * from t {{ dbt.except() }} (select 1)"),
    ("filter-clause", "select sum(a) filter (where b) from t", "select filter from t where (b)"),
    ("filter-clause", "select count(*) filter(b > 1)", "select 'sum(a) filter (where b)'"),
    ("percentile", "percentile_cont(0.5) within group (order by a)", "{{ percentile('a', 0.5) }}"),
    ("percentile", "select mode() within group (order by a)", "select within, percentile_disc"),
    ("percentile", "select median(a) from t", "select median_points from t -- median(a)"),
    ("max-by", "select max_by(a, b) from t", "select max(a) as max_by from t"),
    ("max-by", "select arg_min(a, b) from t", "select arg_min from t"),
    ("distinct-on", "select distinct on (a) a from t", "select 1 where a is distinct from b"),
    ("distinct-on", "select distinct\non (a) a", "select distinct on_time from t"),
    ("recursive-cte", "with recursive a as (select 1)", "with recursive_a as (select 1)"),
    ("series", "select 1 from generate_series(1, 9)", "{{ dbt.generate_series(9) }}"),
    ("series", "select 1 from a, range(9)", "{% for i in range(9) %} a {% endfor %} t.range"),
    ("ignore-nulls", "lag(a ignore nulls) over (order by b)", "select 'ignore nulls', nulls"),
    ("ignore-nulls", "lag(a respect nulls) over (order by b)", "over (order by b nulls last)"),
    (
        "range-frame",
        "sum(a) over (order by d range between 6 preceding and current row)",
        "sum(a) over (order by d rows between 6 preceding and current row)",
    ),
    ("range-frame", "over (order by d range unbounded preceding)", "where t.range between 1 and 2"),
    ("quoted-name", 'select "a" from t', 'select \'"a"\' from {{ ref("t") }} -- "a"'),
    ("quoted-name", "select `a` from t", "select '`a`' from t {# `a` #}"),
    (
        "non-equi-join",
        "select 1 from a left join b on a.d < b.d where c",
        "select 1 from a inner join b on a.d < b.d",
    ),
    (
        "non-equi-join",
        "select 1 from a left join b on a.id = b.id and a.d between b.f and b.u",
        "select 1 from a left join b on a.id = b.id and b.n between 1 and 3 where a.d < b.d",
    ),
    (
        "non-equi-join",
        "select 1 from a full outer join b on a.id = b.id and a.d <> b.d",
        "select 1 from a full outer join b using (id) where a.d <> b.d",
    ),
    (
        "non-equi-join",
        "select 1 from a left join b on b.id in (a.id, '*')",
        "select 1 from a left join b on lower(b.id) = coalesce(a.id, '*')",
    ),
    (
        "non-equi-join",
        "select 1 from a right join b on true",
        "select right(a, 1), left(b, 2) from a right join b on {{ same_customer('a', 'b') }}",
    ),
    (
        "non-equi-join",
        "left join b on a.id = b.id and a.d <= {{ dbt.dateadd('day', 7, 'b.d') }}",
        "left join b on a.id = b.id and a.d <= {{ dbt.dateadd('day', 7, 'a.e') }}",
    ),
    (
        "non-equi-join",
        "with x as (select 1 from a left join b on a.d >= b.d), y as (select 1)",
        "with x as (select 1 from a left join b on a.d = b.d), y as (select 1 where a.d > b.d)",
    ),
    ("day-of-week", "select extract(dow from d)", "select extract(day from d)"),
    ("day-of-week", "select date_part('isodow', d)", "select 'extract(dow from d)', dow"),
    ("day-of-week", "select dayofweek(d)", "select dayofweek from t"),
    ("regexp-replace", "regexp_replace(a, 'x+', '')", "regexp_replace(a, '^x+', '')"),
    ("regexp-replace", "regexp_replace(a, '^x|y$', '')", "regexp_replace(f(a, b), '(x|y)$', '')"),
    ("regexp-replace", "regexp_replace(a, pattern, '')", "select 'regexp_replace(a, b, c)'"),
    ("hash", "select md5(a)", "select {{ dbt.hash('a') }} as md5, 'md5(a)'"),
    ("string-agg", "select string_agg(a, ',')", "select string_agg from t"),
    ("string-agg", "select listagg(a)", "{{ dbt.listagg('a', \"','\", 'order by a') }}"),
    (
        "string-agg",
        "select {{ dbt.listagg('a', \"','\") }}",
        "select {{ dbt.listagg('a', order_by_clause='order by a') }}",
    ),
    (
        "datediff-hours",
        "select {{ dbt.datediff('a', 'b', 'hour') }}",
        "select {{ dbt.datediff('a', 'b', 'day') }}, {{ dbt.dateadd('hour', 1, 'a') }}",
    ),
    (
        "datediff-hours",
        "{{ datediff(first_date='a', second_date=f('b', 'c'), datepart='minute') }}",
        "{{ datediff(f('hour'), \"date_trunc('hour', b)\", 'week') }}",
    ),
    ("date-function", "select datediff('day', a, b)", "select '-- datediff(', a as datediff"),
    ("greatest-least", "select greatest(a, b)", "select max(a) as greatest"),
    ("greatest-least", "select least(a, b)", "select '{{ x }} least(a, b)', least"),
    ("round", "select round(a, 4)", "select {{ engagement_round('a') }}, around(a), round"),
    ("asof", "select 1 from a asof join b using (d)", "select as_of from t /* asof join */"),
    ("trailing-comma", "select a, b, from t", "select a, b from t"),
    ("trailing-comma", "with a as (select 1), select 1", "with a as (select 1), b as (select 1)"),
    (
        "trailing-comma",
        "select {% for c in cs %}{{ c }}, {% endfor %} from t",
        "select {% for c in cs %}{{ c }}{% if not loop.last %},{% endif %}{% endfor %} from t",
    ),
    (
        "trailing-comma",
        "select a, {% if x %} b, {% endif %} from t",
        "{% macro a() %} b, {% endmacro %} {% macro c() %} select 1 {% endmacro %}",
    ),
    ("trailing-comma", "where a in ('x', )", "where a in ('x', '{{ y }}') -- , )"),
    ("division", "select a / b", "select '/', {{ 1 / 2 }}, {{ ratio('a', 'b') }} /* a / b */"),
    ("floor-division", "select a // b", "select 'http://x' -- //"),
    ("clock", "where d < current_date", "where d < {{ as_of() }} -- current_date"),
    ("clock", "select now(), 1", "select now, 'now()' from t"),
    ("clock", "select getdate()", "select current_dates, '{{ run_started_at }}'"),
    ("clock", "select {{ dbt.current_timestamp() }}", "select {{ f('the current_date is no') }}"),
    ("clock", "{{ dbt.datediff('a', 'current_date', 'day') }}", "{# current_date #} {{ today }}"),
    ("clock", "{% set x = modules.datetime.datetime.now() %}", "{% set now = 'x' %}"),
    ("target-type", "{% if target.type == 'duckdb' %} a {% endif %}", "{{ target.schema }}"),
    (
        "target-type",
        "{{ target['type'] }} {{ x }}",
        "select target.type from t {{ x.target.type }}",
    ),
    ("compile-query", "{% set a = run_query('select 1') %}", "{# run_query() #} select run_query"),
    ("compile-query", "{% call statement('a') %} select 1 {% endcall %}", "select statement(a)"),
    ("date-spine", "{{ dbt.date_spine('day', 'a', 'b') }}", "select date_spine from t"),
    ("brackets", "select [1, 2]", "select '[1, 2]', {{ [1, 2] }} -- [1]"),
    ("brackets", "select {'a': 1}", "select '{a}', {{ {'a': {'b': 1}} }} from t"),
    ("brackets", "select f(a, x -> x + 1)", "select a - b > c, '->' from t"),
    ("brackets", "select struct_pack(a)", "select struct from t"),
    ("sample", "select a from t using sample 10", "select a from t join u using (sample)"),
    ("sample", "select a from t tablesample (10)", "select 'tablesample'"),
    ("pivot", "pivot t on a using sum(b)", "select pivot_day, t.pivot from t"),
    ("unnest", "select unnest(a)", "select 'unnest(a)', unnested(a), unnest from t"),
    ("json", "select to_json(a)", "select {{ json_text('a', 'b') }}, to_json"),
    ("json", "select json_extract(a, '$.b')", "select 'json_extract(a)' -- json_extract(a)"),
    ("json", "select a ->> 'b'", "select '->>'"),
    ("date-format", "select strftime(a, '%Y')", "select {{ run_started_at.strftime('%Y') }}"),
    ("epoch", "select epoch(a)", "select epoch, {{ epoch('a') }} from t"),
    ("epoch", "select extract(epoch from a)", "select extract(year from epoch_day)"),
    ("interval", "select a + interval '1 day'", "select 'interval ''1 day''', interval_days"),
    ("interval", "select a + interval {{ n }} day", "select b as interval, t.interval > 1"),
    ("ilike", "where a ilike 'b%'", "where lower(a) like 'ilike%'"),
    ("group-by-position", "select a from t group by 1", "select a from t group by a order by 1"),
    ("group-by-position", "select a group by a, 2)", "select a group by a, coalesce(b, 2), c + 1"),
    ("limit-without-order", "select a from t limit 1", "select a from t order by a limit 1"),
    (
        "limit-without-order",
        "select a from (select b from t order by b) limit {{ n }}",
        "select a as limit, t.limit from t limit 0",
    ),
    ("marker", "select 1 -- portable:", "select '-- portable:' -- portable by design"),
    ("marker", "select 1 {#- portable: -#}", "select 1 {# the portable: form #}"),
    ("unreadable", "select 'a", "select 'it''s', '{{ \"'\" }}' -- don't\n{# can't #} from t"),
    ("unreadable", "select {{ a ", "select {{ '}}' }} {% raw %}{{ {% endraw %}"),
]


def rules(text: str, path: PurePath = MODEL) -> list[str]:
    """Return the rules that a text breaks."""
    return [finding.rule for finding in lint.lint_text(text, path)]


@pytest.mark.parametrize(("rule", "banned", "near_miss"), CASES)
def test_rule_catches_the_banned_snippet(rule: str, banned: str, near_miss: str) -> None:
    """Each banned snippet is a finding of its rule."""
    assert rule in rules(banned)


@pytest.mark.parametrize(("rule", "banned", "near_miss"), CASES)
def test_rule_leaves_the_near_miss_alone(rule: str, banned: str, near_miss: str) -> None:
    """No near miss is a finding of its rule."""
    assert rule not in rules(near_miss)


def test_every_rule_has_a_case() -> None:
    """A rule without a snippet here would be untested."""
    assert {rule for rule, _, _ in CASES} == set(lint.INSTEAD)


@pytest.mark.parametrize("name", sorted(lint.FUNCTIONS))
def test_every_banned_function_is_caught_as_a_call_only(name: str) -> None:
    """A banned function is found where it is called, and not as a column or in text."""
    rule = lint.FUNCTIONS[name]
    assert rule in rules(f"select {name.upper()} (a) from t")
    assert rule not in rules(f"select t.{name}, x_{name}(a), '{name}(a)' from t -- {name}(a)")


@pytest.mark.parametrize("phrase", sorted(lint.PHRASES))
def test_every_banned_phrase_is_caught_outside_of_text_only(phrase: tuple[str, ...]) -> None:
    """A banned run of words is found over line breaks, and not in text, comments or Jinja."""
    words = " ".join(phrase)
    assert lint.PHRASES[phrase] in rules("select a\n" + "\n".join(phrase).upper() + "\nb")
    assert rules(f"select '{words}', {{{{ f('a {words}') }}}} /* {words} */ -- {words}") == []


def test_portable_sql_is_clean() -> None:
    """The constructs that run everywhere are no findings."""
    text = """
    {{ config(materialized='incremental', unique_key=["a", "b"]) }}
    with days as (select * from {{ ref('days') }}),
    ranked as (
        select
            customer_id,
            sum(case when a != 0 then b end) as points,
            row_number() over (partition by customer_id order by d desc nulls last) as place,
            sum(b) over (order by d rows between 27 preceding and current row) as recent
            {%- for column in columns %},
            {{ column }} as {{ column }}_today
            {%- endfor %}
        from days
        left join {{ ref('other') }} as other on days.customer_id = other.customer_id
        where days.d is distinct from other.d and mod(a, 2) = 0
        group by customer_id, {{ columns | join(', ') }}
    )
    select customer_id, points from ranked where place = 1 -- 'one' per "customer"; a / b
    """
    assert rules(text) == []


def test_line_numbers_are_those_of_the_file() -> None:
    """Jinja, strings and comments that span lines do not move the lines."""
    text = "{#\nnote\n#}\nselect {{ f(\n1\n) }},\n'a\nb' /*\n*/ , a::int\n, round(b)"
    assert [(f.line, f.rule) for f in lint.lint_text(text, MODEL)] == [
        (9, "cast-operator"),
        (10, "round"),
    ]


def test_a_finding_says_what_to_use_instead() -> None:
    """The message names what was found and the way out."""
    (finding,) = lint.lint_text("select a::int", MODEL)
    assert str(finding) == "1: cast-operator: ::; use cast(x as type) instead"


@pytest.mark.parametrize(
    "marker",
    [
        "-- portable: a is a decimal",
        "{#- portable: a is a decimal -#}",
        "{# portable: a is a decimal #}",
        "/* first */ --portable:decimal",
    ],
)
def test_marker_silences_its_line_only(marker: str) -> None:
    """A marker with a reason holds for the line it is on."""
    assert rules(f"select round(a, 4), a / b {marker}\n") == []
    assert rules(f"select round(a, 4)\n{marker}\n") == ["round"]


@pytest.mark.parametrize(
    "marker", ["-- portable:", "-- portable: -", "{#- portable: -#}", "-- portable"]
)
def test_marker_without_a_reason_silences_nothing(marker: str) -> None:
    """The reason is not optional."""
    assert "round" in rules(f"select round(a, 4) {marker}\n")


def test_marker_in_a_string_silences_nothing() -> None:
    """A marker is a comment."""
    assert rules("select round(a, 4), '-- portable: no'") == ["round"]


@pytest.mark.parametrize(
    ("before", "after"), [("{# portable: days #} ", ""), ("", " -- portable: days")]
)
def test_marker_stands_at_either_end_of_a_long_jinja_block(before: str, after: str) -> None:
    """Nothing can be marked inside a Jinja block, so both its ends count."""
    call = "{{ dbt.datediff(\n'a',\n'b',\n'hour'\n) }}"
    assert rules(call) == ["datediff-hours"]
    assert rules(before + call + after) == []


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ("models/scoring/a.sql", ["compile-query", "target-type"]),
        ("models/input/a.sql", ["target-type"]),
        ("models/staging/connectors/a.sql", ["target-type"]),
        ("macros/operations/a.sql", []),
        ("tests/singular/a.sql", []),
    ],
)
def test_rules_on_compile_time_depend_on_the_folder(path: str, expected: list[str]) -> None:
    """Only models must not know their engine, and only the first stages may query."""
    text = "{{ target.type }} {% do run_query('select 1') %}"
    assert rules(text, PurePath(path)) == expected


def run(*arguments: str | Path) -> subprocess.CompletedProcess[str]:
    """Call the script as a user would."""
    command = [sys.executable, str(SCRIPT), *map(str, arguments)]
    return subprocess.run(command, capture_output=True, text=True, check=False)


def write(path: Path, text: str) -> Path:
    """Write a file and its folders."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")
    return path


def test_script_reports_file_and_line(tmp_path: Path) -> None:
    """Findings go to standard output with exit status 1."""
    model = write(tmp_path / "models" / "a.sql", "select\n    a::int,\n    b\nfrom t\n")
    result = run(tmp_path)
    assert result.returncode == 1
    expected = f"{model}:2: cast-operator: ::; use cast(x as type) instead\n"
    assert result.stdout == expected


def test_script_says_ok_and_leaves_out_cross_db(tmp_path: Path) -> None:
    """Dispatched macros are not linted, not even when they are named."""
    write(tmp_path / "models" / "a.sql", "select a from t\n")
    write(tmp_path / "models" / "a.py", "x = 1 // 2\n")
    helper = write(tmp_path / "macros" / "cross_db" / "a.sql", "a::int\n")
    result = run(tmp_path, helper)
    assert (result.returncode, result.stdout) == (0, "OK: 1 SQL file(s), nothing banned\n")


def test_script_refuses_a_path_that_does_not_exist(tmp_path: Path) -> None:
    """A misspelt path must not look like a clean one."""
    result = run(tmp_path / "modles")
    assert result.returncode == 2
    assert "modles" in result.stderr


def test_repository_is_clean() -> None:
    """The project's own SQL keeps to what every engine understands."""
    result = run()
    assert result.returncode == 0, result.stdout + result.stderr
