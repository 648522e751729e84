"""The boards in short, as plain HTML that a phone shows without zooming.

Boards are drawings, which a phone shrinks to a miniature. This page has what one wants on the way:
how many are in which tier, whom to call and why, who is ready to buy.
"""

from __future__ import annotations

from collections.abc import Sequence
from html import escape
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import urlencode

import duckdb
import yaml
from board_data import CHARTS

# How many customers a list shows.
LISTED = 20
STYLE = """
:root { color-scheme: light }
* { box-sizing: border-box }
body { color: #1f1f1f; font: 16px/1.4 system-ui, sans-serif; margin: 0 auto; max-width: 40rem }
body { padding: 1rem }
h1 { font-size: 1.4rem; margin: 0 } h2 { font-size: 1.15rem; margin: 1.8rem 0 .3rem }
h3 { font-size: 1rem; margin: 1.2rem 0 .3rem }
p { margin: .3rem 0 } .quiet { color: #595959; font-size: .9rem }
nav a { display: inline-block; padding: .35rem .6rem .35rem 0 } a { color: #1c4e80 }
.figures { display: grid; grid-template-columns: repeat(3, 1fr); gap: .6rem; margin: .6rem 0 }
.figures b { display: block; font-size: 1.25rem }
.figures span { color: #595959; font-size: .85rem }
.tier { align-items: center; display: grid; gap: .4rem; margin: .2rem 0 }
.tier { grid-template-columns: 8.5rem 1fr 6.6rem }
.tier i { display: block; height: .9rem; min-width: 1px }
.tier span:last-child { text-align: right; white-space: nowrap }
ol, ul { margin: 0; padding: 0; list-style: none }
li { border-top: 1px solid #d8d8d8; padding: .6rem 0 } li > a { font-weight: 600 }
.mark { border-radius: .2rem; font-size: .85rem; padding: .05rem .4rem; float: right }
"""
BOARDS = (
    ("overview", "Engagement"),
    ("call", "Calls"),
    ("find", "Find"),
    ("buy", "Opportunities"),
    ("segments", "Segments"),
    ("trust", "Trust"),
)
DARK_TEXT, LIGHT_TEXT = "#1f1f1f", "#ffffff"

SCORECARDS = """
    select
        scorecards.scorecard,
        scorecards.title,
        count(scores.customer_id) as customers,
        avg(scores.ces) as mean_ces,
        sum(case when scores.risk_level = 'high' then 1 else 0 end) as at_risk
    from engagement_scorecards as scorecards
    left join engagement_scores as scores on scorecards.scorecard = scores.scorecard
    where scorecards.status = 'active'
    group by scorecards.scorecard, scorecards.title
    order by customers desc, scorecards.scorecard
"""
TIERS = """
    select
        bands.tier,
        bands.title,
        count(scores.customer_id) as customers
    from engagement_tiers as bands
    left join engagement_scores as scores
        on bands.scorecard = scores.scorecard
        and bands.tier = scores.tier
    where bands.scorecard = ?
    group by bands.tier, bands.title, bands.tier_rank
    order by bands.tier_rank
"""
CALLS = """
    select
        scores.customer_id,
        coalesce(scores.customer_name, scores.customer_id) as customer,
        scores.owner,
        scores.ces,
        scores.tier,
        alerts.title as reason,
        alerts.evidence,
        coalesce(alerts.playbook, scores.playbook) as playbook,
        accounts.mrr
    from (
        select
            scorecard,
            customer_id,
            title,
            evidence,
            playbook,
            case severity when 'high' then 1 when 'medium' then 2 else 3 end as severity_place,
            row_number() over (
                partition by customer_id
                order by
                    case severity when 'high' then 1 when 'medium' then 2 else 3 end,
                    opened_on desc,
                    title
            ) as place
        from engagement_alerts
        where scorecard = ? and is_open
    ) as alerts
    inner join engagement_scores as scores
        on alerts.scorecard = scores.scorecard
        and alerts.customer_id = scores.customer_id
    inner join engagement_accounts as accounts
        on scores.scorecard = accounts.scorecard
        and scores.customer_id = accounts.customer_id
    where alerts.place = 1
    order by
        alerts.severity_place,
        accounts.mrr desc nulls last,
        scores.ces_change_28d nulls last,
        alerts.customer_id
"""
CHANCES = """
    select
        opportunities.customer_id,
        coalesce(opportunities.customer_name, opportunities.customer_id) as customer,
        opportunities.title,
        opportunities.playbook
    from engagement_opportunities as opportunities
    where opportunities.scorecard = ? and opportunities.kind <> 'attention'
    order by opportunities.ces desc, opportunities.customer_id, opportunities.rule
"""


class Row(NamedTuple):
    """A row of a query, by the names of its columns."""

    values: dict[str, Any]

    def text(self, name: str) -> str:
        """Return a value as HTML; nothing for null."""
        value = self.values[name]
        return "" if value is None else escape(str(value))


def phone_page(database: Path) -> str:
    """Read the copy that the boards read and return the page."""
    with duckdb.connect(str(database), read_only=True) as connection:
        as_of = connection.execute("select max(as_of_date) from engagement_scorecards").fetchone()
        day = str(as_of[0]) if as_of and as_of[0] else "no day yet: there are no events"
        sections = [section(connection, row) for row in rows(connection, SCORECARDS)]
    links = "".join(f'<a href="/{name}/">{title}</a>' for name, title in BOARDS)
    return (
        '<!doctype html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        f"<title>Customer Engagement Score</title>\n<style>{STYLE}</style>\n</head>\n<body>\n"
        f'<h1>Customer Engagement Score</h1>\n<p class="quiet">As of {day}</p>\n'
        f"<nav>{links}</nav>\n{''.join(sections)}</body>\n</html>\n"
    )


def section(connection: duckdb.DuckDBPyConnection, scorecard: Row) -> str:
    """Return what there is to say on a scorecard."""
    name, customers = scorecard.values["scorecard"], scorecard.values["customers"]
    heading = f"<h2>{scorecard.text('title')}</h2>\n"
    if not customers:
        return (
            heading
            + '<p class="quiet">Nobody is scored: no customer is in its population today.</p>\n'
        )
    colours = colours_of(tiers_of(connection, name))
    figures = (
        (f"{customers:,}", "customers"),
        (f"{scorecard.values['mean_ces']:.1f}", "mean score"),
        (f"{scorecard.values['at_risk']:,}", "at high risk"),
    )
    told = "".join(f"<div><b>{value}</b><span>{label}</span></div>" for value, label in figures)
    return (
        f'{heading}<div class="figures">{told}</div>\n'
        + tiers(rows(connection, TIERS, name), customers, colours)
        + calls(rows(connection, CALLS, name), name, colours)
        + chances(rows(connection, CHANCES, name), name)
    )


def tiers(bands: Sequence[Row], customers: int, colours: dict[str, str]) -> str:
    """Return a bar for each tier, the highest first."""
    most = max(band.values["customers"] for band in bands) or 1
    lines = []
    for band in reversed(bands):
        count = band.values["customers"]
        paint = f"width:{100 * count / most:.1f}%;background:{colours[band.values['tier']]}"
        lines.append(
            f'<div class="tier"><span>{band.text("title")}</span><i style="{paint}"></i>'
            f"<span>{count:,} · {100 * count / customers:.1f} %</span></div>\n"
        )
    return "".join(lines)


def calls(found: Sequence[Row], scorecard: str, colours: dict[str, str]) -> str:
    """Return the customers to call, the most urgent first."""
    if not found:
        return '<h3>Whom to call first</h3>\n<p class="quiet">No alert is open.</p>\n'
    lines = [
        f"<li>{mark(row, colours)}{link(row, scorecard)}"
        f"<p>{row.text('reason')}: {row.text('evidence')}</p>"
        f"<p>→ {row.text('playbook')}</p>"
        f'<p class="quiet">{" · ".join(detail for detail in details(row) if detail)}</p></li>\n'
        for row in found[:LISTED]
    ]
    return listing("Whom to call first", lines, rest(found, "call", scorecard))


def chances(found: Sequence[Row], scorecard: str) -> str:
    """Return the customers that are ready for the next step."""
    if not found:
        return ""
    lines = [
        f"<li>{link(row, scorecard)} {row.text('title')}<p>{row.text('playbook')}</p></li>\n"
        for row in found[:LISTED]
    ]
    return listing("Who is ready to buy", lines, rest(found, "buy", scorecard))


def listing(title: str, lines: Sequence[str], more: str) -> str:
    """Return a list under its title."""
    return f"<h3>{title}</h3>\n<ol>\n{''.join(lines)}</ol>\n{more}"


def details(row: Row) -> tuple[str, str]:
    """Return owner and value of a customer, as far as they are known."""
    value = row.values["mrr"]
    return (
        row.text("owner"),
        "" if value is None else f"{value:,.0f} a month",
    )


def mark(row: Row, colours: dict[str, str]) -> str:
    """Return the score on the colour of its tier."""
    colour = colours[row.values["tier"]]
    paint = f"background:{colour};color:{ink_on(colour)}"
    return f'<span class="mark" style="{paint}">{row.values["ces"]:.1f}</span>'


def link(row: Row, scorecard: str) -> str:
    """Return the name of a customer, leading to its board."""
    query = urlencode({"customer_id": row.values["customer_id"], "scorecard": scorecard})
    return f'<a href="/customer/?{escape(query)}">{row.text("customer")}</a>'


def rest(found: Sequence[Row], board: str, scorecard: str) -> str:
    """Say how many more there are, and where."""
    more = len(found) - LISTED
    if more <= 0:
        return ""
    query = escape(urlencode({"scorecard": scorecard}))
    return f'<p class="quiet"><a href="/{board}/?{query}">{more:,} more</a></p>\n'


def colours_of(tiers: Sequence[str]) -> dict[str, str]:
    """Return the colour of each tier; more tiers than colours share the last."""
    colours = tier_colours()
    return {tier: colours[min(place, len(colours) - 1)] for place, tier in enumerate(tiers)}


def tier_colours() -> list[str]:
    """Return the colours of the boards' tiers, from the lowest to the highest."""
    style = yaml.safe_load((CHARTS / "meta.yml").read_text(encoding="utf-8"))["style"]
    return list(style["charts"]["color"]["categorical"]["palette"])


def ink_on(colour: str) -> str:
    """Return the colour of text that is legible on a colour."""
    red, green, blue = (int(colour[place : place + 2], 16) for place in (1, 3, 5))
    return DARK_TEXT if 0.299 * red + 0.587 * green + 0.114 * blue > 130 else LIGHT_TEXT


def tiers_of(connection: duckdb.DuckDBPyConnection, scorecard: str) -> list[str]:
    """Return the tiers of a scorecard, from the lowest to the highest."""
    return [row.values["tier"] for row in rows(connection, TIERS, scorecard)]


def rows(connection: duckdb.DuckDBPyConnection, query: str, *values: str) -> list[Row]:
    """Run a query."""
    found = connection.execute(query, list(values))
    names = [column[0] for column in found.description or []]
    return [Row(dict(zip(names, row, strict=True))) for row in found.fetchall()]
