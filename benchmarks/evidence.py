"""Measure what the score foretells on three data sets, and write the tables into docs/evidence.md.

    python benchmarks/evidence.py --data FOLDER [--only oulad] [--dry]

FOLDER holds a folder for each data set: complete_journey, oulad and socialnet7; what is missing is
skipped, and its section stays as it is. Every score is that of dbt: each data set is built twice
into a scratch database, first with the weights that were set beforehand
(benchmarks/evidence/<data set>.csv), then with the two scorecards that were found on the
development days. Exit status: 0, or 1 where dbt's scores differ from the formula.
"""

from __future__ import annotations

import argparse
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from decimal import Decimal
from itertools import product
from pathlib import Path
from typing import NamedTuple

import duckdb
import numpy as np

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT / "scripts"))

from advice import model, seeds  # noqa: E402
from advice.panel import (  # noqa: E402
    ACTIVE,
    INACTIVE,
    Booleans,
    Design,
    Floats,
    Outcome,
    Panel,
    open_database,
    read_panel,
)
from advice.proposal import (  # noqa: E402
    Proposal,
    check_sample,
    propose,
    sample_of,
    scorecard_row,
    shortened,
    weight_rows,
)
from scipy.stats import spearmanr  # noqa: E402

PAGE = ROOT / "docs" / "evidence.md"
WORK = ROOT / "benchmarks" / "work"
FIRST, DESIGNED, ADVISED, LOGISTIC = "first", "designed", "advised", "logistic"
# The design that the weights were set with: the product's shipped window, nothing else.
FIRST_DESIGN = Design(56)
# What an inactive day may cost, in middle weights.
PENALTIES = (0.0, 0.25, 1.0)
TITLES = {
    FIRST: "weights set beforehand, plain sum",
    DESIGNED: "the same weights, designed",
    ADVISED: "advised sum",
    LOGISTIC: "logistic on log counts",
    "days_since_last_event": "days since last event",
    "event_count": "event count",
    "active_days": "active days",
}
TRUTH = {
    "newfriend": 6,
    "post": 1,
    "message": 1,
    "reply": 1,
    "like": 0.5,
    "dislike": -1,
    "adview": -1.5,
    "unfriend": -10,
}


class DataSet(NamedTuple):
    """A data set, its outcome, and the days on which it is looked at."""

    name: str
    title: str
    outcome: Outcome
    text: str
    rows: Callable[..., None]
    periods: Callable[[Panel], dict[str, Booleans]]
    variables: dict[str, str]
    earlier: dict[str, str]


class Found(NamedTuple):
    """What came out for a data set."""

    data: DataSet
    panel: Panel
    designed: Design
    penalty: Decimal
    proposal: Proposal
    predictors: dict[str, Floats]
    weights: list[dict[str, str]]


def lapse_rows(connection: duckdb.DuckDBPyConnection, folder: Path) -> None:
    """Take every fourth Monday whose 28 days are over by the end of the data.

    Development ends where the outcomes of its days reach the first day of the test.
    """
    del folder
    connection.execute(
        """
        create or replace temp table advice_rows as
        with days as (
            select cast(day as date) as day from unnest(generate_series(
                timestamp '2017-02-27', timestamp '2017-12-04', interval 28 day
            )) as listed (day)
        ),
        baskets as (
            select distinct customer_id, event_date from int_engagement__event_counts
            where event_name = 'basket'
        ),
        seen as (
            select
                customer_id, day,
                count(case when event_date <= day and event_date > day - 28 then 1 end) as before,
                count(case when event_date > day and event_date <= day + 28 then 1 end) as after
            from baskets cross join days
            group by customer_id, day
        )
        select
            row_number() over (order by day, customer_id) - 1 as row_number,
            customer_id, day as reference_date, day < date '2017-10-09' as is_train, first_day,
            case when after = 0 then 1 else 0 end as outcome
        from seen inner join int_engagement__customers using (customer_id)
        where before > 0
        """
    )


def social_rows(connection: duckdb.DuckDBPyConnection, folder: Path) -> None:
    """Take four days, and whoever has a subscription then that does not end that day.

    Ends from June on are no outcomes: the simulation renews nothing after May.
    """
    connection.execute(
        """
        create or replace temp table advice_rows as
        with days as (
            select unnest([
                date '2020-02-01', date '2020-03-02', date '2020-04-01', date '2020-05-01'
            ]) as day
        ),
        customers as (
            select
                customer_id, min(cast(started_at as date)) as starts,
                max(cast(ended_at as date)) as ends
            from read_parquet(?) group by customer_id
        )
        select
            row_number() over (order by day, customer_id) - 1 as row_number,
            customer_id, day as reference_date, day < date '2020-04-01' as is_train, first_day,
            case when ends <= day + 30 then 1 else 0 end as outcome
        from customers cross join days inner join int_engagement__customers using (customer_id)
        where starts <= day and ends > day and first_day <= day
        """,
        [str(folder / "subscriptions.parquet")],
    )


def course_rows(connection: duckdb.DuckDBPyConnection, folder: Path) -> None:
    """Take day 60 and day 120 of each course, of students who had not withdrawn by then."""
    connection.execute(
        """
        create or replace temp table advice_rows as
        with students as (
            select
                listed.customer_id,
                cast(course_started_at as date) as starts,
                (select max(cast(ended_at as date)) from read_parquet($subscriptions) as ended
                 where ended.customer_id = listed.customer_id) as withdrew_on
            from read_parquet($customers) as listed
        ),
        days as (select unnest([60, 120]) as course_day)
        select
            row_number() over (order by starts + course_day, customer_id) - 1 as row_number,
            customer_id, starts + course_day as reference_date,
            starts < date '2014-01-01' and course_day = 60 as is_train, first_day,
            case when withdrew_on <= starts + course_day + 60 then 1 else 0 end as outcome
        from students cross join days
        inner join int_engagement__customers using (customer_id)
        where
            (withdrew_on is null or withdrew_on > starts + course_day)
            and first_day <= starts + course_day
        """,
        {
            "customers": str(folder / "customers.parquet"),
            "subscriptions": str(folder / "subscriptions.parquet"),
        },
    )


def plain_periods(panel: Panel) -> dict[str, Booleans]:
    """Development days, and later ones."""
    return {"development": panel.is_train, "test": ~panel.is_train}


def course_periods(panel: Panel) -> dict[str, Booleans]:
    """Development: day 60 of the courses of 2013. Everything else is later or untouched."""
    cells = panel.connection.execute(
        "select date_diff('day', cast(course_started_at as date), reference_date) as course_day,"
        " course_started_at >= timestamp '2014-01-01' as is_later"
        " from advice_rows inner join stg_course_starts using (customer_id) order by row_number"
    ).fetchnumpy()
    early = cells["course_day"] == 60
    later = cells["is_later"].astype(np.bool_)
    return {
        "development: courses of 2013, days 61 to 120": panel.is_train,
        "test: courses of 2014, days 61 to 120": early & later,
        "test: all courses, days 121 to 180": ~early,
        "test: courses of 2014, days 121 to 180": ~early & later,
    }


DATA_SETS = (
    DataSet(
        "complete_journey",
        "The Complete Journey: households that stop shopping",
        Outcome("lapse", "no basket in 28 days"),
        "Outcome: no basket in the 28 days after the reference day, of households that had one in"
        " the 28 days before it. Reference days every four weeks; the last third is for the test,"
        " and no development outcome reaches into it. The weights are those that the sample"
        " shipped with before any outcome was looked at, without caps and inactive days.",
        lapse_rows,
        plain_periods,
        {},
        {"event count": "0.853", "days since last event": "0.769", "logistic": "0.866"},
    ),
    DataSet(
        "oulad",
        "Open University (OULAD): students who withdraw",
        Outcome("withdrawal", "withdrawal within 60 days"),
        "Outcome: withdrawal within the 60 days after day 60 (or 120) of the course, of students"
        " who had not withdrawn by then. Development: the courses that began in 2013, at day 60;"
        " their outcomes were over before the first course of the test had run for a week. An"
        " event is a day on which a student used a kind of page; the weights were set by what the"
        " kinds of page are called.",
        course_rows,
        course_periods,
        {},
        {
            "weighted, days 61 to 120": "0.624",
            "days since last event, days 61 to 120": "0.631",
            "logistic, days 61 to 120": "0.646",
            "weighted, days 121 to 180": "0.643",
            "days since last event, days 121 to 180": "0.635",
            "logistic, days 121 to 180": "0.669",
        },
    ),
    DataSet(
        "socialnet7",
        "socialnet7: a simulated social network whose weights are known",
        Outcome("churn", "subscription not renewed within 30 days"),
        "Outcome: the subscription ends within 30 days and is not renewed. Scored as of 2020-05-31,"
        " since the simulation renews nothing after it. Development: 2020-02-01 and 2020-03-02;"
        " test: 2020-04-01 and 2020-05-01. The weights set beforehand are the utilities of the"
        " simulation itself. There are far fewer outcomes than the 200 below which make advise"
        " refuses: all advice here is an experiment.",
        social_rows,
        plain_periods,
        {"as_of": "2020-05-31"},
        {"naive weights": "0.594", "true weights": "0.659"},
    ),
)


def build(scratch: Path, inputs: Path, variables: dict[str, str]) -> Path:
    """Build the daily scores with the seeds in the scratch folder."""
    database = scratch / "evidence.duckdb"
    command = [
        Path(sys.executable).parent / "dbt",
        "--quiet",
        "build",
        "--select",
        "+engagement_scores_daily",
        "--exclude-resource-type",
        "test",
        "unit_test",
        "--profiles-dir",
        ROOT,
        "--project-dir",
        ROOT,
        "--target",
        "duckdb",
        "--target-path",
        scratch / "target",
        "--log-path",
        scratch / "logs",
        "--vars",
        json.dumps({"input_path": str(inputs), **variables}),
    ]
    environment = {
        **os.environ,
        "DO_NOT_TRACK": "1",
        # Relative: dbt would write what it ran over seeds that have an absolute path.
        "ENGAGEMENT_SEEDS": str((scratch / "seeds").relative_to(ROOT)),
        "ENGAGEMENT_DUCKDB_PATH": str(database),
    }
    subprocess.run([str(word) for word in command], check=True, env=environment, cwd=ROOT)
    return database


def write_seeds(scratch: Path, name: str) -> list[dict[str, str]]:
    """Make a complete folder of seeds, with the weights set beforehand as its only scorecard."""
    folder = scratch / "seeds"
    shutil.copytree(ROOT / "seeds", folder)
    weights = ROOT / "benchmarks" / "evidence" / f"{name}.csv"
    shutil.copy(weights, folder / "event_weights.csv")
    path = folder / "scorecards.csv"
    path.write_text(
        path.read_text(encoding="utf-8").splitlines()[0]
        + f"\n{FIRST},{FIRST},active,{FIRST_DESIGN.window_days},,100,,\n",
        encoding="utf-8",
    )
    return seeds.read_seed(folder, "event_weights")


@contextmanager
def opened(
    database: Path, folder: Path, data: DataSet, events: tuple[str, ...] = ()
) -> Iterator[Panel]:
    """Read the panel of a data set from what dbt built."""
    with open_database(str(database)) as connection:
        if data.name == "oulad":
            connection.execute(
                "create temp table stg_course_starts as select customer_id, course_started_at"
                " from read_parquet(?)",
                [str(folder / "customers.parquet")],
            )
        data.rows(connection, folder)
        yield read_panel(connection, events=events)


def designed(panel: Panel, weights: dict[str, float]) -> tuple[Design, Decimal]:
    """Choose how the given weights are added up, and the cost of an inactive day.

    By AUC on the development rows alone; the simplest of those that are nearly the best.
    """
    train, middle = panel.is_train, float(np.median(np.abs(list(weights.values()))))
    vector = np.array([weights.get(name, 0.0) for name in panel.names])
    tried = []
    for design, penalty in product([FIRST_DESIGN, *model.designs()], PENALTIES):
        features = panel.features(design)[train]
        vector[panel.names.index(INACTIVE)] = -penalty * middle
        figure = model.auc(panel.outcomes[train], -(features @ vector))
        tried.append((figure, design, shortened(-penalty * middle)))
    best = max(figure for figure, _, _ in tried)
    parts = {
        (design, penalty): bool(design.half_life_days) + bool(design.daily_cap) + bool(penalty)
        for _, design, penalty in tried
    }
    near = [one for one in tried if one[0] >= best - model.WORTH_IT]
    _, design, penalty = min(near, key=lambda one: parts[one[1:]])
    return design, penalty


def designed_rows(
    weights: Sequence[dict[str, str]], design: Design, penalty: Decimal
) -> tuple[seeds.Row, list[seeds.Row]]:
    """Write the designed scorecard as seeds."""
    rows: list[seeds.Row] = [
        {
            **row,
            "scorecard": DESIGNED,
            "owner": seeds.OWNER,
            "daily_cap_per_user": design.daily_cap or "",
        }
        for row in weights
    ]
    if penalty:
        rows.append(
            {
                "scorecard": DESIGNED,
                "event_name": INACTIVE,
                "category": "derived",
                "weight": penalty,
                "measure": "events",
                "owner": seeds.OWNER,
            }
        )
    scorecard: seeds.Row = {
        "scorecard": DESIGNED,
        "title": DESIGNED,
        "status": "candidate",
        "window_days": design.window_days,
        "half_life_days": design.half_life_days or "",
        "full_score_points": 100,
    }
    return scorecard, rows


def expected_points(panel: Panel, design: Design, weights: dict[str, Decimal]) -> Floats:
    """Compute the score by the formula, apart from dbt."""
    vector = np.array([float(weights.get(name, 0)) for name in panel.names])
    return panel.features(design) @ vector


def measured(data: DataSet, folder: Path, scratch: Path) -> tuple[Found, dict[str, Booleans]]:
    """Build, choose on the development days, build again, and read dbt's scores."""
    weights = write_seeds(scratch, data.name)
    given = {row["event_name"]: Decimal(row["weight"]) for row in weights}
    database = build(scratch, folder, data.variables)
    with opened(database, folder, data) as panel:
        design, penalty = designed(panel, {name: float(weight) for name, weight in given.items()})
        check_sample(sample_of(panel), is_experiment=True)
        proposal = propose(panel, data.outcome)
        baselines = dict(proposal.predictors)
    seeds.write(scratch / "seeds", DESIGNED, *designed_rows(weights, design, penalty))
    # An experiment may end with no weight that is stable: then there is no third scorecard.
    if proposal.weights:
        row, rows = scorecard_row(proposal, ADVISED), weight_rows(proposal, ADVISED)
        seeds.write(scratch / "seeds", ADVISED, row, rows)
    database = build(scratch, folder, data.variables)
    with opened(database, folder, data, tuple(given)) as panel:
        full = float(proposal.full_score_points)
        checks = {
            FIRST: (FIRST_DESIGN, given, 100.0),
            DESIGNED: (design, {**given, INACTIVE: penalty}, 100.0),
        }
        if proposal.weights:
            checks[ADVISED] = (proposal.design, proposal.weights, full)
        predictors = {}
        for name, (how, what, scale) in checks.items():
            scores = panel.scores(name)
            apart = np.abs(scores - expected_points(panel, how, what) * 100 / scale)
            worst = float(apart.max())
            print(f"  {data.name}, {name}: dbt and the formula differ by at most {worst:.7f}")
            if not worst < 0.0001:
                raise SystemExit(
                    f"{data.name}: dbt's scores of {name} are not those of the formula"
                )
            predictors[name] = -scores
        predictors |= {name: values for name, values in baselines.items() if name != ADVISED}
        periods = data.periods(panel)
        return Found(data, panel, design, penalty, proposal, predictors, weights), periods


def sections(found: Found, periods: dict[str, Booleans]) -> str:
    """Write the section of a data set."""
    data, panel, proposal = found.data, found.panel, found.proposal
    lines = [f"## {data.title}", "", data.text, ""]
    lines += ["| event | weight set beforehand | why | advised |", "|---|---:|---|---:|"]
    why = {row["event_name"]: row for row in found.weights}
    advised = proposal.weights
    for name in [*why, *(name for name in (ACTIVE, INACTIVE) if name in advised)]:
        row = why.get(name, {"weight": "", "rationale": "Derived."})
        lines.append(
            f"| `{name}` | {row['weight']} | {row['rationale']} | {advised.get(name, '')} |"
        )
    extra = f", `{INACTIVE}` {found.penalty}" if found.penalty else ""
    sample = proposal.sample
    lines += [
        "",
        f"- Weights set beforehand: {FIRST_DESIGN.described()}.",
        f"- Designed on the development days: {found.designed.described()}{extra}.",
        f"- Advised: {proposal.design.described()}; fitted on {sample.outcomes:,} customers with"
        f" the outcome and {sample.non_outcomes:,} without.",
        f"- Logistic: window {proposal.logistic_design.window_days} days.",
    ]
    if proposal.objection:
        lines.append(f"- What make advise says of it: {proposal.objection}.")
    for title, mask in periods.items():
        lines += ["", *period_table(found, panel, title, mask)]
    earlier = "; ".join(f"{name} {figure}" for name, figure in data.earlier.items())
    lines += ["", f"First figures, of others, on rows that are not described: {earlier}."]
    if data.name == "socialnet7":
        lines += ["", *recovery(found)]
    return "\n".join(lines)


def period_table(found: Found, panel: Panel, title: str, mask: Booleans) -> list[str]:
    """Write the table of one period."""
    outcomes, customers = panel.outcomes[mask], panel.customers[mask]
    values = {name: values[mask] for name, values in found.predictors.items()}
    table = model.auc_table(outcomes, values, customers)
    lines = [
        f"**{title[0].upper()}{title[1:]}**: {mask.sum():,} rows, {len(np.unique(customers)):,}"
        f" customers, {outcomes.sum():,} with the outcome ({outcomes.mean():.1%}).",
        "",
        "| predictor | AUC (95 % interval) | above weights set beforehand | above the logistic |",
        "|---|---:|---:|---:|",
    ]
    for name, predictor in TITLES.items():
        if name not in table:
            continue
        gaps = [
            "" if name == other else model.difference(table, name, other).text(3, "+")
            for other in (FIRST, LOGISTIC)
        ]
        shown = model.interval(*table[name]).text()
        lines.append(f"| {predictor} | {shown} | {gaps[0]} | {gaps[1]} |")
    return [*lines, "", verdict(table)]


def verdict(table: dict[str, tuple[float, Floats]]) -> str:
    """Say what the intervals allow to say."""

    def said(one: str, other: str) -> str:
        gap = model.difference(table, one, other)
        how = (
            "is above" if gap.low > 0 else "is below" if gap.high < 0 else "is not to be told from"
        )
        return f"{TITLES[one]} {how} {TITLES[other]}"

    pairs = [(DESIGNED, FIRST), (ADVISED, FIRST), (ADVISED, LOGISTIC)]
    found = [said(*pair) for pair in pairs if pair[0] in table]
    best = max(table, key=lambda name: table[name][0])
    return f"Beyond chance: {'; '.join(found)}. Highest: {TITLES[best]}."


def recovery(found: Found) -> list[str]:
    """Compare signs and order with the weights that the simulation was made with."""
    lines = [
        "**Are the true weights recovered?** The coefficients of the regularised logistic, fitted"
        " on the development days, turned so that more is better:",
        "",
        "| event | true weight | lift (95 % interval) | points in the fit | sign held |",
        "|---|---:|---:|---:|---:|",
    ]
    by_name = {line.event_name: line for line in found.proposal.lines}
    names = [name for name in TRUTH if name in by_name]
    largest = max(abs(by_name[name].coefficient) for name in names)
    points = {name: -by_name[name].coefficient / largest * 10 for name in names}
    for name in names:
        line = by_name[name]
        lift = line.lift.text(2) if line.lift else ""
        lines.append(
            f"| `{name}` | {TRUTH[name]} | {lift} | {points[name]:+.2f} | {line.sign_share:.0%} |"
        )
    right = sum(np.sign(points[name]) == np.sign(TRUTH[name]) for name in names)
    held = [name for name in names if by_name[name].is_stable]
    held_right = sum(np.sign(points[name]) == np.sign(TRUTH[name]) for name in held)
    order = spearmanr([TRUTH[name] for name in names], [points[name] for name in names])
    rho, chance = float(order.statistic), float(order.pvalue)
    return [
        *lines,
        "",
        f"Signs: {right} of {len(names)} right; of the {len(held)} that held in"
        f" {model.STABLE:.0%} of resamples {held_right}. Order: rank correlation with the true"
        f" weights {rho:.2f} (chance alone gives as much or more, either way, with probability"
        f" {chance:.2f}).",
    ]


def put(page: str, name: str, section: str) -> str:
    """Replace what is between the markers of a data set."""
    start, end = f"<!-- evidence: {name} -->", f"<!-- end: {name} -->"
    pattern = re.compile(re.escape(start) + ".*?" + re.escape(end), re.DOTALL)
    if not pattern.search(page):
        raise SystemExit(f"{PAGE} has no markers {start} and {end}: add them.")
    return pattern.sub(lambda _: f"{start}\n{section}\n{end}", page)


def main() -> int:
    """Measure what is there."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data", type=Path, required=True, help="folder of the data sets")
    parser.add_argument("--only", choices=[data.name for data in DATA_SETS], help="one data set")
    parser.add_argument("--dry", action="store_true", help="print, and leave the page alone")
    arguments = parser.parse_args()
    for data in DATA_SETS:
        folder = (arguments.data / data.name).resolve()
        if arguments.only not in (None, data.name):
            continue
        if not (folder / "events.parquet").is_file():
            print(f"{folder} has no events.parquet: skipped.")
            continue
        WORK.mkdir(exist_ok=True)
        with tempfile.TemporaryDirectory(dir=WORK) as scratch:
            section = sections(*measured(data, folder, Path(scratch)))
        print(section)
        if not arguments.dry:
            page = PAGE.read_text(encoding="utf-8")
            PAGE.write_text(put(page, data.name, section), encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
