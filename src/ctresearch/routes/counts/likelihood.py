"""The likelihood of counts that are known exactly or lie in a range, Poisson or negative binomial, in the log mean.

A range from ``low`` to ``high`` has the probability of all counts in it. Its slope in the log mean is the mean of the
slopes of these counts, and its curvature their mean curvature less the variance of the slopes. Where cells of nobody
are not there, the likelihood is truncated at zero: every probability is divided by that of at least one.

References
----------
.. [1] Cameron, A. C. and Trivedi, P. K. (2013). Regression Analysis of Count Data, 2nd edition. Cambridge University
   Press. https://doi.org/10.1017/CBO9781139013567
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from ctresearch.core.errors import SpecificationError

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

WIDEST = 1_000
"""Widest range of a negative binomial, whose counts are added up one by one."""
WIDEST_OF_ALL = 1_000_000
"""Widest range of a Poisson count, of which the part near its mean is added up."""
_SPREADS, _ALWAYS = 12, 60  # standard deviations of a Poisson count, and counts, beyond which nothing is left to add
_LEAST_CURVATURE = 1e-3  # of that of a count that is known: what a range can lose before steps become too long


@dataclass(frozen=True, slots=True, eq=False)
class Counts:
    """Counts of N cells: ``low`` and ``high`` (N,), and the rows of each kind of range, by its two ends.

    ``truncated`` says that cells of nobody are not among them.
    """

    low: Floats
    high: Floats
    exact: NDArray[np.int64]
    ranges: tuple[tuple[float, float, NDArray[np.int64]], ...]
    truncated: bool = False


@dataclass(frozen=True, slots=True, eq=False)
class Slopes:
    """Log likelihood by cell, ``each``, its ``slope`` and ``curvature`` (less the second derivative), (N,)."""

    each: Floats
    slope: Floats
    curvature: Floats

    @property
    def value(self) -> float:
        """Log likelihood of all cells."""
        return float(self.each.sum())


def read_ranges(low: Floats, high: Floats, *, truncated: bool = False) -> Counts:
    """Sort cells by the kind of their range.

    Parameters
    ----------
    low, high : numpy.ndarray
        Shape (cells,): ends of each count.
    truncated : bool
        Whether cells of nobody are not among them; a range then begins at 1.

    Returns
    -------
    Counts
        The cells.

    Raises
    ------
    SpecificationError
        If a range is too wide to say anything.

    Examples
    --------
    >>> len(read_ranges(np.array([3.0, 0.0]), np.array([3.0, 4.0])).ranges)
    1
    """
    refuse_wide(low, high)
    if truncated:
        low = np.maximum(low, 1.0)
    known = low == high
    ends, kind = np.unique(np.column_stack([low, high])[~known], axis=0, return_inverse=True)
    at = np.flatnonzero(~known)
    ranges = tuple((float(a), float(b), at[kind.ravel() == i]) for i, (a, b) in enumerate(ends))
    return Counts(low, high, np.flatnonzero(known), ranges, truncated)


def refuse_wide(low: NDArray[Any], high: NDArray[Any], widest: int = WIDEST_OF_ALL) -> None:
    """Refuse ranges that are too wide to be added up."""
    if len(low) and (high - low).max() > widest:
        raise SpecificationError(f"a range is wider than {widest:,}, must be narrower: leave such rows out knowingly")


def values_near(low: float, high: float, mean: Floats) -> Floats:
    """Return the counts of a range that a Poisson count of each mean can be, shape (means, counts).

    What lies farther from the mean, or from the end of the range that is next to it, than twelve standard deviations
    has less than 1e-30 of the probability of the rest.

    Examples
    --------
    >>> values_near(0, 4, np.array([2.0])).tolist(), values_near(0, 10**6, np.array([100.0])).shape
    ([[0.0, 1.0, 2.0, 3.0, 4.0]], (1, 361))
    """
    if high - low <= _ALWAYS:
        return np.broadcast_to(np.arange(low, high + 1, dtype=np.float64), (len(mean), int(high - low) + 1))
    middle = np.clip(np.floor(mean), low, high)
    half = np.ceil(_SPREADS * np.sqrt(float(middle.max(initial=0.0)))) + _ALWAYS
    width = min(high - low, 2 * half)
    start = np.clip(middle - half, low, high - width)
    return np.asarray(start[:, None] + np.arange(width + 1), dtype=np.float64)


def _values(low: float, high: float, mean: Floats, size: float) -> Floats:
    """Return the counts of a range that are added up, for each mean, or in one row for all."""
    if np.isinf(size) and high - low > _ALWAYS:
        return values_near(low, high, mean)
    if not np.isinf(size):
        refuse_wide(np.array([low]), np.array([high]), WIDEST)
    return np.arange(low, high + 1)[None, :]


def count_slopes(counts: Counts, eta: Floats, size: float) -> Slopes:
    """Return the log likelihood with its slope and curvature in the log mean of each cell.

    Parameters
    ----------
    counts : Counts
        The cells.
    eta : numpy.ndarray
        Shape (cells,): log means.
    size : float
        Size of the negative binomial, whose variance is ``mean + mean**2 / size``; infinity for Poisson.

    Returns
    -------
    Slopes
        The value leaves out nothing: it can be compared over sizes.

    Raises
    ------
    SpecificationError
        If a range of a negative binomial is too wide to be added up.

    Examples
    --------
    >>> found = count_slopes(read_ranges(np.array([3.0]), np.array([3.0])), np.array([0.0]), np.inf)
    >>> round(found.value, 6), found.slope.tolist(), found.curvature.tolist()
    (-2.791759, [2.0], [1.0])
    """
    mean = np.exp(eta)
    each, slope, curvature = np.empty_like(eta), np.empty_like(eta), np.empty_like(eta)
    at = counts.exact
    each[at] = _log_mass(counts.low[at], eta[at], mean[at], size)
    slope[at], curvature[at] = _derivatives(counts.low[at], mean[at], size)
    for low, high, rows in counts.ranges:
        values = _values(low, high, mean[rows], size)
        log_mass = _log_mass(values, eta[rows, None], mean[rows, None], size)
        top = log_mass.max(axis=1)
        share = np.exp(log_mass - top[:, None])
        whole = share.sum(axis=1)
        each[rows] = top + np.log(whole)
        share /= whole[:, None]
        first, second = _derivatives(values, mean[rows, None], size)
        slope[rows] = (share * first).sum(axis=1)
        spread = (share * (first - slope[rows][:, None]) ** 2).sum(axis=1)
        full = (share * second).sum(axis=1)
        curvature[rows] = np.maximum(full - spread, _LEAST_CURVATURE * full)
    found = Slopes(each, slope, curvature)
    return _truncated(found, mean, size) if counts.truncated else found


def _truncated(found: Slopes, mean: Floats, size: float) -> Slopes:
    """Divide probabilities by that of at least one person."""
    nobody = np.zeros(1)
    log_zero = -mean if np.isinf(size) else -size * np.log1p(mean / size)
    slope, curvature = _derivatives(nobody, mean, size)
    odds = np.exp(log_zero) / -np.expm1(log_zero)
    bent = found.curvature + odds * (curvature - (1 + odds) * slope**2)
    return Slopes(
        found.each - np.log(-np.expm1(log_zero)),
        found.slope + odds * slope,
        np.maximum(bent, _LEAST_CURVATURE * found.curvature),
    )


def _log_mass(y: Floats, eta: Floats, mean: Floats, size: float) -> Floats:
    """Return log probabilities."""
    from scipy.special import gammaln

    if np.isinf(size):
        return np.asarray(y * eta - mean - gammaln(y + 1), dtype=np.float64)
    constant = gammaln(y + size) - gammaln(size) - gammaln(y + 1)
    return np.asarray(constant + y * (eta - np.log(size + mean)) - size * np.log1p(mean / size), dtype=np.float64)


def _derivatives(y: Floats, mean: Floats, size: float) -> tuple[Floats, Floats]:
    """Return slope and less the second derivative in the log mean."""
    if np.isinf(size):
        return y - mean, mean + 0 * y
    share = size / (size + mean)
    return share * (y - mean), (y + size) * share * (mean / (size + mean))
