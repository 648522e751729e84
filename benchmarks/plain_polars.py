"""Score one folder of events with Polars, as a data scientist would write it.

    python benchmarks/plain_polars.py --input DIR --out DIR

`--input` is what `generate.py` writes; `scores_daily.parquet` and `drivers.parquet` are written to
`--out`. Plain is: one lazy query for each step, run by the streaming engine, and categories for the
keys, as the manual advises; all months at once, no half-life and no population. The arithmetic is
in whole numbers, so that the scores can be compared to the last digit. The seconds of each step and
the peak memory go to standard output as one line of JSON.
"""

from __future__ import annotations

import resource
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from functools import reduce
from pathlib import Path

import polars as pl
from handwritten import UNITS, Report, command_line, read_csv

DERIVED_EVENTS = (
    "inactive_day",
    "session_started",
    "session_bounced",
    "active_minutes",
    "new_active_user",
)
LARGEST_QUANTITY = 1_000_000_000
COMPARISON_DAYS = 28
LOAD_ORDER = ["loaded_at", "occurred_at", "customer_id", "event_name", "user_id", "quantity"]


@dataclass(frozen=True)
class Scorecard:
    """What a row of scorecards.csv says."""

    name: str
    window_days: int
    full_score_points: Decimal


def read_scorecards(seeds: Path) -> list[Scorecard]:
    """Read the scorecards that are not retired."""
    rows = [row for row in read_csv(seeds / "scorecards.csv") if row["status"] != "retired"]
    for row in rows:
        if row["half_life_days"] or row["population"]:
            raise ValueError(f"scorecard {row['scorecard']}: no half-life and no population here")
    return [
        Scorecard(row["scorecard"], int(row["window_days"]), Decimal(row["full_score_points"]))
        for row in rows
    ]


def read_weights(seeds: Path) -> pl.DataFrame:
    """Read the weights, as whole numbers of 0.0001."""

    def units(text: str) -> int | None:
        return int(Decimal(text) * UNITS) if text else None

    return pl.DataFrame(
        [
            {
                "scorecard": row["scorecard"],
                "event_name": row["event_name"],
                "measure": row["measure"],
                "weight": units(row["weight"]),
                "cap": units(row["daily_cap_per_user"]),
                "valid_from": date.fromisoformat(row["valid_from"] or "0001-01-01"),
                "valid_to": date.fromisoformat(row["valid_to"] or "9999-12-31"),
            }
            for row in read_csv(seeds / "event_weights.csv")
        ],
        schema_overrides={"event_name": pl.Categorical, "cap": pl.Int64},
    )


def tidy(column: str) -> pl.Expr:
    """Trim a text; what is then empty is missing."""
    trimmed = pl.col(column).str.strip_chars(" ")
    return pl.when(trimmed != "").then(trimmed).alias(column)


def tidy_key(column: str) -> pl.Expr:
    """Trim a text of which there are few; categories are faster to group and to join."""
    return tidy(column).cast(pl.Categorical)


def received_events(folder: Path) -> pl.LazyFrame:
    """Read all events."""
    return pl.scan_parquet(folder / "events" / "**" / "*.parquet", hive_partitioning=False)


def accepted_events(folder: Path, first_day: date) -> pl.LazyFrame:
    """Read all events that may be scored."""
    tomorrow = datetime.now(UTC).date() + timedelta(days=1)
    return (
        received_events(folder)
        .select(
            tidy("event_id"),
            *(tidy_key(column) for column in ("customer_id", "event_name", "user_id")),
            pl.col("occurred_at"),
            pl.col("occurred_at").dt.date().alias("event_date"),
            pl.col("quantity").fill_nan(None),
            pl.col("loaded_at"),
        )
        .filter(
            pl.col("event_id").is_not_null(),
            pl.col("customer_id").is_not_null(),
            pl.col("event_name").is_not_null(),
            pl.col("event_date") >= first_day,
            pl.col("event_date") < tomorrow,
            ~pl.col("event_name").is_in(DERIVED_EVENTS),
            pl.col("quantity").abs().fill_null(0) <= LARGEST_QUANTITY,
        )
    )


def count_events(events: pl.LazyFrame) -> pl.DataFrame:
    """Take each event once and count: a row per customer, user, event name and day."""
    return (
        events.sort(LOAD_ORDER, nulls_last=True)
        .unique(["event_id", "event_date"], keep="first", maintain_order=True)
        .group_by("customer_id", "event_name", "user_id", "event_date")
        .agg(
            pl.len().cast(pl.Int64).alias("events"),
            (pl.col("quantity") * UNITS)
            .round(mode="half_away_from_zero")
            .cast(pl.Int64)
            .sum()
            .alias("quantity"),
        )
        .collect(engine="streaming")
    )


def customer_spine(facts: pl.DataFrame, folder: Path, first_day: date) -> pl.DataFrame:
    """Give every day on which a customer is scored: from sign-up or the first event to the last."""
    as_of = facts["event_date"].max()
    signed_up = pl.scan_parquet(folder / "customers.parquet").select(
        tidy_key("customer_id"), pl.col("signed_up_at").dt.date().alias("first_day")
    )
    first_events = facts.lazy().select("customer_id", pl.col("event_date").alias("first_day"))
    return (
        pl.concat([signed_up, first_events])
        .filter(pl.col("customer_id").is_not_null())
        .group_by("customer_id")
        .agg(pl.col("first_day").min())
        .select(
            "customer_id",
            pl.date_ranges(pl.col("first_day").clip(lower_bound=first_day), as_of).alias(
                "score_date"
            ),
        )
        .explode("score_date", empty_as_null=False)
        .collect(engine="streaming")
    )


def daily_points(facts: pl.DataFrame, weights: pl.DataFrame, card: Scorecard) -> pl.DataFrame:
    """Weigh what each customer did on each day; points are whole numbers of 0.00000001."""
    amount = (
        pl.when(pl.col("measure") == "events")
        .then(pl.col("events") * UNITS)
        .when(pl.col("measure") == "users")
        .then(UNITS)
        .otherwise(pl.col("quantity"))
    )
    return (
        facts.lazy()
        .join(weights.lazy().filter(pl.col("scorecard") == card.name), on="event_name")
        .filter(pl.col("event_date").is_between("valid_from", "valid_to"))
        .group_by("customer_id", "event_name", "event_date")
        .agg(
            pl.col("events").sum(),
            (pl.min_horizontal(amount, "cap") * pl.col("weight")).sum().alias("points"),
        )
        .collect(engine="streaming")
    )


def rounded_ces(points: pl.Expr, card: Scorecard) -> pl.Expr:
    """Divide points of a window by those of a full score; half away from zero, four places."""
    # Twice the score in units of 0.0001 is 2 x points x 100 / divisor.
    divisor = int(card.full_score_points * UNITS)
    units = points.sign() * ((2 * 100 * points.abs() + divisor) // (2 * divisor))
    return (units.cast(pl.Decimal(18, 0)) * pl.lit(Decimal("0.0001"))).cast(pl.Decimal(18, 4))


def tier_of(ces: pl.Expr, bands: list[dict[str, str]], card: Scorecard) -> pl.Expr:
    """Find the tier of a score; a scorecard's own bands go before those for all."""
    own = [band for band in bands if band["scorecard"] == card.name]
    chosen = own or [band for band in bands if band["scorecard"] == "*"]
    limited = [
        (Decimal(band["upper_bound"]), band["tier"]) for band in chosen if band["upper_bound"]
    ]
    unlimited = next(band["tier"] for band in chosen if not band["upper_bound"])
    return reduce(
        lambda above, band: pl.when(ces <= band[0]).then(pl.lit(band[1])).otherwise(above),
        sorted(limited, reverse=True),
        pl.lit(unlimited),
    )


def daily_scores(
    points: pl.DataFrame, spine: pl.DataFrame, bands: list[dict[str, str]], card: Scorecard
) -> pl.DataFrame:
    """Sum the points of the window that ends on each day of the spine."""
    by_day = points.lazy().group_by("customer_id", "event_date").agg(pl.col("points").sum())
    return (
        spine.lazy()
        .join(
            by_day,
            left_on=["customer_id", "score_date"],
            right_on=["customer_id", "event_date"],
            how="left",
            maintain_order="left",
        )
        .with_columns(
            pl.col("points")
            .fill_null(0)
            .rolling_sum(card.window_days, min_samples=1)
            .over("customer_id")
        )
        .with_columns(rounded_ces(pl.col("points"), card).alias("ces"))
        .select(
            pl.lit(card.name).alias("scorecard"),
            pl.col("customer_id").cast(pl.String),
            "score_date",
            "ces",
            tier_of(pl.col("ces"), bands, card).alias("tier"),
        )
        .collect(engine="streaming")
    )


def drivers(points: pl.DataFrame, as_of: date, card: Scorecard) -> pl.DataFrame:
    """Add up what each event name gave in the last window; name those of 28 days before as well."""
    window_start = as_of - timedelta(days=card.window_days)
    before = timedelta(days=COMPARISON_DAYS)
    is_current = pl.col("event_date") > window_start
    is_former = pl.col("event_date").is_between(
        window_start - before, as_of - before, closed="right"
    )
    return (
        points.lazy()
        .filter(is_current | is_former)
        .group_by("customer_id", "event_name")
        .agg(
            pl.col("events").filter(is_current).sum().alias("occurrences"),
            pl.col("points").filter(is_current).sum(),
        )
        .select(
            pl.lit(card.name).alias("scorecard"),
            pl.col("customer_id", "event_name").cast(pl.String),
            "occurrences",
            pl.col("points") / float(card.full_score_points * UNITS * UNITS) * 100,
        )
        .collect(engine="streaming")
    )


def run(folder: Path, seeds: Path, out: Path, first_day: date) -> Report:
    """Compute scores and drivers from a folder and its seeds into two Parquet files."""
    report = Report()
    started = time.perf_counter()
    bands = read_csv(seeds / "tier_bands.csv")
    weights = read_weights(seeds)
    out.mkdir(parents=True, exist_ok=True)

    def timed(title: str, step: Callable[[], pl.DataFrame]) -> pl.DataFrame:
        before = time.perf_counter()
        result = step()
        report.add(title, time.perf_counter() - before)
        return result

    facts = timed("read and count", lambda: count_events(accepted_events(folder, first_day)))
    spine = timed("spine", lambda: customer_spine(facts, folder, first_day))
    as_of = facts["event_date"].max()
    assert isinstance(as_of, date)
    parts = []
    for card in read_scorecards(seeds):
        points = timed("points", lambda card=card: daily_points(facts, weights, card))
        scores = timed("scores", lambda c=card, p=points: daily_scores(p, spine, bands, c))
        parts.append(
            (scores, timed("drivers", lambda card=card, p=points: drivers(p, as_of, card)))
        )
    before = time.perf_counter()
    all_scores = pl.concat([scores for scores, _ in parts])
    all_drivers = pl.concat([found for _, found in parts])
    all_scores.write_parquet(out / "scores_daily.parquet")
    all_drivers.write_parquet(out / "drivers.parquet")
    report.add("write", time.perf_counter() - before)
    report.total_seconds = time.perf_counter() - started
    report.events = received_events(folder).select(pl.len()).collect().item()
    report.scores, report.drivers = all_scores.height, all_drivers.height
    report.peak_rss_mb = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
    return report


def main() -> int:
    """Run from the command line."""
    return command_line("Score generated events with Polars.", "out", run, pl)


if __name__ == "__main__":
    sys.exit(main())
