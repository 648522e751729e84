"""From a panel to a proposal: a plain sum of weights, and how it does on days it never saw."""

from __future__ import annotations

from decimal import Decimal
from typing import NamedTuple

import numpy as np

from advice import model
from advice.model import Candidate, Fit, Interval
from advice.panel import ACTIVE, DERIVED, INACTIVE, Design, Floats, Outcome, Panel, Refused
from advice.seeds import OWNER, Row

LEAST_OUTCOMES = 200
LEAST_NON_OUTCOMES = 500
LARGEST_WEIGHT = 10
ADVISED, LOGISTIC = "advised", "logistic"
BASELINES = ("days_since_last_event", "event_count", "active_days")


class Sample(NamedTuple):
    """How many customers and rows there are to fit on and to test on."""

    train_customers: int
    train_rows: int
    outcomes: int
    non_outcomes: int
    test_rows: int
    test_outcomes: int


class Line(NamedTuple):
    """What is known of one event name."""

    event_name: str
    customers: float
    high_from: float
    lift: Interval | None
    coefficient: float
    sign_share: float
    weight: Decimal

    @property
    def is_stable(self) -> bool:
        """Whether the sign held in nearly all resamples."""
        return self.sign_share >= model.STABLE


class Proposal(NamedTuple):
    """A scorecard that is advised, with what speaks for it and against it."""

    outcome: Outcome
    design: Design
    logistic_design: Design
    sample: Sample
    lines: list[Line]
    groups: list[list[str]]
    full_score_points: Decimal
    train: Interval
    test: dict[str, Interval]
    against: dict[str, Interval]
    train_days: list[str]
    test_days: list[str]
    # For every row of the panel; higher means that the outcome is likelier.
    predictors: dict[str, Floats]

    @property
    def weights(self) -> dict[str, Decimal]:
        """The weights that are not 0."""
        return {line.event_name: line.weight for line in self.lines if line.weight}

    @property
    def objection(self) -> str:
        """Why nothing should be made of it; empty where nothing stands against it."""
        if self.train.low <= 0.5:
            return (
                "these events do not foretell the outcome (within the days fitted on, the AUC of"
                f" held-out customers is {self.train.text()}, which chance gives too), so their"
                " signs are unstable: there is no advice"
            )
        if not self.weights:
            return "no sign is stable, whichever customers are drawn: there is no advice"
        if self.test[ADVISED].low <= 0.5:
            return (
                "what was found does not hold on the later days (AUC"
                f" {self.test[ADVISED].text()}): there is no advice"
            )
        return ""


def sample_of(panel: Panel) -> Sample:
    """Count customers, not rows: one that is seen on five days is one witness."""
    train, had = panel.is_train, panel.outcomes == 1
    return Sample(
        train_customers=len(np.unique(panel.customers[train])),
        train_rows=int(train.sum()),
        outcomes=len(np.unique(panel.customers[train & had])),
        non_outcomes=len(np.unique(panel.customers[train & ~had])),
        test_rows=int((~train).sum()),
        test_outcomes=int((had & ~train).sum()),
    )


def check_sample(sample: Sample, is_experiment: bool) -> None:
    """Refuse to speak on too little."""
    if not is_experiment and (
        sample.outcomes < LEAST_OUTCOMES or sample.non_outcomes < LEAST_NON_OUTCOMES
    ):
        raise Refused(
            f"before the cut-off {sample.outcomes:,} customers had the outcome and"
            f" {sample.non_outcomes:,} did not, and below {LEAST_OUTCOMES} and"
            f" {LEAST_NON_OUTCOMES} weights are guesses: wait for more history, or say that this is"
            " an experiment with EXPERIMENT=1."
        )
    if min(sample.outcomes, sample.non_outcomes) < 2 * model.FOLDS:
        raise Refused(
            f"before the cut-off {sample.outcomes:,} customers had the outcome and"
            f" {sample.non_outcomes:,} did not: no experiment can be made of that, so wait for more"
            " history."
        )
    if not sample.test_outcomes or sample.test_outcomes == sample.test_rows:
        raise Refused(
            f"of {sample.test_rows:,} rows after the cut-off {sample.test_outcomes:,} have the"
            " outcome, so nothing can be tested on them: choose another CUTOFF."
        )


def shortened(value: float, digits: int = 2) -> Decimal:
    """Round to two digits that count, and to four places, which is what a weight may have."""
    if not value:
        return Decimal(0)
    places = digits - 1 - int(np.floor(np.log10(abs(value))))
    rounded = Decimal(repr(round(value, min(places, 4))))
    # 10.0 and 1E+2 are for machines.
    return Decimal(f"{rounded.normalize():f}")


def weigh(fitted: Fit, is_kept: model.Booleans, sign: int) -> list[Decimal]:
    """Scale coefficients so that the largest is 10, turned so that more is better."""
    values = np.where(is_kept, sign * fitted.coefficients, 0.0)
    largest = np.abs(values).max(initial=0.0)
    if not largest:
        return [Decimal(0)] * len(values)
    return [shortened(float(value * LARGEST_WEIGHT / largest)) for value in values]


def propose(panel: Panel, outcome: Outcome, others: dict[str, Floats] | None = None) -> Proposal:
    """Fit before the cut-off, test after it.

    Arguments: the panel; the outcome; others, scores to compare with (higher is better), such as
    those of the scorecards that there are.
    """
    chosen, logistic = model.choose_design(panel), model.choose_logistic(panel)
    train, sign = panel.is_train, 1 if outcome.is_good else -1
    features = panel.features(chosen.design)
    known = (features[train], panel.outcomes[train], panel.customers[train])
    fitted = model.fit(known[0], known[1], chosen.strength)
    shares = model.sign_shares(*known, fitted)
    weights = _weights(known, fitted, shares, chosen, sign)
    points = features @ np.array([float(weight) for weight in weights])

    held_out = model.out_of_fold(*known, chosen.strength)
    inner = model.auc_table(known[1], {ADVISED: held_out}, known[2])[ADVISED]
    predictors = {
        ADVISED: sign * points,
        LOGISTIC: _logistic(panel, logistic),
        **_baselines(panel, chosen.design, sign),
        **{name: sign * scores for name, scores in (others or {}).items()},
    }
    tested = {name: values[~train] for name, values in predictors.items()}
    tested = {name: values for name, values in tested.items() if not np.isnan(values).any()}
    table = model.auc_table(panel.outcomes[~train], tested, panel.customers[~train])
    days = np.datetime_as_string(panel.days, unit="D")
    return Proposal(
        outcome=outcome,
        design=chosen.design,
        logistic_design=logistic.design,
        sample=sample_of(panel),
        lines=_lines(panel, features, fitted, shares, weights),
        groups=model.groups_of(known[0], panel.names),
        full_score_points=_full_score(points[train]),
        train=model.interval(*inner),
        test={name: model.interval(*figures) for name, figures in table.items()},
        against={name: model.difference(table, ADVISED, name) for name in table if name != ADVISED},
        train_days=sorted(set(days[train].tolist())),
        test_days=sorted(set(days[~train].tolist())),
        predictors=predictors,
    )


def _weights(
    known: tuple[Floats, model.Integers, model.Integers],
    fitted: Fit,
    shares: Floats,
    chosen: Candidate,
    sign: int,
) -> list[Decimal]:
    """Weights of what is stable, fitted again without the rest."""
    features, outcomes, _ = known
    is_kept = (shares >= model.STABLE) & (fitted.coefficients != 0)
    while is_kept.any():
        again = model.fit(features * is_kept, outcomes, chosen.strength)
        # Without the others a sign may turn: then it was never the event's own.
        turned = is_kept & (np.sign(again.coefficients) != np.sign(fitted.coefficients))
        if not turned.any():
            return weigh(again, is_kept, sign)
        is_kept &= ~turned
    return [Decimal(0)] * features.shape[1]


def _logistic(panel: Panel, chosen: Candidate) -> Floats:
    features = np.log1p(panel.features(chosen.design))
    train = panel.is_train
    fitted = model.fit(features[train], panel.outcomes[train], chosen.strength)
    return fitted.predict(features)


def _baselines(panel: Panel, design: Design, sign: int) -> dict[str, Floats]:
    plain = panel.features(Design(design.window_days))
    count = plain[:, : len(panel.events)].sum(axis=1)
    figures = (-panel.days_since_last, count, plain[:, panel.names.index(ACTIVE)])
    return {name: sign * values for name, values in zip(BASELINES, figures, strict=True)}


def _lines(
    panel: Panel, features: Floats, fitted: Fit, shares: Floats, weights: list[Decimal]
) -> list[Line]:
    train = panel.is_train
    lines = []
    for index, name in enumerate(panel.names):
        counts = features[train, index]
        middle = float(np.median(counts))
        lines.append(
            Line(
                event_name=name,
                customers=len(np.unique(panel.customers[train][counts > 0])),
                high_from=middle,
                lift=model.lift(panel.outcomes[train], counts > middle, panel.customers[train]),
                coefficient=float(fitted.coefficients[index]),
                sign_share=float(shares[index]),
                weight=weights[index],
            )
        )
    return lines


def _full_score(points: Floats) -> Decimal:
    """Points of the best tenth, so that 100 is a high score and no rare one."""
    best = float(np.quantile(points, 0.9))
    return shortened(best if best > 0 else max(1.0, float(np.quantile(np.abs(points), 0.9))))


def scorecard_row(proposal: Proposal, name: str) -> Row:
    """Write the proposal as a row of scorecards.csv."""
    sample, test = proposal.sample, proposal.test
    return {
        "scorecard": name,
        "title": f"Advised for {proposal.outcome.name}",
        "status": "candidate",
        "window_days": proposal.design.window_days,
        "half_life_days": proposal.design.half_life_days or "",
        "full_score_points": proposal.full_score_points,
        "population": proposal.outcome.population,
        "description": (
            f"Advice of make advise, not yet anybody's decision. Outcome: {proposal.outcome.name},"
            f" {proposal.outcome.description}. Fitted on {sample.outcomes:,} customers with it and"
            f" {sample.non_outcomes:,} without, reference days {proposal.train_days[0]} to"
            f" {proposal.train_days[-1]}. Tested on {proposal.test_days[0]} to"
            f" {proposal.test_days[-1]}: AUC {test[ADVISED].text()}, logistic on log counts"
            f" {test[LOGISTIC].text()}. 100 points are what the highest tenth had on the days"
            " fitted on."
        ),
    }


def weight_rows(proposal: Proposal, name: str) -> list[Row]:
    """Write the proposal as rows of event_weights.csv, with the evidence as rationale."""
    cap = proposal.design.daily_cap
    return [
        {
            "scorecard": name,
            "event_name": line.event_name,
            "category": "derived" if line.event_name in DERIVED else "advised",
            "weight": line.weight,
            "measure": "events",
            "daily_cap_per_user": {ACTIVE: 1, INACTIVE: ""}.get(line.event_name, cap or ""),
            "owner": OWNER,
            "rationale": _rationale(line, proposal),
        }
        for line in proposal.lines
        if line.weight
    ]


def _rationale(line: Line, proposal: Proposal) -> str:
    alone = "its lift alone cannot be told"
    if line.lift:
        alone = (
            f"customers above the median of it had {line.lift.text(2)} times the outcome rate of"
            " the others"
        )
    group = next((one for one in proposal.groups if line.event_name in one), [])
    peers = [name for name in group if name != line.event_name]
    together = f" It rises and falls with {', '.join(peers)}: judge them together." if peers else ""
    return (
        f"Before {proposal.outcome.name}: {alone}; beside the other events its sign held in"
        f" {line.sign_share:.0%} of resamples.{together}"
    )
