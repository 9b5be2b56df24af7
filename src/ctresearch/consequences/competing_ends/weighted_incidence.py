"""Cumulative incidence with survey weights, and its error from each row's influence (the infinitesimal jackknife [1]_).

A row's influence on the share at ``t`` is ``A(t) - F(t) B(t)``, where both are sums over its time at risk, so squares
add up in one pass over sorted times.

References
----------
.. [1] Efron, B. (1982). The Jackknife, the Bootstrap and Other Resampling Plans. Society for Industrial and Applied
   Mathematics. https://doi.org/10.1137/1.9781611970319
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from ctresearch.consequences.competing_ends.aalen_johansen import Incidence
from ctresearch.consequences.durations.life_table import count_at

if TYPE_CHECKING:
    from ctresearch.consequences.durations.competing import CompetingDurations
    from ctresearch.consequences.durations.durations import Durations, Floats, Integers


def weighted_incidence(data: CompetingDurations, cause: int, weights: Floats) -> Incidence:
    """Estimate the weighted cumulative incidence of a cause, with a variance that is robust to weights.

    Parameters
    ----------
    data : CompetingDurations
        Durations; delayed entry is allowed.
    cause : int
        Number of the cause, from 1.
    weights : numpy.ndarray
        Weight of each row, shape (rows,).

    Returns
    -------
    Incidence
        The curve; numbers at risk and events count rows.

    Examples
    --------
    >>> from ctresearch.consequences.durations.competing import CompetingDurations
    >>> from ctresearch.consequences.durations.durations import Durations
    >>> rows = Durations(np.full(2, -np.inf), np.array([1.0, 2.0]), np.ones(2, bool))
    >>> ends = CompetingDurations(rows, np.array([1, 2]), ("a", "b"))
    >>> weighted_incidence(ends, 1, np.array([1.0, 3.0])).share.tolist()
    [0.25, 0.25]
    """
    rows = data.rows
    times = np.unique(rows.stop[rows.event])
    at_risk, (ended, events) = count_at(rows, times, (rows.event, data.kind == cause))
    total = _at_risk(rows, times, weights)
    own, every = (
        np.bincount(np.searchsorted(times, rows.stop[kind]), weights[kind], minlength=len(times)) / total
        for kind in (data.kind == cause, rows.event)
    )
    every = np.where(ended == at_risk, 1.0, every)  # exactly 1, whatever rounding makes of the weights
    before = np.concatenate([[1.0], np.cumprod(1 - every)[:-1]])
    share = np.cumsum(before * own)
    variance = _variance(data, cause, times, weights, (total, own, every, before, share))
    return Incidence(times, at_risk, events, share, variance)


def _at_risk(rows: Durations, times: Floats, weights: Floats) -> Floats:
    """Sum the weights of those at risk at each time."""
    change = np.zeros(len(times) + 1)
    np.add.at(change, np.searchsorted(times, rows.stop, side="right"), weights)
    np.subtract.at(change, np.searchsorted(times, rows.entry, side="right"), weights)
    return np.asarray(np.cumsum(change[::-1])[::-1][1:], dtype=float)


def _variance(
    data: CompetingDurations, cause: int, times: Floats, weights: Floats, steps: tuple[Floats, ...]
) -> Floats:
    """Sum the squares of each row's weighted influence at each time."""
    total, own, every, before, share = steps
    lasting = np.divide(1.0, total * (1 - every), out=np.zeros_like(total), where=every < 1)
    shown = np.column_stack([before * own / total + share * every * lasting, every * lasting])
    paid = np.concatenate([np.zeros((1, 2)), np.cumsum(shown, axis=0)])
    first, last = (np.searchsorted(times, when, side="right") for when in (data.rows.entry, data.rows.stop))
    # What a row has at the end of its time: less what it paid while at risk, more what its own event brought.
    final = paid[first] - paid[last]
    ended = np.flatnonzero(data.rows.event)
    at = last[ended] - 1
    final[ended] += np.column_stack([share[at] * lasting[at], lasting[at]])
    caused = np.flatnonzero(data.kind == cause)
    final[caused, 0] += (before / total)[last[caused] - 1]
    squares = _cumulate(last - data.rows.event, _products(final) * weights[:, None] ** 2, len(times))
    squares += _still(paid, first, last - data.rows.event, weights**2, len(times))
    return np.asarray(
        np.maximum(squares[:, 0] - 2 * share * squares[:, 1] + share**2 * squares[:, 2], 0.0), dtype=float
    )


def _products(values: Floats) -> Floats:
    """Return the square of the first column, the product of both, and the square of the second."""
    return np.column_stack([values[:, 0] ** 2, values[:, 0] * values[:, 1], values[:, 1] ** 2])


def _cumulate(place: Integers, values: Floats, count: int) -> Floats:
    """Sum values of the rows whose place lies at or before each time."""
    out = np.zeros((count + 1, values.shape[1]))
    np.add.at(out, place, values)
    return np.asarray(np.cumsum(out, axis=0)[:-1], dtype=float)


def _still(paid: Floats, first: Integers, last: Integers, squared: Floats, count: int) -> Floats:
    """Sum over rows at risk beyond each time: products of what each has paid from its entry up to that time."""
    out = np.zeros((count, 3))
    for i, (a, b) in enumerate(((0, 0), (0, 1), (1, 1))):
        start = np.column_stack(
            [squared, squared * paid[first, a], squared * paid[first, b], squared * paid[first, a] * paid[first, b]]
        )
        here = _cumulate(first, start, count) - _cumulate(last, start, count)
        now_a, now_b = paid[1:, a], paid[1:, b]
        out[:, i] = now_a * now_b * here[:, 0] - now_b * here[:, 1] - now_a * here[:, 2] + here[:, 3]
    return out
