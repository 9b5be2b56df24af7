"""What it costs to describe a stretch of a series by one regime, and the cheapest way to cut a series into such.

Every cost is twice the negative log likelihood at its best, up to a constant, so that penalties of information criteria
apply. A cost is built once for a series, and then asked for many stretches at once, of one end or of as many.

References
----------
.. [1] Killick, R., Fearnhead, P. and Eckley, I. A. (2012). Optimal detection of changepoints with a linear
   computational cost. Journal of the American Statistical Association 107, 1590-1598. https://doi.org/10.1080/01621459.2012.737745
"""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np

from ctresearch.routes.counts.likelihood import count_slopes, read_ranges, refuse_wide, values_near

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    Floats = NDArray[np.float64]
    Whole = NDArray[np.int64]
    Cost = Callable[[Whole, int | Whole], Floats]

_STEPS = 60


def _sums(values: Floats) -> Floats:
    """Return sums from the start, with 0 before it."""
    return np.concatenate([[0.0], np.cumsum(values)])


def mean_cost(values: Floats, variance: float = 1.0) -> Cost:
    """Return the cost of a change of the mean: squared distance from it, over a variance that is known.

    Examples
    --------
    >>> mean_cost(np.array([1.0, 3.0]))(np.array([0]), 2).tolist()
    [2.0]
    """
    first, second = _sums(values), _sums(values**2)

    def cost(starts: Whole, end: int | Whole) -> Floats:
        n = end - starts
        total = first[end] - first[starts]
        squares = np.maximum((second[end] - second[starts]) - total**2 / n, 0.0)
        return np.asarray(squares / variance, dtype=np.float64)

    return cost


def mean_variance_cost(values: Floats) -> Cost:
    """Return the cost of a change of mean and variance of a normal distribution."""
    first, second = _sums(values), _sums(values**2)

    def cost(starts: Whole, end: int | Whole) -> Floats:
        n = end - starts
        total = first[end] - first[starts]
        spread = np.maximum((second[end] - second[starts]) / n - (total / n) ** 2, 1e-11)
        return np.asarray(n * (np.log(2 * np.pi) + np.log(spread) + 1), dtype=np.float64)

    return cost


def exponential_cost(values: Floats) -> Cost:
    """Return the cost of a change of the mean of waiting times."""
    first = _sums(values)

    def cost(starts: Whole, end: int | Whole) -> Floats:
        n = end - starts
        return np.asarray(
            2 * n * (np.log(np.maximum(first[end] - first[starts], 1e-300)) - np.log(n)), dtype=np.float64
        )

    return cost


def poisson_cost(values: Floats) -> Cost:
    """Return the cost of a change of the mean of counts, less terms that do not change.

    Examples
    --------
    >>> poisson_cost(np.array([1.0, 1.0]))(np.array([0]), 2).tolist()
    [0.0]
    """
    first = _sums(values)

    def cost(starts: Whole, end: int | Whole) -> Floats:
        n, total = end - starts, first[end] - first[starts]
        logs = np.log(np.where(total > 0, total, 1.0))
        return np.asarray(2 * total * (np.log(n) - logs), dtype=np.float64)

    return cost


def range_cost(low: Whole, high: Whole) -> Cost:
    """Return the cost of a change of the mean of counts some of which are known as ranges.

    The mean of each stretch is found by Newton's method on its log, for all stretches together.
    """
    from scipy.special import gammaln

    refuse_wide(low, high)
    known = low == high
    people, numbers, constant = (
        _sums(np.where(known, low, 0)),
        _sums(known.astype(float)),
        _sums(np.where(known, gammaln(low + 1), 0.0)),
    )
    ends = np.unique(np.column_stack([low, high])[~known], axis=0)
    held = [_sums(((low == a) & (high == b) & ~known).astype(float)) for a, b in ends]
    middle = _sums((low + high) / 2)

    def cost(starts: Whole, end: int | Whole) -> Floats:
        y, n = people[end] - people[starts], numbers[end] - numbers[starts]
        times = [one[end] - one[starts] for one in held]
        eta = np.log(np.maximum((middle[end] - middle[starts]) / (end - starts), 0.05))
        for _ in range(_STEPS):
            value, slope, curvature = _stretch(eta, y, n, ends, times)
            step = np.clip(slope / np.maximum(curvature, 1e-9), -1.0, 1.0)
            eta = np.clip(eta + step, -12.0, 20.0)
            if np.abs(step).max() < 1e-8:
                break
        value, _, _ = _stretch(eta, y, n, ends, times)
        return np.asarray(-2 * (value - (constant[end] - constant[starts])), dtype=np.float64)

    return cost


def _stretch(eta: Floats, y: Floats, n: Floats, ends: Whole, times: list[Floats]) -> tuple[Floats, Floats, Floats]:
    """Return log likelihood, slope and curvature of stretches at their log means."""
    mean = np.exp(eta)
    value, slope, curvature = y * eta - n * mean, y - n * mean, n * mean
    for (a, b), often in zip(ends, times, strict=True):
        at = _of_range(eta, float(a), float(b))
        value, slope, curvature = value + often * at[0], slope + often * at[1], curvature + often * at[2]
    return value, slope, curvature


def _of_range(eta: Floats, low: float, high: float) -> tuple[Floats, Floats, Floats]:
    """Return log probability of one range, its slope and its curvature, at each log mean."""
    from scipy.special import gammaln

    mean = np.exp(eta)
    values = values_near(low, high, mean)
    logs = values * eta[:, None] - gammaln(values + 1)
    top = logs.max(axis=1)
    share = np.exp(logs - top[:, None])
    whole = share.sum(axis=1)
    first = (share * values).sum(axis=1) / whole
    spread = (share * (values - first[:, None]) ** 2).sum(axis=1) / whole
    return top + np.log(whole) - mean, first - mean, mean - spread


def cheapest_cuts(cost: Cost, n: int, penalty: float, least: int, *, length_penalty: bool = False) -> list[int]:
    """Cut a series where that is cheapest, each cut at a penalty, by the pruned search of PELT.

    Parameters
    ----------
    cost : callable
        From starts and an end to the costs of these stretches.
    n : int
        Length of the series.
    penalty : float
        Price of a cut.
    least : int
        Least length of a stretch.
    length_penalty : bool
        Add the logarithm of the length of each stretch, as the modified Bayesian criterion does.

    Returns
    -------
    list of int
        Last places of all stretches but the last, counted from 1.

    Examples
    --------
    >>> cheapest_cuts(mean_cost(np.array([0.0, 0.0, 0.0, 9.0, 9.0, 9.0])), 6, 2.0, 1)
    [3]
    """
    best = np.full(n + 1, np.inf)
    best[0] = -penalty
    last = np.zeros(n + 1, dtype=np.int64)
    starts = np.array([0], dtype=np.int64)
    for end in range(least, n + 1):
        if end - least > 0:
            starts = np.append(starts, end - least)
        prices = cost(starts, end) + (np.log(end - starts) if length_penalty else 0.0)
        totals = best[starts] + prices
        at = int(totals.argmin())
        best[end], last[end] = totals[at] + penalty, starts[at]
        starts = starts[totals <= best[end]] if not length_penalty else starts
    cuts, end = [], int(last[n])
    while end > 0:
        cuts.append(end)
        end = int(last[end])
    return cuts[::-1]


def best_segments(cost: Cost, n: int, least: int, most: int) -> list[tuple[float, list[int]]]:
    """Return the cheapest cuts for every number of them, by dynamic programming.

    Parameters
    ----------
    cost : callable
        From starts and an end to the costs of these stretches.
    n, least, most : int
        Length of the series, least length of a stretch, and greatest number of cuts.

    Returns
    -------
    list of tuple
        For 0, 1, ... cuts: the cost and the last places of all stretches but the last, counted from 1.

    Examples
    --------
    >>> best_segments(mean_cost(np.array([0.0, 0.0, 9.0, 9.0])), 4, 1, 1)
    [(81.0, []), (0.0, [2])]
    """
    whole = np.full((n + 1, n + 1), np.inf)
    for end in range(least, n + 1):
        starts = np.arange(0, end - least + 1)
        whole[starts, end] = cost(starts, end)
    value, back = whole[0].copy(), []
    out: list[tuple[float, list[int]]] = [(float(value[n]), [])]
    for _ in range(most):
        totals = value[:, None] + whole
        back.append(totals.argmin(axis=0))
        value = totals.min(axis=0)
        if not np.isfinite(value[n]):
            break
        cuts, end = [], n
        for step in reversed(back):
            end = int(step[end])
            cuts.append(end)
        out.append((float(value[n]), cuts[::-1]))
    return out


def segment_means(low: Whole, high: Whole, cuts: list[int]) -> Floats:
    """Return the mean of each stretch at which its counts and ranges are likeliest."""
    out = []
    edges = [0, *cuts, len(low)]
    for start, end in pairwise(edges):
        counts = read_ranges(low[start:end].astype(float), high[start:end].astype(float))
        eta = np.log(max(float((low[start:end] + high[start:end]).mean() / 2), 0.05))
        for _ in range(_STEPS):
            found = count_slopes(counts, np.full(end - start, eta), float("inf"))
            step = float(np.clip(found.slope.sum() / max(found.curvature.sum(), 1e-9), -1, 1))
            eta = float(np.clip(eta + step, -12, 20))
            if abs(step) < 1e-9:
                break
        out.append(float(np.exp(eta)))
    return np.array(out)
