"""How many were at risk, had an event or left, at each time; the table under every survival curve.

Somebody is at risk at ``t`` if ``entry < t <= stop``. The survival curve is Kaplan and Meier's [1]_, its variance
Greenwood's, and its limits are those of the log-log scale, which stay between 0 and 1 [2]_.

References
----------
.. [1] Kaplan, E. L. and Meier, P. (1958). Nonparametric estimation from incomplete observations. Journal of the
   American Statistical Association 53, 457-481. https://doi.org/10.1080/01621459.1958.10501452
.. [2] Borgan, O. and Liestol, K. (1990). A note on confidence intervals and bands for the survival function based on
   transformations. Scandinavian Journal of Statistics 17, 35-41.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from ctresearch.consequences.durations.durations import Booleans, Durations, Floats, Integers


@dataclass(frozen=True, slots=True)
class LifeTable:
    """Counts and Kaplan-Meier survival at each different time.

    Parameters
    ----------
    times : numpy.ndarray
        Different times at which observation of somebody ended, ascending, shape (times,).
    at_risk, events, censored : numpy.ndarray
        Counts at each time, shape (times,) each.
    survival : numpy.ndarray
        Share without the event just after each time, shape (times,).
    greenwood : numpy.ndarray
        Greenwood's sum, the variance of log survival, shape (times,); infinite where nobody is left.

    Examples
    --------
    >>> import numpy as np
    >>> from ctresearch.consequences.durations.durations import Durations
    >>> rows = Durations(np.full(2, -np.inf), np.array([1.0, 2.0]), np.array([True, False]))
    >>> life_table(rows).survival.tolist()
    [0.5, 0.5]
    """

    times: Floats
    at_risk: Integers
    events: Integers
    censored: Integers
    survival: Floats
    greenwood: Floats

    @property
    def before(self) -> Floats:
        """Survival just before each time."""
        return np.concatenate([[1.0], self.survival[:-1]])

    @property
    def std_error(self) -> Floats:
        """Greenwood's standard error of survival; 0 times infinity is not known."""
        with np.errstate(invalid="ignore"):
            return np.asarray(self.survival * np.sqrt(self.greenwood), dtype=float)

    def at(self, when: Floats) -> Floats:
        """Return survival just after some times.

        Parameters
        ----------
        when : numpy.ndarray
            Times, of any shape.

        Returns
        -------
        numpy.ndarray
            Survival, of the same shape.

        Examples
        --------
        >>> from ctresearch.consequences.durations.durations import Durations
        >>> rows = Durations(np.full(2, -np.inf), np.array([1.0, 2.0]), np.array([True, False]))
        >>> life_table(rows).at(np.array([0.5, 1.0])).tolist()
        [1.0, 0.5]
        """
        steps = np.concatenate([[1.0], self.survival])
        return np.asarray(steps[np.searchsorted(self.times, when, side="right")], dtype=float)


def life_table(rows: Durations) -> LifeTable:
    """Count, and estimate survival.

    Parameters
    ----------
    rows : Durations
        When each was observed.

    Returns
    -------
    LifeTable
        One line a time.

    Examples
    --------
    >>> from ctresearch.consequences.durations.durations import Durations
    >>> late = Durations(np.array([0.0, 1.0]), np.array([1.0, 2.0]), np.array([True, True]))
    >>> life_table(late).at_risk.tolist()
    [1, 1]
    """
    times = np.unique(rows.stop)
    at_risk, (ended, events) = count_at(rows, times, (np.ones(rows.n, bool), rows.event))
    with np.errstate(divide="ignore"):
        greenwood = np.cumsum(events / (at_risk * (at_risk - events.astype(float)))) if len(times) else np.zeros(0)
    return LifeTable(
        times, at_risk, events, ended - events, np.asarray(np.cumprod(1 - events / at_risk), dtype=float), greenwood
    )


def count_at(rows: Durations, times: Floats, kinds: tuple[Booleans, ...]) -> tuple[Integers, tuple[Integers, ...]]:
    """Count who is at risk at some times, and who ends there, by kind.

    Parameters
    ----------
    rows : Durations
        When each was observed.
    times : numpy.ndarray
        Ascending, shape (times,); they hold every end of the kinds asked for.
    kinds : tuple of numpy.ndarray
        Rows of each kind, shape (rows,) each.

    Returns
    -------
    tuple
        Number at risk, shape (times,), and one array of the same shape for each kind.

    Examples
    --------
    >>> from ctresearch.consequences.durations.durations import Durations
    >>> rows = Durations(np.full(2, -np.inf), np.array([1.0, 2.0]), np.array([True, False]))
    >>> count_at(rows, np.array([1.0, 2.0]), (rows.event,))
    (array([2, 1]), (array([1, 0]),))
    """
    stops, entries = np.sort(rows.stop), np.sort(rows.entry)
    at_risk = np.searchsorted(entries, times, side="left") - np.searchsorted(stops, times, side="left")
    counts = (np.bincount(np.searchsorted(times, rows.stop[kind]), minlength=len(times)) for kind in kinds)
    return at_risk.astype(np.int64), tuple(count.astype(np.int64) for count in counts)


def log_log_limits(survival: Floats, greenwood: Floats, level: float) -> tuple[Floats, Floats]:
    """Return limits of survival from the log-log scale.

    Parameters
    ----------
    survival, greenwood : numpy.ndarray
        Survival and Greenwood's sum, shape (times,) each.
    level : float
        Coverage, as a proportion.

    Returns
    -------
    tuple of numpy.ndarray
        Lower and upper limits; both 1 before the first event, not known once nobody is left.

    Examples
    --------
    >>> low, high = log_log_limits(np.array([0.5]), np.array([0.02]), 0.95)
    >>> print(f"{low[0]:.3f} to {high[0]:.3f}")
    0.356 to 0.628
    """
    from scipy.special import ndtri

    with np.errstate(divide="ignore", invalid="ignore"):
        reach = ndtri((1 + level) / 2) * np.sqrt(greenwood) / np.abs(np.log(survival))
        low, high = survival ** np.exp(reach), survival ** np.exp(-reach)
    sure = survival == 1
    gone = survival == 0
    return (np.where(sure, 1.0, np.where(gone, np.nan, low)), np.where(sure, 1.0, np.where(gone, np.nan, high)))
