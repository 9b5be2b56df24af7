"""Shares and odds ratios with exact limits, for the small tables that studies of survivors give.

References
----------
.. [1] Clopper, C. J. and Pearson, E. S. (1934). The use of confidence or fiducial limits illustrated in the case of the
   binomial. Biometrika 26, 404-413. https://doi.org/10.1093/biomet/26.4.404
.. [2] Cornfield, J. (1956). A statistical problem arising from retrospective studies. Proceedings of the Third Berkeley
   Symposium on Mathematical Statistics and Probability 4, 135-148.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from ctresearch.core.errors import DataError

if TYPE_CHECKING:
    from collections.abc import Callable

    from ctresearch.consequences.durations.durations import Floats

# log odds ratios beyond this are not told from infinity: odds of 1e26 leave no chance that doubles hold
_EDGE = 60.0


@dataclass(frozen=True, slots=True)
class ExactOdds:
    """Conditional odds ratio of a two-by-two table, as a logarithm.

    Parameters
    ----------
    log_ratio : float
        Conditional maximum likelihood estimate; infinite where a cell is empty on that side.
    low, high : float
        Exact limits.
    p_value : float
        Fisher's two-sided test that the ratio is 1.

    Examples
    --------
    >>> ExactOdds(0.0, -1.0, 1.0, 1.0).p_value
    1.0
    """

    log_ratio: float
    low: float
    high: float
    p_value: float


def clopper_pearson(cases: int, people: int, level: float) -> tuple[float, float]:
    """Return exact limits of a share.

    Parameters
    ----------
    cases : int
        People who have it.
    people : int
        All people asked.
    level : float
        Coverage, at least this much whatever the share.

    Returns
    -------
    tuple of float
        Lower and upper limit.

    Raises
    ------
    DataError
        If there are no people, or more cases than people.

    Examples
    --------
    >>> low, high = clopper_pearson(0, 20, 0.95)
    >>> print(f"{low:.3f} to {high:.3f}")
    0.000 to 0.168
    """
    from scipy.special import betaincinv

    if not 0 <= cases <= people or people == 0:
        raise DataError(f"{cases} cases of {people} people, must be at least one person and no more cases than people")
    tail = (1 - level) / 2
    low = float(betaincinv(cases, people - cases + 1, tail)) if cases else 0.0
    return low, float(betaincinv(cases + 1, people - cases, 1 - tail)) if cases < people else 1.0


def conditional_odds(table: Floats, level: float) -> ExactOdds:
    """Return the odds ratio of a two-by-two table given its margins, with exact limits.

    Parameters
    ----------
    table : numpy.ndarray
        Counts, shape (2, 2): exposed and not, by with the outcome and without.
    level : float
        Coverage.

    Returns
    -------
    ExactOdds
        On the log scale.

    Raises
    ------
    DataError
        If a margin is empty, so that the table says nothing of the ratio.

    Examples
    --------
    >>> found = conditional_odds(np.array([[3, 1], [1, 3]]), 0.95)
    >>> print(f"{np.exp(found.log_ratio):.2f} ({np.exp(found.low):.2f} to {np.exp(found.high):.1f})")
    6.41 (0.21 to 626.2)
    """
    cells = np.asarray(table, dtype=np.int64)
    margins = (*cells.sum(axis=0), *cells.sum(axis=1))
    if min(margins) == 0:
        raise DataError(
            f"{margins.count(0)} of 4 rows and columns of the table are empty, must be none: it says nothing of a ratio"
        )
    count, values, logs = _support(cells)
    tail = (1 - level) / 2
    at_low, at_high = count == values[0], count == values[-1]
    estimate = (-np.inf if at_low else np.inf) if at_low or at_high else _root(lambda t: _mean(t, values, logs) - count)
    low = -np.inf if at_low else _root(lambda t: _mass(t, logs, values >= count, values) - tail)
    high = np.inf if at_high else _root(lambda t: tail - _mass(t, logs, values <= count, values))
    chance = _chances(0.0, values, logs)
    # tables as likely as the one seen count as extreme; equal chances differ by rounding, as fisher.test of R allows
    same = chance <= chance[values == count][0] * (1 + 1e-7)
    return ExactOdds(estimate, low, high, min(1.0, float(chance[same].sum())))


def _support(cells: np.ndarray[tuple[int, ...], np.dtype[np.int64]]) -> tuple[int, Floats, Floats]:
    """Return the first cell, the values it can take, and the log chances of those if the ratio is 1."""
    from scipy.special import gammaln

    exposed, outcome, people = int(cells[0].sum()), int(cells[:, 0].sum()), int(cells.sum())
    values = np.arange(max(0, exposed + outcome - people), min(exposed, outcome) + 1, dtype=float)
    logs = -(gammaln(values + 1) + gammaln(exposed - values + 1))
    logs -= gammaln(outcome - values + 1) + gammaln(people - exposed - outcome + values + 1)
    return int(cells[0, 0]), values, np.asarray(logs - logs.max(), dtype=float)


def _chances(log_ratio: float, values: Floats, logs: Floats) -> Floats:
    """Return the chance of each value of the first cell."""
    tilted = logs + log_ratio * values
    weight = np.exp(tilted - tilted.max())
    return np.asarray(weight / weight.sum(), dtype=float)


def _mean(log_ratio: float, values: Floats, logs: Floats) -> float:
    """Return the mean of the first cell."""
    return float(_chances(log_ratio, values, logs) @ values)


def _mass(
    log_ratio: float, logs: Floats, kept: np.ndarray[tuple[int, ...], np.dtype[np.bool_]], values: Floats
) -> float:
    """Return the chance of some values of the first cell."""
    return float(_chances(log_ratio, values, logs)[kept].sum())


def _root(rising: Callable[[float], float]) -> float:
    """Return where a rising function of the log odds ratio is 0."""
    from scipy.optimize import brentq

    return float(brentq(rising, -_EDGE, _EDGE, xtol=1e-12, rtol=1e-12))
