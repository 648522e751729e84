"""Generated histories of deliveries: late, doubled, merged, erased and revised.

A history is one customer, with its users, former ids and mishaps. Customers are independent, so one
`World` carries thousands of histories, and each step of it is one delivery to all of them.
"""

from __future__ import annotations

import random
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta

from reference import Inputs, Row, Rows, Seeds, Settings

START = datetime(2026, 1, 5)
NAMES = ("login", "upload", "subida d'arxiu", "támogatás", "unweighted")
RUN_DAY = date(2026, 11, 22)
STEP_DAYS = 9
MAX_LATE_DAYS = 120


@dataclass
class History:
    """One customer as the sources know it at a step."""

    customer_id: str
    former_ids: tuple[str, ...]
    row: Row
    subscription: Row | None = None
    aliases: dict[str, str] = field(default_factory=dict)
    events: Rows = field(default_factory=list)
    erasures: Rows = field(default_factory=list)


@dataclass(frozen=True)
class Delivery:
    """All that the project sees at a step."""

    inputs: Inputs
    seeds: Seeds
    settings: Settings


class World:
    """Thousands of histories, and the deliveries that bring them."""

    def __init__(self, seed: int, histories: int) -> None:
        """Begin, with nothing delivered yet."""
        self.random = random.Random(seed)
        self.step = 0
        self.counter = 0
        self.histories = [self._begin(number) for number in range(histories)]
        self.half_life = ""
        self.weights = {"login": "1", "upload": "2.5", "subida d'arxiu": "-3", "támogatás": "0.25"}
        self.window = 14
        self.has_candidate = False
        self.derived = False
        self.as_of: date | None = None

    def _begin(self, number: int) -> History:
        customer_id = f"c{number}"
        former = tuple(f"anon{number}-{i}" for i in range(self.random.randint(0, 2)))
        return History(customer_id, former, {"customer_id": customer_id})

    @property
    def now(self) -> datetime:
        """The time at which the delivery of this step is loaded."""
        return START + timedelta(days=30 + STEP_DAYS * self.step)

    # --- What happens to one customer ---

    def _event(self, history: History) -> Row:
        self.counter += 1
        late = self.random.choice((0, 0, 1, 1, STEP_DAYS, self.random.randint(0, MAX_LATE_DAYS)))
        moment = self.now - timedelta(days=late, minutes=self.random.randint(0, 1600))
        return {
            "event_id": f"e{self.counter}",
            "customer_id": self.random.choice((history.customer_id, *history.former_ids)),
            "user_id": self.random.choice((None, "ana", "bo")),
            "event_name": self.random.choice(NAMES),
            "occurred_at": moment.isoformat(sep=" "),
            "quantity": self.random.choice((None, 1.0, -2.5, 1e12)),
            "loaded_at": self.random.choice((self.now, self.now, moment, None)),
            "source": self.random.choice((None, "app")),
        }

    def _broken(self, row: Row) -> Row:
        column, value = self.random.choice(
            (
                ("event_id", None),
                ("customer_id", None),
                ("occurred_at", None),
                ("occurred_at", "yesterday"),
                ("occurred_at", "2031-01-01"),
                ("occurred_at", "1999-01-01"),
                ("event_name", "session_started"),
            )
        )
        return {**row, column: value}

    def _repeat(self, history: History) -> Row:
        row = dict(self.random.choice(history.events))
        row["loaded_at"] = self.random.choice(
            (row["loaded_at"], self.now, None, START - timedelta(days=1))
        )
        if self.random.random() < 0.5:
            row["user_id"] = self.random.choice((None, "ana", "bo"))
            row["event_name"] = self.random.choice(NAMES)
            row["occurred_at"] = str(row["occurred_at"])[:10] + " 12:34:56"
        return row

    def _live(self, history: History) -> None:
        chance = self.random.random
        if chance() < 0.3:
            return
        for _ in range(self.random.randint(0, 6)):
            row = self._event(history)
            history.events.append(self._broken(row) if chance() < 0.06 else row)
        while history.events and chance() < 0.25:
            history.events.append(self._repeat(history))
        if history.events and chance() < 0.03:
            history.events.pop(self.random.randrange(len(history.events)))
        if chance() < 0.1:
            day = self.now - timedelta(days=self.random.randint(0, 60))
            history.row["signed_up_at"] = self.random.choice((None, day.date().isoformat()))
        if chance() < 0.08:
            day = self.now - timedelta(days=self.random.randint(0, 60))
            history.row["ended_at"] = self.random.choice((None, day.date().isoformat()))
        if chance() < 0.05:
            history.row["is_internal"] = self.random.choice(("true", None))
        if chance() < 0.1:
            history.row["plan"] = self.random.choice(("pro", "free"))
        if chance() < 0.1:
            history.subscription = self._subscription(history)
        if history.former_ids and chance() < 0.2:
            self._merge(history)
        if chance() < 0.02:
            user = self.random.choice((None, "ana"))
            history.erasures.append(
                {"customer_id": history.customer_id, "user_id": user, "requested_at": self.now}
            )

    def _subscription(self, history: History) -> Row | None:
        begun = self.now - timedelta(days=self.random.randint(0, 90))
        length = self.random.choice((None, 10, 40, 100))
        ended = begun + timedelta(days=length) if length else None
        return {
            "customer_id": self.random.choice((history.customer_id, *history.former_ids)),
            "started_at": begun.isoformat(sep=" "),
            "ended_at": ended.isoformat(sep=" ") if ended else None,
        }

    def _merge(self, history: History) -> None:
        alias = self.random.choice(history.former_ids)
        if alias in history.aliases and self.random.random() < 0.5:
            del history.aliases[alias]
            return
        others = [name for name in history.former_ids if name != alias]
        onward = [name for name in others if history.aliases.get(name) != alias]
        history.aliases[alias] = self.random.choice((history.customer_id, *onward))

    # --- What happens to all ---

    def advance(self) -> Delivery:
        """Let time pass, and return what is delivered then, all that came before included."""
        self.step += 1
        for history in self.histories:
            self._live(history)
        if self.step > 1:
            self._revise()
        return self.delivery()

    def _revise(self) -> None:
        change = self.random.choice(("none", "weight", "window", "candidate", "derived", "as_of"))
        if change == "weight":
            name = self.random.choice(("login", "upload"))
            self.weights[name] = self.random.choice(("1", "4", "-0.5"))
        elif change == "window":
            self.window = self.random.choice((7, 14, 30))
        elif change == "candidate":
            self.has_candidate = not self.has_candidate
        elif change == "derived":
            self.derived = not self.derived
        elif change == "as_of":
            day = self.now.date() - timedelta(days=self.random.randint(0, 15))
            self.as_of = self.random.choice((None, day))

    def delivery(self) -> Delivery:
        """Return what is there to be read at this step."""
        lives = self.histories
        aliases = [
            {"alias_id": alias, "customer_id": customer_id}
            for history in lives
            for alias, customer_id in history.aliases.items()
        ]
        inputs = Inputs(
            events=[dict(row) for history in lives for row in history.events],
            customers=[
                {"signed_up_at": None, "ended_at": None, "plan": None, "is_internal": None}
                | history.row
                for history in lives
            ],
            subscriptions=[dict(history.subscription) for history in lives if history.subscription],
            customer_aliases=aliases,
            erasure_requests=[dict(row) for history in lives for row in history.erasures],
        )
        settings = Settings(run_day=RUN_DAY, as_of=self.as_of)
        return Delivery(inputs, self._seeds(), settings)

    def _seeds(self) -> Seeds:
        card = {
            "scorecard": "steady", "title": "Steady", "status": "active",
            "window_days": str(self.window), "half_life_days": "", "full_score_points": "30",
            "population": "", "description": "",
        }  # fmt: skip
        cards = [
            card,
            card | {"scorecard": "fading", "half_life_days": "2.5", "population": "plan=pro"},
        ]
        if self.has_candidate:
            cards.append(card | {"scorecard": "candidate", "status": "candidate"})
        weight = {
            "category": "use", "measure": "events", "daily_cap_per_user": "", "valid_from": "",
            "valid_to": "", "owner": "", "rationale": "",
        }  # fmt: skip
        named = dict(self.weights)
        if self.derived:
            named |= {
                "inactive_day": "-0.5", "new_active_user": "5", "session_started": "0.5",
                "active_minutes": "0.1",
            }  # fmt: skip
        weights = [
            weight | {
                "scorecard": row["scorecard"], "event_name": name, "weight": value,
                "measure": "quantity" if name in ("támogatás", "active_minutes") else "events",
                "daily_cap_per_user": "2" if name == "login" else "",
            }
            for row in cards
            for name, value in named.items()
        ]  # fmt: skip
        bands = [
            {"scorecard": "*", "tier": tier, "tier_rank": str(rank), "upper_bound": bound,
             "title": "", "playbook": ""}
            for rank, (tier, bound) in enumerate(
                (("negative", "-0.0001"), ("none", "0"), ("low", "20"), ("high", ""))
            )
        ]  # fmt: skip
        return Seeds(cards, weights, bands)
