"""Reference for alerts, trends, accounts and opportunities in plain Python.

It is written from the design page and the section Actions of `docs/decisions.md`, walks through the
days of one customer after the other, and shares nothing with the SQL. Scores come from `reference`.
Letters with numbers, such as (A3), refer to the entries of that section.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import Decimal, localcontext
from fractions import Fraction

import reference
import reference_kpis
from reference import (
    DERIVED_EVENTS,
    DIGITS,
    Inputs,
    Row,
    Rows,
    Scorecard,
    Seeds,
    Settings,
    World,
    clean_text,
    read_time,
    resolve,
    round_half_away,
    to_date,
)
from reference_kpis import Term, revenue, start_of

TABLES: Mapping[str, tuple[str, ...]] = {
    "engagement_alerts": ("scorecard", "customer_id", "reason_code", "opened_on"),
    "engagement_scores": ("scorecard", "customer_id"),
    "engagement_accounts": ("scorecard", "customer_id"),
    "engagement_opportunities": ("scorecard", "customer_id", "rule"),
    "engagement_timeline": (
        "scorecard", "customer_id", "happened_on", "kind", "code", "amount", "user_id",
    ),
}  # fmt: skip
"""Table -> its key."""

SUNDAY = 7
WEEK = timedelta(days=7)
SILENCED_WEEKS = 5
SEVERITIES = ("low", "medium", "high")
PRIOR = 10
SATISFACTION_DAYS = 180

Member = tuple[str, str]
"""Scorecard and customer_id."""


@dataclass(frozen=True)
class ActionSeeds(Seeds):
    """Seeds with the rules for alerts and opportunities."""

    alert_rules: Rows = field(default_factory=list)
    opportunity_rules: Rows = field(default_factory=list)


def words(value: Decimal | Fraction, places: int = 1) -> str:
    """Return a number as people read it."""
    return str(round_half_away(Fraction(value), places))


def rules_for(scorecard: str, rows: Rows, key: str) -> dict[str, Row]:
    """Return name -> rule, a scorecard's own before that for *, without those switched off (A1)."""
    chosen: dict[str, Row] = {}
    for wanted in ("*", scorecard):
        for row in rows:
            if clean_text(row["scorecard"]) == wanted:
                cells = {column: clean_text(cell) for column, cell in row.items()}
                chosen[cells[key]] = defaultdict(lambda: None, cells)
    return {name: row for name, row in chosen.items() if row["enabled"] == "yes"}


# --- Gaps of the pipeline -------------------------------------------------------------------------


def gap_days(world: World) -> set[int]:
    """Return the days on which some source has a gap (27)."""
    counts: dict[str, dict[int, int]] = defaultdict(lambda: defaultdict(int))
    for event in world.events:
        if event.verdict == "accepted":
            counts[event.source or reference.DEFAULT_SOURCE][event.day] += 1
    return {day for days in counts.values() for day in _gaps_of(days, world.as_of)}


def _gaps_of(counts: Mapping[int, int], as_of: int) -> Iterator[int]:
    first = min(counts)
    for day in range(first, as_of + 1):
        earlier = sorted(
            counts.get(day - 7 * weeks, 0) for weeks in range(1, 9) if day - 7 * weeks >= first
        )
        if len(earlier) >= 4:
            usual = earlier[(len(earlier) - 1) // 2]
            if usual >= 20 and 10 * counts.get(day, 0) < 3 * usual:
                yield day


# --- Alerts ---------------------------------------------------------------------------------------


@dataclass
class Week:
    """One weekly reading of one customer."""

    row: Row
    days_quiet: int
    last_event: int | None
    has_gap: bool

    @property
    def ces(self) -> Decimal:
        """The score."""
        return self.row["ces"]

    @property
    def day(self) -> date:
        """The Sunday."""
        return self.row["score_date"]


@dataclass
class Alert:
    """One alert, from the reading on which it opened."""

    at: int
    base: Row
    closed_on: date | None = None
    because: str | None = None


@dataclass(frozen=True)
class Tier:
    """What people are told about a tier."""

    tier: str
    rank: int
    title: str
    playbook: str | None


def tiers_of(scorecard: str, seeds: Seeds) -> dict[int, Tier]:
    """Return rank -> tier of a scorecard."""
    own = [row for row in seeds.tier_bands if clean_text(row["scorecard"]) == scorecard]
    rows = own or [row for row in seeds.tier_bands if clean_text(row["scorecard"]) == "*"]
    tiers = [
        Tier(
            clean_text(row["tier"]),
            int(row["tier_rank"]),
            clean_text(row["title"]) or clean_text(row["tier"]),
            clean_text(row["playbook"]),
        )
        for row in rows
    ]
    return {tier.rank: tier for tier in tiers}


def weeks_of(daily: Rows, world: World, gaps: set[int]) -> list[Week]:
    """Return the readings of one customer: Sundays up to its end (A2)."""
    customer_id = daily[0]["customer_id"]
    spine = world.spines[customer_id]
    active = {
        day
        for name, days in world.facts[customer_id].items()
        if name not in DERIVED_EVENTS
        for day in days
    }
    weeks = []
    for row in daily:
        day = row["score_date"].toordinal()
        if row["score_date"].isoweekday() == SUNDAY and (spine.ended is None or day <= spine.ended):
            last = max((d for d in active if d <= day), default=None)
            quiet = day - (spine.first if last is None else last)
            has_gap = any(gap in gaps for gap in range(day - 7 * SILENCED_WEEKS + 1, day + 1))
            weeks.append(Week(row, quiet, last, has_gap))
    return weeks


def may_open(weeks: Sequence[Week], at: int) -> bool:
    """Whether an alert may open on a reading (A3)."""
    if at == 0 or weeks[at].has_gap:
        return False
    return not weeks[at].row["is_provisional"] and not weeks[at - 1].row["is_provisional"]


def base_of(weeks: Sequence[Week], at: int) -> Row | None:
    """Return what a fall of the readings `at` and the one before is measured against (A4)."""
    if at < 5:
        return None
    four = weeks[at - 5 : at - 1]
    middle = sorted(week.ces for week in four)[1:3]
    return {
        "ces": Fraction(sum(middle)) / 2,
        "tier_rank": min(week.row["tier_rank"] for week in four),
    }


def is_down(week: Week, base: Row, rule: Row) -> bool:
    """Whether a reading shows the fall that the rule is about."""
    if rule["kind"] == "tier_fall":
        return week.row["tier_rank"] < base["tier_rank"]
    ces = Fraction(week.ces)
    if base["ces"] - ces < Fraction(rule["min_points_down"]):
        return False
    return base["ces"] <= 0 or ces <= Fraction(rule["max_share_of_base"]) * base["ces"]


def falls(weeks: Sequence[Week], rule: Row) -> Iterator[Alert]:
    """Yield the alerts of a rule about falls: open while any of its falls lasts (A5)."""
    lasting: dict[int, Row] = {}
    alert: Alert | None = None
    for at, week in enumerate(weeks):
        ends = {start: end_of(start, base, at, week, rule) for start, base in lasting.items()}
        lasting = {start: base for start, base in lasting.items() if ends[start] is None}
        base = base_of(weeks, at)
        is_met = base and all(is_down(weeks[at - back], base, rule) for back in (0, 1))
        if is_met and may_open(weeks, at):
            lasting[at] = base
        if alert and not lasting:
            alert.closed_on = week.day
            alert.because = "recovered" if "recovered" in ends.values() else "expired"
            yield alert
            alert = None
        elif lasting and not alert:
            alert = Alert(at, lasting[at])
    if alert:
        yield alert


def end_of(start: int, base: Row, at: int, week: Week, rule: Row) -> str | None:
    """Return why a fall is over on a reading, None where it lasts."""
    if not is_down(week, base, rule):
        return "recovered"
    most = rule["max_weeks_open"]
    return "expired" if most and at == start + int(most) else None


def states(weeks: Sequence[Week], rule: Row) -> Iterator[Alert]:
    """Yield the alerts of a rule about a state: open while each reading shows it (A5)."""
    alert: Alert | None = None
    for at, week in enumerate(weeks):
        if not shows(week, rule):
            if alert:
                alert.closed_on, alert.because = week.day, "recovered"
                yield alert
            alert = None
        elif not alert and may_open(weeks, at) and shows(weeks[at - 1], rule):
            alert = Alert(at, {})
    if alert:
        yield alert


def shows(week: Week, rule: Row) -> bool:
    """Whether a reading shows the state that the rule is about."""
    if rule["kind"] == "low_score":
        return week.ces < Decimal(rule["below_score"])
    return week.days_quiet >= int(rule["quiet_days"])


def alerts_of(
    weeks: Sequence[Week], ended: int | None, rules: Mapping[str, Row], tiers: Mapping[int, Tier]
) -> Iterator[Row]:
    """Yield the alerts of one customer."""
    for reason_code, rule in rules.items():
        find = falls if rule["kind"] in ("score_drop", "tier_fall") else states
        for alert in find(weeks, rule):
            week = weeks[alert.at]
            if alert.closed_on is None and ended is not None:
                alert.closed_on, alert.because = date.fromordinal(ended + 1), "ended"
            tier = tiers[week.row["tier_rank"]]
            base_ces = alert.base["ces"] if rule["kind"] == "score_drop" else None
            base_tier = tiers[alert.base["tier_rank"]] if rule["kind"] == "tier_fall" else None
            yield {
                "scorecard": week.row["scorecard"],
                "customer_id": week.row["customer_id"],
                "reason_code": reason_code,
                "opened_on": week.day,
                "closed_on": alert.closed_on,
                "closed_because": alert.because,
                "is_open": alert.closed_on is None,
                "title": rule["title"] or reason_code,
                "severity": rule["severity"],
                "evidence": evidence(week, weeks[alert.at - 1], alert.base, rule, tiers),
                "ces": week.ces,
                "ces_before": weeks[alert.at - 1].ces,
                "base_ces": base_ces and round_half_away(base_ces, 5),
                "ces_change": None
                if base_ces is None
                else round_half_away(Fraction(week.ces) - base_ces, 5),
                "tier": tier.tier,
                "base_tier": base_tier and base_tier.tier,
                "days_quiet": week.days_quiet,
                "playbook": rule["playbook"] or tier.playbook,
            }


def evidence(week: Week, before: Week, base: Row, rule: Row, tiers: Mapping[int, Tier]) -> str:
    """Return why an alert opened, in words."""
    scores = f"{words(week.ces)}, after {words(before.ces)} a week before"
    match rule["kind"]:
        case "score_drop":
            return (
                f"Score {scores}: {words(base['ces'] - Fraction(week.ces))} points below "
                f"{words(base['ces'])}, the median of the four weeks before."
            )
        case "tier_fall":
            now, lowest = tiers[week.row["tier_rank"]].title, tiers[base["tier_rank"]].title
            return f"Tier {now} (score {scores}): in the four weeks before at least {lowest}."
        case "low_score":
            return f"Score {scores}: below {words(Decimal(rule['below_score']))}."
    if week.last_event is None:
        return f"No event in the {week.days_quiet} days since the first day of the customer."
    return f"No event for {week.days_quiet} days, since {date.fromordinal(week.last_event)}."


# --- Scores ---------------------------------------------------------------------------------------


def slope(daily: Mapping[int, Row], as_of: int) -> Decimal | None:
    """Return the least-squares slope of the last 29 days in points per week (A6)."""
    days = range(as_of - 28, as_of + 1)
    if not all(day in daily for day in days):
        return None
    middle = Fraction(sum(days), len(days))
    ups = sum((day - middle) * Fraction(daily[day]["ces"]) for day in days)
    return round_half_away(7 * ups / sum((day - middle) ** 2 for day in days), 4)


def trend_word(slope_28d: Decimal | None, is_provisional: bool) -> str:
    """Return the trend in one word (A6)."""
    if slope_28d is None or is_provisional:
        return "unknown"
    change = 4 * slope_28d
    return "rising" if change >= 5 else "falling" if change <= -5 else "steady"


def driver_words(drivers: Rows, sign: int) -> str | None:
    """Return the three drivers that moved most in one direction (A7)."""
    moved = [
        row
        for row in drivers
        if sign * row["points_change_28d"] > 0 and abs(row["points_change_28d"]) >= Decimal("0.05")
    ]
    moved.sort(key=lambda row: (-abs(row["points_change_28d"]), row["event_name"]))
    texts = []
    for row in moved[:3]:
        number = row["occurrences"]
        texts.append(
            f"{row['event_name']} {'+' if sign > 0 else ''}{words(row['points_change_28d'])} "
            f"({number} event{'' if number == 1 else 's'} after {row['occurrences_28d_before']})"
        )
    return "; ".join(texts) or None


def score_row(row: Row, daily: Mapping[int, Row], drivers: Rows, alerts: Rows) -> Row:
    """Return what insights add to a row of engagement_scores."""
    as_of = row["as_of_date"].toordinal()
    slope_28d = slope(daily, as_of)
    graveness = {alert["reason_code"]: SEVERITIES.index(alert["severity"]) for alert in alerts}
    alerts = sorted(
        alerts, key=lambda a: (-graveness[a["reason_code"]], a["opened_on"], a["reason_code"])
    )
    risk = alerts[0]["severity"] if alerts else "none"
    return row | {
        "slope_28d": slope_28d,
        "trend": trend_word(slope_28d, row["is_provisional"]),
        "risk_level": "unknown" if row["is_provisional"] or row["ended_on"] else risk,
        "open_alerts": len(alerts),
        "risk_reasons": "; ".join(f"{a['title']} (since {a['opened_on']})" for a in alerts[:3])
        or None,
        "drivers_up": driver_words(drivers, 1),
        "drivers_down": driver_words(drivers, -1),
    }


# --- Accounts -------------------------------------------------------------------------------------


def seats_of(inputs: Inputs, settings: Settings) -> dict[str, Decimal]:
    """Return customer id -> licensed seats, where known, of the row that counts (11)."""
    aliases = reference.read_aliases(inputs.customer_aliases)
    grouped: dict[str, Rows] = defaultdict(list)
    for row in inputs.customers:
        customer_id = resolve(clean_text(row.get("customer_id")), aliases)
        if customer_id is not None:
            grouped[customer_id].append(row)
    seats = {}
    for customer_id, rows in grouped.items():
        own = [row for row in rows if clean_text(row["customer_id"]) == customer_id] or rows
        first = min(own, key=lambda row: reference._customer_order(row, settings))
        if clean_text(first.get("licensed_seats")) is not None:
            seats[customer_id] = Decimal(clean_text(first["licensed_seats"]))
    return seats


def size_band(seats: Decimal | None) -> str:
    """Return the band of seats (A9)."""
    if seats is None:
        return "unknown"
    bands = ((1, "up to 1"), (10, "2 to 10"), (50, "11 to 50"), (200, "51 to 200"))
    return next((band for most, band in bands if seats <= most), "over 200")


def age_band(row: Row) -> str:
    """Return the band of age (A9)."""
    if row["is_provisional"]:
        return "provisional"
    age = (row["as_of_date"] - row["customer_since"]).days
    return "under 1 year" if age < 365 else "1 to 2 years" if age < 730 else "over 2 years"


def events_by_user(row: Row, world: World, window: int) -> dict[str, int]:
    """Return named user -> events in the window."""
    as_of = row["as_of_date"].toordinal()
    counts: dict[str, int] = defaultdict(int)
    for name, days in world.facts[row["customer_id"]].items():
        for day, users in days.items():
            if name not in DERIVED_EVENTS and as_of - window < day <= as_of:
                for user, amount in users.items():
                    if user is not None:
                        counts[user] += amount.events
    return counts


def ratio(part: Decimal | int, whole: Decimal | int | None, places: int) -> Decimal | None:
    """Return a quotient, None where there is nothing to divide by."""
    return None if not whole else round_half_away(Fraction(part) / Fraction(whole), places)


def account_row(row: Row, world: World, window: int, seats: Decimal | None) -> Row:
    """Return the figures of one account, without its peers (A8)."""
    users = events_by_user(row, world, window)
    active = len(users) if users or not row["events_in_window"] else None
    top = min(users, key=lambda user: (-users[user], user), default=None)
    share = None if top is None else ratio(users[top], sum(users.values()), 6)
    if share is None:
        risk = "unknown"
    elif seats is not None and seats <= 1:
        risk = "low"
    elif active == 1 or share >= Decimal("0.8"):
        risk = "high"
    else:
        risk = "medium" if share >= Decimal("0.5") else "low"
    attributes = world.customers[row["customer_id"]].attributes
    return {
        "scorecard": row["scorecard"],
        "customer_id": row["customer_id"],
        "as_of_date": row["as_of_date"],
        **{name: attributes.get(name) for name in ("plan", "lifecycle", "owner")},
        "tier": row["tier"],
        "is_provisional": row["is_provisional"],
        "ces": row["ces"],
        "active_users": active,
        "licensed_seats": seats,
        "ces_per_active_user": ratio(row["ces"], active, 4),
        "ces_per_seat": ratio(row["ces"], seats, 4),
        "breadth": None if active is None else ratio(active, seats, 6),
        "missing_users_reason": None
        if active
        else "users_unknown"
        if active is None
        else "no_active_users",
        "missing_seats_reason": None if seats else "seats_unknown" if seats is None else "no_seats",
        "top_user_id": top,
        "top_user_share": share,
        "concentration_risk": risk,
        "size_band": size_band(seats),
        "age_band": age_band(row),
    }


def add_peers(accounts: Rows, ended: set[str]) -> None:
    """Compare the accounts of one scorecard with their peers (A9)."""

    def kind(account: Row) -> tuple[str, ...]:
        return account["size_band"], account["age_band"], account["plan"] or "(none)"

    for account in accounts:
        others = [
            other
            for other in accounts
            if other is not account and other["customer_id"] not in ended
        ]
        peers = [other["ces"] for other in others if kind(other) == kind(account)]
        expected = None
        if others:
            mean = Fraction(sum(other["ces"] for other in others)) / len(others)
            expected = round_half_away(
                (Fraction(sum(peers)) + PRIOR * mean) / (len(peers) + PRIOR), 4
            )
        account["peers"] = len(peers)
        account["peer_mean_ces"] = ratio(sum(peers), len(peers), 4)
        account["expected_ces"] = expected
        account["ces_vs_expected"] = None if expected is None else account["ces"] - expected


# --- Opportunities --------------------------------------------------------------------------------

Mood = str | None


def mood_of(survey: str | None, score: Decimal) -> Mood:
    """Return what an answer says (A10)."""
    scales = {"nps": (0, 6, 9, 10), "csat": (1, 2, 4, 5)}
    if survey not in scales:
        return None
    least, unhappy, happy, most = scales[survey]
    if not least <= score <= most:
        return None
    return "unhappy" if score <= unhappy else "happy" if score >= happy else "neutral"


def satisfactions(inputs: Inputs, as_of: int) -> dict[str, Row]:
    """Return customer id -> satisfaction, where there are answers (A10)."""
    aliases = reference.read_aliases(inputs.customer_aliases)
    latest: dict[tuple[str, str | None, str], tuple[object, Decimal, Mood, str]] = {}
    for row in getattr(inputs, "survey_responses", []):
        customer_id = resolve(clean_text(row["customer_id"]), aliases)
        at, survey = read_time(row["responded_at"]), (clean_text(row["survey"]) or "").lower()
        if customer_id is None or at is None or row["score"] is None:
            continue
        mood = mood_of(survey, row["score"])
        if mood and as_of - SATISFACTION_DAYS < at.toordinal() <= as_of:
            key = (customer_id, clean_text(row["user_id"]), survey)
            answer = (at, -row["score"], mood, survey)
            latest[key] = max(latest.get(key, answer), answer)
    by_customer: dict[str, list[tuple[Mood, str]]] = defaultdict(list)
    for (customer_id, _, _), (_, _, mood, survey) in latest.items():
        by_customer[customer_id].append((mood, survey))
    result = {}
    for customer_id, answers in by_customer.items():
        moods = [mood for mood, _ in answers]
        majority = [mood for mood in ("happy", "unhappy") if 2 * moods.count(mood) > len(moods)]
        result[customer_id] = {
            "satisfaction": majority[0] if majority else "mixed",
            "answers": len(moods),
            "happy": moods.count("happy"),
            "unhappy": moods.count("unhappy"),
            "promoters": answers.count(("happy", "nps")),
        }
    return result


def listed(cell: str | None) -> list[str] | None:
    """Return the values of a list in a cell."""
    return None if cell is None else [value.strip() for value in cell.split("|")]


def meets(rule: Row, facts: Row) -> bool:
    """Whether a customer meets each criterion of a rule; what is unknown meets none (A11)."""
    lists = ("lifecycle", "tier", "trend", "risk_level", "satisfaction")
    for name in lists:
        values = listed(rule[f"{name}s"])
        if values is not None and facts[name] not in values:
            return False
    for name in ("promoters", "active_users", "breadth", "key_events"):
        least = rule[f"min_{name}"]
        if least is not None and (facts[name] is None or facts[name] < Decimal(least)):
            return False
    most = rule["max_days_to_value"]
    days = facts["days_to_value"]
    return most is None or (days is not None and days <= Decimal(most))


@dataclass(frozen=True)
class Known:
    """What is known of one customer when opportunities are looked for."""

    score: Row
    account: Row
    mood: Row | None
    used: set[str]
    title: str


def opportunities_of(
    known: Known, world: World, card: Scorecard, rules: Mapping[str, Row]
) -> Iterator[Row]:
    """Yield the opportunities that one customer is."""
    score, account, mood = known.score, known.account, known.mood
    facts_of = world.facts[score["customer_id"]]
    for name, rule in rules.items():
        named = listed(rule["key_events"])
        keys = [
            event
            for event, weights in card.weights.items()
            if (max(w.weight for w in weights) > 0 if named is None else event in named)
        ]
        firsts = [min(facts_of[event]) for event in keys if facts_of.get(event)]
        days = min(firsts) - score["customer_since"].toordinal() if firsts else None
        facts = {
            **{column: account[column] for column in ("lifecycle", "active_users", "breadth")},
            **{column: score[column] for column in ("tier", "trend", "risk_level")},
            "satisfaction": mood and mood["satisfaction"],
            "promoters": mood and mood["promoters"],
            "key_events": len(known.used.intersection(keys)),
            "days_to_value": days,
        }
        if meets(rule, facts):
            yield {
                "scorecard": score["scorecard"],
                "customer_id": score["customer_id"],
                "rule": name,
                "kind": rule["kind"],
                "as_of_date": score["as_of_date"],
                "title": rule["title"] or name,
                "plan": account["plan"],
                "owner": account["owner"],
                "evidence": opportunity_words(known, facts),
                "ces": score["ces"],
                "licensed_seats": account["licensed_seats"],
                "playbook": rule["playbook"],
                **facts,
            }


def opportunity_words(known: Known, facts: Row) -> str:
    """Return what speaks for an opportunity; what is unknown is left out."""
    score, account, mood = known.score, known.account, known.mood
    parts = [f"Score {words(score['ces'])}, {known.title}, trend {score['trend']}"]
    if facts["active_users"] is not None:
        seats = account["licensed_seats"]
        of_seats = "" if seats is None else f" of {words(seats, 0)} seats"
        parts.append(f"active users {facts['active_users']}{of_seats}")
    parts.append(f"key events in use {facts['key_events']}")
    if facts["days_to_value"] is not None:
        parts.append(f"first of them on day {facts['days_to_value']}")
    if mood:
        parts.append(
            f"{mood['satisfaction']} ({mood['happy']} happy and {mood['unhappy']} unhappy of "
            f"{mood['answers']} answers)"
        )
    return "; ".join(parts) + "."


# --- Revenue and what happened --------------------------------------------------------------------


@dataclass(frozen=True)
class Month:
    """What a customer paid before and after a month in which its subscriptions changed."""

    start: int
    movement: str
    before: Fraction
    after: Fraction


def months_of(terms: Sequence[Term], as_of: int) -> list[Month]:
    """Return the months in which the subscriptions of a customer began or ended."""
    changed = {day for term in terms for day in (term.first, term.last + 1) if day <= as_of}
    starts = sorted({start_of("month", day) for day in changed})
    closings = [
        revenue(terms, min(reference_kpis.end_of("month", start), as_of)) for start in starts
    ]
    months = []
    for at, (start, after) in enumerate(zip(starts, closings, strict=True)):
        before = closings[at - 1] if at else None
        if before is not None:
            movement = "lost" if after is None else "kept"
        elif after is None:
            movement = "none"
        else:
            was_there = any(closing is not None for closing in closings[:at])
            movement = "reactivated" if was_there else "new"
        months.append(Month(start, movement, before or Fraction(0), after or Fraction(0)))
    return months


def answers_of(inputs: Inputs, as_of: int) -> dict[str, set[tuple[int, str, Decimal, str | None]]]:
    """Return customer id -> day, survey, score and user of what it answered."""
    aliases = reference.read_aliases(inputs.customer_aliases)
    found: dict[str, set[tuple[int, str, Decimal, str | None]]] = defaultdict(set)
    for row in inputs.survey_responses:
        customer_id = resolve(clean_text(row["customer_id"]), aliases)
        at, survey = read_time(row["responded_at"]), clean_text(row["survey"])
        if None not in (customer_id, at, survey, row["score"]) and at.toordinal() <= as_of:
            user = clean_text(row["user_id"])
            found[customer_id].add((at.toordinal(), survey.lower(), row["score"], user))
    return found


def timeline(
    tables: Mapping[str, Rows],
    titles: Mapping[tuple[str, str], str],
    months: Mapping[str, list[Month]],
    answers: Mapping[str, Iterable[tuple[int, str, Decimal, str | None]]],
) -> Iterator[Row]:
    """Yield what happened to each customer, from what the other tables say."""
    nothing = dict.fromkeys(("amount", "amount_before", "user_id", "detail"))
    for row in tables["engagement_tier_changes"]:
        yield nothing | {
            "scorecard": row["scorecard"],
            "customer_id": row["customer_id"],
            "happened_on": row["changed_on"],
            "kind": "tier_rise" if row["direction"] == "up" else "tier_fall",
            "code": row["to_tier"],
            "title": titles[row["scorecard"], row["to_tier"]],
            "amount": row["ces"],
            "amount_before": row["ces_before"],
        }
    for row in tables["engagement_alerts"]:
        alert = nothing | {
            "scorecard": row["scorecard"],
            "customer_id": row["customer_id"],
            "code": row["reason_code"],
            "title": row["title"],
        }
        opened = {"kind": "alert_opened", "happened_on": row["opened_on"]}
        yield alert | opened | {"detail": row["evidence"]}
        if row["closed_on"] is not None:
            closed = {"kind": "alert_closed", "happened_on": row["closed_on"]}
            yield alert | closed | {"detail": row["closed_because"]}
    for row in tables["engagement_scores"]:
        member = {"scorecard": row["scorecard"], "customer_id": row["customer_id"]}
        for day, survey, score, user in answers.get(row["customer_id"], ()):
            answer = {"happened_on": to_date(day), "kind": "survey", "amount": score}
            yield nothing | member | answer | {"code": survey, "title": survey, "user_id": user}
        for month in months.get(row["customer_id"], ()):
            if month.movement != "kept" or month.before != month.after:
                yield (
                    nothing
                    | member
                    | {
                        "happened_on": to_date(month.start),
                        "kind": "subscription",
                        "code": month.movement,
                        "title": month.movement,
                        "amount": round_half_away(month.after, 4),
                        "amount_before": round_half_away(month.before, 4),
                    }
                )


# --- All together ---------------------------------------------------------------------------------


def grouped(rows: Iterable[Row]) -> dict[Member, Rows]:
    """Return rows by scorecard and customer."""
    groups: dict[Member, Rows] = defaultdict(list)
    for row in rows:
        groups[row["scorecard"], row["customer_id"]].append(row)
    return groups


def build(inputs: Inputs, seeds: ActionSeeds, settings: Settings) -> dict[str, Rows]:
    """Return the tables of reference.build(), and those of this module."""
    with localcontext() as context:
        context.prec = DIGITS
        tables: dict[str, Rows] = dict(reference.build(inputs, seeds, settings))
        tables |= {name: [] for name in TABLES if name != "engagement_scores"}
        world = reference.read_world(inputs, settings)
        if world.as_of is None:
            return tables
        gaps = gap_days(world)
        seats = seats_of(inputs, settings)
        moods = satisfactions(inputs, world.as_of)
        terms = reference_kpis.terms_of(reference_kpis.Scene(world, inputs, settings, ()))
        months = {name: months_of(mine, world.as_of) for name, mine in terms.items()}
        titles: dict[tuple[str, str], str] = {}
        for card in reference.read_scorecards(seeds, settings):
            own = {name: [r for r in tables[name] if r["scorecard"] == card.name] for name in READ}
            alerts = _alerts(own, seeds, world, gaps, card.name)
            _judge_scores(own, alerts)
            accounts = _accounts(own, world, card, seats)
            for customer_id, account in accounts.items():
                account["satisfaction"] = moods.get(customer_id, {}).get("satisfaction")
                paid = months.get(customer_id)
                account["mrr"] = round_half_away(paid[-1].after, 4) if paid else None
            titles |= {
                (card.name, tier.tier): tier.title for tier in tiers_of(card.name, seeds).values()
            }
            tables["engagement_alerts"] += alerts
            tables["engagement_accounts"] += accounts.values()
            tables["engagement_opportunities"] += _opportunities(
                own, seeds, world, card, {"accounts": accounts, "moods": moods}
            )
        answers = answers_of(inputs, world.as_of)
        tables["engagement_timeline"] += timeline(tables, titles, months, answers)
    return tables


READ = ("engagement_scores_daily", "engagement_scores", "engagement_drivers")
"""Tables of reference.build() that everything else is made of."""


def _alerts(
    own: Mapping[str, Rows], seeds: ActionSeeds, world: World, gaps: set[int], scorecard: str
) -> Rows:
    """Return the alerts of one scorecard."""
    tiers = tiers_of(scorecard, seeds)
    rules = rules_for(scorecard, seeds.alert_rules, "reason_code")
    alerts: Rows = []
    for (_, customer_id), rows in grouped(own["engagement_scores_daily"]).items():
        weeks = weeks_of(rows, world, gaps)
        alerts += alerts_of(weeks, world.spines[customer_id].ended, rules, tiers)
    return alerts


def _judge_scores(own: Mapping[str, Rows], alerts: Rows) -> None:
    """Add what insights tell to the scores of one scorecard, in place."""
    open_alerts = grouped(alert for alert in alerts if alert["is_open"])
    drivers = grouped(own["engagement_drivers"])
    daily = grouped(own["engagement_scores_daily"])
    for row in own["engagement_scores"]:
        member = row["scorecard"], row["customer_id"]
        by_day = {day["score_date"].toordinal(): day for day in daily[member]}
        row.update(score_row(row, by_day, drivers[member], open_alerts[member]))


def _accounts(
    own: Mapping[str, Rows], world: World, card: Scorecard, seats: Mapping[str, Decimal]
) -> dict[str, Row]:
    """Return customer id -> account of one scorecard."""
    accounts = {
        row["customer_id"]: account_row(row, world, card.window, seats.get(row["customer_id"]))
        for row in own["engagement_scores"]
    }
    ended = {row["customer_id"] for row in own["engagement_scores"] if row["ended_on"]}
    add_peers(list(accounts.values()), ended)
    return accounts


def _opportunities(
    own: Mapping[str, Rows],
    seeds: ActionSeeds,
    world: World,
    card: Scorecard,
    known_of: Mapping[str, Mapping[str, Row]],
) -> Iterator[Row]:
    """Yield the opportunities of one scorecard."""
    rules = rules_for(card.name, seeds.opportunity_rules, "rule")
    tiers = tiers_of(card.name, seeds)
    drivers = grouped(own["engagement_drivers"])
    for row in own["engagement_scores"]:
        if row["ended_on"] is None:
            known = Known(
                score=row,
                account=known_of["accounts"][row["customer_id"]],
                mood=known_of["moods"].get(row["customer_id"]),
                used={
                    driver["event_name"]
                    for driver in drivers[row["scorecard"], row["customer_id"]]
                    if driver["occurrences"]
                },
                title=tiers[row["tier_rank"]].title,
            )
            yield from opportunities_of(known, world, card, rules)
