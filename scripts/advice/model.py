"""The statistics behind the advice: lifts, groups, logistics, signs, and intervals by resampling.

Whatever is drawn is drawn with the same seed, and customers are resampled, not rows: a customer's
reference days are no independent witnesses.
"""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from itertools import product
from typing import NamedTuple

import numpy as np
from scipy.stats import rankdata
from sklearn.exceptions import ConvergenceWarning
from sklearn.linear_model import LogisticRegression

from advice.panel import LONGEST_WINDOW, Booleans, Design, Floats, Integers, Panel

SEED = 20240229
FOLDS = 5
STRENGTHS = (0.001, 0.01, 0.1, 1.0)
WINDOWS = (28, 56, LONGEST_WINDOW)
HALF_LIVES = (None, 7, 14, 28)
CAPS = (None, 1)
# A design has to earn its parts: the first in the order of simplicity within this of the best.
WORTH_IT = 0.002
STABLE = 0.95
SAME_GROUP = 0.7
REPLICATES = 400


class Interval(NamedTuple):
    """A figure with its 95 % interval."""

    value: float
    low: float
    high: float

    def text(self, places: int = 3, sign: str = "") -> str:
        """Write it as 0.812 (0.790 to 0.833)."""
        shown = [f"{figure:{sign}.{places}f}" for figure in self]
        return f"{shown[0]} ({shown[1]} to {shown[2]})"


class Fit(NamedTuple):
    """A logistic in the units of its features: log-odds of the outcome by unit."""

    coefficients: Floats
    intercept: float
    strength: float

    def predict(self, features: Floats) -> Floats:
        """Log-odds of the outcome."""
        return features @ self.coefficients + self.intercept


class Candidate(NamedTuple):
    """A way to make features, and how well a logistic on them does within the training days."""

    design: Design
    strength: float
    auc: float


def auc(outcomes: Integers, values: Floats, weights: Floats | None = None) -> float:
    """Chance that a value with the outcome is higher than one without, ties counting half."""
    weights = np.ones(len(values)) if weights is None else weights
    _, groups = np.unique(values, return_inverse=True)
    return _auc_of_groups(outcomes, groups, weights)


def _auc_of_groups(outcomes: Integers, groups: Integers, weights: Floats) -> float:
    with_it = np.bincount(groups, weights * outcomes)
    without = np.bincount(groups, weights * (1 - outcomes))
    pairs = with_it.sum() * without.sum()
    if not pairs:
        return 0.5
    below = np.cumsum(without) - without
    return float((with_it * (below + without / 2)).sum() / pairs)


def resamples(customers: Integers, number: int = REPLICATES) -> Floats:
    """How often each row counts in each resample of the customers."""
    generator = np.random.default_rng(SEED)
    ids, positions = np.unique(customers, return_inverse=True)
    draws = generator.multinomial(len(ids), np.full(len(ids), 1 / len(ids)), size=number)
    return draws[:, positions].astype(np.float64)


def auc_table(
    outcomes: Integers, predictors: dict[str, Floats], customers: Integers
) -> dict[str, tuple[float, Floats]]:
    """AUC of each predictor, and that of each resample, the same resamples for all."""
    draws = resamples(customers)
    table = {}
    for name, values in predictors.items():
        _, groups = np.unique(values, return_inverse=True)
        figures = np.array([_auc_of_groups(outcomes, groups, draw) for draw in draws])
        table[name] = (auc(outcomes, values), figures)
    return table


def interval(value: float, figures: Floats) -> Interval:
    """Take the middle 95 % of resamples."""
    low, high = np.quantile(figures, (0.025, 0.975))
    return Interval(value, float(low), float(high))


def difference(table: dict[str, tuple[float, Floats]], one: str, other: str) -> Interval:
    """By how much the AUC of one predictor is above that of another, resampled in pairs."""
    return interval(table[one][0] - table[other][0], table[one][1] - table[other][1])


def lift(outcomes: Integers, is_high: Booleans, customers: Integers) -> Interval | None:
    """Rate of the outcome where something is high, by the rate where it is not."""
    if is_high.all() or not is_high.any():
        return None
    ids, positions = np.unique(customers, return_inverse=True)
    generator = np.random.default_rng(SEED)
    draws = generator.multinomial(len(ids), np.full(len(ids), 1 / len(ids)), size=REPLICATES)

    def counted(mask: Booleans) -> Floats:
        return np.bincount(positions, mask, minlength=len(ids))

    counts = np.stack(
        [
            counted(is_high & (outcomes == 1)),
            counted(is_high),
            counted(~is_high & (outcomes == 1)),
            counted(~is_high),
        ]
    )
    # Half a customer is added on each side, so that no rate is 0.
    totals = np.vstack([counts.sum(axis=1), draws @ counts.T]) + np.array([0.5, 1, 0.5, 1])
    ratios = (totals[:, 0] / totals[:, 1]) / (totals[:, 2] / totals[:, 3])
    return interval(float(ratios[0]), ratios[1:])


def fit(
    features: Floats, outcomes: Integers, strength: float, weights: Floats | None = None
) -> Fit:
    """Fit a logistic with a ridge on standardised features; strength is that of the data."""
    middle, spread = features.mean(axis=0), features.std(axis=0)
    spread = np.where(spread > 0, spread, 1.0)
    model = LogisticRegression(C=strength, max_iter=1000)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)
        model.fit((features - middle) / spread, outcomes, sample_weight=weights)
    coefficients = model.coef_[0] / spread
    return Fit(coefficients, float(model.intercept_[0] - middle @ coefficients), strength)


def out_of_fold(
    features: Floats, outcomes: Integers, customers: Integers, strength: float
) -> Floats:
    """Predict each customer from the others."""
    folds = np.random.default_rng(SEED).integers(0, FOLDS, customers.max() + 1)[customers]
    predicted = np.zeros(len(outcomes))
    for fold in range(FOLDS):
        held_out = folds == fold
        if not held_out.any() or len(np.unique(outcomes[~held_out])) < 2:
            continue
        fitted = fit(features[~held_out], outcomes[~held_out], strength)
        predicted[held_out] = fitted.predict(features[held_out])
    return predicted


def best_strength(features: Floats, outcomes: Integers, customers: Integers) -> tuple[float, float]:
    """Find the strength that foretells best for customers that it was not fitted on."""
    tried = [
        (auc(outcomes, out_of_fold(features, outcomes, customers, strength)), strength)
        for strength in STRENGTHS
    ]
    best = max(tried)[0]
    return next((figure, strength) for figure, strength in tried if figure >= best - WORTH_IT / 2)


def simplest(candidates: Sequence[Candidate]) -> Candidate:
    """Take the first of those that are nearly as good as the best; simpler ones come first."""
    best = max(candidate.auc for candidate in candidates)
    return next(candidate for candidate in candidates if candidate.auc >= best - WORTH_IT)


def designs() -> list[Design]:
    """List all designs, the simplest first: no half-life and no cap, then one part, then both."""
    found = [Design(*parts) for parts in product(WINDOWS, HALF_LIVES, CAPS)]
    # A half-life as long as the window is hardly one.
    found = [
        one for one in found if not one.half_life_days or 2 * one.half_life_days <= one.window_days
    ]
    return sorted(
        found, key=lambda one: (bool(one.half_life_days) + bool(one.daily_cap), one.window_days)
    )


def choose_design(panel: Panel) -> Candidate:
    """Choose how occurrences are added up, by customers held out within the training days."""
    train = panel.is_train
    outcomes, customers = panel.outcomes[train], panel.customers[train]
    candidates = []
    for design in designs():
        features = panel.features(design)[train]
        figure, strength = best_strength(features, outcomes, customers)
        candidates.append(Candidate(design, strength, figure))
    return simplest(candidates)


def choose_logistic(panel: Panel) -> Candidate:
    """Choose the window of the logistic on log counts in the same way."""
    train = panel.is_train
    candidates = []
    for window in WINDOWS:
        design = Design(window)
        features = np.log1p(panel.features(design)[train])
        figure, strength = best_strength(features, panel.outcomes[train], panel.customers[train])
        candidates.append(Candidate(design, strength, figure))
    return simplest(candidates)


def sign_shares(
    features: Floats, outcomes: Integers, customers: Integers, fitted: Fit, number: int = 100
) -> Floats:
    """In which share of resamples each coefficient has the sign that it has on all customers."""
    same = np.zeros(features.shape[1])
    for draw in resamples(customers, number):
        kept = draw > 0
        if len(np.unique(outcomes[kept])) < 2:
            continue
        again = fit(features[kept], outcomes[kept], fitted.strength, draw[kept])
        same += np.sign(again.coefficients) == np.sign(fitted.coefficients)
    return same / number


def groups_of(features: Floats, names: Sequence[str]) -> list[list[str]]:
    """Group names whose counts rise and fall together: each pair linked by rank correlation."""
    ranks = np.apply_along_axis(rankdata, 0, features)
    spread = ranks.std(axis=0)
    ranks = (ranks - ranks.mean(axis=0)) / np.where(spread > 0, spread, 1.0)
    related = np.abs(ranks.T @ ranks / len(ranks)) >= SAME_GROUP
    left, groups = list(range(len(names))), []
    while left:
        found, frontier = set(), {left[0]}
        while frontier:
            found |= frontier
            frontier = {other for one in frontier for other in left if related[one, other]} - found
        groups.append([names[index] for index in sorted(found)])
        left = [index for index in left if index not in found]
    return groups
