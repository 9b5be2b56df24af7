"""Rows to begin with, drawn from the tree of the strongest associations.

References
----------
.. [1] Chow, C. K. and Liu, C. N. (1968). Approximating discrete probability distributions with dependence trees. IEEE
   Transactions on Information Theory, 14, 462-467. https://doi.org/10.1109/TIT.1968.1054142
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from scipy.sparse import coo_array
from scipy.sparse.csgraph import breadth_first_order, minimum_spanning_tree

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from ctresearch.privacy.synthesis.estimation import Estimates

    Array = NDArray[np.float64]


def draw_from_tree(estimates: Estimates, n: int, rng: np.random.Generator) -> NDArray[np.int64]:
    """Draw rows whose columns depend on one another along a tree.

    Parameters
    ----------
    estimates : Estimates
        Tables that agree with one another.
    n : int
        Number of rows.
    rng : numpy.random.Generator
        Source of randomness.

    Returns
    -------
    numpy.ndarray
        Groups, shape (n, columns).

    References
    ----------
    .. [1] Chow, C. K. and Liu, C. N. (1968). Approximating discrete probability distributions with dependence trees.
       IEEE Transactions on Information Theory, 14, 462-467. https://doi.org/10.1109/TIT.1968.1054142

    Examples
    --------
    >>> from ctresearch.privacy.synthesis.estimation import Estimates
    >>> half, one = np.array([50.0, 50.0]), np.ones(2)
    >>> same = Estimates(100.0, (half, half), {(0, 1): np.diag(half)}, (one, one))
    >>> rows = draw_from_tree(same, 6, np.random.default_rng(1))
    >>> bool((rows[:, 0] == rows[:, 1]).all())
    True
    """
    rows = np.zeros((n, len(estimates.columns)), dtype=np.int64)
    for column, parent in _order(estimates):
        if parent < 0:
            rows[:, column] = _draw(estimates.columns[column], n, rng)
            continue
        first = (parent, column) in estimates.pairs
        table = estimates.pairs[parent, column] if first else estimates.pairs[column, parent].T
        for value, counts in enumerate(table):
            here = np.flatnonzero(rows[:, parent] == value)
            rows[here, column] = _draw(counts if counts.sum() > 0 else estimates.columns[column], len(here), rng)
    return rows


def mutual_information(table: Array) -> float:
    """Return how much two columns tell about one another, in nats.

    Parameters
    ----------
    table : numpy.ndarray
        Counts of at least 0, not all of them 0.

    Returns
    -------
    float
        0 for independence.

    Examples
    --------
    >>> round(mutual_information(np.diag([50.0, 50.0])), 3)
    0.693
    """
    share = table / table.sum()
    independent = np.outer(share.sum(1), share.sum(0))
    there = share > 0
    return max(float((share[there] * np.log(share[there] / independent[there])).sum()), 0.0)


def _order(estimates: Estimates) -> list[tuple[int, int]]:
    """Return columns in an order to draw them in, each with the column it depends on, or -1."""
    size = len(estimates.columns)
    pairs = list(estimates.pairs)
    gains = np.array([mutual_information(estimates.pairs[p]) for p in pairs])
    cost = coo_array((1.0 + gains.max(initial=0.0) - gains, tuple(np.array(pairs).T.reshape(2, -1))), (size, size))
    tree = minimum_spanning_tree(cost.tocsr())
    found: dict[int, int] = {}
    for start in range(size):
        if start not in found:
            order, parents = breadth_first_order(tree, start, directed=False)
            found |= {int(c): int(parents[c]) if parents[c] >= 0 else -1 for c in order}
    return list(found.items())


def _draw(weights: Array, n: int, rng: np.random.Generator) -> NDArray[np.int64]:
    """Draw categories in proportion to weights."""
    return rng.choice(len(weights), size=n, p=weights / weights.sum())
