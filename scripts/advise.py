"""Advise weights: which events come before an outcome, and a scorecard made of them.

    python scripts/advise.py [NAME=advised] [OUTCOME=churn] [WRITE=1] [EXPERIMENT=1] …

Reads the DuckDB file that dbt built (ENGAGEMENT_DUCKDB_PATH, else engagement.duckdb) and changes
nothing in it. Outcomes and reference days are those of the backtest; OUTCOME names a row of
outcomes.csv (else the first one), and CUTOFF the day that parts fitting from testing. Only with
WRITE=1 a candidate scorecard is written into the seeds (ENGAGEMENT_SEEDS, else seeds/), named NAME.
Exit status: 0, or 1 where there is no advice.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping, Sequence
from datetime import date
from pathlib import Path

import duckdb
from advice import seeds
from advice.panel import (
    ACTIVE,
    Refused,
    check_tables,
    label,
    open_database,
    read_outcome,
    read_panel,
)
from advice.proposal import (
    ADVISED,
    LOGISTIC,
    Proposal,
    check_sample,
    propose,
    sample_of,
    scorecard_row,
    weight_rows,
)

OPTIONS = ("NAME", "OUTCOME", "CUTOFF", "WRITE", "EXPERIMENT")
NAME_WIDTH = 28


def options_of(words: Sequence[str]) -> dict[str, str]:
    """Read words of the form OPTION=value."""
    options = {}
    for word in words:
        option, found, value = word.partition("=")
        if not found or option not in OPTIONS:
            raise Refused(f"{word} is not understood: write one of {', '.join(OPTIONS)} = a value.")
        options[option] = value.strip()
    return options


def is_set(options: Mapping[str, str], option: str) -> bool:
    """Whether a switch is on."""
    value = options.get(option, "").lower()
    if value not in ("", "0", "no", "false", "1", "yes", "true"):
        raise Refused(f"{option}={value} is neither yes nor no: write {option}=1, or leave it out.")
    return value in ("1", "yes", "true")


def cutoff_of(options: Mapping[str, str]) -> date | None:
    """Read the cut-off."""
    text = options.get("CUTOFF", "")
    try:
        return date.fromisoformat(text) if text else None
    except ValueError as error:
        raise Refused(f"CUTOFF={text} is not a date: write it as YYYY-MM-DD.") from error


def advised(connection: duckdb.DuckDBPyConnection, options: Mapping[str, str]) -> Proposal:
    """Collect what is known, and make the proposal."""
    check_tables(connection)
    outcome = read_outcome(connection, options.get("OUTCOME", ""))
    label(connection, outcome, cutoff_of(options))
    panel = read_panel(connection)
    check_sample(sample_of(panel), is_set(options, "EXPERIMENT"))
    names = connection.execute(
        "select distinct scorecard from int_engagement__scorecards order by scorecard"
    ).fetchall()
    others = {f"scorecard {name}": panel.scores(name) for (name,) in names}
    return propose(panel, outcome, others)


def report(proposal: Proposal) -> str:
    """Say what was found, in plain text."""
    sample, design, outcome = proposal.sample, proposal.design, proposal.outcome
    lines = [
        f"Advice on weights for {outcome.name}: {outcome.description}",
        "",
        f"  fitted on   {sample.train_rows:,} rows of {sample.train_customers:,} customers,"
        f" {sample.outcomes:,} with the outcome and {sample.non_outcomes:,} without",
        f"              reference days {proposal.train_days[0]} to {proposal.train_days[-1]}"
        f" ({len(proposal.train_days)})",
        f"  tested on   {sample.test_rows:,} rows, {sample.test_outcomes:,} with the outcome",
        f"              reference days {proposal.test_days[0]} to {proposal.test_days[-1]}"
        f" ({len(proposal.test_days)})",
        f"  adding up   {design.described()}",
        "",
        f"  {'event':<{NAME_WIDTH}} {'customers':>9}  {'lift (95 % interval)':<22}"
        f" {'sign held':>9} {'weight':>8}",
    ]
    for line in sorted(proposal.lines, key=lambda line: (-line.weight, line.event_name)):
        lift = line.lift.text(2) if line.lift else "-"
        weight = f"{line.weight}" if line.weight else "none" if line.is_stable else "unstable"
        lines.append(
            f"  {line.event_name[:NAME_WIDTH]:<{NAME_WIDTH}} {line.customers:>9,}  {lift:<22}"
            f" {line.sign_share:>9.0%} {weight:>8}"
        )
    lines += [
        "",
        "  Lift: rate of the outcome above the median of the event, by the rate at or below it.",
        f"  {ACTIVE}, at most one a day, counts active days.",
    ]
    groups = [group for group in proposal.groups if len(group) > 1]
    if groups:
        lines += ["", "  Rise and fall together, so that how they share a weight means little:"]
        lines += [f"    {', '.join(group)}" for group in groups]
    lines += [
        "",
        f"  {'on the later days':<{NAME_WIDTH}} AUC (95 % interval)      advised better by",
    ]
    for name, figure in proposal.test.items():
        shown = {ADVISED: "the advised sum", LOGISTIC: "logistic on log counts"}.get(name, name)
        gap = proposal.against[name].text(3, "+") if name in proposal.against else ""
        lines.append(f"  {shown[:NAME_WIDTH]:<{NAME_WIDTH}} {figure.text():<24} {gap}".rstrip())
    return "\n".join([*lines, "", f"  {verdict(proposal)}"])


def verdict(proposal: Proposal) -> str:
    """Say in one sentence what to make of it."""
    if proposal.objection:
        return proposal.objection[0].upper() + proposal.objection[1:] + "."
    gap = proposal.against[LOGISTIC]
    if gap.low > 0:
        found = "foretells better than the logistic"
    elif gap.high >= 0:
        found = "is as good as the logistic within the interval"
    else:
        found = "is worse than the logistic by more than chance"
    beaten = [
        name for name, other in proposal.against.items() if name != LOGISTIC and other.high < 0
    ]
    tail = f", and {' and '.join(beaten)} did better than it" if beaten else ""
    return f"On days it never saw, the plain sum {found}{tail}."


def main(words: Sequence[str]) -> int:
    """Print the advice, and write it where that is asked for."""
    folder = Path(os.environ.get("ENGAGEMENT_SEEDS") or "seeds")
    path = os.environ.get("ENGAGEMENT_DUCKDB_PATH") or "engagement.duckdb"
    try:
        options = options_of(words)
        name, is_written = options.get("NAME") or "advised", is_set(options, "WRITE")
        seeds.check_name(folder, name)
        with open_database(path) as connection:
            proposal = advised(connection, options)
        print(report(proposal))
        if not is_written:
            print(f"\n  Nothing is written; WRITE=1 NAME={name} writes it as a candidate.")
        elif proposal.objection:
            raise Refused("nothing is written, since there is no advice: bring more history.")
        else:
            seeds.write(folder, name, scorecard_row(proposal, name), weight_rows(proposal, name))
            print(
                f"\n  Written into {folder}/scorecards.csv and event_weights.csv as the candidate"
                f" {name}. Read it, then build."
            )
    except Refused as refusal:
        print(f"make advise: {refusal}", file=sys.stderr)
        return 1
    except duckdb.Error as error:
        print(
            f"make advise: {str(error).splitlines()[0]} Build the database anew with make build.",
            file=sys.stderr,
        )
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
