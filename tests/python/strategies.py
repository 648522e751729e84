"""Generated inputs for the reference implementation and for whole dbt builds.

One generator, `CaseMaker`, writes a case from a source of whole numbers. `cases()` feeds it from
Hypothesis, so failures shrink; `seeded_case()` feeds it from `random.Random(seed)`, for one large
deterministic case that carries many histories through one build.

What a reader of the rows may rely on: within a case each column holds values of one type (and
None); optional columns are either in every row of a relation or in none; all dates are in
2024-2025, but for events before `first_day`, events later than an explicit `as_of`, and events of
the years from 2190 on. Where `docs/decisions.md` leaves the order of rows open, no case depends on
it. Quantities near the limit occur only in cases without a half-life, where doubles carry them.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta, timezone
from decimal import Decimal
from itertools import pairwise
from typing import Any, Protocol, TypeVar

from hypothesis import strategies as st
from reference import DERIVED_EVENTS, MAX_ALIAS_STEPS, Inputs, Row, Rows, Seeds, Settings

T = TypeVar("T")
Case = tuple[Inputs, Seeds, Settings]

RUN_DAY = date(2026, 12, 31)
EARLIEST = date(2024, 1, 1)
HORIZONS = (date(2025, 6, 30), date(2024, 3, 5), date(2025, 1, 3), date(2025, 11, 30))

EVENT_COLUMNS = (
    "event_id",
    "customer_id",
    "event_name",
    "occurred_at",
    "user_id",
    "quantity",
    "loaded_at",
    "source",
)
CUSTOMER_COLUMNS = (
    "customer_id",
    "customer_name",
    "signed_up_at",
    "ended_at",
    "plan",
    "lifecycle",
    "licensed_seats",
    "owner",
    "is_internal",
    "segment",
)
SUBSCRIPTION_COLUMNS = ("customer_id", "started_at", "ended_at", "plan", "mrr", "quantity")
ALIAS_COLUMNS = ("alias_id", "customer_id")
ERASURE_COLUMNS = ("customer_id", "user_id", "requested_at")
SURVEY_COLUMNS = ("customer_id", "survey", "score", "responded_at", "user_id")

EVENT_NAMES = (
    "login",
    "report created",
    "Login",
    'export "csv"',
    "a,b;c",
    "100% done",
    "it's here",
    "🚀 launch",
    "función añadida",
    "报告已创建",
    "отчёт",
    "{{ jinja }}",
    "back\\slash",
    "$1",
)
CUSTOMER_IDS = (
    "acme",
    "Acme",
    "o'brien",
    'say "hi"',
    "a,b",
    "x;y",
    "50%",
    "🦊",
    "señor-ñandú",
    "客户甲",
    "клиент",
    "12",
)
USER_IDS = ("ann", "bob", 'Zoë, "Z"', "用户", "o'hara", "7")
SOURCES = (None, "app", "crm", "a,b", "data 源")
SCORECARD_NAMES = ("default", "trial", 'next "v2"', "próximo, 100%", "旧版")
PLANS = ("free", "pro", 'max, "100%"', None)
LIFECYCLES = ("trial", "free", "paying", None)
OWNERS = ("Zoë", "Ольга", "o'neil; jr", None)
SEGMENTS = ("north", "亚洲", "south, east", None)
WEIGHTS = ("1", "2", "10", "-3", "0", "2.5", "-0.25", "0.0001", "-0.0001", "7", "40", "-10")
CAPS = ("", "", "", "1", "0", "2.5", "10")
SATURATIONS = ("1", "0.5", "10", "2.25", "0.0001", "1000000")
MEASURES = ("events", "events", "users", "quantity")
HALF_LIVES = ("", "", "7", "1", "7.5", "14", "30", "1.25")
WINDOWS = (28, 1, 7, 14, 30, 90)
FULL_SCORES = ("100", "100", "250", "37.5", "7", "1", "1000")
UNREADABLE_TIMES = ("yesterday", "2024-02-30", "2024-13-01T00:00:00", "n/a", "昨天", "infinity")
ROLES = (
    *("visit", "page_view", "click", "session", "like", "comment", "share", "app_install"),
    *("app_uninstall", "event_registration", "purchase", "feature", "activation", "first_value"),
    "passive",
)
SURVEYS = (
    *("nps", "NPS", "csat", "customer_effort", "cxi_effort", "cxi_empathy", "cxi_understanding"),
    *("cxi_efficiency", "mood"),
)
MRRS = (10.0, 0.0, None, 99.5, 250.25, 10.0)
FLAGS = {
    "bool": ((False, None), (True,)),
    "int": ((0, None), (1,)),
    "text": (("false", "f", "0", "no", "n", "", None), ("true", "t", "1", "yes", "y")),
}
OFFSETS = (UTC, timezone(timedelta(hours=5, minutes=30)), timezone(-timedelta(hours=8)))
END_OFFSETS = (-20, -1, 0, -29, -30, -31, -45, -100, 1, 20)
SHIPPED_BANDS = (
    ("churn_risk", "-0.0001"),
    ("no_engagement", "0"),
    ("very_disengaged", "40"),
    ("somewhat_engaged", "70"),
    ("highly_engaged", "100"),
    ("power_user", ""),
)
OWN_BANDS = (
    (("all", ""),),
    (("low", "10"), ("mid", "50.5"), ("high", "")),
    (("below", "-10.25"), ("nothing", "0"), ("something", "")),
)


class Source(Protocol):
    """Where a case takes its choices from."""

    def integer(self, low: int, high: int) -> int:
        """Return a whole number from low to high, both inclusive; low is the simplest."""


@dataclass(frozen=True)
class RandomSource:
    """Choices of a seeded generator."""

    generator: random.Random

    def integer(self, low: int, high: int) -> int:
        """Return a whole number from low to high, both inclusive."""
        return self.generator.randint(low, high)


@dataclass(frozen=True)
class DrawSource:
    """Choices of Hypothesis."""

    draw: Callable[[st.SearchStrategy[int]], int]

    def integer(self, low: int, high: int) -> int:
        """Return a whole number from low to high, both inclusive."""
        return self.draw(st.integers(low, high))


@dataclass(frozen=True)
class Size:
    """How much a case holds: numbers of customers, of days with events, of event rows."""

    customers: int
    days: int
    events: int


@dataclass(frozen=True)
class Styles:
    """How the columns of one case are typed."""

    numeric_ids: bool
    event_time: str
    loaded_at: str
    customer_time: str
    subscription_time: str
    quantity: str
    flag: str
    ids: dict[str, str]


class CaseMaker:
    """Makes one case. Drafts hold naive UTC datetimes and text ids until they are rendered."""

    def __init__(self, source: Source, size: Size) -> None:
        """Fix what the whole case shares: its days, styles, settings, customers and names."""
        self.source = source
        self.size = size
        self.horizon = self.pick(HORIZONS)
        self.first = max(EARLIEST, self.horizon - timedelta(days=max(size.days, 1) - 1))
        self.settings = self._settings()
        self.anchor = self.settings.as_of or self.horizon
        self.styles = self._styles()
        self.roster = self._roster()
        self.parents: dict[str, str] = {}
        self.is_large = size.customers >= 20
        self.names = self.some(EVENT_NAMES, *((8, 14) if self.is_large else (1, 6)))
        self.users = [str(n + 1) for n in range(4)] if self.styles.numeric_ids else list(USER_IDS)
        self.big_quantities = True
        self.active: list[str] = []
        self.drafts: Rows = []

    def make(self) -> Case:
        """Return the whole case."""
        seeds = self._seeds()
        aliases = self._aliases()
        customers = self._customers()
        inputs = Inputs(
            events=self._events(),
            customers=customers,
            subscriptions=self._subscriptions(),
            customer_aliases=aliases,
            erasure_requests=self._erasure_requests(),
        )
        return inputs, self._saturated(seeds), self.settings

    # --- Choices ---

    def pick(self, options: Sequence[T]) -> T:
        """Choose one option; the first is the simplest."""
        return options[self.source.integer(0, len(options) - 1)]

    def chance(self, percent: int) -> bool:
        """Return True in about that share of cases."""
        return self.source.integer(0, 99) >= 100 - percent

    def some(self, options: Sequence[T], low: int, high: int) -> list[T]:
        """Choose a run of low to high neighbouring options, wrapping around."""
        count = self.source.integer(low, min(high, len(options)))
        start = self.source.integer(0, len(options) - 1)
        return [options[(start + i) % len(options)] for i in range(count)]

    def blank(self) -> str | None:
        """Return an empty seed cell."""
        return self.pick(("", None))

    # --- What the case shares ---

    def _settings(self) -> Settings:
        as_of = None
        if self.chance(50):
            as_of = self.horizon + timedelta(days=self.pick((0, -1, -5, 1, 25, 31)))
            as_of = max(as_of, EARLIEST)
        return Settings(
            run_day=RUN_DAY,
            as_of=as_of,
            first_day=self.first + timedelta(days=5) if self.chance(15) else date(2000, 1, 1),
            inactivity_grace_days=self.pick((7, 7, 3, 1, 0)),
            session_timeout_minutes=self.pick((30, 30, 10)),
            customer_columns=("segment",) if self.chance(40) else (),
        )

    def _styles(self) -> Styles:
        numeric = self.chance(20)
        options = ("text", "int", "float") if numeric else ("text",)
        kinds = ("events", "customers", "subscriptions", "aliases", "event_id", "user_id")
        return Styles(
            numeric_ids=numeric,
            event_time=self.pick(("naive", "aware", "text")),
            loaded_at=self.pick(("naive", "absent", "aware", "text")),
            customer_time=self.pick(("naive", "date", "aware", "text")),
            subscription_time=self.pick(("date", "naive", "aware", "text")),
            quantity=self.pick(("float", "absent", "decimal", "text")),
            flag=self.pick(tuple(FLAGS)),
            ids={kind: self.pick(options) for kind in kinds},
        )

    def _roster(self) -> list[str]:
        """Return the canonical ids of all customers that can occur."""
        if self.styles.numeric_ids:
            return [str(n + 1) for n in range(self.size.customers)]
        start = self.source.integer(0, len(CUSTOMER_IDS) - 1)
        ids = [*CUSTOMER_IDS[start:], *CUSTOMER_IDS[:start]][: self.size.customers]
        return ids + [f"customer-{n}" for n in range(len(ids), self.size.customers)]

    def canonical(self, customer_id: str | None) -> str | None:
        """Return the id that a customer is known by once its aliases are followed."""
        while customer_id in self.parents:
            customer_id = self.parents[customer_id]
        return customer_id

    # --- Seeds ---

    def _seeds(self) -> Seeds:
        names = self.some(SCORECARD_NAMES, 4 if self.is_large else 1, 4)
        cards = [self._scorecard(name, position) for position, name in enumerate(names)]
        self.big_quantities = not any(card["half_life_days"] for card in cards)
        weights = [row for name in names for row in self._weights(name)]
        bands = self._bands("*", SHIPPED_BANDS)
        for name in names:
            if self.chance(30):
                bands += self._bands(name, self.pick(OWN_BANDS))
        return Seeds(scorecards=cards, event_weights=weights, tier_bands=bands)

    def _scorecard(self, name: str, position: int) -> Row:
        status = self.pick(("active", "candidate", "retired")) if position else "active"
        return {
            "scorecard": name,
            "title": f"Title of {name}",
            "status": status,
            "window_days": str(self.pick(WINDOWS)),
            "half_life_days": self.pick(HALF_LIVES) or self.blank(),
            "full_score_points": self.pick(FULL_SCORES),
            "population": self._population() if self.chance(35) else self.blank(),
            "description": self.blank(),
        }

    def _population(self) -> str:
        pools = {"plan": PLANS, "lifecycle": LIFECYCLES, "owner": OWNERS}
        if self.settings.customer_columns:
            pools["segment"] = SEGMENTS
        attribute = self.pick(tuple(pools))
        values = self.some([value for value in pools[attribute] if value], 1, 2)
        return f"{attribute}={'|'.join(values)}"

    def _weights(self, scorecard: str) -> Rows:
        """Return the weights of one scorecard; some names have none, one name never occurs."""
        plain = [name for name in self.names if self.chance(75)]
        derived = [name for name in DERIVED_EVENTS if self.chance(45)]
        unused = ["never, ever"] if self.chance(30) else []
        return [row for name in plain + derived + unused for row in self._versions(scorecard, name)]

    def _versions(self, scorecard: str, name: str) -> Rows:
        """Return the weight rows of one name: one open row, or periods that do not overlap."""
        category = self.pick(("core", "", 'growth, "new"', "核心"))
        rows = []
        for valid_from, valid_to in self._periods():
            rows.append(
                {
                    "scorecard": scorecard,
                    "event_name": name,
                    "category": category or self.blank(),
                    "weight": self.pick(WEIGHTS),
                    "measure": "quantity" if name == "active_minutes" else self.pick(MEASURES),
                    "daily_cap_per_user": self.pick(CAPS) or self.blank(),
                    "valid_from": valid_from.isoformat() if valid_from else self.blank(),
                    "valid_to": valid_to.isoformat() if valid_to else self.blank(),
                    "owner": "cs",
                    "rationale": self.blank(),
                }
            )
        return rows

    def _saturated(self, seeds: Seeds) -> Seeds:
        """Return the seeds with diminishing returns of some weights, drawn after all else."""
        weights = [row | {"saturation": self._saturation()} for row in seeds.event_weights]
        return replace(seeds, event_weights=weights)

    def _saturation(self) -> str | None:
        return self.pick(SATURATIONS) if self.chance(35) else self.blank()

    def _periods(self) -> list[tuple[date | None, date | None]]:
        """Return periods of validity, both days inclusive, ordered, None where open."""
        if not self.chance(30):
            return [(None, None)]
        cuts = sorted({self._any_day() for _ in range(self.source.integer(1, 2))})
        edges = [None, *cuts, None]
        one_day = timedelta(days=1)
        periods = [(start, end - one_day if end else None) for start, end in pairwise(edges)]
        if self.chance(20):
            periods[-1] = (cuts[-1], cuts[-1])
        return [period for period in periods if self.chance(75)] or periods[:1]

    def _bands(self, scorecard: str, bands: Sequence[tuple[str, str]]) -> Rows:
        return [
            {
                "scorecard": scorecard,
                "tier": tier,
                "tier_rank": str(rank),
                "upper_bound": upper or self.blank(),
                "title": tier,
                "playbook": self.blank(),
            }
            for rank, (tier, upper) in enumerate(bands, start=1)
        ]

    # --- Aliases, customers, subscriptions ---

    def _aliases(self) -> Rows:
        """Return alias rows: chains, merged customers, rows with gaps; never a loop."""
        for position, customer_id in enumerate(self.roster):
            if position and self.chance(10):
                self.parents[customer_id] = self.roster[self.source.integer(0, position - 1)]
            target = customer_id
            for _ in range(self.pick((0, 0, 0, 1, 2, 3))):
                alias = self._alias_id()
                self.parents[alias] = target
                target = alias if self.chance(60) else target
        if self.roster and self.chance(5):
            self._long_chain(self.roster[0])
        rows = [
            {"alias_id": self._id("aliases", alias), "customer_id": self._id("aliases", target)}
            for alias, target in self.parents.items()
        ]
        if rows and self.chance(20):
            rows.append({"alias_id": rows[0]["customer_id"], "customer_id": None})
            rows.append({"alias_id": None, "customer_id": rows[0]["customer_id"]})
        return rows

    def _alias_id(self) -> str:
        number = 1000 + len(self.parents)
        return str(number) if self.styles.numeric_ids else f'anon "{number}", ñ'

    def _long_chain(self, target: str) -> None:
        """Add a chain whose last alias is as far from its end as aliases are followed."""
        for _ in range(MAX_ALIAS_STEPS):
            alias = self._alias_id()
            self.parents[alias] = target
            target = alias

    def _customers(self) -> Rows:
        known = [customer_id for customer_id in self.roster if not self.chance(20)]
        aliases = [alias for alias in self.parents if alias not in self.roster and self.chance(15)]
        drafts = self._unambiguous([self._customer(name) for name in known + aliases])
        drafts += self._repeated(drafts)
        if drafts and self.chance(15):
            drafts.append({**drafts[0], "customer_id": None})
        optional = [column for column in CUSTOMER_COLUMNS[1:] if column != "segment"]
        dropped = {column for column in optional if self.chance(5)}
        if "signed_up_at" in dropped:
            drafts = self._unambiguous([{**draft, "signed_up_at": None} for draft in drafts])
        return [self._render_customer(draft, dropped) for draft in drafts]

    def _customer(self, customer_id: str) -> Row:
        return {
            "customer_id": customer_id,
            "customer_name": self.pick((f"The {customer_id} company", None)),
            "signed_up_at": self._sign_up(),
            "ended_at": self._near_anchor() if self.chance(20) else None,
            "plan": self.pick(PLANS),
            "lifecycle": self.pick(LIFECYCLES),
            "licensed_seats": self.pick((None, 1, 25)),
            "owner": self.pick(OWNERS),
            "is_internal": self.pick(FLAGS[self.styles.flag][self.chance(8)]),
            "segment": self.pick(SEGMENTS),
        }

    def _sign_up(self) -> datetime | None:
        kind = self.source.integer(0, 9)
        if kind == 9:
            return None
        if kind == 8:
            return self._clip(self.anchor + timedelta(days=self.source.integer(0, 10)))
        day = self.first + timedelta(days=self.source.integer(-40, self.size.days))
        return datetime.combine(max(EARLIEST, min(day, self.horizon)), self._clock())

    def _near_anchor(self) -> datetime:
        """Return a moment near as_of, where the rules about ended customers turn."""
        moment = self._clip(self.anchor + timedelta(days=self.pick(END_OFFSETS)))
        return datetime.combine(moment, self._clock())

    def _clip(self, day: date) -> datetime:
        return datetime.combine(max(EARLIEST, min(day, date(2025, 12, 31))), time())

    def _unambiguous(self, drafts: Rows) -> Rows:
        """Keep, of the rows of one customer, those with a sign-up day of their own."""
        kept: dict[tuple[str | None, date | None], Row] = {}
        for draft in drafts:
            moment = draft["signed_up_at"]
            key = (self.canonical(draft["customer_id"]), moment and moment.date())
            kept.setdefault(key, draft)
        return list(kept.values())

    def _repeated(self, drafts: Rows) -> Rows:
        """Return second rows of customers that have one, each with one column changed."""
        owners = [self.canonical(draft["customer_id"]) for draft in drafts]
        changes = {
            "signed_up_at": (None, self._clip(self.horizon), self._clip(self.first)),
            "ended_at": (None, self._clip(self.anchor - timedelta(days=3))),
            "plan": PLANS,
            "lifecycle": LIFECYCLES,
            "owner": OWNERS,
        }
        rows = []
        for draft, owner in zip(drafts, owners, strict=True):
            if owners.count(owner) == 1 and self.chance(10):
                column = self.pick(tuple(changes))
                rows.append({**draft, column: self.pick(changes[column])})
        return rows

    def _render_customer(self, draft: Row, dropped: set[str]) -> Row:
        row = {
            **draft,
            "customer_id": self._id("customers", draft["customer_id"]),
            "signed_up_at": self._time(self.styles.customer_time, draft["signed_up_at"]),
            "ended_at": self._time(self.styles.customer_time, draft["ended_at"]),
        }
        return {column: value for column, value in row.items() if column not in dropped}

    def _subscriptions(self) -> Rows:
        """Return subscriptions: none, open, ended, returned, not yet begun."""
        drafts: Rows = []
        for customer_id in [*self.roster, *self.parents]:
            if self.chance(30):
                drafts += self._history(customer_id)
        if drafts and self.chance(15):
            drafts.append({**drafts[0], "customer_id": None})
        return [self._render_subscription(draft) for draft in drafts]

    def _history(self, customer_id: str) -> Rows:
        """Return one to three subscriptions of one customer, in order."""
        rows = []
        for _ in range(self.pick((1, 1, 2, 3))):
            start = self._clip(self._near_anchor().date() - timedelta(days=self.pick((0, 30, 90))))
            length = timedelta(days=self.pick((30, 0, 7, 365)))
            ended = None if self.chance(35) else self._clip(start.date() + length)
            if ended and self.chance(40):
                ended = max(start, self._near_anchor())
            rows.append(
                {
                    "customer_id": customer_id,
                    "started_at": None if self.chance(10) else start,
                    "ended_at": ended,
                    "plan": self.pick(PLANS),
                    "mrr": self.pick((None, 99.5, 0.0)),
                    "quantity": self.pick((None, 1, 10)),
                }
            )
        return rows

    def _render_subscription(self, draft: Row) -> Row:
        style = self.styles.subscription_time
        return {
            **draft,
            "customer_id": self._id("subscriptions", draft["customer_id"]),
            "started_at": self._time(style, draft["started_at"]),
            "ended_at": self._time(style, draft["ended_at"]),
        }

    # --- Erasure ---

    def _erasure_requests(self) -> Rows:
        """Return requests now and then: for a few customers, for users, for nobody."""
        if not self.roster or not self.chance(40 if self.is_large else 20):
            return []
        drafts = [
            self._erasure() for _ in range(self.source.integer(1, 2 + len(self.roster) // 20))
        ]
        empty = {c for c in ("user_id", "customer_id") if not any(draft[c] for draft in drafts)}
        dropped = empty if len(empty) == 1 else set()
        return [self._render_erasure(draft, dropped) for draft in drafts]

    def _erasure(self) -> Row:
        customer_id, user_id = self.pick(self.roster), self.pick(self.users)
        named = self.pick(
            (
                (customer_id, None),
                (customer_id, user_id),
                (self._an_alias(), None),
                (self._an_alias(), user_id),
                (None, user_id),
                (self._unheard_of(), None),
                (None, None),
            )
        )
        return {"customer_id": named[0], "user_id": named[1], "requested_at": self._near_anchor()}

    def _an_alias(self) -> str:
        """Return an alias where there are any, else a customer's id."""
        return self.pick(list(self.parents) or self.roster)

    def _render_erasure(self, draft: Row, dropped: set[str]) -> Row:
        row = {
            "customer_id": self._id("aliases", draft["customer_id"]),
            "user_id": self._id("user_id", draft["user_id"]),
            "requested_at": self._time(self.styles.customer_time, draft["requested_at"]),
        }
        return {column: value for column, value in row.items() if column not in dropped}

    # --- Events ---

    def _events(self) -> Rows:
        silent = max(0, len(self.roster) // 5) if self.chance(70) else 0
        self.active = self.roster[silent:]
        for number in range(self.size.events if self.active else 0):
            self.drafts.append(self._event(f"e{number}"))
        optional = EVENT_COLUMNS[4:]
        dropped = {column for column in optional if self.chance(5)}
        dropped |= {c for c in ("quantity", "loaded_at") if getattr(self.styles, c) == "absent"}
        return [self._render_event(draft, dropped) for draft in self.drafts]

    def _event(self, event_id: str) -> Row:
        kind = self.source.integer(0, 99)
        if kind >= 40 or not self.drafts:
            return self._fresh(event_id)
        before = self.drafts[-1 - self.source.integer(0, min(2, len(self.drafts) - 1))]
        if kind < 25:
            return self._follow_up(event_id, before)
        return self._duplicate(before)

    def _fresh(self, event_id: str) -> Row:
        moment = datetime.combine(self._event_day(), self._clock())
        return self._spoil(
            {
                "event_id": event_id,
                "customer_id": self._someone(),
                "event_name": self.pick(self.names),
                "occurred_at": moment,
                "user_id": self.pick((*self.users, None)),
                "quantity": self._quantity(),
                "loaded_at": self._load(moment),
                "source": self.pick(SOURCES),
            }
        )

    def _follow_up(self, event_id: str, before: Row) -> Row:
        """Return an event of the same user after a gap around the session timeout."""
        timeout = timedelta(minutes=self.settings.session_timeout_minutes)
        tick = timedelta(microseconds=1)
        gaps = (
            timeout,
            timeout + tick,
            timeout - tick,
            timedelta(0),
            tick,
            timedelta(seconds=59),
            2 * timeout,
            timedelta(days=1),
        )
        moment = before["occurred_at"]
        if _is_movable(moment):
            moment += self.pick(gaps)
        name = self.pick(self.names)
        changes = {"event_id": event_id, "occurred_at": moment, "event_name": name}
        return {**before, **changes, "quantity": self._quantity()}

    def _duplicate(self, before: Row) -> Row:
        """Return a row with the event id of another: a copy, or with one thing changed."""
        moment = before["occurred_at"]
        changes: list[Callable[[], Row]] = [
            dict,
            lambda: {"loaded_at": self._load(moment)},
            lambda: {"customer_id": self._someone()},
            lambda: {"event_name": self.pick(self.names)},
            lambda: {"user_id": self.pick((*self.users, None))},
            lambda: {"quantity": self._quantity()},
            lambda: {"source": self.pick(SOURCES)},
        ]
        if _is_movable(moment):
            changes += [
                lambda: {"occurred_at": datetime.combine(moment.date(), self._clock())},
                lambda: {"occurred_at": moment + timedelta(days=self.pick((1, -1, 3)))},
            ]
        return {**before, **self.pick(changes)()}

    def _spoil(self, draft: Row) -> Row:
        """Break about one row in six in one way."""
        flaws: list[Callable[[], Row]] = [
            lambda: {"event_id": None},
            lambda: {"customer_id": None},
            lambda: {"event_name": None},
            lambda: {"occurred_at": None},
            lambda: {"occurred_at": self.pick(UNREADABLE_TIMES)},
            lambda: {"occurred_at": self._too_early()},
            lambda: {"occurred_at": self._too_late()},
            lambda: {"event_name": self.pick(DERIVED_EVENTS)},
            lambda: {"customer_id": self._unheard_of()},
            lambda: {"user_id": None, "loaded_at": None, "quantity": None, "source": None},
        ]
        if not self.chance(16):
            return draft
        changes = self.pick(flaws)()
        if self.styles.event_time != "text" and isinstance(changes.get("occurred_at"), str):
            changes = {"occurred_at": None}
        return {**draft, **changes}

    def _too_early(self) -> datetime:
        first_day = self.settings.first_day
        day = self.pick((first_day - timedelta(days=1), date(1999, 12, 31), date(1970, 1, 1)))
        return datetime.combine(day, self._clock())

    def _too_late(self) -> datetime:
        as_of = self.settings.as_of
        far = self.pick((date(2199, 1, 1), date(2190, 12, 31)))
        near = far if as_of is None else as_of + timedelta(days=self.pick((1, 2, 40)))
        return datetime.combine(self.pick((near, far)), self._clock())

    def _unheard_of(self) -> str:
        return "999" if self.styles.numeric_ids else "nobody knows; ¿quién?"

    def _someone(self) -> str:
        """Return a customer's id, or one of the aliases that lead to it."""
        customer_id = self.pick(self.active)
        if self.chance(20):
            aliases = [alias for alias in self.parents if self.canonical(alias) == customer_id]
            return self.pick(aliases) if aliases else customer_id
        return customer_id

    def _event_day(self) -> date:
        if self.chance(10):
            return self.horizon
        span = (self.horizon - self.first).days
        return self.horizon - timedelta(days=self.source.integer(0, span))

    def _any_day(self) -> date:
        span = (self.horizon - self.first).days
        return max(EARLIEST, self.horizon - timedelta(days=self.source.integer(-3, span)))

    def _clock(self) -> time:
        """Return a time of day: midnight, the last tick, a whole second or a microsecond."""
        kind = self.source.integer(0, 9)
        if kind == 8:
            return time()
        if kind == 9:
            return time(23, 59, 59, 999_999)
        seconds = self.source.integer(0, 86_399)
        tick = self.source.integer(0, 999_999) if kind > 4 else 0
        return time(seconds // 3600, seconds // 60 % 60, seconds % 60, tick)

    def _load(self, moment: object) -> datetime | None:
        """Return a load time; few different lags, so that ties are common."""
        if self.chance(20) or not isinstance(moment, datetime) or moment.year >= 2190:
            return None
        return datetime.combine(moment.date(), time()) + timedelta(days=self.pick((1, 1, 2, 12)))

    def _quantity(self) -> str | None:
        """Return a quantity as text: four decimals, negative, missing, not a number, absurd."""
        kind = self.source.integer(0, 19)
        if kind < 4:
            return None
        if kind < 7:
            return str(self.source.integer(-3, 20))
        if kind < 16:
            return str(Decimal(self.source.integer(-50_000, 5_000_000)).scaleb(-4))
        limit = ("1000000000", "-1000000000") if self.big_quantities else ("1000", "-1000")
        absurd = ("1000000000.0001", "-1000000000.5", "1000000000000000")
        return self.pick((*limit, *absurd, "nan", "inf", "-inf", "junk"))

    # --- Rendering ---

    def _render_event(self, draft: Row, dropped: set[str]) -> Row:
        row = {
            "event_id": self._id("event_id", draft["event_id"], strip="e"),
            "customer_id": self._id("events", draft["customer_id"]),
            "event_name": self._text(draft["event_name"]),
            "occurred_at": self._time(self.styles.event_time, draft["occurred_at"]),
            "user_id": self._id("user_id", draft["user_id"]),
            "quantity": self._render_quantity(draft["quantity"]),
            "loaded_at": self._time(self.styles.loaded_at, draft["loaded_at"]),
            "source": self._text(draft["source"]),
        }
        return {column: value for column, value in row.items() if column not in dropped}

    def _id(self, kind: str, value: str | None, strip: str = "") -> str | int | float | None:
        """Render an id in the style of its column."""
        style = self.styles.ids[kind]
        if style == "text":
            return self._text(value)
        if value is None:
            return None
        number = int(value.removeprefix(strip))
        return number if style == "int" else float(number)

    def _text(self, value: str | None) -> str | None:
        """Render a text, at times with surrounding white space; missing may be empty."""
        if value is None:
            return self.pick((None, None, "", "  "))
        if self.chance(5):
            return self.pick((" {}", "{} ", "  {}  ", "\t{}")).replace("{}", value)
        return value

    def _time(self, style: str, moment: datetime | str | None) -> Any:  # noqa: ANN401
        """Render a moment in the style of its column."""
        if style == "text":
            return self._time_text(moment)
        if moment is None or isinstance(moment, str):
            return None
        if style == "date":
            return moment.date()
        if style == "aware":
            return moment.replace(tzinfo=UTC).astimezone(self.pick(OFFSETS))
        return moment

    def _time_text(self, moment: datetime | str | None) -> str | None:
        if not isinstance(moment, datetime):
            return self.pick((None, "", "  ")) if moment is None else moment
        if moment.time() == time() and self.chance(50):
            return moment.date().isoformat()
        shifted = moment.replace(tzinfo=UTC).astimezone(self.pick(OFFSETS)).isoformat()
        plain = moment.isoformat()
        return self.pick((plain, plain.replace("T", " "), plain + "Z", shifted))

    def _render_quantity(self, value: str | None) -> float | Decimal | str | None:
        """Render a quantity in the style of its column; what a type cannot hold is missing."""
        if self.styles.quantity == "text":
            return self._text(value)
        if value is None or value == "junk":
            return None
        if self.styles.quantity == "decimal":
            number = Decimal(value)
            return number.quantize(Decimal("0.0001")) if number.is_finite() else None
        return float(value)


def _is_movable(moment: object) -> bool:
    """Whether an event may be shifted by days; a step from 1999 would make a spine of 25 years."""
    return isinstance(moment, datetime) and EARLIEST.year <= moment.year < 2190


def seeded_case(seed: int, customers: int, days: int, events: int) -> Case:
    """Return a large case that depends on its arguments alone.

    `days` is the number of days with events (at most those since 2024-01-01), `events` the number
    of rows received, broken and repeated ones included.
    """
    source = RandomSource(random.Random(seed))
    return CaseMaker(source, Size(customers, days, events)).make()


@st.composite
def cases(
    draw: st.DrawFn, max_customers: int = 6, max_days: int = 120, max_events: int = 40
) -> Case:
    """Draw a case; empty ones, with one customer or with one event among them."""
    source = DrawSource(draw)
    days = source.integer(1, max_days)
    customers = source.integer(0, max_customers)
    events = source.integer(0, max_events) if source.integer(0, 9) < 9 else 1
    return CaseMaker(source, Size(customers, days, events)).make()


class KpiCaseMaker(CaseMaker):
    """Makes cases with roles of events, survey answers and subscriptions that change."""

    def make(self) -> Case:
        """Return the whole case; what is added does not disturb what other cases draw."""
        inputs, seeds, settings = super().make()
        inputs = replace(inputs, survey_responses=self._answers())
        return inputs, replace(seeds, kpi_events=self._roles()), settings

    def _roles(self) -> Rows:
        """Return up to three roles for each name; a passive event is no feature.

        In a large case each role is taken.
        """
        rows = []
        for position, name in enumerate([*self.names, "never, ever"]):
            chosen = self.some(ROLES, 0, 3)
            if self.is_large:
                given = ROLES[position :: len(self.names)]
                chosen += [role for role in given if role not in chosen]
            if "passive" in chosen and "feature" in chosen:
                chosen.remove("feature")
            for role in chosen:
                label = self.pick((None, "", "Label A", "label b"))
                rows.append({"event_name": name, "role": role, "label": label, "note": None})
        return rows

    def _history(self, customer_id: str) -> Rows:
        """Return terms with revenue; some begin on the day on which the one before ends."""
        rows = super()._history(customer_id)
        for row in rows:
            row["mrr"] = self.pick(MRRS)
        for earlier, row in pairwise(rows):
            if earlier["ended_at"] and self.chance(50):
                # At the end of a month it matters which of the two is open.
                day = earlier["ended_at"].replace(day=28) + timedelta(days=4)
                month_end = day - timedelta(days=day.day)
                earlier["ended_at"] = row["started_at"] = max(earlier["ended_at"], month_end)
                row["ended_at"] = None if self.chance(50) else self._any_moment()
        return rows

    def _any_moment(self) -> datetime:
        return datetime.combine(self._any_day(), self._clock())

    def _answers(self) -> Rows:
        """Return survey answers, on and off the scale, of known and unknown customers."""
        rows: Rows = []
        people = [*self.roster, *self.parents, None]
        for _ in range(self.source.integer(0, 2 * len(people))):
            rows.append(
                {
                    "customer_id": self._id("customers", self.pick(people)),
                    "survey": self.pick(SURVEYS),
                    "score": self.pick((9, 10, 0, 6, 7, 8, 5, 4, 3, 1, 2, 11, -1, None)),
                    "responded_at": self._any_moment(),
                    "user_id": None,
                }
            )
        return rows


def seeded_kpi_case(seed: int, customers: int, days: int, events: int) -> Case:
    """Return a large case for KPIs that depends on its arguments alone."""
    source = RandomSource(random.Random(seed))
    return KpiCaseMaker(source, Size(customers, days, events)).make()


@st.composite
def kpi_cases(draw: st.DrawFn) -> Case:
    """Draw a case for KPIs."""
    source = DrawSource(draw)
    size = Size(source.integer(0, 6), source.integer(1, 120), source.integer(0, 40))
    return KpiCaseMaker(source, size).make()
