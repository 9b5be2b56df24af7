"""The only step that sees the data: noisy counts of every column and every pair of columns.

References
----------
.. [1] Canonne, C. L., Kamath, G. and Steinke, T. (2022). The discrete Gaussian for differential privacy. Journal of
   Privacy and Confidentiality, 12(1). https://doi.org/10.29012/jpc.784
.. [2] Bun, M. and Steinke, T. (2016). Concentrated differential privacy: simplifications, extensions, and lower bounds.
   TCC, LNCS 9985, 635-658. https://doi.org/10.1007/978-3-662-53641-4_24
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from fractions import Fraction
from itertools import combinations
from typing import TYPE_CHECKING

import numpy as np

from ctresearch.privacy.noise.noise import discrete_gaussian

if TYPE_CHECKING:
    import random

    from numpy.typing import NDArray

    Pair = tuple[int, int]

_SHARE_OF_COLUMNS = 0.1
_POWER = 2 / 3
_RARE = 2.0
_FINEST = 10**6


@dataclass(frozen=True, slots=True, eq=False)
class Measurements:
    """Noisy counts, and how noisy they are; everything made of them costs no further privacy.

    Parameters
    ----------
    columns : tuple of numpy.ndarray
        Noisy counts of each column's categories.
    column_variances : tuple of Fraction
        Variance of the noise of each.
    groups : tuple of numpy.ndarray
        For each column, the group of each category: rare ones are joined in the tables of pairs.
    pairs : dict of (int, int) to numpy.ndarray
        Noisy tables, shape (groups of the first column, groups of the second).
    pair_variances : dict of (int, int) to Fraction
        Variance of the noise of each.
    """

    columns: tuple[NDArray[np.int64], ...]
    column_variances: tuple[Fraction, ...]
    groups: tuple[NDArray[np.int64], ...]
    pairs: dict[Pair, NDArray[np.int64]]
    pair_variances: dict[Pair, Fraction]

    @property
    def rho(self) -> Fraction:
        """Concentrated privacy loss of all of it, exactly."""
        variances = (*self.column_variances, *self.pair_variances.values())
        return sum((1 / (2 * v) for v in variances), Fraction(0))


def measure(codes: NDArray[np.int64], sizes: NDArray[np.int64], rho: float, draw: random.Random) -> Measurements:
    """Count every column and every pair of columns with discrete Gaussian noise.

    Parameters
    ----------
    codes : numpy.ndarray
        Shape (columns, people).
    sizes : numpy.ndarray
        Number of categories of each column, known without looking at the data.
    rho : float
        Concentrated privacy loss to spend, above 0.
    draw : random.Random
        Source of uniform whole numbers.

    Returns
    -------
    Measurements
        Their ``rho`` is never above the one given.

    Notes
    -----
    A person is one row and so in exactly one cell of each table: with the person or without, one count of each table
    differs by 1, and the Euclidean sensitivity of a table is 1. Discrete Gaussian noise of variance s gives 1 / (2
    s)-concentrated privacy [1]_, and losses add up, also where a later table depends on earlier noisy ones [2]_, as the
    joining of rare categories does. A tenth of the loss goes to single columns. Shares grow with the number of cells to
    the power 2/3, which makes the sum of the absolute errors of all cells as small as it can be.

    References
    ----------
    .. [1] Canonne, C. L., Kamath, G. and Steinke, T. (2022). The discrete Gaussian for differential privacy. Journal of
       Privacy and Confidentiality, 12(1). https://doi.org/10.29012/jpc.784
    .. [2] Bun, M. and Steinke, T. (2016). Concentrated differential privacy: simplifications, extensions, and lower
       bounds. TCC, LNCS 9985, 635-658. https://doi.org/10.1007/978-3-662-53641-4_24

    Examples
    --------
    >>> from ctresearch.privacy.noise.entropy import entropy
    >>> codes = np.array([[0, 1] * 50, [0, 1] * 50])
    >>> found = measure(codes, np.array([2, 2]), 0.5, entropy())
    >>> found.rho <= 0.5, sorted(found.pairs)
    (True, [(0, 1)])
    """
    share = _SHARE_OF_COLUMNS if len(sizes) > 1 else 1.0
    variances = _variances(sizes, rho * share)
    columns = tuple(
        _noisy(np.bincount(c, minlength=k), v, draw) for c, k, v in zip(codes, sizes, variances, strict=True)
    )
    groups = tuple(join_rare(y, math.sqrt(v)) for y, v in zip(columns, variances, strict=True))
    joined = np.stack([g[c] for g, c in zip(groups, codes, strict=True)])
    widths = [int(g.max()) + 1 for g in groups]
    which = [(i, j) for i, j in combinations(range(len(sizes)), 2) if widths[i] > 1 and widths[j] > 1]
    cells = np.array([widths[i] * widths[j] for i, j in which])
    pair_variances = dict(zip(which, _variances(cells, rho * (1 - share)), strict=True))
    pairs = {
        (i, j): _noisy(cross_table(joined[i], joined[j], widths[i], widths[j]), v, draw)
        for (i, j), v in pair_variances.items()
    }
    return Measurements(columns, tuple(variances), groups, pairs, pair_variances)


def cross_table(one: NDArray[np.int64], two: NDArray[np.int64], rows: int, columns: int) -> NDArray[np.int64]:
    """Count people by two columns.

    Parameters
    ----------
    one, two : numpy.ndarray
        Codes, one a person.
    rows, columns : int
        Number of categories of each.

    Returns
    -------
    numpy.ndarray
        Shape (rows, columns).

    Examples
    --------
    >>> cross_table(np.array([0, 1, 1]), np.array([0, 0, 1]), 2, 2).tolist()
    [[1, 0], [1, 1]]
    """
    return np.bincount(one * columns + two, minlength=rows * columns).reshape(rows, columns)


def join_rare(noisy: NDArray[np.int64], noise_sd: float) -> NDArray[np.int64]:
    """Put the categories that hardly rise above the noise into one group, the last.

    Parameters
    ----------
    noisy : numpy.ndarray
        Noisy counts of a column's categories.
    noise_sd : float
        Standard deviation of their noise.

    Returns
    -------
    numpy.ndarray
        Group of each category. The two largest always stand alone, and a single rare category stays as it is.

    Examples
    --------
    >>> join_rare(np.array([900, 3, 700, -2, 5]), 10.0).tolist()
    [0, 2, 1, 2, 2]
    """
    rare = noisy < _RARE * noise_sd
    rare[np.argsort(noisy)[-2:]] = False
    if rare.sum() < 2:
        return np.arange(len(noisy))
    groups = np.full(len(noisy), (~rare).sum())
    groups[~rare] = np.arange((~rare).sum())
    return groups


def _variances(cells: NDArray[np.int64], rho: float) -> list[Fraction]:
    """Share a privacy loss among tables and return the variance of the noise of each, rounded up."""
    weights = cells.astype(float) ** _POWER
    return [Fraction(math.ceil(weights.sum() / (2 * rho * w) * _FINEST) + 1, _FINEST) for w in weights]


def _noisy(counts: NDArray[np.int64], variance: Fraction, draw: random.Random) -> NDArray[np.int64]:
    """Add noise to a table of counts, zeros included."""
    noise = np.array([discrete_gaussian(variance, draw) for _ in range(counts.size)], dtype=np.int64)
    return counts + noise.reshape(counts.shape)
