"""Expressions of the macros in `macros/cross_db`, and what each comes to on every engine.

`write_check()` makes one singular dbt test of them, which fails with the number of the first that
comes to something else; an engine's test file runs it there.
"""

from __future__ import annotations

import re

from harness import BuildResult, Project

NAME = "cross_db_expressions"


def read(call: str, text: str) -> str:
    """Return a call of a macro that reads the column `word`, applied to a text.

    As a row among others, none of which can be read: an engine may work out a constant while it
    plans, and stop at one that has no value.
    """
    rows = f"(select '{text}' as word union all select 'unreadable') as words"
    return f"(select max({{{{ {call} }}}}) from {rows})"


def text_time(text: str) -> str:
    """Return the expression that reads a text as a UTC time."""
    return read("text_to_utc('word')", text)


def epoch(text: str) -> str:
    """Return the expression that reads a text of seconds or milliseconds since 1970 as a time."""
    return read("micros_to_utc(epoch_micros('word'))", text)


def time(text: str) -> str:
    """Return the expression of a UTC time."""
    return f"cast('{text}' as {{{{ type_timestamp_utc() }}}})"


def date(text: str) -> str:
    """Return the expression of a date."""
    return f"cast('{text}' as date)"


def decimal(text: str, precision: int, scale: int) -> str:
    """Return the expression of a decimal."""
    return f"cast('{text}' as {{{{ type_decimal({precision}, {scale}) }}}})"


def rounded(text: str) -> str:
    """Return the expression that rounds a number to four places."""
    return f"{{{{ round_to_four(\"cast('{text}' as \" ~ type_decimal(24, 10) ~ ')') }}}}"


def safe(text: str) -> str:
    """Return the expression that reads a text as a decimal(18, 4)."""
    return read("safe_decimal('word', 18, 4)", text)


def safe_day(text: str) -> str:
    """Return the expression that reads a text as a date."""
    return read("safe_date('word')", text)


def words(text: str, places: int, macro: str = "number_words") -> str:
    """Return the expression that words a number for people."""
    return f'{{{{ {macro}("cast(\'{text}\' as " ~ type_decimal(18, 4) ~ ")", {places}) }}}}'


INSTANT = (
    "{{ dict(spark='timestamp', bigquery='timestamp', clickhouse=type_timestamp_utc())"
    ".get(target.type, 'timestamp with time zone') }}"
)
NO_TEXT = "cast(null as {{ dbt.type_string() }})"
CALENDAR = (
    "(select cast('2024-02-28' as date) as date_day union all select cast('2024-02-29' as date)"
    " union all select cast('2024-03-01' as date) union all select cast('2024-03-02' as date))"
)
TWO_TEXTS = (
    "(select 'b' as word, 'k2' as place union all select 'a', 'k3' union all select 'c', 'k1')"
)

MARK = "{{ row_mark([\"'a'\", 'cast(null as ' ~ dbt.type_string() ~ ')']) }}"
OTHER_MARK = "{{ row_mark([\"'a'\", \"'b'\"]) }}"

EXPRESSIONS: list[tuple[str, str]] = [
    # Arithmetic
    ("{{ exact_ratio('1', '3') }}", decimal("0.3333333333", 24, 10)),
    ("{{ exact_ratio('-2', '3') }}", decimal("-0.6666666667", 24, 10)),
    ("{{ exact_ratio('98765432109', '7') }}", decimal("14109347444.1428571429", 24, 10)),
    ("{{ exact_ratio('1', '0') }}", "null"),
    ("{{ share_of('2', '3') }}", decimal("0.666667", 28, 6)),
    ("{{ share_of('2', '0') }}", "null"),
    ("{{ share_of('64.85', '32') }}", decimal("2.026563", 28, 6)),
    ("{{ share_of('-64.85', '32') }}", decimal("-2.026563", 28, 6)),
    (rounded("1.00005"), decimal("1.0001", 18, 4)),
    (rounded("-1.00005"), decimal("-1.0001", 18, 4)),
    (rounded("1.0000499999"), decimal("1.0000", 18, 4)),
    (rounded("123456789012.00005"), decimal("123456789012.0001", 18, 4)),
    # The double is a little less than the half
    ("{{ round_to_four(ratio_estimate('46.7835', '6')) }}", decimal("7.7973", 18, 4)),
    ("{{ power_of_two('-7', '7', 0) }}", "cast(0.5 as {{ type_double() }})"),
    ("{{ power_of_two('-14', '7', 3) }}", "cast(2 as {{ type_double() }})"),
    ("{{ power_of_two('-2101', '7', 0) }}", "cast(0 as {{ type_double() }})"),
    ("{{ power_of_two('-7', 'cast(null as ' ~ type_double() ~ ')', 0) }}", "null"),
    (
        "cast({{ natural_logarithm('cast(10 as ' ~ type_double() ~ ')') }}"
        " as {{ type_decimal(24, 10) }})",
        decimal("2.302585093", 24, 10),
    ),
    ("{{ inverse_of('4') }}", "cast(0.25 as {{ type_double() }})"),
    ("{{ whole_blocks('-1', 7) }}", "-1"),
    ("{{ whole_blocks('13', 7) }}", "1"),
    ("{{ wilson_end('8', '10', -1) }}", decimal("0.490162", 28, 6)),
    ("{{ wilson_end('8', '10', 1) }}", decimal("0.943318", 28, 6)),
    (
        "cast({{ logistic('0', '1', '2') }} as {{ type_decimal(12, 10) }})",
        decimal("0.8807970780", 12, 10),
    ),
    (
        "cast({{ logistic('0', '1', '-2000') }} as {{ type_decimal(12, 10) }})",
        decimal("0", 12, 10),
    ),
    ("{{ clamped('cast(7 as ' ~ type_double() ~ ')', -3, 3) }}", "3"),
    ("{{ clamped('cast(-7 as ' ~ type_double() ~ ')', -3, 3) }}", "-3"),
    (
        "{{ clamped('cast(1.5 as ' ~ type_double() ~ ')', -3, 3) }}",
        "cast(1.5 as {{ type_double() }})",
    ),
    # 64 bits, where 32 would come to the same
    (
        "cast(cast('0.1' as {{ type_double() }}) + cast('0.2' as {{ type_double() }})"
        " as {{ type_decimal(18, 10) }})",
        decimal("0.3", 18, 10),
    ),
    ("cast('16777217' as {{ type_double() }})", "16777217"),
    # Times, read and moved
    (text_time("2024-03-10T01:30:00+02:00"), time("2024-03-09 23:30:00")),
    (text_time("2024-03-10 01:30:00.123456"), time("2024-03-10 01:30:00.123456")),
    (text_time("2024-03-10T01:30:00Z"), time("2024-03-10 01:30:00")),
    (text_time("2024-03-10 01:30:00-0530"), time("2024-03-10 07:00:00")),
    (text_time("2024-03-10 01:30:00+05"), time("2024-03-09 20:30:00")),
    (text_time("2024-03-10"), time("2024-03-10 00:00:00")),
    (text_time("2024-02-30 10:00:00"), "null"),
    (text_time("2024"), "null"),
    (text_time("infinity"), "null"),
    (text_time("yesterday"), "null"),
    (epoch("1709947800"), time("2024-03-09 01:30:00")),
    (epoch("1709947800.0"), time("2024-03-09 01:30:00")),
    (epoch("1709947800.123456"), time("2024-03-09 01:30:00.123456")),
    (epoch("1709947800250.5"), time("2024-03-09 01:30:00.2505")),
    (epoch("-100000000"), time("1966-10-31 14:13:20")),
    (epoch("20240309"), "null"),
    (epoch("2024-03-09"), "null"),
    (
        f"{{{{ instant_to_utc(\"cast('2024-03-10 01:30:00.5+02:00' as {INSTANT})\") }}}}".replace(
            INSTANT, '" ~ instant_type ~ "'
        ),
        time("2024-03-09 23:30:00.5"),
    ),
    (
        '{{ minutes_after("'
        + time("2024-03-09 23:45:00.25").replace(
            "{{ type_timestamp_utc() }}", '" ~ type_timestamp_utc() ~ "'
        )
        + '", 30) }}',
        time("2024-03-10 00:15:00.25"),
    ),
    (
        "cast({{ dbt.dateadd('day', 2, \"cast('2024-02-28' as date)\") }} as date)",
        date("2024-03-01"),
    ),
    (
        "{{ dbt.datediff(\"cast('2024-02-28' as date)\", \"cast('2024-03-01' as date)\", 'day') }}",
        "2",
    ),
    (
        "cast({{ dbt.date_trunc('month', \"cast('2024-02-28' as date)\") }} as date)",
        date("2024-02-01"),
    ),
    (
        "cast({{ dbt.last_day(\"cast('2024-02-10' as date)\", 'month') }} as date)",
        date("2024-02-29"),
    ),
    (
        "(select count(*) from (select {{ each_day('span.a', 'span.b') }} as date_day from (select"
        " cast('2024-02-28' as date) as a, cast('2024-03-01' as date) as b) as span"
        f" {{{{ join_each_day('span.a', 'span.b', \"{CALENDAR}\") }}}}) as days)",
        "3",
    ),
    (
        "{{ earlier_of(\"cast('2024-02-28' as date)\", \"cast('2024-02-27' as date)\") }}",
        date("2024-02-27"),
    ),
    # Numbers and dates as text
    (safe("12.5"), decimal("12.5", 18, 4)),
    (safe("1.23455"), decimal("1.2346", 18, 4)),
    (safe("1e3"), decimal("1000", 18, 4)),
    (safe("nan"), "null"),
    (safe("x"), "null"),
    (safe("123456789012345678"), "null"),
    (safe_day("2024-02-29"), date("2024-02-29")),
    (safe_day("2024-02-30"), "null"),
    (safe_day("2024"), "null"),
    (safe_day("soon"), "null"),
    ("case when {{ is_nan(\"cast('NaN' as \" ~ type_double() ~ ')') }} then 1 else 0 end", "1"),
    ("case when {{ is_nan('cast(1 as ' ~ type_double() ~ ')') }} then 1 else 0 end", "0"),
    # Texts
    ("{{ trimmed(\"(chr(9) || ' a b ' || chr(13) || chr(10))\") }}", "'a b'"),
    ("{{ trimmed(\"(' ' || chr(10))\") }}", "null"),
    ("{{ trimmed(\"'ab'\") }}", "'ab'"),
    ("{{ text_part(\"'a.b'\", \"'.'\", 2) }}", "'b'"),
    ("coalesce({{ text_part(\"'a'\", \"'.'\", 2) }}, '')", "''"),
    ('{{ quotable("\'a" ~ \'"\' ~ "b c\'") }}', "'ab c'"),
    (
        "{{ joined_texts([\"'a'\", 'cast(null as ' ~ dbt.type_string() ~ ')', '1']) }}",
        "'=a' || chr(9) || '-' || chr(9) || '=1'",
    ),
    (
        f"(select {{{{ joined_in_order('word', 'place', \"'-'\") }}}} from {TWO_TEXTS} as texts)",
        "'c-b-a'",
    ),
    ("{{ dbt.hash(\"'é'\") }}", "'66ddcd97cfdeabb2f6fb8a999b4bc76f'"),
    (words("1.25", 1), "'1.3'"),
    (words("-0.05", 1), "'-0.1'"),
    (words("7", 1), "'7.0'"),
    (words("1234.5", 0), "'1235'"),
    (words("2", 1, "signed_words"), "'+2.0'"),
    ("{{ plain_words(\"cast('2024-02-29' as date)\") }}", "'2024-02-29'"),
    # What trackers write
    ('{{ json_first("\'[\\"a\\", 1]\'") }}', "'a'"),
    (read("json_first('word')", "word"), "'word'"),
    ('{{ json_text(json_first("\'[{\\"k\\": \\"v\\"}]\'"), \'k\') }}', "'v'"),
    (
        "{{ zone_to_utc(\"cast('2024-05-01 10:00:00' as \" ~ type_timestamp_utc() ~ ')', "
        "'America/Los_Angeles') }}",
        time("2024-05-01 17:00:00"),
    ),
    # Marks: the same for the same values, with missing ones among them
    (f"case when {MARK} = {MARK} then 1 else 0 end", "1"),
    (f"case when {MARK} = {OTHER_MARK} then 1 else 0 end", "0"),
    ("case when {{ short_key(\"'a'\") }} = {{ short_key(\"'a'\") }} then 1 else 0 end", "1"),
]
"""What a macro makes of its arguments -> what it has to be; both are Jinja and SQL."""


def write_check(project: Project) -> None:
    """Add the expressions to a copy of the project, as one singular test."""
    rows = "\n    union all\n".join(
        f"    select {number} as number, case when ({expression}) is not distinct from ({expected})"
        " then 0 else 1 end as is_wrong"
        for number, (expression, expected) in enumerate(EXPRESSIONS, 1)
    )
    setup = (
        "{{ config(fail_calc='coalesce(min(number), 0)', store_failures=false) }}\n"
        f'{{% set instant_type = "{INSTANT}" %}}\n'
    ).replace(f'"{INSTANT}"', INSTANT.strip("{} "))
    path = project.folder / "tests" / "singular" / f"{NAME}.sql"
    path.write_text(
        f"{setup}select number from (\n{rows}\n) as checked\nwhere is_wrong = 1\n", encoding="utf-8"
    )
    project.forget_parsed()


def assert_expressions(project: Project) -> None:
    """Run the check where the project builds, and name the first expression that is wrong."""
    write_check(project)
    result = project.dbt("test", "--select", NAME, variables={"input_path": ""})
    assert result.success, explanation(result)


def explanation(result: BuildResult) -> str:
    """Return which expression comes to something else, or what the engine says."""
    found = re.search(r"Got (\d+) result", result.text)
    if not found:
        return result.text
    expression, expected = EXPRESSIONS[int(found.group(1)) - 1]
    return f"{expression} is not {expected}"
