"""Reference implementation of KPIs, retention and segments in plain Python.

It is written from `seeds/kpi_definitions.csv`, the descriptions of the tables and
`docs/decisions.md` (K1 and on), and shares nothing with the SQL. Each figure is counted anew for
each period and segment from sets of days and customers: no running sums, no sessions by window
functions, no groups. What was received is read by `reference.py`.

Amounts are `Fraction`, or None where there is none (a median that is not reached).
"""

from __future__ import annotations

from calendar import monthrange
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from fractions import Fraction
from functools import cached_property
from itertools import pairwise

import reference
from reference import Event, Inputs, Row, Rows, Seeds, Settings, World, clean_text, to_date

GRAINS = ("day", "week", "month")
LONG_GRAINS = ("week", "month")
ATTRIBUTES = ("lifecycle", "plan", "owner")
NO_VALUE = "(none)"
EVERYONE = ("all", "all")
COUNTED = {
    "visit": "visits",
    "page_view": "page_views",
    "click": "clicks",
    "like": "likes",
    "comment": "comments",
    "share": "shares",
    "app_install": "app_installs",
    "app_uninstall": "app_uninstalls",
    "event_registration": "event_registrations",
    "purchase": "purchases",
}
SESSION_ROLES = {"page_view", "click", "session"}
CXI = ("cxi_effort", "cxi_empathy", "cxi_understanding", "cxi_efficiency")
SCALES = {"nps": (0, 10), "csat": (1, 5), "customer_effort": (1, 7)}
RETENTION_DAYS = (1, 7, 14, 30, 60, 90, 180, 365)
ACTIVATION_DAYS = 30
AGE_BANDS = ((30, "000-029 days"), (90, "030-089 days"), (180, "090-179 days"))
OLDER_BANDS = ((365, "180-364 days"), (10**9, "365 days and more"))

Segment = tuple[str, str]
User = tuple[str, str | None]
Key = tuple[str, str, int, Segment]
"""Measure, grain, first day of the period, segment."""
Measures = dict[Key, Fraction | None]


# --- Periods --------------------------------------------------------------------------------------


def start_of(grain: str, day: int) -> int:
    """Return the first day of the day's period."""
    if grain == "day":
        return day
    when = date.fromordinal(day)
    return day - when.weekday() if grain == "week" else when.replace(day=1).toordinal()


def end_of(grain: str, start: int) -> int:
    """Return the last day of a period."""
    if grain == "month":
        when = date.fromordinal(start)
        return start + monthrange(when.year, when.month)[1] - 1
    return start + (6 if grain == "week" else 0)


def before(grain: str, start: int) -> int:
    """Return the first day of the period before."""
    return start_of(grain, start - 1)


def periods_from(grain: str, first: int, as_of: int) -> Iterator[int]:
    """Yield the first days of the periods from that of a day to that of as_of."""
    start = start_of(grain, first)
    while start <= as_of:
        yield start
        start = end_of(grain, start) + 1


# --- What is known --------------------------------------------------------------------------------


@dataclass
class Scene:
    """The world as KPIs see it: customers that are scored, their days, segments and roles."""

    world: World
    inputs: Inputs
    settings: Settings
    roles: Sequence[tuple[str, str, str]]
    measures: Measures = field(default_factory=dict)

    @property
    def as_of(self) -> int:
        """The day that is scored."""
        assert self.world.as_of is not None
        return self.world.as_of

    @cached_property
    def accepted(self) -> list[Event]:
        """All accepted events."""
        return [event for event in self.world.events if event.verdict == "accepted"]

    @cached_property
    def passive(self) -> set[str]:
        """Names of events that make nobody active."""
        return {name for name, role, _ in self.roles if role == "passive"}

    @cached_property
    def user_days(self) -> dict[int, set[User]]:
        """Day -> users active on it."""
        found: dict[int, set[User]] = defaultdict(set)
        for event in self.accepted:
            if event.event_name not in self.passive:
                found[event.day].add((event.customer_id, event.user_id))
        return found

    @cached_property
    def customer_days(self) -> dict[str, set[int]]:
        """Customer -> days on which any of its users was active."""
        found: dict[str, set[int]] = defaultdict(set)
        for day, users in self.user_days.items():
            for customer_id, _ in users:
                found[customer_id].add(day)
        return found

    @cached_property
    def segments(self) -> dict[Segment, set[str]]:
        """Segment -> its customers; dimensions without any value are left out."""
        found: dict[Segment, set[str]] = {EVERYONE: set(self.world.spines)}
        for attribute in (*ATTRIBUTES, *self.settings.customer_columns):
            values = {
                name: self.world.customers[name].attributes.get(attribute)
                for name in self.world.spines
            }
            if any(value is not None for value in values.values()):
                for name, value in values.items():
                    found.setdefault((attribute, value or NO_VALUE), set()).add(name)
        return {segment: members for segment, members in found.items() if members}

    def has_role(self, role: str) -> bool:
        """Whether any event has the role."""
        return any(found == role for _, found, _ in self.roles)

    def events_with(self, role: str) -> list[tuple[Event, str]]:
        """Return the events of a role, each with its label."""
        labels = {name: label for name, found, label in self.roles if found == role}
        return [(e, labels[e.event_name]) for e in self.accepted if e.event_name in labels]

    def active_in(self, first: int, last: int) -> set[User]:
        """Return the users active from one day to another."""
        days = (day for day in self.user_days if first <= day <= last)
        return set().union(*(self.user_days[day] for day in days))

    def set(self, measure: str, grain: str, start: int, segment: Segment, amount: object) -> None:
        """Set a measure, once."""
        key = (measure, grain, start, segment)
        assert key not in self.measures, key
        self.measures[key] = None if amount is None else Fraction(amount)

    def segments_of(
        self, grain: str, customers: Iterable[str]
    ) -> Iterator[tuple[Segment, set[str]]]:
        """Yield the segments that hold any of the customers; for days everyone only."""
        wanted = set(customers)
        for segment, members in self.segments.items():
            if members & wanted and (grain != "day" or segment == EVERYONE):
                yield segment, members


# --- Activity -------------------------------------------------------------------------------------


def add_activity(scene: Scene) -> None:
    """Add users and customers that were active."""
    if not scene.user_days:
        return
    first_day = min(scene.user_days)
    first_seen: dict[User, int] = {}
    for day in sorted(scene.user_days):
        for user in scene.user_days[day]:
            first_seen.setdefault(user, day)
    for grain in GRAINS:
        for start in periods_from(grain, first_day, scene.as_of):
            end = end_of(grain, start)
            active = scene.active_in(start, end)
            length = min(end, scene.as_of) - max(start, scene.settings.first_day.toordinal()) + 1
            for segment, members in scene.segments_of(grain, scene.customer_days):
                users = {user for user in active if user[0] in members}
                days = sum(
                    sum(user[0] in members for user in scene.user_days.get(day, ()))
                    for day in range(start, end + 1)
                )
                new = sum(first_seen[user] >= start for user in users)
                where = (grain, start, segment)
                scene.set("days", *where, length)
                scene.set("active_user_days", *where, days)
                scene.set("active_users", *where, len(users))
                scene.set("new_users", *where, new)
                scene.set("returning_users", *where, len(users) - new)
                scene.set("active_customers", *where, len({name for name, _ in users}))
                if grain == "day":
                    week, month = (len(scene.active_in(start - n, start)) for n in (6, 29))
                    scene.set("weekly_active_users", *where, week)
                    scene.set("monthly_active_users", *where, month)
                    scene.set("possible_user_days", *where, month)
                elif grain == "week":
                    scene.set("weekly_active_users", *where, len(users))
                else:
                    scene.set("monthly_active_users", *where, len(users))
                    scene.set("possible_user_days", *where, len(users) * length)


def add_lifecycle(scene: Scene) -> None:
    """Add what became of customers from one period to the next."""
    spines = scene.world.spines
    if not spines:
        return
    first_day = min(spine.first for spine in spines.values())
    for grain in LONG_GRAINS:
        for start in periods_from(grain, first_day, scene.as_of):
            states = {name: lifecycle_state(scene, name, grain, start) for name in spines}
            for segment, members in scene.segments_of(grain, spines):
                found = [states[name] for name in members if states[name]]
                count = {state: found.count(state) for state in set(found)}
                new, retained = count.get("new", 0), count.get("retained", 0)
                resurrected, dormant = count.get("resurrected", 0), count.get("dormant", 0)
                where = (grain, start, segment)
                scene.set("new_customers", *where, new)
                scene.set("retained_customers", *where, retained)
                scene.set("resurrected_customers", *where, resurrected)
                scene.set("dormant_customers", *where, dormant)
                scene.set("inactive_customers", *where, count.get("inactive", 0))
                scene.set("customers", *where, len(found))
                scene.set("gained_customers", *where, new + resurrected)
                scene.set("previously_active_customers", *where, retained + dormant)


def lifecycle_state(scene: Scene, customer_id: str, grain: str, start: int) -> str | None:
    """Return the state of a customer in a period, None where it is not there."""
    end = end_of(grain, start)
    days = scene.customer_days.get(customer_id, set())
    earlier = before(grain, start)
    now = any(start <= day <= end for day in days)
    just_before = any(earlier <= day < start for day in days)
    if now and just_before:
        return "retained"
    if now:
        return "resurrected" if min(days) < start else "new"
    if just_before:
        return "dormant"
    spine = scene.world.spines[customer_id]
    last = None if spine.ended is None else max(spine.ended, spine.first)
    return "inactive" if spine.first <= end and (last is None or last >= start) else None


# --- Events, sessions, features, purchases --------------------------------------------------------


def add_counts(scene: Scene) -> None:
    """Add the numbers of events with a role."""
    for role, measure in COUNTED.items():
        events = scene.events_with(role)
        if not events:
            continue
        first_day = min(event.day for event, _ in events)
        for grain in GRAINS:
            for start in periods_from(grain, first_day, scene.as_of):
                end = end_of(grain, start)
                inside = [event for event, _ in events if start <= event.day <= end]
                segments = scene.segments_of(grain, {event.customer_id for event, _ in events})
                for segment, members in segments:
                    mine = [event for event in inside if event.customer_id in members]
                    scene.set(measure, grain, start, segment, len(mine))
                    if role == "purchase":
                        value = sum((event.quantity or 0 for event in mine), Fraction(0))
                        scene.set("purchase_value", grain, start, segment, value)


@dataclass(frozen=True)
class Session:
    """One session: whose, when, and what happened."""

    customer_id: str
    day: int
    events: int
    page_views: int
    seconds: int


def sessions_of(scene: Scene) -> list[Session]:
    """Split events with a role of sessions by silence and midnight."""
    names = {name for name, role, _ in scene.roles if role in SESSION_ROLES}
    pages = {name for name, role, _ in scene.roles if role == "page_view"}
    by_user: dict[User, list[Event]] = defaultdict(list)
    for event in scene.accepted:
        if event.event_name in names:
            by_user[event.customer_id, event.user_id].append(event)
    timeout = timedelta(minutes=scene.settings.session_timeout_minutes)
    sessions = []
    for (customer_id, _), events in by_user.items():
        events.sort(key=lambda event: event.at)
        groups = [[events[0]]]
        for earlier, event in pairwise(events):
            if event.day != earlier.day or event.at - earlier.at > timeout:
                groups.append([])
            groups[-1].append(event)
        for group in groups:
            first, last = (event.at.replace(microsecond=0) for event in (group[0], group[-1]))
            views = sum(event.event_name in pages for event in group)
            seconds = int((last - first).total_seconds())
            sessions.append(Session(customer_id, group[0].day, len(group), views, seconds))
    return sessions


def add_sessions(scene: Scene) -> None:
    """Add sessions; they are visits where no event has that role."""
    sessions = sessions_of(scene)
    if not sessions:
        return
    for grain in GRAINS:
        for start in periods_from(grain, min(found.day for found in sessions), scene.as_of):
            inside = [found for found in sessions if start <= found.day <= end_of(grain, start)]
            segments = scene.segments_of(grain, {found.customer_id for found in sessions})
            for segment, members in segments:
                mine = [found for found in inside if found.customer_id in members]
                minutes = Fraction(sum(found.seconds for found in mine), 60)
                where = (grain, start, segment)
                scene.set("sessions", *where, len(mine))
                scene.set("bounced_sessions", *where, sum(found.events == 1 for found in mine))
                scene.set("session_page_views", *where, sum(found.page_views for found in mine))
                scene.set("session_minutes", *where, minutes)
                if not scene.has_role("visit"):
                    scene.set("visits", *where, len(mine))


def add_features(scene: Scene) -> None:
    """Add the use of features by active customers."""
    labels = {label for _, role, label in scene.roles if role == "feature"}
    if not labels or not scene.user_days:
        return
    used = scene.events_with("feature")
    for grain in LONG_GRAINS:
        for start in periods_from(grain, min(scene.user_days), scene.as_of):
            end = end_of(grain, start)
            inside = [(e.customer_id, label) for e, label in used if start <= e.day <= end]
            active = {name for name, _ in scene.active_in(start, end)}
            for segment, members in scene.segments_of(grain, scene.customer_days):
                mine = [pair for pair in inside if pair[0] in members]
                where = (grain, start, segment)
                scene.set("adopters", *where, len({name for name, _ in mine}))
                scene.set("features_used", *where, len(set(mine)))
                scene.set("feature_uses", *where, len(mine))
                scene.set("adoption_base", *where, len(active & members))
                scene.set("possible_features", *where, len(active & members) * len(labels))
            for label in labels if active else ():
                users = [name for name, found in inside if found == label]
                where = (grain, start, ("feature", label))
                scene.set("adopters", *where, len(set(users)))
                scene.set("feature_uses", *where, len(users))
                scene.set("adoption_base", *where, len(active))


def add_purchases(scene: Scene) -> None:
    """Add buyers and the mix of transactions."""
    bought = scene.events_with("purchase")
    if not bought:
        return
    labels = {label for _, role, label in scene.roles if role == "purchase"}
    for grain in LONG_GRAINS:
        first_day = min(event.day for event, _ in bought)
        for start in periods_from(grain, first_day, scene.as_of):
            end = end_of(grain, start)
            inside = [(e.customer_id, label) for e, label in bought if start <= e.day <= end]
            segments = scene.segments_of(grain, {event.customer_id for event, _ in bought})
            for segment, members in segments:
                mine = [name for name, _ in inside if name in members]
                repeated = {name for name in mine if mine.count(name) > 1}
                scene.set("buyers", grain, start, segment, len(set(mine)))
                scene.set("repeat_buyers", grain, start, segment, len(repeated))
            for label in labels if inside else ():
                where = (grain, start, ("transaction", label))
                scene.set("transactions", *where, sum(found == label for _, found in inside))
                scene.set("all_transactions", *where, len(inside))


# --- Beginners ------------------------------------------------------------------------------------


def add_cohorts(scene: Scene) -> None:
    """Add activation and time to value of the customers that began in a period."""
    first_times: dict[str, dict[str, int]] = {"activation": {}, "first_value": {}}
    for role, days in first_times.items():
        for event, _ in scene.events_with(role):
            known = days.get(event.customer_id, event.day)
            days[event.customer_id] = min(known, event.day)
    firsts = {name: spine.first for name, spine in scene.world.spines.items()}
    for grain in LONG_GRAINS:
        for start in {start_of(grain, day) for day in firsts.values()}:
            cohort = {name for name, day in firsts.items() if start_of(grain, day) == start}
            for segment, members in scene.segments_of(grain, cohort):
                mine = cohort & members
                if scene.has_role("activation"):
                    done = first_times["activation"]
                    activated = [
                        name
                        for name in mine
                        if name in done and done[name] - firsts[name] <= ACTIVATION_DAYS
                    ]
                    scene.set("cohort_customers", grain, start, segment, len(mine))
                    scene.set("activated_customers", grain, start, segment, len(activated))
                if scene.has_role("first_value"):
                    done = first_times["first_value"]
                    waits = sorted(done[name] - firsts[name] for name in mine if name in done)
                    place = -(-len(mine) // 2)
                    median = waits[place - 1] if len(waits) >= place else None
                    scene.set("median_days_to_value", grain, start, segment, median)


# --- Subscriptions --------------------------------------------------------------------------------


@dataclass(frozen=True)
class Term:
    """One subscription: open from one day to another, both inclusive."""

    first: int
    last: int
    mrr: Fraction


def terms_of(scene: Scene) -> dict[str, list[Term]]:
    """Return customer -> its subscriptions that were ever open by as_of."""
    aliases = reference.read_aliases(scene.inputs.customer_aliases)
    read: dict[str, list[tuple[int, int | None, Fraction]]] = defaultdict(list)
    for row in scene.inputs.subscriptions:
        name = reference.resolve(clean_text(row["customer_id"]), aliases)
        if name in scene.world.spines:
            start = reference.read_day(row["started_at"])
            start = scene.world.spines[name].first if start is None else start
            mrr = reference.read_quantity(row.get("mrr")) or Fraction(0)
            read[name].append((start, reference.read_day(row["ended_at"]), mrr))
    terms: dict[str, list[Term]] = {}
    earliest = scene.settings.first_day.toordinal()
    for name, rows in read.items():
        for start, end, mrr in rows:
            last = 10**9 if end is None else end
            if any(other == end != start for other, _, _ in rows):
                last -= 1
            first = max(start, earliest)
            if first <= min(last, scene.as_of):
                terms.setdefault(name, []).append(Term(first, last, mrr))
    return terms


def revenue(terms: Iterable[Term], day: int) -> Fraction | None:
    """Return what is paid a month on a day, None where no subscription is open."""
    paid = [term.mrr for term in terms if term.first <= day <= term.last]
    return sum(paid, Fraction(0)) if paid else None


def add_subscriptions(scene: Scene) -> None:
    """Add subscribers and revenue, compared at the ends of months."""
    terms = terms_of(scene)
    if not terms:
        return
    first_day = min(term.first for mine in terms.values() for term in mine)
    months = list(periods_from("month", first_day, scene.as_of))
    ends = [min(end_of("month", start), scene.as_of) for start in months]
    closings = {name: [revenue(mine, day) for day in ends] for name, mine in terms.items()}
    for position, start in enumerate(months):
        for segment, members in scene.segments_of("month", terms):
            add_month(
                lambda measure, amount, where=("month", start, segment): scene.set(
                    measure, *where, amount
                ),
                [closings[name][: position + 1] for name in terms if name in members],
            )


def add_month(put: Callable[[str, object], None], closings: list[list[Fraction | None]]) -> None:
    """Add the movements of one month; `closings` are those of each customer up to it."""
    found: dict[str, list[Fraction]] = defaultdict(list)
    for closing in closings:
        opening, now = (closing[-2] if len(closing) > 1 else None), closing[-1]
        if opening is not None:
            found["opening"].append(opening)
        if now is not None:
            found["closing"].append(now)
        if opening is None and now is not None:
            was_there = any(amount is not None for amount in closing[:-1])
            found["reactivated" if was_there else "new"].append(now)
        elif opening is not None and now is None:
            found["churned"].append(opening)
        elif opening is not None and now is not None:
            found["expansion"].append(max(now - opening, Fraction(0)))
            found["contraction"].append(max(opening - now, Fraction(0)))
            found["kept"].append(min(now, opening))
    total = {name: sum(amounts, Fraction(0)) for name, amounts in found.items()}
    total = defaultdict(Fraction, total)
    for state in ("opening", "new", "reactivated", "closing"):
        put(f"{state}_subscribers", len(found[state]))
    put("lost_subscribers", len(found["churned"]))
    put("retained_subscribers", len(found["kept"]))
    for state in ("opening", "new", "reactivated", "expansion", "contraction", "churned"):
        put(f"{state}_mrr", total[state])
    put("closing_mrr", total["closing"])
    put("retained_mrr", total["kept"])
    lost = total["contraction"] + total["churned"]
    put("gained_mrr", total["new"] + total["reactivated"] + total["expansion"])
    put("lost_mrr", lost)
    put("net_lost_mrr", lost - total["expansion"])
    put("kept_and_expanded_mrr", total["kept"] + total["expansion"])
    put("opening_mrr_margin", total["opening"])


# --- Surveys and what is made of other measures ---------------------------------------------------


def add_surveys(scene: Scene) -> None:
    """Add survey answers that are on their scale."""
    aliases = reference.read_aliases(scene.inputs.customer_aliases)
    answers: dict[tuple[str, str, int, Segment], list[Fraction]] = defaultdict(list)
    for row in scene.inputs.survey_responses:
        name = reference.resolve(clean_text(row["customer_id"]), aliases)
        survey = (clean_text(row["survey"]) or "").lower()
        day, score = reference.read_day(row["responded_at"]), row["score"]
        in_time = day is not None and scene.settings.first_day.toordinal() <= day <= scene.as_of
        if name not in scene.world.spines or not in_time or score is None:
            continue
        low, high = SCALES.get(survey, (score, score) if survey in CXI else (1, 0))
        if low <= score <= high:
            for grain in LONG_GRAINS:
                for segment, members in scene.segments.items():
                    if name in members:
                        where = (grain, start_of(grain, day), segment)
                        answers[(survey, *where)].append(Fraction(score))
    means: dict[tuple[str, int, Segment], list[Fraction]] = defaultdict(list)
    for (survey, *where), scores in answers.items():
        count = len(scores)
        if survey == "nps":
            promoters = sum(score >= 9 for score in scores)
            detractors = sum(score <= 6 for score in scores)
            scene.set("nps_answers", *where, count)
            scene.set("nps_promoters", *where, promoters)
            scene.set("nps_detractors", *where, detractors)
            scene.set("nps_balance", *where, promoters - detractors)
        elif survey == "csat":
            scene.set("csat_answers", *where, count)
            scene.set("csat_satisfied", *where, sum(score >= 4 for score in scores))
        else:
            scene.set(f"{survey}_answers", *where, count)
            scene.set(f"{survey}_sum", *where, sum(scores))
        if survey in CXI:
            means[tuple(where)].append(sum(scores) / count)
    for where, found in means.items():
        scene.set("cxi_sum_of_means", *where, sum(found))
        scene.set("cxi_aspects", *where, len(found))


def add_product_engagement(scene: Scene) -> None:
    """Add the sum of adoption, stickiness and growth of months."""

    def share(part: Fraction, whole: Fraction) -> Fraction | None:
        return part / whole if whole else None

    for measure, grain, start, segment in list(scene.measures):
        if measure != "possible_features" or grain != "month":
            continue
        get = {name: scene.measures[name, grain, start, segment] for name in PRODUCT_PARTS}
        parts = (
            share(get["features_used"], get["possible_features"]),
            share(get["active_user_days"], get["possible_user_days"]),
            share(
                get["gained_customers"], get["gained_customers"] + get["dormant_customers"]
            ),
        )  # fmt: skip
        total = None if None in parts else sum(parts)
        scene.set("pes_sum_of_shares", grain, start, segment, total)
        scene.set("pes_parts", grain, start, segment, 3)


PRODUCT_PARTS = (
    *("features_used", "possible_features", "active_user_days", "possible_user_days"),
    *("gained_customers", "dormant_customers"),
)
FAMILIES = (
    *(add_activity, add_lifecycle, add_counts, add_sessions, add_features, add_purchases),
    *(add_cohorts, add_subscriptions, add_surveys, add_product_engagement),
)


def kpi_rows(scene: Scene, definitions: Iterable[Row]) -> Iterator[Row]:
    """Yield one row for each KPI, period and segment for which its measures are there."""
    by_measure: dict[str, list[Key]] = defaultdict(list)
    for key in scene.measures:
        by_measure[key[0]].append(key)
    for definition in definitions:
        divisor = definition["denominator"] or None
        for key in by_measure[definition["numerator"]]:
            _, grain, start, segment = key
            other = (divisor, grain, start, segment)
            if divisor and other not in scene.measures:
                continue
            numerator = scene.measures[key]
            denominator = scene.measures[other] if divisor else None
            value = numerator
            if divisor:
                value = None if numerator is None or not denominator else numerator / denominator
            if value is not None and definition["unit"] == "points":
                value *= 100
            wait = ACTIVATION_DAYS if definition["numerator"] == "activated_customers" else 0
            yield {
                "kpi": definition["kpi"],
                "period_grain": grain,
                "period_start": to_date(start),
                "period_end": to_date(end_of(grain, start)),
                "is_complete": end_of(grain, start) + wait <= scene.as_of,
                "segment_dimension": segment[0],
                "segment_value": segment[1],
                "value": value,
                "numerator": numerator,
                "denominator": denominator,
                "unit": definition["unit"],
            }


# --- Retention ------------------------------------------------------------------------------------


def retention_rows(scene: Scene, scores: Rows, windows: Mapping[str, int]) -> Iterator[Row]:
    """Yield the retention of cohorts, for everyone and by first tier."""
    cohorts: dict[tuple[int, str, str, str | None], list[str]] = defaultdict(list)
    for name, spine in scene.world.spines.items():
        cohorts[start_of("month", spine.first), "all", "all", None].append(name)
    for row in scores:
        spine = scene.world.spines[row["customer_id"]]
        if row["score_date"].toordinal() == spine.first + windows[row["scorecard"]]:
            key = (start_of("month", spine.first), "first_tier", row["tier"], row["scorecard"])
            cohorts[key].append(row["customer_id"])
    for (month, dimension, value, scorecard), names in cohorts.items():
        known_after = 0 if scorecard is None else windows[scorecard]
        month_end = end_of("month", month)
        common = {
            "cohort_month": to_date(month),
            "segment_dimension": dimension,
            "segment_value": value,
            "scorecard": scorecard,
            "cohort_customers": len(names),
        }
        for number in (number for number in RETENTION_DAYS if number >= known_after):
            targets = {name: scene.world.spines[name].first + number for name in names}
            targets = {name: day for name, day in targets.items() if day <= scene.as_of}
            for kind in ("n_day", "unbounded") if targets else ():
                retained = [
                    name
                    for name, day in targets.items()
                    if any(
                        active == day or (kind == "unbounded" and active > day)
                        for active in scene.customer_days.get(name, ())
                    )
                ]
                yield common | {
                    "retention": kind,
                    "period_number": number,
                    "observed_customers": len(targets),
                    "retained_customers": len(retained),
                    "retention_share": Fraction(len(retained), len(targets)),
                    "is_complete": month_end + number <= scene.as_of,
                }
        for number, start in enumerate(periods_from("month", month, scene.as_of)):
            if scorecard is not None and start < month_end + 1 + known_after:
                continue
            end = end_of("month", start)
            retained = [
                name
                for name in names
                if any(start <= day <= end for day in scene.customer_days.get(name, ()))
            ]
            yield common | {
                "retention": "month",
                "period_number": number,
                "observed_customers": len(names),
                "retained_customers": len(retained),
                "retention_share": Fraction(len(retained), len(names)),
                "is_complete": end <= scene.as_of,
            }


# --- Segments -------------------------------------------------------------------------------------


def age_band(days: int) -> str:
    """Return the band of a customer's age."""
    return next(band for limit, band in (*AGE_BANDS, *OLDER_BANDS) if days < limit)


def engagement_state(score: Fraction) -> str:
    """Return how engaged a score is."""
    if score > 70:
        return "engaged"
    return "responsive" if score > 40 else "disengaged"


def nearest_rank(scores: Sequence[Fraction], percent: int) -> Fraction:
    """Return the least score that so many percent of the sorted scores do not exceed."""
    return scores[max(-(-percent * len(scores) // 100), 1) - 1]


def segment_groups(scene: Scene, scores: Rows) -> dict[tuple[str, Segment, int], Rows]:
    """Return scorecard, segment and reading day -> the scores of its customers."""
    found: dict[tuple[str, Segment, int], Rows] = defaultdict(list)
    segments: dict[str, list[Segment]] = defaultdict(list)
    for segment, members in scene.segments.items():
        for name in members:
            segments[name].append(segment)
    for row in scores:
        day = row["score_date"].toordinal()
        if day != scene.as_of and end_of("month", start_of("month", day)) != day:
            continue
        age = day - scene.world.spines[row["customer_id"]].first
        own = [("tier", row["tier"]), ("age_band", age_band(age))]
        for segment in segments[row["customer_id"]] + own:
            found[row["scorecard"], segment, day].append(row)
    return found


def segment_rows(scene: Scene, scores: Rows) -> Iterator[Row]:
    """Yield the spread of scores in each segment."""
    by_day = {
        (row["scorecard"], row["customer_id"], row["score_date"]): Fraction(row["ces"])
        for row in scores
    }
    for (scorecard, segment, day), rows in segment_groups(scene, scores).items():
        values = sorted(Fraction(row["ces"]) for row in rows)
        earlier = to_date(day - 28)
        changes = [
            Fraction(row["ces"]) - by_day[scorecard, row["customer_id"], earlier]
            for row in rows
            if (scorecard, row["customer_id"], earlier) in by_day
        ]
        states = [engagement_state(value) for value in values]
        counts = {state: states.count(state) for state in ("engaged", "responsive", "disengaged")}
        yield {
            "scorecard": scorecard,
            "segment_dimension": segment[0],
            "segment_value": segment[1],
            "score_date": to_date(day),
            "is_latest": day == scene.as_of,
            "customers": len(rows),
            "mean_ces": sum(values) / len(values),
            "median_ces": nearest_rank(values, 50),
            "p10_ces": nearest_rank(values, 10),
            "p90_ces": nearest_rank(values, 90),
            "compared_customers": len(changes),
            "mean_change_28d": sum(changes) / len(changes) if changes else None,
            **{f"{state}_customers": count for state, count in counts.items()},
            **{f"share_{state}": Fraction(n, len(rows)) for state, n in counts.items()},
        }


def tier_rows(scene: Scene, scores: Rows, seeds: Seeds, settings: Settings) -> Iterator[Row]:
    """Yield the share of each tier in each segment, tiers without customers included."""
    bands = {card.name: card.bands for card in reference.read_scorecards(seeds, settings)}
    for (scorecard, segment, day), rows in segment_groups(scene, scores).items():
        for band in bands[scorecard] if segment[0] != "tier" else ():
            count = sum(row["tier"] == band.tier for row in rows)
            yield {
                "scorecard": scorecard,
                "segment_dimension": segment[0],
                "segment_value": segment[1],
                "score_date": to_date(day),
                "tier": band.tier,
                "tier_rank": band.rank,
                "customers": count,
                "share_of_segment": Fraction(count, len(rows)),
            }


def customer_segment_rows(scene: Scene) -> Iterator[Row]:
    """Yield the value of each customer in each dimension."""
    for (dimension, value), members in scene.segments.items():
        for name in members if dimension != "all" else ():
            yield {"customer_id": name, "segment_dimension": dimension, "segment_value": value}


# --- Users ----------------------------------------------------------------------------------------


def user_rows(scene: Scene, scores: Rows, windows: Mapping[str, int]) -> Iterator[Row]:
    """Yield what each user did in the window of each scorecard that ends at as_of."""
    for row in scores:
        first = scene.as_of - windows[row["scorecard"]] + 1
        found: dict[str | None, list[Event]] = defaultdict(list)
        for event in scene.accepted:
            if event.customer_id == row["customer_id"] and first <= event.day <= scene.as_of:
                found[event.user_id].append(event)
        for user, events in found.items():
            days = {event.day for event in events if event.event_name not in scene.passive}
            yield {
                "scorecard": row["scorecard"],
                "customer_id": row["customer_id"],
                "as_of_date": to_date(scene.as_of),
                "user_id": user,
                "events": len(events),
                "active_days": len(days),
                "last_active_on": to_date(max(days)) if days else None,
            }


# --- All together ---------------------------------------------------------------------------------


def read_roles(rows: Iterable[Row]) -> list[tuple[str, str, str]]:
    """Return event name, role and label of each row of kpi_events.csv."""
    return [
        (row["event_name"].strip(), row["role"], clean_text(row["label"]) or row["event_name"])
        for row in rows
    ]


def build(
    inputs: Inputs, seeds: Seeds, settings: Settings, definitions: Sequence[Row]
) -> dict[str, Rows]:
    """Return the tables of KPIs, retention, segments and users."""
    world = reference.read_world(inputs, settings)
    tables: dict[str, Rows] = {
        "engagement_kpis": [],
        "engagement_retention": [],
        "engagement_segments": [],
        "engagement_segment_tiers": [],
        "engagement_customer_segments": [],
        "engagement_users": [],
    }
    if world.as_of is None:
        return tables
    scene = Scene(world, inputs, settings, read_roles(seeds.kpi_events or []))
    for add in FAMILIES:
        add(scene)
    scored = reference.build(inputs, seeds, settings)
    scores = scored["engagement_scores_daily"]
    windows = {card.name: card.window for card in reference.read_scorecards(seeds, settings)}
    tables["engagement_kpis"] += kpi_rows(scene, definitions)
    tables["engagement_retention"] += retention_rows(scene, scores, windows)
    tables["engagement_segments"] += segment_rows(scene, scores)
    tables["engagement_segment_tiers"] += tier_rows(scene, scores, seeds, settings)
    tables["engagement_customer_segments"] += customer_segment_rows(scene)
    tables["engagement_users"] += user_rows(scene, scored["engagement_scores"], windows)
    return tables
