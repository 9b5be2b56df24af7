"""From noisy counts to tables that agree with one another.

References
----------
.. [1] Efron, B. and Morris, C. (1973). Stein's estimation rule and its competitors: an empirical Bayes approach.
   Journal of the American Statistical Association, 68, 117-130. https://doi.org/10.1080/01621459.1973.10481350
.. [2] Deming, W. E. and Stephan, F. F. (1940). On a least squares adjustment of a sampled frequency table when the
   expected marginal totals are known. Annals of Mathematical Statistics, 11, 427-444.
   https://doi.org/10.1214/aoms/1177731829
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from ctresearch.privacy.synthesis.measurement import Measurements, Pair

    Array = NDArray[np.float64]

_ROUNDS = 200
_CLOSE = 0.1
_FLOOR = 0.01
_SMALLEST = 1e-9


@dataclass(frozen=True, slots=True, eq=False)
class Estimates:
    """Estimated counts without negative cells, all with the same total.

    Parameters
    ----------
    total : float
        Number of people.
    columns : tuple of numpy.ndarray
        Counts of each column's groups.
    pairs : dict of (int, int) to numpy.ndarray
        Tables whose margins are ``columns``.
    within : tuple of numpy.ndarray
        For each column, the share of each category within its group.
    """

    total: float
    columns: tuple[Array, ...]
    pairs: dict[Pair, Array]
    within: tuple[Array, ...]


def estimate(measured: Measurements) -> Estimates:
    """Estimate the tables behind noisy ones.

    Parameters
    ----------
    measured : Measurements
        Noisy counts.

    Returns
    -------
    Estimates
        Columns are averages of all that was measured about them, weighted by precision; pairs are independence plus
        as much of the measured association as rises above the noise.

    References
    ----------
    .. [1] Efron, B. and Morris, C. (1973). Stein's estimation rule and its competitors: an empirical Bayes approach.
       Journal of the American Statistical Association, 68, 117-130. https://doi.org/10.1080/01621459.1973.10481350
    .. [2] Deming, W. E. and Stephan, F. F. (1940). On a least squares adjustment of a sampled frequency table when the
       expected marginal totals are known. Annals of Mathematical Statistics, 11, 427-444.
       https://doi.org/10.1214/aoms/1177731829

    Examples
    --------
    >>> from ctresearch.privacy.noise.entropy import entropy
    >>> from ctresearch.privacy.synthesis.measurement import measure
    >>> codes = np.array([[0, 1] * 500, [0, 1] * 500])
    >>> found = estimate(measure(codes, np.array([2, 2]), 0.5, entropy()))
    >>> bool(found.pairs[0, 1][0, 0] > 5 * found.pairs[0, 1][0, 1])
    True
    """
    means, precisions = _averaged(measured)
    totals = np.array([m.sum() for m in means])
    weights = np.array([1 / (1 / p).sum() for p in precisions])
    total = max(float(weights @ totals / weights.sum()), 1.0)
    columns = tuple(to_simplex(m, total) for m in means)
    pairs = {}
    for (i, j), noisy in measured.pairs.items():
        shrunk = shrink(noisy, columns[i], columns[j], float(measured.pair_variances[i, j]))
        pairs[i, j] = fit_margins(shrunk, columns[i], columns[j])
    within = tuple(_within(y, g) for y, g in zip(measured.columns, measured.groups, strict=True))
    return Estimates(total, columns, pairs, within)


def to_simplex(values: Array, total: float) -> Array:
    """Return the nearest numbers of at least 0 with a given sum.

    Parameters
    ----------
    values : numpy.ndarray
        Any numbers.
    total : float
        Their sum, above 0.

    Returns
    -------
    numpy.ndarray
        Nearest in Euclidean distance.

    References
    ----------
    .. [1] Duchi, J., Shalev-Shwartz, S., Singer, Y. and Chandra, T. (2008). Efficient projections onto the l1-ball for
       learning in high dimensions. ICML, 272-279. https://doi.org/10.1145/1390156.1390191

    Examples
    --------
    >>> to_simplex(np.array([60.0, 50.0, -8.0]), 100.0).tolist()
    [55.0, 45.0, 0.0]
    """
    falling = np.sort(values)[::-1]
    excess = (np.cumsum(falling) - total) / np.arange(1, len(values) + 1)
    last = np.flatnonzero(falling > excess)[-1]
    nearest: Array = np.maximum(values - excess[last], 0.0)
    return nearest


def shrink(noisy: NDArray[np.int64], rows: Array, columns: Array, variance: float) -> Array:
    """Keep as much of a noisy table's association as is not noise.

    Parameters
    ----------
    noisy : numpy.ndarray
        Counts with noise, shape (len(rows), len(columns)).
    rows, columns : numpy.ndarray
        Margins, with the same sum.
    variance : float
        Of the noise of a cell.

    Returns
    -------
    numpy.ndarray
        Independence plus the doubly centred residuals times 1 - df / S, or 0 where that is negative; S is their sum of
        squares in units of the variance, and df, the degrees of freedom, what noise alone would give.

    References
    ----------
    .. [1] Efron, B. and Morris, C. (1973). Stein's estimation rule and its competitors: an empirical Bayes approach.
       Journal of the American Statistical Association, 68, 117-130. https://doi.org/10.1080/01621459.1973.10481350

    Examples
    --------
    >>> half = np.array([50.0, 50.0])
    >>> shrink(np.array([[28, 22], [22, 28]]), half, half, 100.0).tolist()
    [[25.0, 25.0], [25.0, 25.0]]
    """
    independent = np.outer(rows, columns) / rows.sum()
    residual = noisy - independent
    residual = residual - residual.mean(0) - residual.mean(1, keepdims=True) + residual.mean()
    square = float((residual**2).sum()) / variance
    freedom = (len(rows) - 1) * (len(columns) - 1)
    kept = max(0.0, 1 - freedom / square) if square > 0 else 0.0
    table: Array = independent + kept * residual
    return table


def fit_margins(table: Array, rows: Array, columns: Array) -> Array:
    """Scale a table to given margins by iterative proportional fitting.

    Parameters
    ----------
    table : numpy.ndarray
        Shape (len(rows), len(columns)); cells are raised to a hundredth of what independence gives.
    rows, columns : numpy.ndarray
        Margins, with the same sum.

    Returns
    -------
    numpy.ndarray
        Its margins agree to a tenth of a person, or to what 200 rounds leave.

    References
    ----------
    .. [1] Deming, W. E. and Stephan, F. F. (1940). On a least squares adjustment of a sampled frequency table when the
       expected marginal totals are known. Annals of Mathematical Statistics, 11, 427-444.
       https://doi.org/10.1214/aoms/1177731829

    Examples
    --------
    >>> fit_margins(np.ones((2, 2)), np.array([30.0, 70.0]), np.array([50.0, 50.0])).tolist()
    [[15.0, 15.0], [35.0, 35.0]]
    """
    fitted: Array = np.maximum(table, _FLOOR * np.outer(rows, columns) / rows.sum())
    for _ in range(_ROUNDS):
        sums = fitted.sum(1)
        if np.abs(sums - rows).max() < _CLOSE and np.abs(fitted.sum(0) - columns).max() < _CLOSE:
            break
        fitted = fitted * (rows / np.maximum(sums, _SMALLEST))[:, None]
        fitted = fitted * (columns / np.maximum(fitted.sum(0), _SMALLEST))
    return fitted


def _averaged(measured: Measurements) -> tuple[list[Array], list[Array]]:
    """Average everything measured about each column's groups by precision; return means and precisions."""
    sums, precisions = [], []
    for noisy, group, variance in zip(measured.columns, measured.groups, measured.column_variances, strict=True):
        precision = 1 / (float(variance) * np.bincount(group))
        precisions.append(precision)
        sums.append(np.bincount(group, weights=noisy) * precision)
    for pair, noisy in measured.pairs.items():
        variance_of_cell = float(measured.pair_variances[pair])
        for axis, column in enumerate(pair):
            precision_of_sum = 1 / (variance_of_cell * noisy.shape[1 - axis])
            sums[column] = sums[column] + noisy.sum(1 - axis) * precision_of_sum
            precisions[column] = precisions[column] + precision_of_sum
    return [s / p for s, p in zip(sums, precisions, strict=True)], precisions


def _within(noisy: NDArray[np.int64], group: NDArray[np.int64]) -> Array:
    """Share each group's people among its categories."""
    shares = np.ones(len(noisy))
    for one in np.flatnonzero(np.bincount(group) > 1):
        members = group == one
        shares[members] = to_simplex(noisy[members].astype(float), max(float(noisy[members].sum()), 1.0))
        shares[members] /= shares[members].sum()
    return shares
