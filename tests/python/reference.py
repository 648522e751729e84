"""Reference implementation of the Customer Engagement Score in plain Python.

It is written from the design page and `docs/decisions.md` alone and shares nothing with the SQL, so
that the two can be compared. Rows are plain dicts. Arithmetic is exact (`fractions.Fraction`); only
the fading `2 ** (-age / half_life)` is a decimal of 50 digits.

Units: a day inside this module is `date.toordinal()` (int); a time is a naive `datetime` in UTC;
points are weight x amount; scores are 100 x points / full_score_points. Numbers in parentheses,
such as (17), refer to the entries of `docs/decisions.md`.
"""

from __future__ import annotations

import math
import re
from bisect import bisect_left, bisect_right
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta
from decimal import ROUND_HALF_UP, Decimal, localcontext
from fractions import Fraction
from itertools import pairwise
from typing import Any

Row = dict[str, Any]
Rows = list[Row]

DIGITS = 50
MAX_QUANTITY = 10**9
MAX_ALIAS_STEPS = 16
DAYS_SCORED_AFTER_END = 30
DEFAULT_SOURCE = "events"
SCORED_STATUSES = ("active", "candidate")
TRUE_TEXTS = ("true", "t", "1", "yes", "y")
DERIVED_EVENTS = (
    "inactive_day",
    "session_started",
    "session_bounced",
    "active_minutes",
    "new_active_user",
)
REASONS = (
    "erased_customer",
    "deleted_at_source",
    "test_traffic",
    "bot_traffic",
    "internal_traffic",
    "missing_event_id",
    "missing_customer",
    "missing_event_name",
    "missing_time",
    "unparseable_time",
    "before_first_day",
    "in_the_future",
    "invalid_quantity",
    "reserved_event_name",
    "internal_customer",
)
POPULATION_ATTRIBUTES = ("lifecycle", "plan", "owner")
CUSTOMER_TIE_BREAKERS = ("customer_name", "plan", "lifecycle", "licensed_seats", "owner")
TABLE_NAMES = (
    "engagement_scores_daily",
    "engagement_scores",
    "engagement_drivers",
    "engagement_tier_changes",
    "engagement_event_ledger",
    "engagement_rejected_events",
    "engagement_unweighted_events",
    "engagement_unused_weights",
)


# --- What goes in and what comes out --------------------------------------------------------------


@dataclass(frozen=True)
class Inputs:
    """The relations of the input contract as received: dict rows, any value may be None."""

    events: Rows = field(default_factory=list)
    customers: Rows = field(default_factory=list)
    subscriptions: Rows = field(default_factory=list)
    customer_aliases: Rows = field(default_factory=list)
    erasure_requests: Rows = field(default_factory=list)
    survey_responses: Rows = field(default_factory=list)


@dataclass(frozen=True)
class Seeds:
    """The rows of the CSV seeds: text values, '' or None where a cell is empty.

    None stands for the rows that the project ships with.
    """

    scorecards: Rows
    event_weights: Rows
    tier_bands: Rows
    kpi_events: Rows | None = None
    kpi_definitions: Rows | None = None


@dataclass(frozen=True)
class Settings:
    """The project's variables; `run_day` is the UTC day on which the run began."""

    run_day: date
    as_of: date | None = None
    first_day: date = date(2000, 1, 1)
    inactivity_grace_days: int = 7
    session_timeout_minutes: int = 30
    customer_columns: tuple[str, ...] = ()


class Tables(dict[str, Rows]):
    """Table name -> list of dict rows, sorted; `as_of` is the day scored, None without one."""

    as_of: date | None = None


# --- Reading single values ------------------------------------------------------------------------

_TIME = re.compile(
    r"(?P<day>\d{4}-\d\d-\d\d)"
    r"(?:[T ](?P<clock>\d\d:\d\d(?::\d\d(?:\.(?P<fraction>\d+))?)?)"
    r"(?P<offset>Z|[+-]\d\d(?::?\d\d)?)?)?",
    re.ASCII,
)
_NUMBER = re.compile(r"[+-]?(?:\d+\.?\d*|\.\d+)(?:e[+-]?\d+)?", re.ASCII | re.IGNORECASE)


class InvalidQuantityError(ValueError):
    """A quantity that is not a number, or beyond the limit."""


def clean_text(value: object) -> str | None:
    """Return a trimmed text, or None when nothing is left; a whole float `12.0` reads `12` (1)."""
    if isinstance(value, float | Decimal):
        if math.isnan(value):
            return None
        if math.isfinite(value) and value == int(value):
            value = int(value)
    return None if value is None else str(value).strip() or None


def read_time(value: object) -> datetime | None:
    """Return a moment as naive UTC, None when it is missing or cannot be read (2)."""
    if isinstance(value, datetime):
        moment = value
    elif isinstance(value, date):
        moment = datetime(value.year, value.month, value.day)
    else:
        moment = _parse_time(clean_text(value))
    if moment is None or moment.tzinfo is None:
        return moment
    try:
        return moment.astimezone(UTC).replace(tzinfo=None)
    except OverflowError:
        return None


def _parse_time(text: str | None) -> datetime | None:
    """Parse ISO 8601: a date, or a date and time with an optional fraction and offset."""
    match = _TIME.fullmatch(text or "")
    if match is None:
        return None
    clock = (match["clock"] or "00:00").partition(".")[0]
    if match["fraction"]:
        clock += "." + match["fraction"][:6].ljust(6, "0")
    try:
        return datetime.fromisoformat(f"{match['day']}T{clock}{match['offset'] or ''}")
    except ValueError:
        return None


def read_day(value: object) -> int | None:
    """Return the UTC day of a moment."""
    moment = read_time(value)
    return None if moment is None else moment.toordinal()


def read_quantity(value: object) -> Fraction | None:
    """Return a quantity to four places, None when missing or NaN (3, 7)."""
    text = clean_text(value)
    if text is None or text.lower().lstrip("+-") == "nan":
        return None
    if not _NUMBER.fullmatch(text):
        raise InvalidQuantityError(text)
    number = Decimal(text)
    if not number or number.adjusted() < -DIGITS:
        return Fraction(0)
    if number.adjusted() > DIGITS or abs(Fraction(number)) > MAX_QUANTITY:
        raise InvalidQuantityError(text)
    return Fraction(round_half_away(Fraction(number), 4))


def read_flag(value: object) -> bool:
    """Return whether a flag (bool, number or text) is set; missing is not set."""
    text = clean_text(value)
    if text is None:
        return False
    return text.lower() in TRUE_TEXTS or (_NUMBER.fullmatch(text) is not None and float(text) != 0)


def round_half_away(value: Fraction, places: int) -> Decimal:
    """Round half away from zero to a decimal with exactly `places` decimals, never -0."""
    scaled = abs(value) * 10**places
    whole = (2 * scaled.numerator + scaled.denominator) // (2 * scaled.denominator)
    return Decimal(f"{'-' if value < 0 < whole else ''}{whole}E-{places}")


def to_date(day: int | None) -> date | None:
    """Return the date of a day number."""
    return None if day is None else date.fromordinal(day)


def nulls_last(*values: Any) -> tuple[tuple[bool, Any], ...]:  # noqa: ANN401
    """Return a sort key in which None comes after everything else."""
    return tuple((value is None, value) for value in values)


# --- Aliases, events ------------------------------------------------------------------------------


def read_aliases(rows: Iterable[Row]) -> dict[str, str]:
    """Return alias id -> the id it points to; of several targets the least."""
    pairs = [(clean_text(row.get("alias_id")), clean_text(row.get("customer_id"))) for row in rows]
    whole = [(alias, target) for alias, target in pairs if alias and target]
    return dict(sorted(whole, reverse=True))


def resolve(customer_id: str | None, aliases: Mapping[str, str]) -> str | None:
    """Follow aliases, at most 16 steps (10)."""
    for _ in range(MAX_ALIAS_STEPS):
        if customer_id is None or customer_id not in aliases:
            break
        customer_id = aliases[customer_id]
    return customer_id


@dataclass(frozen=True)
class Erasures:
    """Whom to forget: customers by present id, users of one of them, users of any (29)."""

    customers: set[str]
    users: set[tuple[str, str]]
    users_everywhere: set[str]

    def includes(self, customer_id: str | None, user_id: str | None = None) -> bool:
        """Whether what belongs to a present customer id and a user is to be forgotten."""
        return (
            customer_id in self.customers
            or (customer_id, user_id) in self.users
            or user_id in self.users_everywhere
        )


def read_erasures(rows: Iterable[Row], aliases: Mapping[str, str]) -> Erasures:
    """Read the erasure requests; one that names nobody erases nobody (29)."""
    result = Erasures(set(), set(), set())
    for row in rows:
        customer_id = resolve(clean_text(row.get("customer_id")), aliases)
        user_id = clean_text(row.get("user_id"))
        if customer_id is not None and user_id is not None:
            result.users.add((customer_id, user_id))
        elif customer_id is not None:
            result.customers.add(customer_id)
        elif user_id is not None:
            result.users_everywhere.add(user_id)
    return result


@dataclass(slots=True)
class Event:
    """One received event row, read; `verdict` is 'accepted', 'duplicate' or a rejection reason."""

    event_id: str | None
    received_customer: str | None
    customer_id: str | None
    event_name: str | None
    user_id: str | None
    source: str | None
    time_given: bool
    at: datetime | None
    loaded_at: datetime | None
    quantity: Fraction | None
    quantity_valid: bool
    verdict: str = "accepted"

    @property
    def day(self) -> int | None:
        """The UTC day of the event, None without a readable time."""
        return None if self.at is None else self.at.toordinal()


def read_event(row: Row, aliases: Mapping[str, str]) -> Event:
    """Read one event row, judging nothing yet."""
    try:
        quantity, valid = read_quantity(row.get("quantity")), True
    except InvalidQuantityError:
        quantity, valid = None, False
    received = clean_text(row.get("customer_id"))
    return Event(
        event_id=clean_text(row.get("event_id")),
        received_customer=received,
        customer_id=resolve(received, aliases),
        event_name=clean_text(row.get("event_name")),
        user_id=clean_text(row.get("user_id")),
        source=clean_text(row.get("source")),
        time_given=clean_text(row.get("occurred_at")) is not None,
        at=read_time(row.get("occurred_at")),
        loaded_at=read_time(row.get("loaded_at")),
        quantity=quantity,
        quantity_valid=valid,
    )


def reason_to_reject(
    event: Event, erasures: Erasures, internal: set[str], settings: Settings
) -> str | None:
    """Return the first reason that applies, in the order of (3), or None for a good row."""
    day = event.day
    last_day = (settings.as_of or settings.run_day).toordinal()
    failed = (
        erasures.includes(event.customer_id, event.user_id),
        *(False,) * 4,  # what a tracker's connector rejects, which the reference does not read
        event.event_id is None,
        event.customer_id is None,
        event.event_name is None,
        not event.time_given,
        day is None,
        day is not None and day < settings.first_day.toordinal(),
        day is not None and day > last_day,
        not event.quantity_valid,
        event.event_name in DERIVED_EVENTS,
        event.customer_id in internal,
    )
    return next((reason for reason, fails in zip(REASONS, failed, strict=True) if fails), None)


def judge_events(
    rows: Iterable[Row],
    aliases: Mapping[str, str],
    erasures: Erasures,
    internal: set[str],
    settings: Settings,
) -> list[Event]:
    """Read all events, reject the bad ones, then mark duplicates among the good ones (4)."""
    events = [read_event(row, aliases) for row in rows]
    same: dict[tuple[str | None, int | None], list[Event]] = defaultdict(list)
    for event in events:
        event.verdict = reason_to_reject(event, erasures, internal, settings) or "accepted"
        if event.verdict == "accepted":
            same[event.event_id, event.day].append(event)
    for group in same.values():
        for event in sorted(group, key=_load_order)[1:]:
            event.verdict = "duplicate"
    return events


def _load_order(event: Event) -> tuple[tuple[bool, object], ...]:
    """Return the order in which rows with one event id on one day are preferred (4)."""
    return nulls_last(
        event.loaded_at,
        event.at,
        event.received_customer,
        event.event_name,
        event.user_id,
        event.source,
        event.quantity,
    )


# --- Customers and their spines -------------------------------------------------------------------


@dataclass(frozen=True)
class Customer:
    """One customer: days of sign-up and end as stated, and its attributes as text."""

    signed_up: int | None = None
    ended: int | None = None
    is_internal: bool = False
    attributes: Mapping[str, str | None] = field(default_factory=dict)


@dataclass(frozen=True)
class Spine:
    """The days on which a customer is scored, both inclusive, and its end day if it has ended."""

    first: int
    last: int
    ended: int | None

    def covers(self, day: int) -> bool:
        """Whether the customer is scored on that day."""
        return self.first <= day <= self.last


Subscription = tuple[int | None, int | None]
"""(start day or None, end day or None)."""


def read_customers(
    rows: Iterable[Row], aliases: Mapping[str, str], settings: Settings
) -> dict[str, Customer]:
    """Return mapped customer id -> customer, the first row of each id counting (11).

    Rows under the customer's present id come before those of its aliases; one row that says so
    makes the customer internal.
    """
    grouped: dict[str, Rows] = defaultdict(list)
    for row in rows:
        customer_id = resolve(clean_text(row.get("customer_id")), aliases)
        if customer_id is not None:
            grouped[customer_id].append(row)
    result = {}
    for customer_id, same in grouped.items():
        own = [row for row in same if clean_text(row["customer_id"]) == customer_id]
        first = min(own or same, key=lambda row: _customer_order(row, settings))
        is_internal = any(read_flag(row.get("is_internal")) for row in same)
        result[customer_id] = replace(_read_customer(first, settings), is_internal=is_internal)
    return result


def _customer_order(row: Row, settings: Settings) -> tuple[tuple[bool, object], ...]:
    """Return the order of rows with one customer id: sign-up, end, then the other columns."""
    flag = row.get("is_internal")
    return nulls_last(
        read_time(row.get("signed_up_at")),
        read_time(row.get("ended_at")),
        *(clean_text(row.get(column)) for column in CUSTOMER_TIE_BREAKERS),
        None if clean_text(flag) is None else read_flag(flag),
        *(clean_text(row.get(column)) for column in settings.customer_columns),
    )


def _read_customer(row: Row, settings: Settings) -> Customer:
    """Read one customer row."""
    columns = (*POPULATION_ATTRIBUTES, *settings.customer_columns)
    return Customer(
        signed_up=read_day(row.get("signed_up_at")),
        ended=read_day(row.get("ended_at")),
        is_internal=read_flag(row.get("is_internal")),
        attributes={column: clean_text(row.get(column)) for column in columns},
    )


def read_subscriptions(
    rows: Iterable[Row], aliases: Mapping[str, str]
) -> dict[str, list[Subscription]]:
    """Return mapped customer id -> its subscriptions."""
    result: dict[str, list[Subscription]] = defaultdict(list)
    for row in rows:
        customer_id = resolve(clean_text(row.get("customer_id")), aliases)
        if customer_id is not None:
            result[customer_id].append(
                (read_day(row.get("started_at")), read_day(row.get("ended_at")))
            )
    return result


def existing(subscriptions: Sequence[Subscription], as_of: int | None) -> list[Subscription]:
    """Return the subscriptions that have begun by `as_of` (12)."""
    if as_of is None:
        return []
    return [sub for sub in subscriptions if sub[0] is None or sub[0] <= as_of]


def end_day(ended: int | None, subscriptions: Sequence[Subscription], as_of: int) -> int | None:
    """Return the day on which a customer has ended, None while it has not (12)."""
    begun = existing(subscriptions, as_of)
    starts = [start for start, _ in begun if start is not None]
    if ended is not None and all(start <= ended for start in starts):
        return ended if ended < as_of else None
    ends = [end for _, end in begun if end is not None and end < as_of]
    return max(ends) if ends and len(ends) == len(begun) else None


def spine_of(
    starts: Sequence[int | None],
    subscribed: int | None,
    ended: int | None,
    bounds: tuple[int, int],
) -> Spine | None:
    """Return the spine within `bounds` (first_day, as_of), None if it has no day there (13).

    `starts` are the sign-up and the first event day; where neither is known the first
    subscription's start, `subscribed`, takes their place, else as_of itself.
    """
    first_day, as_of = bounds
    fallback = as_of if subscribed is None else subscribed
    first = max(min((day for day in starts if day is not None), default=fallback), first_day)
    if first > as_of:
        return None
    last = as_of if ended is None else min(as_of, ended + DAYS_SCORED_AFTER_END)
    return Spine(first, max(first, last), ended)


# --- Facts: what each user did on each day --------------------------------------------------------


@dataclass(slots=True)
class Amount:
    """What one user did under one event name on one day."""

    events: int = 0
    quantity: Fraction = Fraction(0)

    def add(self, events: int, quantity: Fraction | None) -> None:
        """Add a number of events and the sum of their quantities."""
        self.events += events
        if quantity:
            self.quantity += quantity


DayFacts = dict[str | None, Amount]
"""User (None is the unnamed one) -> amount."""
Facts = dict[str, dict[int, DayFacts]]
"""Event name -> day -> what each user did; of one customer."""


@dataclass
class World:
    """Everything that scorecards share."""

    events: list[Event]
    as_of: int | None
    customers: dict[str, Customer]
    spines: dict[str, Spine]
    facts: dict[str, Facts]


def read_world(inputs: Inputs, settings: Settings) -> World:
    """Read the inputs, judge the events, lay out the spines and count the facts."""
    aliases = read_aliases(inputs.customer_aliases)
    erasures = read_erasures(inputs.erasure_requests, aliases)
    listed = {
        customer_id: customer
        for customer_id, customer in read_customers(inputs.customers, aliases, settings).items()
        if not erasures.includes(customer_id)
    }
    internal = {customer_id for customer_id, customer in listed.items() if customer.is_internal}
    events = judge_events(inputs.events, aliases, erasures, internal, settings)
    accepted = [event for event in events if event.verdict == "accepted"]
    by_customer: dict[str, list[Event]] = defaultdict(list)
    for event in accepted:
        by_customer[event.customer_id].append(event)
    as_of = _as_of(accepted, settings)
    subscriptions = {
        customer_id: terms
        for customer_id, terms in read_subscriptions(inputs.subscriptions, aliases).items()
        if not erasures.includes(customer_id)
    }
    subscribers = [key for key, rows in subscriptions.items() if existing(rows, as_of)]
    customers = {key: Customer() for key in (*by_customer, *subscribers)} | listed
    for customer_id in internal:
        del customers[customer_id]
    spines = _spines(customers, by_customer, subscriptions, (settings.first_day.toordinal(), as_of))
    facts = {
        customer_id: _facts(by_customer.get(customer_id, []), spines.get(customer_id), settings)
        for customer_id in customers
    }
    return World(events, as_of, customers, spines, facts)


def _as_of(accepted: Sequence[Event], settings: Settings) -> int | None:
    """Return the variable, else the latest accepted event day (5)."""
    if settings.as_of is not None:
        return settings.as_of.toordinal()
    return max((event.day for event in accepted), default=None)


def _spines(
    customers: Mapping[str, Customer],
    events: Mapping[str, Sequence[Event]],
    subscriptions: Mapping[str, Sequence[Subscription]],
    bounds: tuple[int, int | None],
) -> dict[str, Spine]:
    """Return customer id -> spine, for the customers that have one."""
    if bounds[1] is None:
        return {}
    spines = {}
    for customer_id, customer in customers.items():
        first_event = min((event.day for event in events.get(customer_id, ())), default=None)
        ended = end_day(customer.ended, subscriptions.get(customer_id, ()), bounds[1])
        begun = existing(subscriptions.get(customer_id, ()), bounds[1])
        subscribed = min((start for start, _ in begun if start is not None), default=None)
        spine = spine_of((customer.signed_up, first_event), subscribed, ended, bounds)
        if spine is not None:
            spines[customer_id] = spine
    return spines


def _facts(events: Sequence[Event], spine: Spine | None, settings: Settings) -> Facts:
    """Count the accepted events of one customer, and the events derived from them."""
    facts: Facts = defaultdict(lambda: defaultdict(lambda: defaultdict(Amount)))
    for event in events:
        facts[event.event_name][event.day][event.user_id].add(1, event.quantity)
    active_days = {event.day for event in events}
    for day in _inactive_days(active_days, spine, settings.inactivity_grace_days):
        facts["inactive_day"][day][None].add(1, None)
    by_user: dict[str | None, list[datetime]] = defaultdict(list)
    for event in events:
        by_user[event.user_id].append(event.at)
    for user, times in by_user.items():
        if user is not None:
            facts["new_active_user"][min(times).toordinal()][user].add(1, None)
        _add_sessions(facts, user, times, timedelta(minutes=settings.session_timeout_minutes))
    return facts


def _inactive_days(active_days: set[int], spine: Spine | None, grace: int) -> Iterator[int]:
    """Yield the quiet days with at least `grace` quiet spine days right before them (17)."""
    if spine is None:
        return
    last = spine.last if spine.ended is None else min(spine.last, spine.ended)
    quiet = 0
    for day in range(spine.first, last + 1):
        if day in active_days:
            quiet = 0
            continue
        if quiet >= grace:
            yield day
        quiet += 1


def split_sessions(times: Iterable[datetime], timeout: timedelta) -> list[list[datetime]]:
    """Split one user's event times by gaps longer than `timeout` and at midnight (17)."""
    sessions: list[list[datetime]] = []
    for time in sorted(times):
        last = sessions[-1][-1] if sessions else None
        if last is None or last.date() != time.date() or time - last > timeout:
            sessions.append([])
        sessions[-1].append(time)
    return sessions


def _add_sessions(
    facts: Facts, user: str | None, times: Iterable[datetime], timeout: timedelta
) -> None:
    """Add the session events of one user to the facts of its customer (17)."""
    active: dict[int, timedelta] = defaultdict(timedelta)
    for session in split_sessions(times, timeout):
        day = session[0].toordinal()
        facts["session_started"][day][user].add(1, None)
        if len(session) == 1:
            facts["session_bounced"][day][user].add(1, None)
        active[day] += session[-1].replace(microsecond=0) - session[0].replace(microsecond=0)
    for day, length in active.items():
        if length:
            minutes = Fraction(length // timedelta(seconds=1), 60)
            facts["active_minutes"][day][user].add(1, Fraction(round_half_away(minutes, 4)))


# --- Scorecards -----------------------------------------------------------------------------------


@dataclass(frozen=True)
class Weight:
    """One row of event_weights; both days of validity are inclusive, None is open (15)."""

    category: str | None
    weight: Fraction
    measure: str
    saturation: Fraction | None
    cap: Fraction | None
    valid_from: int | None
    valid_to: int | None

    def valid_on(self, day: int) -> bool:
        """Whether the weight counts for events of that day."""
        started = self.valid_from is None or self.valid_from <= day
        return started and (self.valid_to is None or day <= self.valid_to)

    def points(self, users: Iterable[Amount]) -> Fraction:
        """Return weight x the sum over users of the lesser of saturated amount and cap (16, 33)."""
        amounts = (saturated(self._amount(user), self.saturation) for user in users)
        capped = (amount if self.cap is None else min(amount, self.cap) for amount in amounts)
        return self.weight * sum(capped, Fraction(0))

    def _amount(self, user: Amount) -> Fraction:
        match self.measure:
            case "events":
                return Fraction(user.events)
            case "users":
                return Fraction(1)
            case "quantity":
                return user.quantity
            case other:
                raise ValueError(f"unknown measure {other!r} in event_weights")


def saturated(amount: Fraction, constant: Fraction | None) -> Fraction:
    """Return constant x ln(1 + amount / constant) to four places; 0 and below stay (33)."""
    if constant is None or amount <= 0:
        return amount
    with localcontext() as context:
        context.prec = DIGITS
        exact = _decimal(constant) * _decimal(1 + amount / constant).ln()
        return Fraction(four_places(round_half_away(Fraction(exact), 10)))


@dataclass(frozen=True)
class Band:
    """One tier and the highest score that still belongs to it, None for no limit."""

    tier: str
    rank: int
    upper: Decimal | None


@dataclass(frozen=True)
class Scorecard:
    """One way to score: window in days, half-life in days or None, weights and tiers."""

    name: str
    window: int
    half_life: Fraction | None
    full_score: Fraction
    population: str | None
    weights: Mapping[str, Sequence[Weight]]
    bands: Sequence[Band]
    fades: Sequence[Decimal]

    def tier(self, ces: Decimal) -> Band:
        """Return the band of a score that has four decimals."""
        for band in self.bands:
            if band.upper is None or ces <= band.upper:
                return band
        raise ValueError(f"no tier band for {ces} in scorecard {self.name!r}")

    def includes(self, customer: Customer) -> bool:
        """Whether the customer is in the population as it stands today (18)."""
        if self.population is None:
            return True
        attribute, _, values = self.population.partition("=")
        value = customer.attributes.get(attribute.strip())
        return value is not None and value in [text.strip() for text in values.split("|")]


def fade(age: int, half_life: Fraction) -> Decimal:
    """Return 2 ** (-age / half_life); whole halvings are exact up to 50 digits."""
    halvings, rest = divmod(Fraction(age) / half_life, 1)
    part = Decimal(2) ** (Decimal(-rest.numerator) / Decimal(rest.denominator))
    return part / 2**halvings


def read_scorecards(seeds: Seeds, settings: Settings) -> list[Scorecard]:
    """Return the active and candidate scorecards."""
    rows = [row for row in seeds.scorecards if clean_text(row["status"]) in SCORED_STATUSES]
    return [_read_scorecard(row, seeds, settings) for row in rows]


def _read_scorecard(row: Row, seeds: Seeds, settings: Settings) -> Scorecard:
    """Read one scorecard with its weights and tiers."""
    name = clean_text(row["scorecard"])
    window = int(clean_text(row["window_days"]))
    half_life = _number(row.get("half_life_days"))
    population = clean_text(row.get("population"))
    _check_population(name, population, settings)
    return Scorecard(
        name=name,
        window=window,
        half_life=half_life,
        full_score=_number(row["full_score_points"]),
        population=population,
        weights=_read_weights(name, seeds.event_weights),
        bands=_read_bands(name, seeds.tier_bands),
        fades=[] if half_life is None else [fade(age, half_life) for age in range(window)],
    )


def _check_population(name: str, population: str | None, settings: Settings) -> None:
    """Refuse a population over an attribute that is neither standard nor listed."""
    allowed = (*POPULATION_ATTRIBUTES, *settings.customer_columns)
    if population is not None and population.partition("=")[0].strip() not in allowed:
        raise ValueError(f"scorecard {name!r}: unknown attribute in population {population!r}")


def _number(value: object) -> Fraction | None:
    text = clean_text(value)
    return None if text is None else Fraction(text)


def _read_weights(scorecard: str, rows: Iterable[Row]) -> dict[str, list[Weight]]:
    """Return event name -> the weights of one scorecard, the oldest first."""
    weights: dict[str, list[Weight]] = defaultdict(list)
    for row in rows:
        if clean_text(row["scorecard"]) == scorecard:
            weights[clean_text(row["event_name"])].append(
                Weight(
                    category=clean_text(row.get("category")),
                    weight=_number(row["weight"]),
                    measure=clean_text(row.get("measure")) or "events",
                    saturation=_number(row.get("saturation")),
                    cap=_number(row.get("daily_cap_per_user")),
                    valid_from=read_day(row.get("valid_from")),
                    valid_to=read_day(row.get("valid_to")),
                )
            )
    return {name: sorted(same, key=lambda w: w.valid_from or 0) for name, same in weights.items()}


def _read_bands(scorecard: str, rows: Sequence[Row]) -> list[Band]:
    """Return the scorecard's own bands if it has any, else those of '*', lowest first."""
    own = [row for row in rows if clean_text(row["scorecard"]) == scorecard]
    chosen = own or [row for row in rows if clean_text(row["scorecard"]) == "*"]
    bands = []
    for row in chosen:
        upper = clean_text(row.get("upper_bound"))
        rank = int(clean_text(row["tier_rank"]))
        bands.append(Band(clean_text(row["tier"]), rank, None if upper is None else Decimal(upper)))
    return sorted(bands, key=lambda band: nulls_last(band.upper))


# --- Scores ---------------------------------------------------------------------------------------

DayPoints = dict[int, Fraction]
"""Day -> points of that day, not faded."""


@dataclass(frozen=True)
class EventPoints:
    """What one event name brought one customer under one scorecard, on days of valid weight."""

    category: str | None
    points: DayPoints
    occurrences: dict[int, int]


@dataclass(frozen=True)
class History:
    """One customer under one scorecard: points by event name, and a score row for each day."""

    customer_id: str
    spine: Spine
    by_event: dict[str, EventPoints]
    daily: Rows

    def on(self, day: int) -> Row | None:
        """Return the score row of a day, None where the spine does not cover it."""
        return self.daily[day - self.spine.first] if self.spine.covers(day) else None


def event_points(facts: Facts, card: Scorecard) -> dict[str, EventPoints]:
    """Return event name -> points and occurrences on the days on which its weight is valid."""
    result = {}
    for name, weights in card.weights.items():
        points: DayPoints = {}
        occurrences: dict[int, int] = {}
        for day, users in facts.get(name, {}).items():
            valid = [weight for weight in weights if weight.valid_on(day)]
            if valid:
                points[day] = sum((w.points(users.values()) for w in valid), Fraction(0))
                occurrences[day] = sum(user.events for user in users.values())
        result[name] = EventPoints(weights[-1].category, points, occurrences)
    return result


def window_score(points: DayPoints, card: Scorecard, day: int) -> Fraction:
    """Return 100 / full_score x the (faded) points of the window that ends on `day`."""
    days = sorted(d for d in points if day - card.window < d <= day)
    if card.half_life is None:
        total = sum((points[d] for d in days), Fraction(0))
    else:
        total = Fraction(sum((_decimal(points[d]) * card.fades[day - d] for d in days), Decimal(0)))
    return 100 * total / card.full_score


def score_series(points: DayPoints, card: Scorecard, spine: Spine) -> Iterator[Fraction]:
    """Yield the exact score of each day of the spine."""
    if card.half_life is not None:
        yield from _faded_series(points, card, spine)
        return
    total = Fraction(0)
    for day in range(spine.first, spine.last + 1):
        if day in points:
            total += points[day]
        if day - card.window in points:
            total -= points[day - card.window]
        yield 100 * total / card.full_score


def _faded_series(points: DayPoints, card: Scorecard, spine: Spine) -> Iterator[Fraction]:
    """Yield the faded score of each day, summing over the active days of its window."""
    days = sorted(points)
    values = [_decimal(points[day]) for day in days]
    for day in range(spine.first, spine.last + 1):
        window = range(bisect_right(days, day - card.window), bisect_right(days, day))
        total = sum((values[i] * card.fades[day - days[i]] for i in window), Decimal(0))
        yield 100 * Fraction(total) / card.full_score


def _decimal(value: Fraction) -> Decimal:
    return Decimal(value.numerator) / Decimal(value.denominator)


def four_places(value: Decimal) -> Decimal:
    """Round a decimal half away from zero to four places, never -0."""
    return value.quantize(Decimal("0.0001"), ROUND_HALF_UP) + 0


def history_of(customer_id: str, world: World, card: Scorecard) -> History:
    """Score one customer on every day of its spine."""
    spine = world.spines[customer_id]
    by_event = event_points(world.facts[customer_id], card)
    total: DayPoints = defaultdict(Fraction)
    for event in by_event.values():
        for day, points in event.points.items():
            total[day] += points
    daily = []
    for day, exact in enumerate(score_series(dict(total), card, spine), start=spine.first):
        unrounded = round_half_away(exact, 10)
        ces = four_places(unrounded)
        band = card.tier(ces)
        daily.append(
            {
                "scorecard": card.name,
                "customer_id": customer_id,
                "score_date": to_date(day),
                "ces": ces,
                "ces_unrounded": unrounded,
                "ces_1_to_100": min(max(ces, Decimal("1.0000")), Decimal("100.0000")),
                "tier": band.tier,
                "tier_rank": band.rank,
                "is_provisional": day - spine.first < card.window,
            }
        )
    return History(customer_id, spine, by_event, daily)


def percentiles(scores: Sequence[Decimal]) -> list[Decimal]:
    """Return the mid-rank of each score, 0 to 100, four places (22)."""
    ordered = sorted(scores)
    result = []
    for score in scores:
        below, up_to = bisect_left(ordered, score), bisect_right(ordered, score)
        result.append(round_half_away(Fraction(100 * (below + up_to), 2 * len(ordered)), 4))
    return result


# --- Tables of one scorecard ----------------------------------------------------------------------


def latest_scores(
    histories: Sequence[History], world: World, card: Scorecard, as_of: int
) -> Iterator[Row]:
    """Yield the rows of engagement_scores: customers whose spine covers as_of."""
    current = [history for history in histories if history.spine.covers(as_of)]
    ranks = percentiles([history.on(as_of)["ces"] for history in current])
    for history, rank in zip(current, ranks, strict=True):
        row = history.on(as_of)
        yield {
            "scorecard": card.name,
            "customer_id": history.customer_id,
            "as_of_date": to_date(as_of),
            "ces": row["ces"],
            "ces_unrounded": row["ces_unrounded"],
            "ces_1_to_100": row["ces_1_to_100"],
            "ces_percentile": rank,
            "tier": row["tier"],
            "tier_rank": row["tier_rank"],
            "is_provisional": row["is_provisional"],
            **_change(history, as_of, 7),
            **_change(history, as_of, 28),
            "main_driver": next(iter(driver_ranks(history, card, as_of)), None),
            "customer_since": to_date(history.spine.first),
            "ended_on": to_date(history.spine.ended),
            **_activity(world.facts[history.customer_id], as_of, card.window),
        }


def _change(history: History, as_of: int, days: int) -> Row:
    """Return the score some days before as_of and the change since, None off the spine."""
    before = history.on(as_of - days)
    ces = None if before is None else before["ces"]
    return {
        f"ces_{days}d_before": ces,
        f"ces_change_{days}d": None if ces is None else history.on(as_of)["ces"] - ces,
    }


def _activity(facts: Facts, as_of: int, window: int) -> Row:
    """Return the activity figures of one customer, from accepted events of any name."""
    accepted = [
        (day, user, amount.events)
        for name, days in facts.items()
        if name not in DERIVED_EVENTS
        for day, users in days.items()
        for user, amount in users.items()
    ]
    inside = [fact for fact in accepted if as_of - window < fact[0] <= as_of]
    last = max((day for day, _, _ in accepted), default=None)
    return {
        "last_event_date": to_date(last),
        "days_since_last_event": None if last is None else as_of - last,
        "events_in_window": sum(events for _, _, events in inside),
        "active_days_in_window": len({day for day, _, _ in inside}),
        "active_users_in_window": len({user for _, user, _ in inside}),
    }


def drivers(history: History, facts: Facts, card: Scorecard, as_of: int) -> Iterator[Row]:
    """Yield one row for each event name that occurred in the window at as_of or 28 days before."""
    now, before = as_of, as_of - 28
    found = {}
    for name, event in history.by_event.items():
        counts = [_occurrences(event, card, day) for day in (now, before)]
        if any(counts):
            found[name] = counts
    points_now = _driver_points(history, card, now, found)
    points_before = _driver_points(history, card, before, found)
    from_weight = {name: _change_from_weight(history, facts, card, name, as_of) for name in found}
    ranks = driver_ranks(history, card, as_of)
    for name, (occurrences, occurrences_before) in found.items():
        yield {
            "scorecard": card.name,
            "customer_id": history.customer_id,
            "as_of_date": to_date(as_of),
            "event_name": name,
            "category": history.by_event[name].category,
            "occurrences": occurrences,
            "points": points_now[name],
            "driver_rank": ranks.get(name),
            "points_28d_before": points_before[name],
            "points_change_28d": points_now[name] - points_before[name],
            "change_from_volume": points_now[name] - points_before[name] - from_weight[name],
            "change_from_weight": from_weight[name],
            "occurrences_28d_before": occurrences_before,
        }


def _change_from_weight(
    history: History, facts: Facts, card: Scorecard, name: str, as_of: int
) -> Decimal:
    """Return what the change over 28 days would lack under the rule of 28 days before (37)."""
    former = [weight for weight in card.weights[name] if weight.valid_on(as_of - 28)]
    by_former_rule = {
        day: sum((weight.points(users.values()) for weight in former), Fraction(0))
        for day, users in facts.get(name, {}).items()
    }
    change = Decimal(0)
    for day, sign in ((as_of, 1), (as_of - 28, -1)):
        if history.on(day):
            for points, part in ((history.by_event[name].points, 1), (by_former_rule, -1)):
                change += sign * part * round_half_away(window_score(points, card, day), 10)
    return change


def driver_ranks(history: History, card: Scorecard, day: int) -> dict[str, int]:
    """Return the event names of the window -> rank by points in absolute terms, then by name."""
    points = {
        name: round_half_away(window_score(event.points, card, day), 10)
        for name, event in history.by_event.items()
        if _occurrences(event, card, day)
    }
    ordered = sorted(points, key=lambda name: (-abs(points[name]), name))
    return {name: rank for rank, name in enumerate(ordered, start=1)}


def _occurrences(event: EventPoints, card: Scorecard, day: int) -> int:
    """Return the number of events in the window that ends on `day`."""
    return sum(n for d, n in event.occurrences.items() if day - card.window < d <= day)


def _driver_points(
    history: History, card: Scorecard, day: int, names: Iterable[str]
) -> dict[str, Decimal]:
    """Return event name -> points to ten places, adding up to the score of that day (19).

    What rounding leaves over goes to the most points in absolute terms, then the first name.
    """
    events = history.by_event
    points = {
        name: round_half_away(window_score(events[name].points, card, day), 10) for name in names
    }
    row = history.on(day)
    left_over = (row["ces_unrounded"] if row else Decimal(0)) - sum(points.values(), Decimal(0))
    if left_over:
        points[min(points, key=lambda name: (-abs(points[name]), name))] += left_over
    return points


def tier_changes(history: History) -> Iterator[Row]:
    """Yield one row for each day whose tier is not that of the day before."""
    for before, row in pairwise(history.daily):
        if before["tier"] != row["tier"]:
            yield {
                "scorecard": row["scorecard"],
                "customer_id": row["customer_id"],
                "changed_on": row["score_date"],
                "from_tier": before["tier"],
                "to_tier": row["tier"],
                "from_tier_rank": before["tier_rank"],
                "to_tier_rank": row["tier_rank"],
                "direction": "up" if row["tier_rank"] > before["tier_rank"] else "down",
                "ces_before": before["ces"],
                "ces": row["ces"],
            }


def unweighted_events(card: Scorecard, members: Iterable[Facts]) -> Iterator[Row]:
    """Yield one row for each accepted event name without any weight row."""
    found: dict[str, list[dict[int, DayFacts]]] = defaultdict(list)
    for facts in members:
        for name, days in facts.items():
            if name not in card.weights and name not in DERIVED_EVENTS:
                found[name].append(days)
    for name, customers in found.items():
        dates = [day for days in customers for day in days]
        users = [user for days in customers for day in days.values() for user in day.values()]
        yield {
            "scorecard": card.name,
            "event_name": name,
            "occurrences": sum(user.events for user in users),
            "customers": len(customers),
            "first_event_date": to_date(min(dates)),
            "last_event_date": to_date(max(dates)),
        }


def unused_weights(card: Scorecard, members: Iterable[Facts]) -> Iterator[Row]:
    """Yield one row for each name with a weight that never occurs, accepted or derived."""
    occurred = {name for facts in members for name in facts}
    for name in card.weights:
        if name not in occurred:
            yield {"scorecard": card.name, "event_name": name}


# --- Ledger ---------------------------------------------------------------------------------------


def ledger(events: Iterable[Event]) -> Iterator[Row]:
    """Yield the counts of each event day and source; a row without readable time has no day (9)."""
    counts: dict[tuple[int | None, str], Counter[str]] = defaultdict(Counter)
    for event in events:
        counts[event.day, event.source or DEFAULT_SOURCE][event.verdict] += 1
    for (day, source), verdicts in counts.items():
        yield {
            "event_date": to_date(day),
            "source": source,
            "received": verdicts.total(),
            "accepted": verdicts["accepted"],
            "duplicate": verdicts["duplicate"],
            "rejected": sum(verdicts[reason] for reason in REASONS),
            **{reason: verdicts[reason] for reason in REASONS},
        }


def rejected_events(events: Iterable[Event]) -> Iterator[Row]:
    """Yield the rejected rows with ids as received, trimmed, before alias mapping.

    Of an erased row nothing is left but its source, its day and the reason (29).
    """
    for event in events:
        if event.verdict in REASONS:
            is_erased = event.verdict == "erased_customer"
            yield {
                "source": event.source or DEFAULT_SOURCE,
                "event_id": None if is_erased else event.event_id,
                "customer_id": None if is_erased else event.received_customer,
                "event_name": None if is_erased else event.event_name,
                "event_date": to_date(event.day),
                "reason": event.verdict,
            }


# --- All together ---------------------------------------------------------------------------------


def build(inputs: Inputs, seeds: Seeds, settings: Settings) -> Tables:
    """Return all tables; score tables are empty when there is no day to score."""
    with localcontext() as context:
        context.prec = DIGITS
        world = read_world(inputs, settings)
        tables = Tables({name: [] for name in TABLE_NAMES})
        tables.as_of = to_date(world.as_of)
        tables["engagement_event_ledger"].extend(ledger(world.events))
        tables["engagement_rejected_events"].extend(rejected_events(world.events))
        for card in read_scorecards(seeds, settings):
            _add_scorecard(tables, world, card)
    for rows in tables.values():
        rows.sort(key=_row_order)
    return tables


def _row_order(row: Row) -> tuple[tuple[bool, object], ...]:
    """Return a stable order of rows: by their columns from left to right."""
    return nulls_last(*row.values())


def _add_scorecard(tables: Tables, world: World, card: Scorecard) -> None:
    """Append the rows of one scorecard to the tables."""
    members = [name for name, customer in world.customers.items() if card.includes(customer)]
    facts = [world.facts[customer_id] for customer_id in members]
    tables["engagement_unweighted_events"].extend(unweighted_events(card, facts))
    tables["engagement_unused_weights"].extend(unused_weights(card, facts))
    if world.as_of is None:
        return
    histories = [history_of(name, world, card) for name in members if name in world.spines]
    tables["engagement_scores"].extend(latest_scores(histories, world, card, world.as_of))
    for history in histories:
        tables["engagement_scores_daily"].extend(history.daily)
        tables["engagement_tier_changes"].extend(tier_changes(history))
        if history.spine.covers(world.as_of):
            facts = world.facts[history.customer_id]
            tables["engagement_drivers"].extend(drivers(history, facts, card, world.as_of))
