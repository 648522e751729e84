"""Find SQL that does not run, or does not mean the same, on every engine the project supports.

    python scripts/lint_portable_sql.py [paths...]

Without paths: models, tests/generic, tests/singular, analyses and macros. `macros/cross_db` is
always left out, since differences between engines live there behind dispatch.

A finding reads `file:line: rule: what was found; use X instead`. A marker on the same line silences
it, and has to give its reason:

    round(points, 4)  -- portable: points is a decimal
    round(points, 4)  {# portable: points is a decimal #}

`{#- portable: … -#}` works too, but Jinja then removes the white space on both sides of it. For a
Jinja block that spans lines the marker may stand on any of its lines, before `{{` or after `}}`.

Exit status: 0 clean, 1 findings, 2 nothing to lint or a path that does not exist.
"""

from __future__ import annotations

import argparse
import re
import sys
from bisect import bisect_left
from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import pairwise
from pathlib import Path, PurePath
from typing import NamedTuple

ROOT = Path(__file__).resolve().parents[1]
DEFAULT_PATHS = ("models", "tests/generic", "tests/singular", "analyses", "macros")
EXCLUDED = ("macros", "cross_db")
SKIPPED_FOLDERS = {".git", ".venv", "dbt_packages", "logs", "target"}
QUERYING_STAGES = (("models", "input"), ("models", "staging"))

# What the rules say: rule -> what to use instead.
INSTEAD = {
    "asof": "row_number() over the earlier rows (as a name: as_of)",
    "brackets": "plain columns and a join",
    "cast-operator": "cast(x as type)",
    "clock": "the as_of macro or a column",
    "compile-query": "what is known without a query (only models/input and models/staging may ask)",
    "date-format": "a dispatched macro in macros/cross_db",
    "date-function": "dbt's macro of that name, as in {{ dbt.datediff(…) }},",
    "date-spine": "{{ dbt.generate_series(n) }} with {{ dbt.dateadd(…) }}",
    "datediff-hours": "a difference of epoch seconds",
    "day-of-week": "mod() of the days since a known Monday",
    "distinct-on": "row_number() in a CTE, keeping row 1,",
    "division": "the ratio macro, or mark a division that is not of two integers,",
    "epoch": "a dispatched macro in macros/cross_db",
    "filter-clause": "sum(case when … then … end)",
    "floor-division": "floor() of the ratio macro",
    "greatest-least": "coalesced arguments, and mark the line,",
    "group-by-all": "the names of the columns",
    "group-by-position": "the names of the columns",
    "hash": "{{ dbt.hash(…) }}",
    "ignore-nulls": "max() over groups numbered by a running count",
    "ilike": "lower(x) like 'y'",
    "interval": "{{ dbt.dateadd(…) }}",
    "json": "the json_text macro",
    "limit-without-order": "limit after order by, or row_number(),",
    "marker": "`portable: <reason>`",
    "max-by": "row_number() in a CTE, keeping row 1,",
    "non-equi-join": "an inner join for the range and an equality in the outer join",
    "order-by-all": "the names of the columns",
    "percentile": "the percentile macro, or nearest rank over row_number(),",
    "pivot": "sum(case when … then … end) per column",
    "qualify": "row_number() in a CTE and a where",
    "quoted-name": "a plain lower-case name",
    "range-frame": "a dense spine with rows between, or change points with a running sum,",
    "recursive-cte": "a fixed number of joins",
    "regexp-replace": "one literal pattern anchored by ^ or $, or replace(),",
    "round": "{{ engagement_round(…) }}, or mark the rounding of a decimal,",
    "sample": "a where on a hash",
    "series": "{{ dbt.generate_series(n) }}",
    "star-except": "the names of the columns",
    "string-agg": "{{ dbt.listagg(…) }} with an order_by_clause",
    "target-type": "a dispatched macro in macros/cross_db",
    "trailing-comma": "no comma",
    "try-cast": "{{ dbt.safe_cast(…) }}",
    "union": "{{ union_distinct() }}, or union all,",
    "unnest": "a join with {{ dbt.generate_series(n) }}",
    "unreadable": "balanced quotes, comments and Jinja delimiters",
}

# Names that are banned where a parenthesis follows.
FUNCTIONS = {
    name: rule
    for rule, names in {
        "brackets": "list list_value struct struct_pack",
        "clock": "clock_timestamp current_datetime getdate now statement_timestamp today "
        "transaction_timestamp",
        "date-format": "date_format format_date format_timestamp strftime strptime to_char",
        "date-function": "date_add date_diff date_sub date_trunc dateadd datediff timestampdiff",
        "day-of-week": "dayname dayofweek dayofweek_iso dayofweekiso isodow weekday",
        "epoch": "epoch epoch_ms epoch_us to_unixtime unix_seconds unix_timestamp",
        "greatest-least": "greatest least",
        "hash": "hash md5 sha256",
        "json": "get_json_object json_extract json_extract_path_text json_extract_scalar "
        "json_extract_string json_value parse_json to_json to_json_string",
        "max-by": "arg_max arg_min argmax argmin max_by min_by",
        "percentile": "approx_percentile approx_quantile median percentile percentile_cont "
        "percentile_disc quantile quantile_cont quantile_disc",
        "round": "round",
        "series": "generate_series range",
        "string-agg": "group_concat listagg string_agg",
        "try-cast": "safe_cast try_cast",
        "unnest": "explode unnest",
    }.items()
    for name in names.split()
}

# Runs of words that are banned wherever they stand.
PHRASES = {
    ("asof",): "asof",
    ("current_date",): "clock",
    ("current_time",): "clock",
    ("current_timestamp",): "clock",
    ("group", "by", "all"): "group-by-all",
    ("groups", "between"): "range-frame",
    ("groups", "unbounded"): "range-frame",
    ("ignore", "nulls"): "ignore-nulls",
    ("ilike",): "ilike",
    ("lambda",): "brackets",
    ("localtime",): "clock",
    ("localtimestamp",): "clock",
    ("order", "by", "all"): "order-by-all",
    ("pivot",): "pivot",
    ("qualify",): "qualify",
    ("range", "between"): "range-frame",
    ("range", "current"): "range-frame",
    ("range", "unbounded"): "range-frame",
    ("respect", "nulls"): "ignore-nulls",
    ("sysdate",): "clock",
    ("tablesample",): "sample",
    ("unpivot",): "pivot",
    ("using", "sample"): "sample",
    ("with", "recursive"): "recursive-cte",
    ("within", "group"): "percentile",
}

OPERATORS = {
    "::": "cast-operator",
    "/": "division",
    "//": "floor-division",
    "[": "brackets",
    "{": "brackets",
    "->": "brackets",
    "->>": "json",
}

COMPARISONS = {"<", ">", "<=", ">=", "<>", "!=", "between"}
EXTRACTED = {
    "dayofweek": "day-of-week",
    "dayofweek_iso": "day-of-week",
    "dow": "day-of-week",
    "epoch": "epoch",
    "isodow": "day-of-week",
    "weekday": "day-of-week",
}
OPEN, CLOSING = {"(", "[", "{"}, {")", "]", "}"}
COARSE_UNITS = {"hour", "hours", "minute", "minutes"}
DATE_DIFFERENCES = {"datediff", "date_diff", "timestampdiff"}
STAR_BEFORE = {"select", "distinct", ",", ".", "("}
STAR_AFTER = {"exclude", "except", "replace", "rename"}
AFTER_LIST = {"from", "select", "where", "having", "union", "intersect", ")"}
JOIN_WORDS = {"left", "right", "full", "inner", "cross", "natural", "asof", "join"}
CLAUSES = {
    *("where", "group", "order", "having", "qualify", "window", "limit", "offset", "fetch"),
    *("union", "except", "intersect", "select", ";"),
}
NOT_COLUMNS = {
    *("and", "or", "not", "is", "null", "true", "false", "between", "in", "like", "escape"),
    *("case", "when", "then", "else", "end", "as", "distinct", "from", "exists"),
}
CLOCK_CALLS = re.compile(r"now|utcnow|today|current_timestamp\w*|snapshot_get_time")
CLOCK_TEXTS = re.compile(r"(current_(date|timestamp)(\(\))?|(now|getdate|today)\(\))", re.I)
QUERY_CALLS = {"run_query", "statement", "get_columns_in_relation", "get_columns_in_query"}

# Jinja is masked at equal length, so that every offset stays that of the file: an expression
# becomes part of a name, a statement a token of its own.
NAME, STATEMENT, REST = "\ue000", "\ue001", "\ue002"
KINDS = {"{{": "expression", "{%": "statement", "{#": "comment"}
CLOSERS = {"{{": "}}", "{%": "%}", "{#": "#}"}
OPENING = re.compile(r"\{\{|\{%|\{#")
CODE_STEP = re.compile(r"""'(?:[^'\\]|\\.)*'|"(?:[^"\\]|\\.)*"|[{}%]""", re.S)
RAW = re.compile(r"\{%[-+]?\s*raw\s*[-+]?%\}")
END_RAW = re.compile(r"\{%[-+]?\s*endraw\s*[-+]?%\}")
BOUNDARY = re.compile(
    r"\{%[-+]?\s*(?:(?:end)?(?:macro|test|call|snapshot|materialization)\b"
    r"|endset\b|set\s+\w+\s*[-+]?%\})"
)
SQL_TOKEN = re.compile(
    rf"""(?P<space>\s+)
    |(?P<comment>--[^\n]*|/\*.*?\*/)
    |(?P<string>'(?:[^']|'')*'(?!'))
    |(?P<quoted>"(?:[^"]|"")*"(?!")|`[^`]*`)
    |(?P<open>'|"|`|/\*)
    |(?P<number>\d+(?:\.\d+)?)
    |(?P<word>[A-Za-z_{NAME}][\w${NAME}]*)
    |(?P<statement>{STATEMENT}{REST}*)
    |(?P<operator>::|//|->>|->|<=|>=|<>|!=|\|\||.)""",
    re.S | re.X,
)
CODE_TOKEN = re.compile(
    r"""(?P<space>\s+)
    |(?P<string>'(?:[^'\\]|\\.)*'|"(?:[^"\\]|\\.)*")
    |(?P<number>\d+(?:\.\d+)?)
    |(?P<word>[A-Za-z_]\w*)
    |(?P<operator>.)""",
    re.S | re.X,
)
MARKER = re.compile(r"(?:--|\{#[-+]?)\s*portable:(.*?)(?:[-+]?#\})?", re.S)


class Unreadable(Exception):
    """Text that cannot be cut into tokens."""

    def __init__(self, at: int, found: str) -> None:
        """Remember where the text stopped making sense."""
        super().__init__(found)
        self.at = at
        self.found = found


class Jinja(NamedTuple):
    """One Jinja expression, statement or comment."""

    kind: str
    start: int
    end: int


class Token(NamedTuple):
    """One token: `text` in lower case with Jinja masked, `raw` as it stands in the file."""

    kind: str
    text: str
    raw: str
    start: int


class Hit(NamedTuple):
    """One breach of a rule; a marker on any line of the span silences it."""

    at: int
    rule: str
    found: str
    span: tuple[int, int] | None = None


class Finding(NamedTuple):
    """One breach of a rule as it is reported."""

    line: int
    rule: str
    found: str

    def __str__(self) -> str:
        """Say what was found and what to use instead."""
        return f"{self.line}: {self.rule}: {self.found}; use {INSTEAD[self.rule]} instead"


Tokens = Sequence[Token]
END = Token("end", "", "", -1)


# Cutting a file into tokens -----------------------------------------------------------------------


def scan_jinja(text: str) -> list[Jinja]:
    """List the Jinja expressions, statements and comments of a file."""
    blocks: list[Jinja] = []
    at = 0
    while opening := OPENING.search(text, at):
        start = opening.start()
        at = end_of_jinja(text, start, opening.group())
        blocks.append(Jinja(KINDS[opening.group()], start, at))
        if RAW.match(text, start):
            closing = END_RAW.search(text, at)
            if closing is None:
                raise Unreadable(start, "raw block without an end")
            at = closing.end()
            blocks.append(Jinja("statement", closing.start(), at))
    return blocks


def end_of_jinja(text: str, start: int, opener: str) -> int:
    """Find where a Jinja block ends, minding strings and braces inside it."""
    closer = CLOSERS[opener]
    if opener == "{#":
        end = text.find(closer, start + 2)
        if end >= 0:
            return end + 2
        raise Unreadable(start, "{# without #}")
    depth = 0
    for step in CODE_STEP.finditer(text, start + 2):
        if step.group() == "{":
            depth += 1
        elif depth == 0 and text.startswith(closer, step.start()):
            return step.start() + 2
        elif step.group() == "}":
            depth = max(0, depth - 1)
    raise Unreadable(start, f"{opener} without {closer}")


def mask_jinja(text: str, blocks: Iterable[Jinja]) -> str:
    """Replace Jinja by neutral characters of the same length."""
    parts: list[str] = []
    at = 0
    for kind, start, end in blocks:
        parts.append(text[at:start])
        length = end - start
        if kind == "expression":
            parts.append(NAME * length)
        elif kind == "statement":
            parts.append(STATEMENT + REST * (length - 1))
        else:
            parts.append(" " * length)
        at = end
    return "".join([*parts, text[at:]])


def sql_tokens(text: str, masked: str) -> list[Token]:
    """Cut the SQL of a file into tokens, comments and Jinja statements included."""
    tokens: list[Token] = []
    for match in SQL_TOKEN.finditer(masked):
        kind = match.lastgroup or ""
        if kind == "open":
            raise Unreadable(match.start(), f"{match.group()} that is never closed")
        if kind != "space":
            raw = text[match.start() : match.end()]
            tokens.append(Token(kind, match.group().lower(), raw, match.start()))
    return tokens


def code_tokens(text: str, block: Jinja) -> list[Token]:
    """Cut the Python-like code of one Jinja block into tokens."""
    matches = CODE_TOKEN.finditer(text, block.start + 2, block.end - 2)
    return [
        Token(match.lastgroup or "", match.group(), match.group(), match.start())
        for match in matches
        if match.lastgroup != "space"
    ]


def segments(tokens: Tokens) -> Iterator[list[Token]]:
    """Split a file at the borders of macros, tests, calls and set blocks."""
    segment: list[Token] = []
    for token in tokens:
        if token.kind == "statement" and BOUNDARY.match(token.raw):
            yield segment
            segment = []
        elif token.kind != "comment":
            segment.append(token)
    yield segment


# Looking at tokens --------------------------------------------------------------------------------


def peek(tokens: Tokens, index: int) -> Token:
    """Return the token at a place, or a token that equals nothing beyond the ends."""
    return tokens[index] if 0 <= index < len(tokens) else END


def show(*tokens: Token) -> str:
    """Write tokens on one short line."""
    text = " ".join(" ".join(token.raw.split()) for token in tokens)
    return text if len(text) <= 60 else text[:57] + "..."


def is_call(tokens: Tokens, index: int) -> bool:
    """Tell whether a parenthesis follows a word."""
    return tokens[index].kind == "word" and peek(tokens, index + 1).text == "("


def depths(tokens: Tokens, start: int) -> Iterator[tuple[int, Token, int]]:
    """Walk on from a place with the depth of brackets, until the one around it closes."""
    depth = 0
    for index in range(start, len(tokens)):
        token = tokens[index]
        depth -= token.text in CLOSING
        if depth < 0:
            return
        yield index, token, depth
        depth += token.text in OPEN


def arguments(tokens: Tokens, index: int) -> list[list[Token]]:
    """Split the arguments of the call whose name stands at a place."""
    found: list[list[Token]] = [[]]
    for _, token, depth in depths(tokens, index + 2):
        if depth == 0 and token.text == ",":
            found.append([])
        else:
            found[-1].append(token)
    return found


def unquote(token: Token) -> str:
    """Return the text inside a string, or the word itself."""
    return token.raw[1:-1] if token.kind == "string" else token.raw


# Rules on SQL -------------------------------------------------------------------------------------


def check_functions(tokens: Tokens) -> Iterator[Hit]:
    """Find calls of banned functions."""
    for index, token in enumerate(tokens):
        rule = FUNCTIONS.get(token.text)
        if rule and is_call(tokens, index):
            yield Hit(token.start, rule, f"{token.text}(")


def check_phrases(tokens: Tokens) -> Iterator[Hit]:
    """Find banned runs of words, unless they are parts of a dotted name."""
    for index, token in enumerate(tokens):
        if token.kind != "word" or peek(tokens, index - 1).text == ".":
            continue
        for length in (1, 2, 3):
            run = tokens[index : index + length]
            rule = PHRASES.get(tuple(word.text for word in run))
            if rule and peek(tokens, index + length).text != ".":
                yield Hit(token.start, rule, show(*run))


def check_unions(tokens: Tokens) -> Iterator[Hit]:
    """Find unions that leave it open whether equal rows stay."""
    for index, token in enumerate(tokens):
        is_name = peek(tokens, index - 1).text in {".", "as"}
        if token.text == "union" and not is_name and peek(tokens, index + 1).text != "all":
            yield Hit(token.start, "union", "union without all")


def check_operators(tokens: Tokens) -> Iterator[Hit]:
    """Find banned operators and brackets."""
    for token in tokens:
        if token.kind == "operator" and token.text in OPERATORS:
            yield Hit(token.start, OPERATORS[token.text], token.text)


def check_quoted_names(tokens: Tokens) -> Iterator[Hit]:
    """Find names in double quotes or backticks."""
    for token in tokens:
        if token.kind == "quoted":
            yield Hit(token.start, "quoted-name", show(token))


def check_stars(tokens: Tokens) -> Iterator[Hit]:
    """Find select stars with exclude, except, replace or rename."""
    for index, token in enumerate(tokens):
        following = peek(tokens, index + 1)
        is_star = token.text == "*" and peek(tokens, index - 1).text in STAR_BEFORE
        if is_star and following.text in STAR_AFTER:
            yield Hit(following.start, "star-except", show(token, following))


def check_filters(tokens: Tokens) -> Iterator[Hit]:
    """Find aggregates with a filter clause."""
    for index, token in enumerate(tokens):
        if token.text == "filter" and is_call(tokens, index):
            before, inside = peek(tokens, index - 1), peek(tokens, index + 2)
            if before.text == ")" or inside.text == "where":
                yield Hit(token.start, "filter-clause", show(*tokens[index : index + 3]))


def check_distinct_on(tokens: Tokens) -> Iterator[Hit]:
    """Find distinct on (…)."""
    for index, token in enumerate(tokens):
        if [part.text for part in tokens[index : index + 3]] == ["distinct", "on", "("]:
            yield Hit(token.start, "distinct-on", "distinct on (")


def check_extract(tokens: Tokens) -> Iterator[Hit]:
    """Find the parts of a date that engines number differently or do not know."""
    for index, token in enumerate(tokens):
        if token.text in {"extract", "date_part", "datepart"} and is_call(tokens, index):
            part = unquote(peek(tokens, index + 2)).lower()
            if part in EXTRACTED:
                yield Hit(token.start, EXTRACTED[part], f"{token.text}({part} …)")


def check_regexp_replace(tokens: Tokens) -> Iterator[Hit]:
    """Find regexp_replace with a pattern that could match more than once."""
    for index, token in enumerate(tokens):
        if token.text == "regexp_replace" and is_call(tokens, index):
            pattern = [*arguments(tokens, index), [], []][1]
            if [part.kind for part in pattern] != ["string"] or not is_anchored(pattern[0]):
                yield Hit(token.start, "regexp-replace", f"unanchored {show(token, *pattern)}")


def is_anchored(pattern: Token) -> bool:
    """Tell whether a regular expression is tied to one end of the text in all its branches."""
    text = re.sub(r"\\.|\[[^\]]*\]", "", unquote(pattern))
    bare = None
    while bare != text:
        bare, text = text, re.sub(r"\([^()]*\)", "", text)
    return "|" not in text and (text.startswith("^") or text.endswith("$"))


def check_coarse_differences(tokens: Tokens) -> Iterator[Hit]:
    """Find differences of times counted in hours or minutes, in SQL or in Jinja."""
    for index, token in enumerate(tokens):
        if token.text in DATE_DIFFERENCES and is_call(tokens, index):
            given = arguments(tokens, index)
            named = [part for part in given if peek(part, 0).text == "datepart"]
            for argument in [given[0], given[-1], *named]:
                unit = unquote(peek(argument, len(argument) - 1)).lower()
                is_column = peek(argument, len(argument) - 2).text == "."
                if unit in COARSE_UNITS and not is_column:
                    yield Hit(token.start, "datediff-hours", f"{token.text}(… {unit} …)")


def check_intervals(tokens: Tokens) -> Iterator[Hit]:
    """Find interval literals."""
    for index, token in enumerate(tokens):
        following = peek(tokens, index + 1)
        is_amount = following.kind in {"string", "number"} or following.text.startswith(NAME)
        is_name = peek(tokens, index - 1).text in {".", "as"}
        if token.text == "interval" and is_amount and not is_name:
            yield Hit(token.start, "interval", show(token, following))


def check_positions(tokens: Tokens) -> Iterator[Hit]:
    """Find numbers in the list of a group by."""
    for index, (token, following) in enumerate(pairwise(tokens)):
        if (token.text, following.text) != ("group", "by"):
            continue
        for place, item, depth in depths(tokens, index + 2):
            if depth == 0 and item.text in CLAUSES:
                break
            before, after = peek(tokens, place - 1), peek(tokens, place + 1)
            is_alone = after.kind != "operator" or after.text in {",", ")", ";"}
            is_item = depth == 0 and before.text in {"by", ","} and is_alone
            if is_item and item.kind == "number":
                yield Hit(item.start, "group-by-position", f"group by {item.text}")


def check_limits(tokens: Tokens) -> Iterator[Hit]:
    """Find a limit whose query has no order by."""
    for index, token in enumerate(tokens):
        amount = peek(tokens, index + 1)
        is_amount = amount.kind == "number" or amount.text.startswith(NAME)
        is_name = peek(tokens, index - 1).text in {".", "as"}
        is_limit = token.text == "limit" and is_amount and not is_name
        if is_limit and amount.text != "0" and not is_ordered(tokens, index):
            yield Hit(token.start, "limit-without-order", show(token, amount))


def is_ordered(tokens: Tokens, index: int) -> bool:
    """Tell whether an order by stands before a place, in the same query."""
    depth = 0
    for place in range(index - 1, -1, -1):
        text = tokens[place].text
        depth += (text == ")") - (text == "(")
        if depth < 0:
            return False
        if depth == 0 and text == "order" and tokens[place + 1].text == "by":
            return True
    return False


def check_trailing_commas(tokens: Tokens) -> Iterator[Hit]:
    """Find a comma with nothing behind it; Jinja statements may stand between."""
    for index, token in enumerate(tokens):
        if token.text != ",":
            continue
        after = index + 1
        while peek(tokens, after).kind == "statement":
            after += 1
        # `{% if not loop.last %},{% endif %}`: a comma alone in its block is there on condition.
        is_conditional = after > index + 1 and peek(tokens, index - 1).kind == "statement"
        ending = peek(tokens, after)
        is_clause = ending.text in {"group", "order"} and peek(tokens, after + 1).text == "by"
        if (ending.text in AFTER_LIST or is_clause) and not is_conditional:
            yield Hit(token.start, "trailing-comma", f"comma before {ending.text}")


def check_joins(tokens: Tokens) -> Iterator[Hit]:
    """Find outer joins on a range, or on nothing that is equal."""
    for index, token in enumerate(tokens):
        if token.text not in {"left", "right", "full"}:
            continue
        join = index + 1 + (peek(tokens, index + 1).text == "outer")
        if peek(tokens, join).text == "join":
            condition = conditions(join_condition(tokens, join + 1))
            name = f"{token.text} join"
            if condition and not any(may_be_equality(part) for part in condition):
                yield Hit(token.start, "non-equi-join", f"{name} without an equality")
            for part in condition:
                sign = next((piece for piece in part if piece.text in COMPARISONS), None)
                if sign and len(sides(part)) > 1:
                    yield Hit(sign.start, "non-equi-join", f"{name} on {show(*part)}")


def join_condition(tokens: Tokens, start: int) -> list[Token]:
    """Return what stands behind the `on` of a join; nothing for `using`."""
    condition: list[Token] | None = None
    for index, token, depth in depths(tokens, start):
        if depth == 0 and ends_join(tokens, index):
            break
        if condition is not None:
            condition.append(token)
        elif depth == 0 and token.text == "using":
            break
        elif depth == 0 and token.text == "on":
            condition = []
    return condition or []


def ends_join(tokens: Tokens, index: int) -> bool:
    """Tell whether a token ends the join before it; left( and right( are functions."""
    text = tokens[index].text
    return text in CLAUSES or text == "," or (text in JOIN_WORDS and not is_call(tokens, index))


def conditions(tokens: Tokens) -> list[list[Token]]:
    """Split a condition at `and` and `or`, but not at the `and` of a between."""
    parts: list[list[Token]] = [[]]
    between = 0
    for token in tokens:
        if token.text == "or" or (token.text == "and" and between == 0):
            parts.append([])
            continue
        between += (token.text == "between") - (token.text == "and")
        parts[-1].append(token)
    return [part for part in parts if part]


def may_be_equality(part: Tokens) -> bool:
    """Tell whether a condition ties both sides by `=`, as far as can be seen through Jinja."""
    texts = {token.text for token in part}
    has_jinja = any(NAME in token.text for token in part)
    if "=" in texts:
        return has_jinja or len(sides(part)) > 1
    return has_jinja and not texts & COMPARISONS


def sides(part: Tokens) -> set[str]:
    """Return the table aliases that a condition names, and the columns without an alias."""
    names: set[str] = set()
    for index, token in enumerate(part):
        before, after = peek(part, index - 1), peek(part, index + 1)
        if token.kind != "word" or before.text in {".", "as"} or token.text in NOT_COLUMNS:
            continue
        if after.text == ".":
            names.add(token.raw.lower())
        elif NAME in token.text:
            names.update(jinja_aliases(token.raw))
        elif after.text != "(" and after.kind != "string":
            names.add(f".{token.text}")
    return names


def jinja_aliases(code: str) -> set[str]:
    """Return the table aliases in the strings that a macro is given."""
    strings = (text for text in CODE_STEP.findall(code) if text[0] in "'\"")
    return {alias.lower() for text in strings for alias in re.findall(r"(\w+)\.[A-Za-z_]", text)}


SQL_CHECKS: tuple[Callable[[Tokens], Iterator[Hit]], ...] = (
    check_functions,
    check_phrases,
    check_unions,
    check_operators,
    check_quoted_names,
    check_stars,
    check_filters,
    check_distinct_on,
    check_extract,
    check_regexp_replace,
    check_coarse_differences,
    check_intervals,
    check_positions,
    check_limits,
    check_joins,
)


# Rules on Jinja -----------------------------------------------------------------------------------


def check_jinja_calls(tokens: Tokens) -> Iterator[Hit]:
    """Find date_spine, and listagg without an order, in Jinja."""
    for index, token in enumerate(tokens):
        if not is_call(tokens, index):
            continue
        if token.text == "date_spine":
            yield Hit(token.start, "date-spine", "date_spine( queries at compile time")
        elif token.text == "listagg":
            given = arguments(tokens, index)
            named = any(peek(part, 0).text == "order_by_clause" for part in given)
            if len(given) < 3 and not named:
                yield Hit(token.start, "string-agg", "listagg( without an order")


def check_jinja_clock(tokens: Tokens) -> Iterator[Hit]:
    """Find the clock in Jinja, be it called or handed on as SQL; run_started_at is allowed."""
    for index, token in enumerate(tokens):
        is_text = token.kind == "string" and CLOCK_TEXTS.fullmatch(unquote(token).strip())
        if is_text or (is_call(tokens, index) and CLOCK_CALLS.fullmatch(token.text)):
            yield Hit(token.start, "clock", show(token))


def check_target_type(tokens: Tokens) -> Iterator[Hit]:
    """Find target.type, target['type'] and adapter.type()."""
    for index, token in enumerate(tokens):
        if token.text in {"target", "adapter"} and peek(tokens, index - 1).text != ".":
            joint, name = peek(tokens, index + 1), peek(tokens, index + 2)
            if joint.text in {".", "["} and unquote(name) == "type":
                yield Hit(token.start, "target-type", f"{token.text}.type")


def check_queries(tokens: Tokens) -> Iterator[Hit]:
    """Find queries at compile time."""
    for index, token in enumerate(tokens):
        if token.text in QUERY_CALLS and is_call(tokens, index):
            yield Hit(token.start, "compile-query", f"{token.text}(")


def jinja_checks(path: PurePath) -> list[Callable[[Tokens], Iterator[Hit]]]:
    """Choose the rules for the Jinja of a file by its place in the project."""
    checks = [check_coarse_differences, check_jinja_calls, check_jinja_clock]
    if holds(path, "models"):
        checks.append(check_target_type)
        if not any(holds(path, *stage) for stage in QUERYING_STAGES):
            checks.append(check_queries)
    return checks


# Linting ------------------------------------------------------------------------------------------


def lint_text(text: str, path: PurePath) -> list[Finding]:
    """Return the findings in the text of one file, in the order of its lines."""
    breaks = [match.start() for match in re.finditer("\n", text)]
    try:
        blocks = scan_jinja(text)
        tokens = sql_tokens(text, mask_jinja(text, blocks))
    except Unreadable as error:
        return [Finding(line_of(error.at, breaks), "unreadable", error.found)]
    comments = [(token.start, token.raw) for token in tokens if token.kind == "comment"]
    comments += [(b.start, text[b.start : b.end]) for b in blocks if b.kind == "comment"]
    marked, hits = read_markers(comments, breaks)
    for segment in segments(tokens):
        hits += check_trailing_commas(segment)
        sql = [token for token in segment if token.kind != "statement"]
        hits += [hit for check in SQL_CHECKS for hit in check(sql)]
    hits += jinja_hits(text, blocks, path)
    findings = {finding for hit in hits if (finding := report(hit, marked, breaks))}
    return sorted(findings)


def jinja_hits(text: str, blocks: Iterable[Jinja], path: PurePath) -> Iterator[Hit]:
    """Apply the rules on Jinja to every expression and statement of a file."""
    checks = jinja_checks(path)
    for block in blocks:
        if block.kind != "comment":
            tokens = code_tokens(text, block)
            for check in checks:
                for hit in check(tokens):
                    yield hit._replace(span=(block.start, block.end - 1))


def line_of(at: int, breaks: Sequence[int]) -> int:
    """Return the number of the line that an offset is in."""
    return bisect_left(breaks, at) + 1


def read_markers(
    comments: Iterable[tuple[int, str]], breaks: Sequence[int]
) -> tuple[set[int], list[Hit]]:
    """Return the lines that are marked with a reason, and hits for markers without one."""
    marked: set[int] = set()
    hits: list[Hit] = []
    for start, comment in comments:
        marker = MARKER.fullmatch(comment)
        if marker and re.search(r"\w", marker.group(1)):
            marked.add(line_of(start, breaks))
        elif marker:
            hits.append(Hit(start, "marker", "a marker without a reason"))
    return marked, hits


def report(hit: Hit, marked: set[int], breaks: Sequence[int]) -> Finding | None:
    """Turn a hit into a finding, unless a marker silences it."""
    first, last = (line_of(at, breaks) for at in hit.span or (hit.at, hit.at))
    if marked.intersection(range(first, last + 1)):
        return None
    return Finding(line_of(hit.at, breaks), hit.rule, hit.found)


# Files --------------------------------------------------------------------------------------------


def in_project(path: Path) -> PurePath:
    """Return a path as seen from the root of the project, or as it is when it lies elsewhere."""
    absolute = path.resolve()
    return absolute.relative_to(ROOT) if absolute.is_relative_to(ROOT) else path


def holds(path: PurePath, *folders: str) -> bool:
    """Tell whether folders follow one another in a path."""
    parents = path.parent.parts
    width = len(folders)
    return any(parents[at : at + width] == folders for at in range(len(parents)))


def sql_files(paths: Iterable[Path]) -> list[Path]:
    """List the SQL files to lint below the given paths."""
    found: set[Path] = set()
    for path in paths:
        found.update(path.rglob("*.sql") if path.is_dir() else [path])
    return sorted(file for file in found if is_linted(in_project(file)))


def is_linted(path: PurePath) -> bool:
    """Tell whether a file is SQL of the project outside of macros/cross_db."""
    is_skipped = SKIPPED_FOLDERS.intersection(path.parent.parts)
    return path.suffix == ".sql" and not is_skipped and not holds(path, *EXCLUDED)


def main(argv: Sequence[str] | None = None) -> int:
    """Lint the given paths, print the findings and return the exit status."""
    parser = argparse.ArgumentParser(description="Find SQL that is not portable.")
    parser.add_argument("paths", nargs="*", type=Path, help="files or folders")
    given: list[Path] = parser.parse_args(argv).paths
    if missing := [path for path in given if not path.exists()]:
        print(f"no such file or folder: {', '.join(map(str, missing))}", file=sys.stderr)
        return 2
    files = sql_files(given or [ROOT / path for path in DEFAULT_PATHS])
    if not files and not given:
        print(f"no SQL to lint in {', '.join(DEFAULT_PATHS)}", file=sys.stderr)
        return 2
    findings = [
        f"{name}:{finding}"
        for name, file in ((in_project(file), file) for file in files)
        for finding in lint_text(file.read_text(encoding="utf-8"), name)
    ]
    if findings:
        print("\n".join(findings))
        return 1
    print(f"OK: {len(files)} SQL file(s), nothing banned")
    return 0


if __name__ == "__main__":
    sys.exit(main())
