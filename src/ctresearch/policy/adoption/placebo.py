"""Inference from those that were not treated, and by turning signs: for averages of few treated units.

Without covariates and gaps, every average is a weighted sum of outcomes, so what it would have found elsewhere is that
sum with the weights of one unit on the outcomes of another [1]_ [2]_ [3]_.

References
----------
.. [1] Conley, T. G. and Taber, C. R. (2011). Inference with "difference in differences" with a small number of policy
   changes. Review of Economics and Statistics 93, 113-125. https://doi.org/10.1162/REST_a_00049
.. [2] Ferman, B. and Pinto, C. (2019). Inference in differences-in-differences with few treated groups and
   heteroskedasticity. Review of Economics and Statistics 101, 452-467. https://doi.org/10.1162/rest_a_00759
.. [3] MacKinnon, J. G. and Webb, M. D. (2020). Randomization inference for difference-in-differences with few treated
   clusters. Journal of Econometrics 218, 435-450. https://doi.org/10.1016/j.jeconom.2020.04.024
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

import numpy as np

from ctresearch.core.random import Seed, generator
from ctresearch.policy.adoption.group_time import periods_compared
from ctresearch.stats.clusters.wild_bootstrap import draw_weights

if TYPE_CHECKING:
    from collections.abc import Callable

    from ctresearch.policy.adoption.group_time import Adoptions, Base, Control, GroupTime, Integers
    from ctresearch.policy.adoption.two_periods import Booleans, Floats

PlaceboName = Literal["randomisation", "conley-taber", "ferman-pinto", "wild"]
PLACEBOS: tuple[PlaceboName, ...] = ("randomisation", "conley-taber", "ferman-pinto", "wild")
# with 19 comparison units, the true one is the farthest of 20 once in 20 draws
FEWEST_COMPARED = 19
_DOUBLINGS, _HALVINGS = 40, 40


@dataclass(frozen=True, slots=True)
class LinearAverage:
    """An average as a weighted sum of outcomes.

    Parameters
    ----------
    weights : numpy.ndarray
        Units by times; rows and columns sum to 0.
    effect : numpy.ndarray
        Where one more unit of effect would be seen: 1 on the cells of the average, units by times.
    """

    weights: Floats
    effect: Floats


@dataclass(frozen=True, slots=True)
class PlaceboLimits:
    """A test of no effect and the effects that are not rejected.

    Parameters
    ----------
    p_value : float
        Of no effect.
    low, high : float
        Limits; infinite where no effect of that direction is rejected.
    """

    p_value: float
    low: float
    high: float


def linear_averages(
    panel: Adoptions, cells: GroupTime, averages: Floats, *, control: Control, base: Base, anticipation: float
) -> list[LinearAverage]:
    """Write averages of effects by cohort and time as weighted sums of outcomes.

    Parameters
    ----------
    panel : Adoptions
        The data, without covariates and gaps.
    cells : GroupTime
        Effects by cohort and time, by Callaway and Sant'Anna.
    averages : numpy.ndarray
        How much each cell counts in each average, averages by cells.
    control, base, anticipation
        As the cells were estimated.

    Returns
    -------
    list of LinearAverage
        One an average.
    """
    pairs = {(one.cohort, panel.times[one.now]): one for one in periods_compared(panel, control, base, anticipation)}
    out = []
    for row in averages:
        weights, effect = np.zeros(panel.outcome.shape), np.zeros(panel.outcome.shape)
        for cell in np.flatnonzero(row):
            pair = pairs[cells.cohort[cell], cells.time[cell]]
            own = panel.weights * (panel.first == pair.cohort)
            others = panel.weights * pair.outside
            share = row[cell] * (own / own.sum() - others / others.sum())
            weights[:, pair.now] += share
            weights[:, pair.base] -= share
            effect[panel.first == pair.cohort, pair.now] = 1.0
        out.append(LinearAverage(weights, effect))
    return out


def placebo_limits(
    panel: Adoptions,
    average: LinearAverage,
    name: PlaceboName,
    *,
    size: Floats | None,
    level: float,
    draws: int,
    seed: Seed,
) -> PlaceboLimits:
    """Test an average and invert the test.

    Parameters
    ----------
    panel : Adoptions
        The data.
    average : LinearAverage
        The average.
    name : str
        One of :data:`PLACEBOS`.
    size : numpy.ndarray or None
        Size of each unit, to which Ferman and Pinto take variances to be inverse but for a constant.
    level : float
        Coverage.
    draws : int
        Draws.
    seed : int or SeedSequence
        Where the random stream starts.

    Returns
    -------
    PlaceboLimits
        P-value and limits.
    """
    y, estimate = _against_never(panel, average)
    if name in {"conley-taber", "ferman-pinto"}:
        far = _far(panel, average, y, name=name, size=size, draws=draws, seed=seed)
        reach = float(np.quantile(far, level))
        p_value = (1 + int((far >= abs(estimate)).sum())) / (draws + 1)
        return PlaceboLimits(p_value, estimate - reach, estimate + reach)
    test = _test(panel, average, y, estimate=estimate, name=name, draws=draws, seed=seed)
    return PlaceboLimits(test(0.0), _limit(test, estimate, -1, 1 - level), _limit(test, estimate, 1, 1 - level))


def placebo_p_value(
    panel: Adoptions, average: LinearAverage, name: PlaceboName, *, size: Floats | None, draws: int, seed: Seed
) -> float:
    """Test no effect, without limits.

    Parameters
    ----------
    panel, average, name, size, draws, seed
        As :func:`placebo_limits` takes them.

    Returns
    -------
    float
        P-value.
    """
    y, estimate = _against_never(panel, average)
    if name in {"conley-taber", "ferman-pinto"}:
        far = _far(panel, average, y, name=name, size=size, draws=draws, seed=seed)
        return (1 + int((far >= abs(estimate)).sum())) / (draws + 1)
    return _test(panel, average, y, estimate=estimate, name=name, draws=draws, seed=seed)(0.0)


def _against_never(panel: Adoptions, average: LinearAverage) -> tuple[Floats, float]:
    """Hold outcomes against the mean of the units that never adopt, and return the average."""
    never = np.isinf(panel.first)
    y = panel.outcome - np.average(panel.outcome[never], axis=0, weights=panel.weights[never])
    return y, float((average.weights * y).sum())


def _far(
    panel: Adoptions,
    average: LinearAverage,
    y: Floats,
    *,
    name: PlaceboName,
    size: Floats | None,
    draws: int,
    seed: Seed,
) -> Floats:
    """Return how far the average strays where comparison units stand in for treated ones."""
    sizes = size if name == "ferman-pinto" else None
    return np.abs(_from_others(average, y, np.isinf(panel.first), size=sizes, draws=draws, rng=generator(seed)))


def _test(
    panel: Adoptions, average: LinearAverage, y: Floats, *, estimate: float, name: PlaceboName, draws: int, seed: Seed
) -> Callable[[float], float]:
    """Return a test of any effect."""
    if name == "randomisation":
        return _randomisation(average, y, estimate, draws, generator(seed))
    return _wild(average, y, panel.clusters, draws, seed)


def _from_others(
    average: LinearAverage, y: Floats, never: Booleans, *, size: Floats | None, draws: int, rng: np.random.Generator
) -> Floats:
    """Draw what the average would be without effects, from residuals of comparison units in place of treated ones."""
    places = np.flatnonzero(never)
    own = np.flatnonzero((average.effect > 0).any(axis=1))
    left = y[places] * np.sqrt(len(places) / (len(places) - 1))  # the mean of the comparison took a part of each
    there = average.weights[own] @ left.T
    if size is not None:
        there = there * _rescaled(there, size[own], size[places])
    picked = rng.permuted(np.tile(np.arange(len(places)), (draws, 1)), axis=1)
    many = int(np.ceil(len(own) / len(places)))
    picked = np.tile(picked, (1, many))[:, : len(own)]
    drawn = there[np.arange(len(own)), picked].sum(axis=1)
    beside = average.weights[places] * left
    resampled = rng.multinomial(len(places), np.full(len(places), 1 / len(places)), size=draws)
    others = (resampled - 1.0) @ beside.sum(axis=1)
    return np.asarray(drawn + others, dtype=float)


def _rescaled(there: Floats, own: Floats, others: Floats) -> Floats:
    """Return how much wider a treated unit strays than each comparison unit, from their sizes."""
    from scipy.optimize import nnls

    design = np.column_stack([np.ones(len(others)), 1 / others])
    out = np.ones_like(there)
    for place, values in enumerate(there):
        found, _ = nnls(design, values**2)
        spread = design @ found
        wanted = found[0] + found[1] / own[place]
        out[place] = np.sqrt(wanted / np.maximum(spread, 1e-12 * max(spread.max(), np.finfo(float).tiny)))
    return out


def _randomisation(
    average: LinearAverage, y: Floats, estimate: float, draws: int, rng: np.random.Generator
) -> Callable[[float], float]:
    """Hand the times of adoption to other units at random."""
    units = len(y)
    mine, effect = average.weights @ y.T, average.weights @ average.effect.T
    order = rng.permuted(np.tile(np.arange(units), (draws, 1)), axis=1)
    rows = np.arange(units)
    drawn, moved = mine[rows, order].sum(axis=1), effect[rows, order].sum(axis=1)
    own = float(np.trace(effect))

    def test(value: float) -> float:
        far = np.abs(drawn - value * moved) >= abs(estimate - value * own) * (1 - 1e-12)
        return (1 + int(far.sum())) / (draws + 1)

    return test


def _wild(average: LinearAverage, y: Floats, clusters: Integers, draws: int, seed: Seed) -> Callable[[float], float]:
    """Turn the signs of what clusters add to the average, each held against its share of the whole."""
    many = int(clusters.max()) + 1
    given = np.bincount(clusters, (average.weights * y).sum(axis=1), minlength=many)
    moved = np.bincount(clusters, (average.weights * average.effect).sum(axis=1), minlength=many)
    share = np.bincount(clusters, (average.weights**2).sum(axis=1), minlength=many)
    share = share / share.sum()
    signs = draw_weights(many, draws, seed)

    def test(value: float) -> float:
        parts = given - value * moved
        observed = _studentised(np.ones((1, many)), parts, share)[0]
        drawn = _studentised(signs, parts / np.sqrt(1 - np.minimum(share, 0.99)), share)
        return (1 + int((drawn >= observed * (1 - 1e-9)).sum())) / (len(drawn) + 1)

    return test


def _studentised(signs: Floats, parts: Floats, share: Floats) -> Floats:
    """Return squared t-statistics under some signs."""
    total = signs @ parts
    left = signs * parts - np.outer(total, share)
    return np.asarray(total**2 / np.maximum((left**2).sum(axis=1), np.finfo(float).tiny), dtype=float)


def _limit(test: Callable[[float], float], estimate: float, side: int, size: float) -> float:
    """Return the last value on one side that is not rejected; infinite where none is."""
    step = max(abs(estimate), 1e-8)
    inside = estimate
    for _ in range(_DOUBLINGS):
        outside = inside + side * step
        if test(outside) <= size:
            break
        inside, step = outside, step * 2
    else:
        return side * np.inf
    for _ in range(_HALVINGS):
        middle = (inside + outside) / 2
        if test(middle) > size:
            inside = middle
        else:
            outside = middle
    return float(inside)
