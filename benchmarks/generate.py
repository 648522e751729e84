"""Generate product events of any size, with the seeds that score them.

    python benchmarks/generate.py --events 10_000_000 --customers 20_000 --out DIR

The rows depend on the arguments and the DuckDB version alone: every draw is a hash of a row's
number and the seed. What makes the data hard is what makes real data hard:

* accounts are heavy-tailed (1 % of them send a fifth of the events), and so are their users;
* events come in sessions, so that a user repeats an event name about three times on a day;
* 1 % of the rows are delivered twice (same `event_id`, same day, loaded later, and a tenth of them
  with another quantity); 2 % arrive days to weeks late;
* about 0.01 % of the rows are rotten (no customer, no event name or no time), and as many carry
  padded customer ids;
* some accounts sign up during the history, some fall silent, some never send an event, and some
  are unknown to `customers`.

Written are `events/event_month=YYYY-MM/events.parquet` (or `events/events.parquet` with
`--single`), `customers.parquet` and `seeds/*.csv`. A session never crosses midnight, so the folder
is the month of `occurred_at` (of the session, where a row has lost its time).
"""

from __future__ import annotations

import argparse
import csv
import hashlib
import json
import math
import shutil
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass, fields
from datetime import date, timedelta
from itertools import groupby
from pathlib import Path

import duckdb

SCORECARD = "engagement"
DEFAULT_SEED = 1
WINDOW_DAYS = 90
MEAN_SESSION_DECAY = 7.0
MAX_SESSION_EVENTS = 60
KEY_SPACE = 2**50
# Points for a score of 100, as a factor of the events for each customer in a window, chosen so
# that every tier has people.
FULL_SCORE_FACTOR = 0.5

# From the most to the least frequent. `api_called` has no weight, on purpose.
EVENT_NAMES = (
    "page_viewed",
    "logged_in",
    "item_edited",
    "api_called",
    "search_performed",
    "error_shown",
    "item_created",
    "comment_added",
    "file_uploaded",
    "support_ticket_opened",
    "report_exported",
    "invite_sent",
)
QUANTITY_EVENTS = ("file_uploaded", "report_exported", "api_called")

# event_name, category, weight, measure, daily_cap_per_user; `integration_connected` never occurs.
WEIGHTS = (
    ("page_viewed", "activity", "0.1", "events", "10"),
    ("logged_in", "activity", "1", "users", ""),
    ("item_edited", "core", "1", "events", ""),
    ("search_performed", "core", "0.5", "events", ""),
    ("error_shown", "friction", "-1.5", "events", ""),
    ("item_created", "core", "2", "events", ""),
    ("comment_added", "collaboration", "1.25", "events", ""),
    ("file_uploaded", "core", "0.02", "quantity", ""),
    ("support_ticket_opened", "friction", "-3", "events", ""),
    ("report_exported", "value", "2.5", "events", ""),
    ("invite_sent", "collaboration", "4", "events", ""),
    ("integration_connected", "value", "10", "events", ""),
)

TIER_BANDS = (
    ("churn_risk", "1", "-0.0001", "Churn risk", "Call before the renewal does."),
    ("no_engagement", "2", "0", "No engagement", "Find out whether anyone is still there."),
    ("very_disengaged", "3", "40", "Very disengaged", "Offer help with the first useful step."),
    ("somewhat_engaged", "4", "70", "Somewhat engaged", "Show the feature next to the one used."),
    ("highly_engaged", "5", "100", "Highly engaged", "Ask what would make it indispensable."),
    ("power_user", "6", "", "Power user", "Ask for a reference, offer the next plan."),
)


@dataclass(frozen=True)
class Parameters:
    """What the generated rows depend on."""

    events: int
    customers: int
    days: int
    seed: int
    start: date
    half_life: int | None = None
    single: bool = False

    @property
    def salt(self) -> int:
        """Where the keys of this seed begin among the 64-bit integers."""
        digest = hashlib.sha256(f"engagement-benchmark:{self.seed}".encode()).digest()
        return int.from_bytes(digest[:8], "big") % 2**61

    @property
    def active_accounts(self) -> int:
        """Accounts that may send events: the last fiftieth never does."""
        return max(1, self.customers - self.customers // 50)

    @property
    def full_score_points(self) -> int:
        """Points that make a score of 100, in proportion to the events for each customer."""
        per_window = self.events / self.customers * min(1.0, WINDOW_DAYS / self.days)
        return max(1, round(per_window * FULL_SCORE_FACTOR))


def session_counts(parameters: Parameters) -> list[tuple[date, int]]:
    """Sessions of each day: growing over the history, fewer at the weekend."""
    step = math.exp(-1 / MEAN_SESSION_DECAY)
    # 1 + the mean of a floored exponential draw that is cut off at the longest session.
    mean_events = 1 + sum(step**n for n in range(1, MAX_SESSION_EVENTS))
    repeats_per_event = 0.01
    total = parameters.events / (mean_events * (1 + repeats_per_event))
    days = [parameters.start + timedelta(days=n) for n in range(parameters.days)]
    shares = [
        (0.35 if day.weekday() > 4 else 1.0) * (0.7 + 0.6 * n / max(1, parameters.days - 1))
        for n, day in enumerate(days)
    ]
    scale = total / sum(shares)
    counts = []
    running = 0.0
    for day, share in zip(days, shares, strict=True):
        counts.append((day, max(1, round(running + share * scale) - round(running))))
        running += share * scale
    return counts


def macros_sql(parameters: Parameters) -> str:
    """Random draws and account properties, all of them functions of a number and the seed."""
    accounts = parameters.active_accounts
    salt = parameters.salt
    # Mean sessions of the median account over the history, fifteen of which make one user.
    users = parameters.events / accounts / 3 / 7.5 / 15
    return f"""
    create or replace macro draw(space, n) as hash({salt} + space * {KEY_SPACE} + n);
    create or replace macro unit(h) as (h >> 11)::double / 9007199254740992.0;
    -- 1 account in 2 is there from the start, the others sign up until a month before the end
    create or replace macro signup_day(account) as
        case
            when draw(1, account * 8) % 2 = 0
                then -(draw(1, account * 8 + 1) % 30)::bigint
            else (unit(draw(1, account * 8 + 2)) * {max(1, parameters.days - 30)})::bigint
        end;
    -- 1 account in 7 falls silent at some time
    create or replace macro last_day(account) as
        case
            when draw(1, account * 8 + 3) % 7 = 0
                then (unit(draw(1, account * 8 + 4)) * {parameters.days})::bigint
            else {parameters.days}
        end;
    create or replace macro users_of(account) as
        1 + floor(
            {users} * ((account + 1.0) / {accounts}) ** (-2 / 3)
            * (0.3 + 1.4 * unit(draw(1, account * 8 + 5)))
        )::bigint;
    create or replace macro account_number(account) as
        (account * 1000003 + {salt % 1_000_003}) % {parameters.customers};
    create or replace macro ranked(session, attempt) as
        floor({accounts} * unit(draw(2, session * 16 + attempt)) ** 3)::bigint;
    create or replace macro is_there(account, day) as
        day between signup_day(account) and last_day(account);
    """


def sessions_sql(parameters: Parameters) -> str:
    """One row per session: who, when, how many events, which event names."""
    accounts = parameters.active_accounts
    names = "[" + ", ".join(f"'{name}'" for name in EVENT_NAMES) + "]"

    def name_of(draw: int) -> str:
        position = f"unit(draw(2, session * 16 + {draw})) ** 2.2 * {len(EVENT_NAMES)}"
        return f"({names})[1 + floor({position})::bigint]"

    return f"""
    create or replace table sessions as
    with numbered as (
        select
            event_month,
            day,
            started_on,
            first_session + unnest(range(session_count)) as session,
        from days
    ),

    placed as (
        select
            *,
            coalesce(
                case when is_there(ranked(session, 0), day) then ranked(session, 0) end,
                case when is_there(ranked(session, 1), day) then ranked(session, 1) end,
                case when is_there(ranked(session, 2), day) then ranked(session, 2) end,
                floor({accounts} * unit(draw(2, session * 16 + 3)))::bigint
            ) as account,
        from numbered
    ),

    drawn as (
        select
            *,
            floor(users_of(account) * unit(draw(2, session * 16 + 4)) ** 2)::bigint as account_user,
            least(
                {MAX_SESSION_EVENTS},
                1 + floor(
                    -ln(1 - unit(draw(2, session * 16 + 5))) * {MEAN_SESSION_DECAY}
                )::bigint
            ) as event_count,
            18000 + floor(
                (unit(draw(2, session * 16 + 6)) + unit(draw(2, session * 16 + 7))) * 29700
            )::bigint as start_second,
            5000 + floor(unit(draw(2, session * 16 + 8)) ** 2 * 138000)::bigint as gap_ms,
            draw(2, session * 16 + 9) as spice,
        from placed
    )

    select
        event_month,
        session,
        'acct-' || (1000000 + account_number(account))::varchar as customer_id,
        case
            when spice % 64 > 0
                then 'u-' || account_number(account)::varchar || '-' || account_user::varchar
        end as user_id,
        started_on + to_seconds(start_second) as started_at,
        event_count,
        -- a session of k events holds a repeated row with a probability of k/100
        event_count
        + case when (spice >> 8) % 10000 < event_count * 100 then 1 else 0 end as row_count,
        ((spice >> 24) % event_count::ubigint)::bigint as repeated_event,
        gap_ms,
        {name_of(10)} as name_a,
        {name_of(11)} as name_b,
        {name_of(12)} as name_c,
    from drawn
    order by session
    """


def events_sql(condition: str, salt: int) -> str:
    """Build the rows of `events`, each from its session and one hash of its own."""
    quantity_events = ", ".join(f"'{name}'" for name in QUANTITY_EVENTS)
    return f"""
    with numbered as (
        select
            *,
            unnest(range(row_count)) as row_number,
        from sessions
        where {condition}
    ),

    hashed as (
        select
            *,
            row_number = event_count as is_repeat,
            case when row_number = event_count then repeated_event else row_number end as n,
            draw(0, session * 64 + n) as h,
        from numbered
    ),

    timed as (
        select
            *,
            -- one hash, cut into fields that do not overlap
            h & 255 as name_draw,
            (h >> 8) & 65535 as time_draw,
            (h >> 24) & 4095 as late_draw,
            (h >> 36) & 32767 as rot_draw,
            (h >> 51) & 8191 as quantity_draw,
            started_at
            + to_milliseconds(n * gap_ms + gap_ms * time_draw::bigint // 65536) as happened_at,
        from hashed
    ),

    named as (
        select
            *,
            case when name_draw < 120 then name_a when name_draw < 200 then name_b else name_c end
                as name,
            -- 82 of 4096 come 1 to 30 days late, the others within the hour
            happened_at + to_milliseconds(
                case
                    when late_draw < 82 then 86400000 + time_draw::bigint * 38232
                    else 1000 + time_draw::bigint * 54
                end
                + case when is_repeat then 60000 + quantity_draw::bigint * 12000 else 0 end
            ) as arrived_at,
        from timed
    )

    select
        md5(({salt} + session * 64 + n)::varchar) as event_id,
        case rot_draw when 0 then null when 4 then ' ' || customer_id || '  ' else customer_id end
            as customer_id,
        user_id,
        case rot_draw when 1 then null else name end as event_name,
        case rot_draw when 2 then null else happened_at end as occurred_at,
        case
            when name in ({quantity_events})
                then (
                    1 + quantity_draw + case when is_repeat and n % 10 = 0 then 100 else 0 end
                )::double / 100
        end as quantity,
        arrived_at as loaded_at,
    from named
    """


def customers_sql(parameters: Parameters) -> str:
    """Build the rows of `customers`; 1 account in 200 is missing there."""
    return f"""
    select
        'acct-' || (1000000 + account_number(account))::varchar as customer_id,
        timestamp '{parameters.start}' + to_days(signup_day(account)::integer)
        + to_seconds((draw(1, account * 8 + 6) % 86400)::bigint) as signed_up_at,
        (['free', 'team', 'business', 'enterprise'])[
            1 + least(3, floor(log10(users_of(account) + 1) * 1.7)::bigint)
        ] as plan,
        users_of(account) + (users_of(account) * unit(draw(1, account * 8 + 7)) * 0.5)::bigint
            as licensed_seats,
    from (select range as account from range({parameters.customers}))
    where draw(3, account) % 200 > 0
    order by customer_id
    """


def write_seeds(parameters: Parameters, folder: Path) -> None:
    """Write the scorecard, its weights and its bands in the format of the project's seeds."""
    folder.mkdir(parents=True, exist_ok=True)
    files: dict[str, list[tuple[str, ...]]] = {
        "scorecards": [
            (
                "scorecard",
                "title",
                "status",
                "window_days",
                "half_life_days",
                "full_score_points",
                "population",
                "description",
            ),
            (
                SCORECARD,
                "Engagement",
                "active",
                str(WINDOW_DAYS),
                "" if parameters.half_life is None else str(parameters.half_life),
                str(parameters.full_score_points),
                "",
                "The scorecard of the benchmark.",
            ),
        ],
        "event_weights": [
            (
                "scorecard",
                "event_name",
                "category",
                "weight",
                "measure",
                "daily_cap_per_user",
                "valid_from",
                "valid_to",
                "owner",
                "rationale",
            ),
            *(
                (SCORECARD, name, category, weight, measure, cap, "2000-01-01", "", "bench", "-")
                for name, category, weight, measure, cap in WEIGHTS
            ),
        ],
        "tier_bands": [
            ("scorecard", "tier", "tier_rank", "upper_bound", "title", "playbook"),
            *(("*", *band) for band in TIER_BANDS),
        ],
    }
    for name, rows in files.items():
        with (folder / f"{name}.csv").open("w", newline="", encoding="utf-8") as file:
            csv.writer(file, lineterminator="\n").writerows(rows)


def write_events(
    connection: duckdb.DuckDBPyConnection, parameters: Parameters, folder: Path, months: list[str]
) -> None:
    """Write the Parquet files, two months at a time unless there is one file only."""
    if parameters.single:
        folder.mkdir(parents=True)
        connection.execute(
            f"copy ({events_sql('true', parameters.salt)}) to '{folder}/events.parquet'"
        )
        return

    def write_month(month: str) -> None:
        target = folder / f"event_month={month}"
        target.mkdir(parents=True)
        query = events_sql(f"event_month = '{month}'", parameters.salt)
        with connection.cursor() as cursor:
            cursor.execute(f"copy ({query}) to '{target}/events.parquet'")

    with ThreadPoolExecutor(max_workers=2) as pool:
        list(pool.map(write_month, months))


def generate(parameters: Parameters, out: Path) -> dict[str, object]:
    """Write events, customers and seeds, and say what was written and how fast."""
    started = time.perf_counter()
    folder = out / "events"
    shutil.rmtree(folder, ignore_errors=True)
    out.mkdir(parents=True, exist_ok=True)
    write_seeds(parameters, out / "seeds")
    counts = session_counts(parameters)
    months = [month for month, _ in groupby(f"{day:%Y-%m}" for day, _ in counts)]
    with duckdb.connect() as connection:
        connection.execute(macros_sql(parameters))
        connection.execute(
            "create table days (event_month varchar, day bigint, started_on timestamp,"
            " first_session bigint, session_count bigint)"
        )
        rows = []
        first_session = 0
        for number, (day, count) in enumerate(counts):
            rows.append((f"{day:%Y-%m}", number, day, first_session, count))
            first_session += count
        connection.executemany("insert into days values (?, ?, ?, ?, ?)", rows)
        connection.execute(sessions_sql(parameters))
        connection.execute(
            f"copy ({customers_sql(parameters)}) to '{out}/customers.parquet' (format parquet)"
        )
        write_events(connection, parameters, folder, months)
        written = connection.execute(
            f"select sum(num_rows) from parquet_file_metadata('{folder}/**/*.parquet')"
        ).fetchone()
    seconds = time.perf_counter() - started
    total = int(written[0]) if written else 0
    size = sum(file.stat().st_size for file in folder.rglob("*.parquet"))
    report: dict[str, object] = {
        "parameters": {**asdict(parameters), "start": parameters.start.isoformat()},
        "rows": total,
        "sessions": first_session,
        "megabytes": round(size / 1e6),
        "seconds": round(seconds, 2),
        "rows_per_second": round(total / seconds),
        "duckdb": duckdb.__version__,
    }
    (out / "generated.json").write_text(json.dumps(report, indent=2) + "\n", encoding="utf-8")
    return report


def start_of_history(days: int) -> date:
    """Return the first day of a history: New Year 2024, or earlier, so that it ends with 2024."""
    return date(2024, 1, 1) - timedelta(days=max(0, days - 366))


def scale_parser(description: str, events: int) -> argparse.ArgumentParser:
    """Return a parser that asks for the scale: about so many events, of whom, and when."""
    parser = argparse.ArgumentParser(description=description)
    parser.add_argument("--events", type=int, default=events, help="about so many rows")
    parser.add_argument("--customers", type=int, default=20_000)
    parser.add_argument("--days", type=int, default=365)
    parser.add_argument("--seed", type=int, default=DEFAULT_SEED)
    parser.add_argument(
        "--start", type=date.fromisoformat, help="default: 2024-01-01, or so as to end in 2024"
    )
    return parser


def parameters_of(arguments: argparse.Namespace) -> Parameters:
    """Return the parameters on a command line; what it cannot say has its default."""
    names = {field.name for field in fields(Parameters)}
    given = {name: value for name, value in vars(arguments).items() if name in names}
    given["start"] = arguments.start or start_of_history(arguments.days)
    return Parameters(**given)


def parse_arguments(arguments: list[str] | None = None) -> argparse.Namespace:
    """Read the command line."""
    parser = scale_parser("Generate product events for the benchmarks.", 1_000_000)
    parser.add_argument("--half-life", type=int, help="days; empty means no decay")
    parser.add_argument("--single", action="store_true", help="one file instead of one a month")
    parser.add_argument("--out", type=Path, required=True)
    return parser.parse_args(arguments)


def main() -> int:
    """Run from the command line."""
    arguments = parse_arguments()
    print(json.dumps(generate(parameters_of(arguments), arguments.out), indent=2))
    return 0


if __name__ == "__main__":
    sys.exit(main())
