"""How long records take to arrive, from records of which the late ones are still missing.

A record of unit ``t`` is seen at the unit of the cut ``T`` only if its delay is at most ``T - t``: delays are truncated
on the right. Looked at backwards they are truncated on the left, so the chance that a delay is ``d`` given that it is
at most ``d`` is a share of the records that could have shown it [1]_ [2]_. These shares are independent, binomial, and
their product is the share of records that have arrived. That delays longer than the longest one seen exist cannot be
told from such data: it is assumed that they do not.

References
----------
.. [1] Lagakos, S. W., Barraj, L. M. and De Gruttola, V. (1988). Nonparametric analysis of truncated survival data,
   with application to AIDS. Biometrika 75, 515-523.
.. [2] Lawless, J. F. (1994). Adjustments for reporting delays and the prediction of occurred but not reported events.
   Canadian Journal of Statistics 22, 15-31.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from ctresearch.prevalence.lists.cells import Array


@dataclass(frozen=True, slots=True)
class Delays:
    """Records of one list by delay: ``events`` (D + 1,) with that delay, ``at_risk`` (D + 1,) that could show it.

    At risk of delay ``d`` is a record whose own delay is at most ``d`` and whose unit is at least ``d`` before the cut.
    """

    events: Array
    at_risk: Array

    @property
    def shares(self) -> Array:
        """Share arrived by the end of each delay, shape (D + 1,); the last is 1."""
        return arrived(_ratio(self.events, self.at_risk))

    @property
    def std_error(self) -> Array:
        """Standard error of the shares by Greenwood's formula, shape (D + 1,)."""
        rest = np.maximum(self.at_risk - self.events, 1.0)
        terms = self.events / (np.maximum(self.at_risk, 1.0) * rest)
        later = np.append(np.cumsum(terms[:0:-1])[::-1], 0.0)
        return np.asarray(self.shares * np.sqrt(later))

    def draw(self, generator: np.random.Generator) -> Array:
        """Draw the shares arrived from their posterior under Haldane's prior, shape (D + 1,).

        Its mean is the estimate; a prior that adds cases would add late records of every delay that nobody had.
        """
        rest = self.at_risk - self.events
        open_ended = (self.events > 0) & (rest > 0)
        drawn = generator.beta(np.where(open_ended, self.events, 1.0), np.where(open_ended, rest, 1.0))
        return arrived(np.where(open_ended, drawn, _ratio(self.events, self.at_risk)))


def arrived(reverse: Array) -> Array:
    """Turn chances of a delay given that it is no longer into shares arrived.

    Parameters
    ----------
    reverse : numpy.ndarray
        Chance that a delay is ``d`` given that it is at most ``d``, shape (D + 1,).

    Returns
    -------
    numpy.ndarray
        Share of records with a delay of at most ``d``, shape (D + 1,).

    Examples
    --------
    >>> arrived(np.array([1.0, 0.5, 0.2])).tolist()
    [0.4, 0.8, 1.0]
    """
    later = np.cumprod(1.0 - reverse[:0:-1])[::-1]
    return np.append(later, 1.0)


def count_delays(unit: Array, delay: Array, cut: int) -> Delays:
    """Count the records of one list by delay.

    Parameters
    ----------
    unit, delay : numpy.ndarray
        Unit of each record and how many units later it arrived, shape (records,).
    cut : int
        Unit of the cut.

    Returns
    -------
    Delays
        Records with each delay up to the longest, and at risk of it.

    Examples
    --------
    >>> counted = count_delays(np.array([0, 0, 1, 2]), np.array([0, 2, 1, 0]), 2)
    >>> counted.events.tolist(), counted.at_risk.tolist()
    ([2.0, 1.0, 1.0], [2.0, 2.0, 2.0])
    """
    events = np.bincount(delay).astype(np.float64)
    steps = np.arange(events.size)
    at_risk = ((delay[:, None] <= steps) & (cut - unit[:, None] >= steps)).sum(axis=0).astype(np.float64)
    return Delays(events, at_risk)


def drift(unit: Array, delay: Array, cut: int, shares: Array) -> float:
    """Test whether delays grow longer or shorter over time.

    Parameters
    ----------
    unit, delay : numpy.ndarray
        As for :func:`count_delays`.
    cut : int
        Unit of the cut.
    shares : numpy.ndarray
        Shares arrived, shape (D + 1,).

    Returns
    -------
    float
        Standard normal where they do not; positive where later records took longer than expected.

    Examples
    --------
    >>> drift(np.zeros(4, dtype=int), np.array([0, 1, 0, 1]), 5, np.array([0.5, 1.0]))
    0.0
    """
    chance = np.diff(shares, prepend=0.0)
    steps = np.arange(chance.size)
    limit = np.minimum(cut - unit, chance.size - 1)
    mass = np.cumsum(chance)[limit]
    mean = np.cumsum(chance * steps)[limit] / mass
    variance = np.cumsum(chance * steps**2)[limit] / mass - mean**2
    total = float(variance.sum())
    if total <= 0:
        return 0.0
    centred = unit - float((unit * variance).sum()) / total
    spread = float((centred**2 * variance).sum())
    return float((centred * (delay - mean)).sum() / np.sqrt(spread)) if spread > 0 else 0.0


def _ratio(events: Array, at_risk: Array) -> Array:
    """Divide, 0 where nobody is at risk."""
    return np.asarray(np.divide(events, at_risk, out=np.zeros_like(events), where=at_risk > 0))
