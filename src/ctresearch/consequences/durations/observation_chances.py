"""The chance of being under observation at a time: having come in by then, and not being censored before.

Both are product-limit curves: that of censoring runs forward in time, that of entry runs back [1]_. Each row's share in
the error of a curve is its martingale over the number at risk.

References
----------
.. [1] Geskus, R. B. (2011). Cause-specific cumulative incidence estimation and the Fine and Gray model under both left
   truncation and right censoring. Biometrics 67, 39-49. https://doi.org/10.1111/j.1541-0420.2010.01420.x
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

import numpy as np

if TYPE_CHECKING:
    from ctresearch.consequences.durations.durations import Booleans, Floats


@dataclass(frozen=True, slots=True)
class Steps:
    """A product-limit curve, and the rows that it was counted from.

    Parameters
    ----------
    entry, stop : numpy.ndarray
        Between which times each row is at risk, shape (rows,) each; a row is not at risk at its own entry.
    event : numpy.ndarray
        Whether the row's end is a step, shape (rows,).
    times : numpy.ndarray
        Times of steps, ascending, shape (times,).
    step : numpy.ndarray
        Share of those at risk who make each step, shape (times,).
    at_risk : numpy.ndarray
        Weighted number at risk, shape (times,).

    Examples
    --------
    >>> one = np.ones(1)
    >>> Steps(0 * one, one, one == 1, one, one, one).step.tolist()
    [1.0]
    """

    entry: Floats
    stop: Floats
    event: Booleans
    times: Floats
    step: Floats
    at_risk: Floats

    def before(self, when: Floats) -> Floats:
        """Return the curve just before some times.

        Parameters
        ----------
        when : numpy.ndarray
            Times, shape (any,).

        Returns
        -------
        numpy.ndarray
            Shape (any,).

        Examples
        --------
        >>> left = product_limit(np.zeros(2), np.array([1.0, 2.0]), np.ones(2, bool), np.ones(2))
        >>> left.before(np.array([1.0, 1.5])).tolist()
        [1.0, 0.5]
        """
        return self._at(when, "left")

    def upto(self, when: Floats) -> Floats:
        """Return the curve just after some times.

        Parameters
        ----------
        when : numpy.ndarray
            Times, shape (any,).

        Returns
        -------
        numpy.ndarray
            Shape (any,).

        Examples
        --------
        >>> left = product_limit(np.zeros(2), np.array([1.0, 2.0]), np.ones(2, bool), np.ones(2))
        >>> left.upto(np.array([1.0])).tolist()
        [0.5]
        """
        return self._at(when, "right")

    def _at(self, when: Floats, side: Literal["left", "right"]) -> Floats:
        """Return the curve before (left) or after (right) a step at the same time."""
        curve = np.concatenate([[1.0], np.cumprod(1 - self.step)])
        return np.asarray(curve[np.searchsorted(self.times, when, side=side)], dtype=float)

    def carry(self, gradient: Floats, *, discrete: bool) -> Floats:
        """Carry the error of the curve into a score.

        Parameters
        ----------
        gradient : numpy.ndarray
            What a unit of hazard at each time does to the score, times by columns.
        discrete : bool
            Whether steps count as those of a product; otherwise, as in a counting process in continuous time, those of
            its hazard.

        Returns
        -------
        numpy.ndarray
            Each row's share for a weight of 1, rows by columns.

        Examples
        --------
        >>> steps = product_limit(np.zeros(2), np.array([1.0, 2.0]), np.array([True, False]), np.ones(2))
        >>> [steps.carry(np.ones((1, 1)), discrete=d).ravel().tolist() for d in (False, True)]
        [[0.25, -0.25], [0.5, -0.5]]
        """
        each = _over(gradient, self.at_risk * (1 - self.step if discrete else np.ones(len(self.step))))
        paid = np.concatenate([np.zeros((1, each.shape[1])), np.cumsum(each * self.step[:, None], axis=0)])
        last = np.searchsorted(self.times, self.stop, side="right")
        out = paid[np.searchsorted(self.times, self.entry, side="right")] - paid[last]
        out[self.event] += each[last[self.event] - 1]
        return np.asarray(out, dtype=float)


def product_limit(entry: Floats, stop: Floats, event: Booleans, weights: Floats) -> Steps:
    """Count steps and those at risk.

    Parameters
    ----------
    entry, stop : numpy.ndarray
        Between which times each row is at risk, shape (rows,) each.
    event : numpy.ndarray
        Whether its end is a step, shape (rows,).
    weights : numpy.ndarray
        How many people it stands for, shape (rows,).

    Returns
    -------
    Steps
        The curve.

    Examples
    --------
    >>> product_limit(np.zeros(2), np.array([1.0, 2.0]), np.ones(2, bool), np.array([1.0, 3.0])).step.tolist()
    [0.25, 1.0]
    """
    times, count = np.unique(stop[event], return_counts=True)
    seen = np.bincount(np.searchsorted(times, stop[event]), weights[event], minlength=len(times))
    at_risk = _sum_before(entry, weights, times) - _sum_before(stop, weights, times)
    persons = np.searchsorted(np.sort(entry), times) - np.searchsorted(np.sort(stop), times)
    step = np.where(persons == count, 1.0, seen / at_risk)  # exactly 1, whatever rounding makes of the weights
    return Steps(entry, stop, event, times, step, at_risk)


def censoring_steps(entry: Floats, stop: Floats, free: Booleans, weights: Floats, *, after: bool) -> Steps:
    """Return the curve of not being censored.

    Parameters
    ----------
    entry, stop : numpy.ndarray
        When each row was observed, shape (rows,) each.
    free : numpy.ndarray
        Whether it was censored, shape (rows,).
    weights : numpy.ndarray
        How many people it stands for, shape (rows,).
    after : bool
        Whether censoring comes after events of the same time, so that those who had one could no longer be censored.

    Returns
    -------
    Steps
        The curve.

    Examples
    --------
    >>> rows = np.zeros(2), np.ones(2), np.array([True, False]), np.ones(2)
    >>> [censoring_steps(*rows, after=after).step.tolist() for after in (False, True)]
    [[0.5], [1.0]]
    """
    return product_limit(entry, np.where(after & ~free, np.nextafter(stop, -np.inf), stop), free, weights)


def entry_steps(entry: Floats, stop: Floats, weights: Floats) -> Steps:
    """Return the curve of having come in, in reversed time.

    Parameters
    ----------
    entry, stop : numpy.ndarray
        When each row was observed, shape (rows,) each.
    weights : numpy.ndarray
        How many people it stands for, shape (rows,).

    Returns
    -------
    Steps
        The curve at minus the time.

    Examples
    --------
    >>> entry_steps(np.array([0.0, 1.0]), np.array([2.0, 3.0]), np.ones(2)).step.tolist()
    [0.5, 1.0]
    """
    return product_limit(-stop, -entry, np.ones(len(stop), bool), weights)


def _sum_before(values: Floats, weights: Floats, times: Floats) -> Floats:
    """Sum the weights of values below each time."""
    order = np.argsort(values, kind="stable")
    sums = np.concatenate([[0.0], np.cumsum(weights[order])])
    return np.asarray(sums[np.searchsorted(values[order], times, side="left")], dtype=float)


def _over(values: Floats, by: Floats) -> Floats:
    """Divide rows, 0 where nobody is left: no weight hangs on the curve from there on."""
    return np.divide(values, by[:, None], out=np.zeros_like(values), where=by[:, None] > 0)
