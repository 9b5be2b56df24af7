"""Coefficients of agreement, and how each unit moves them.

Every coefficient is observed agreement against what chance would give, ``(observed - expected) / (1 - expected)``; they
differ in what chance is. Weights of units may be anything, so one function serves the estimate and all its resamples.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from ctresearch.stats.agreement.ranked import ranked_parts
from ctresearch.stats.agreement.weights import SquareWeights

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from ctresearch.stats.agreement.coded_units import CodedUnits
    from ctresearch.stats.agreement.weights import Weights

    Floats = NDArray[np.float64]

STATISTICS = ("percent", "cohen", "scott", "fleiss", "conger", "krippendorff", "gwet", "brennan-prediger")
_NONE = 1e-12  # expected agreement this near to one leaves nothing to correct


@dataclass(frozen=True, slots=True)
class Agreement:
    """A coefficient with its parts.

    Parameters
    ----------
    estimate, observed, expected : numpy.ndarray
        Shape (draws,); ``estimate`` is NaN where chance alone would give full agreement.

    Examples
    --------
    >>> corrected(np.array([0.8]), np.array([0.5])).estimate.tolist()
    [0.6000000000000001]
    """

    estimate: Floats
    observed: Floats
    expected: Floats


def corrected(observed: Floats, expected: Floats) -> Agreement:
    """Correct observed agreement for chance.

    Parameters
    ----------
    observed, expected : numpy.ndarray
        Shape (draws,).

    Returns
    -------
    Agreement
        With NaN where it does not exist.

    Examples
    --------
    >>> bool(np.isnan(corrected(np.array([1.0]), np.array([1.0])).estimate[0]))
    True
    """
    room = 1 - expected
    exists = room > _NONE
    estimate = np.divide(observed - expected, room, out=np.full(observed.shape, np.nan), where=exists)
    return Agreement(estimate, observed, expected)


class Ready:
    """Units made ready for one coefficient: what does not change from resample to resample.

    Parameters
    ----------
    units : CodedUnits
        Coders apart for ``"cohen"`` and ``"conger"``; units that two coders rated alone for ``"krippendorff"``.
    statistic : str
        One of :data:`STATISTICS`.
    weights : Weights or None
        How much two codes agree; ``None`` for Krippendorff's ranks, which depend on the ratings.

    Examples
    --------
    >>> from ctresearch.stats.agreement.coded_units import join_units
    >>> from ctresearch.stats.agreement.weights import IdentityWeights
    >>> units = join_units(np.array([[0, 0], [1, 1], [0, 1]]), 2)
    >>> ready = Ready(units, "krippendorff", IdentityWeights())
    >>> round(float(ready.agreement(units.times[None, :]).estimate[0]), 4)
    0.4444
    """

    def __init__(self, units: CodedUnits, statistic: str, weights: Weights | None) -> None:
        self.units, self.statistic, self.weights = units, statistic, weights
        self.counts, self.rated = units.counts(), units.rated
        self.paired = (self.rated >= 2).astype(np.float64)
        self.pairs = np.where(self.rated >= 2, self.rated * (self.rated - 1), 1.0)
        if weights is not None:
            self.alike = self.paired * (weights.within(self.units.rows) - self.rated)
        if statistic in {"cohen", "conger"}:
            self.coders = units.by_coder()
        else:
            from scipy.sparse import diags_array

            self.shares = diags_array(1 / self.rated) @ self.counts

    def agreement(self, times: Floats) -> Agreement:
        """Return the coefficient for weights of patterns, shape (draws, patterns)."""
        if self.statistic == "krippendorff":
            return self._alpha(times) if self.weights is not None else self._ranked(times)
        observed = times @ (self.alike / self.pairs) / (times @ self.paired)
        return corrected(observed, self._expected(times))

    def _expected(self, times: Floats) -> Floats:
        """Return the agreement that chance gives, shape (draws,)."""
        weights, k = _given(self.weights), self.units.categories
        if self.statistic == "percent":
            return np.zeros(len(times))
        if self.statistic == "brennan-prediger":
            return np.full(len(times), _total(weights, k) / k**2)
        if self.statistic in {"cohen", "conger"}:
            return self._by_coder(times)
        shares = np.asarray((self.shares.T @ times.T).T) / times.sum(axis=1, keepdims=True)
        if self.statistic == "gwet":
            return np.asarray(_total(weights, k) * (shares * (1 - shares)).sum(axis=1) / max(k * (k - 1), 1))
        return np.asarray((weights.times(shares) * shares).sum(axis=1))

    def coder_shares(self, times: Floats) -> Floats:
        """Return each coder's shares of codes, shape (draws, coders, categories)."""
        margins = np.asarray((self.coders.T @ times.T).T).reshape(len(times), -1, self.units.categories)
        return np.asarray(margins / margins.sum(axis=2, keepdims=True))

    def _by_coder(self, times: Floats) -> Floats:
        """Average over pairs of coders what their own shares would give by chance."""
        shares = self.coder_shares(times)
        weights, coders = _given(self.weights), shares.shape[1]
        whole = shares.sum(axis=1)
        every = (weights.times(whole) * whole).sum(axis=1)
        same = (weights.times(shares) * shares).sum(axis=(1, 2))
        return np.asarray((every - same) / (coders * (coders - 1)))

    def _alpha(self, times: Floats) -> Agreement:
        """Return Krippendorff's alpha for weights that do not depend on the ratings."""
        weights = _given(self.weights)
        ratings = times @ self.rated
        observed = times @ (self.alike / (self.rated - 1)) / ratings
        margins = np.asarray((self.counts.T @ times.T).T)
        expected = ((weights.times(margins) * margins).sum(axis=1) - ratings) / (ratings * (ratings - 1))
        return corrected(observed, expected)

    def _ranked(self, times: Floats) -> Agreement:
        """Return alpha with Krippendorff's ranks, which each resample makes anew."""
        observed, expected = ranked_parts(self.units.rows, self.units.categories, np.ascontiguousarray(times))
        return corrected(observed, expected)


def rank_weights(margins: Floats) -> SquareWeights:
    """Return Krippendorff's ordinal metric: the squared distance of mean ranks.

    Parameters
    ----------
    margins : numpy.ndarray
        Shape (categories,): how often each code was given, in rising order of the codes.

    Returns
    -------
    SquareWeights
        Relative to the greatest distance of two codes that were given.

    Examples
    --------
    >>> rank_weights(np.array([1.0, 2.0, 1.0])).span
    3.0
    """
    ranks = np.cumsum(margins) - margins / 2
    given = ranks[margins > 0]
    span = float(given[-1] - given[0]) if len(given) > 1 else 1.0
    return SquareWeights(ranks - ranks @ margins / margins.sum(), span)


def influences(ready: Ready) -> Floats:
    """Return how far each pattern moves the coefficient: its linearisation, whose mean is near the coefficient.

    Parameters
    ----------
    ready : Ready
        Units and coefficient.

    Returns
    -------
    numpy.ndarray
        Shape (patterns,). Its variance over units, divided by their number, is the variance of the coefficient.

    References
    ----------
    .. [1] Gwet, K. L. (2014). Handbook of Inter-Rater Reliability, 4th edition. Advanced Analytics.

    Examples
    --------
    >>> from ctresearch.stats.agreement.coded_units import join_units
    >>> from ctresearch.stats.agreement.weights import IdentityWeights
    >>> units = join_units(np.array([[0, 0], [1, 1], [0, 1]]), 2)
    >>> ready = Ready(units, "fleiss", IdentityWeights())
    >>> values, estimate = influences(ready), ready.agreement(units.times[None, :]).estimate[0]
    >>> bool(np.isclose(values @ units.times / units.units, estimate))
    True
    """
    times = ready.units.times
    now = ready.agreement(times[None, :])
    estimate, expected = float(now.estimate[0]), float(now.expected[0])
    if ready.statistic == "krippendorff":
        return _alpha_influences(ready)
    paired = ready.units.units / float(times @ ready.paired)
    own = paired * (ready.alike / ready.pairs - expected * ready.paired) / (1 - expected)
    return np.asarray(own - (1 - estimate) * _chance_moves(ready, expected) / (1 - expected))


def _chance_moves(ready: Ready, expected: float) -> Floats:
    """Return how far each pattern moves the agreement of chance, shape (patterns,)."""
    weights, k, times = _given(ready.weights), ready.units.categories, ready.units.times
    if ready.statistic in {"percent", "brennan-prediger"}:
        return np.zeros(len(times))
    if ready.statistic in {"cohen", "conger"}:
        return _coder_moves(ready, weights)
    shares = np.asarray(ready.shares.T @ times) / times.sum()
    if ready.statistic == "gwet":
        own = _total(weights, k) / max(k * (k - 1), 1) * (ready.shares @ (1 - shares))
    else:
        own = ready.shares @ weights.times(shares)
    return np.asarray(2 * (own - expected))


def _coder_moves(ready: Ready, weights: Weights) -> Floats:
    """Return how far each pattern moves the agreement that coders' own shares give by chance."""
    rows, times = ready.units.rows, ready.units.times
    shares = ready.coder_shares(times[None, :])[0]
    coders = len(shares)
    away = weights.times(shares.sum(axis=0) - shares)
    there = (rows >= 0).astype(np.float64)
    own = np.where(rows >= 0, np.take_along_axis(away.T, np.maximum(rows, 0), axis=0), 0.0)
    mean = there * (shares * away).sum(axis=1)
    scale = 2 / (coders * (coders - 1)) * times.sum() / (times @ there)
    return np.asarray(((own - mean) * scale).sum(axis=1))


def _alpha_influences(ready: Ready) -> Floats:
    """Linearise Krippendorff's alpha as Gwet does; ranks move with the ratings, and that is part of it."""
    times, rated = ready.units.times, ready.rated
    units = times.sum()
    margins = np.asarray(ready.counts.T @ times)
    weights = rank_weights(margins) if ready.weights is None else ready.weights
    mean, ratings = float(times @ rated / units), float(times @ rated)
    alike = (weights.within(ready.units.rows) - rated) / (rated - 1)
    observed = float(times @ alike) / ratings
    own = weights.times(margins / ratings)
    expected = float(own @ margins) / ratings
    plain = (observed - expected) / (1 - expected)
    # Gwet takes the small-sample part of alpha, one over the number of ratings, as given; it enters here alone.
    paid = observed + (1 - observed) / ratings
    moved = (alike - paid * (rated - mean)) / mean - observed
    chance = 2 * (ready.counts @ own - expected * rated) / mean
    found = plain + (moved - (1 - plain) * chance) / (1 - expected)
    if ready.weights is None:
        assert isinstance(weights, SquareWeights)
        found = found + _rank_moves(ready, weights, (observed, expected, mean))
    return np.asarray(found)


def _rank_moves(ready: Ready, weights: SquareWeights, parts: tuple[float, float, float]) -> Floats:
    """Return how far each pattern moves alpha by moving the ranks."""
    observed, expected, mean = parts
    times, rated, counts = ready.units.times, ready.rated, ready.counts
    units = times.sum()
    shares = np.asarray(counts.T @ times) / units
    ranks = weights.values / weights.span
    beside = counts.T @ (times / (rated - 1) * (counts @ ranks)) - (counts.T @ (times / (rated - 1))) * ranks
    seen = 4 / mean * (ranks * shares - beside / units)
    chance = 4 / mean**2 * (mean * shares * ranks - shares * float(shares @ ranks))
    # A rating moves the ranks of all codes above its own by one and its own by a half, in ranks of a mean unit.
    scale = units / weights.span
    below = np.cumsum(seen[::-1])[::-1] - seen / 2, np.cumsum(chance[::-1])[::-1] - chance / 2
    apart = 1 - observed, 1 - expected
    slope = -scale * (below[0] / apart[1] - apart[0] / apart[1] ** 2 * below[1])
    return np.asarray(counts @ slope - float(shares @ slope))


def _total(weights: Weights, categories: int) -> float:
    """Sum all weights."""
    return float(weights.times(np.ones(categories)).sum())


def _given(weights: Weights | None) -> Weights:
    """Return weights that do not depend on the ratings."""
    assert weights is not None
    return weights
