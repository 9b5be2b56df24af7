"""The wild bootstrap by cluster, for trials of few clusters.

Residuals of the model without an effect change their sign cluster by cluster, and the t-statistic is worked out again
each time [1]_. Everything is linear in the signs, so a draw costs a few sums over clusters. With ten to thirteen clusters
all signs are tried, and nothing is random; with fewer there are too few signs, and weights take six values [2]_.

References
----------
.. [1] Cameron, A. C., Gelbach, J. B. and Miller, D. L. (2008). Bootstrap-based improvements for inference with clustered
   errors. Review of Economics and Statistics 90, 414-427. https://doi.org/10.1162/rest.90.3.414
.. [2] Webb, M. D. (2023). Reworking wild bootstrap-based inference for clustered errors. Canadian Journal of Economics
   56, 839-858. https://doi.org/10.1111/caje.12661
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from ctresearch.causes.generalized_linear import Floats, inverse_information
from ctresearch.core.random import Seed, generator

if TYPE_CHECKING:
    from ctresearch.causes.influence import Integers

_FEWEST_FOR_SIGNS, _MOST_FOR_ALL = 10, 13
_EQUAL = 1e-9
_SIX = np.sqrt(np.array([0.5, 1.0, 1.5]))


@dataclass(frozen=True, slots=True)
class WildBootstrap:
    """What the test of an effect needs, by cluster.

    Parameters
    ----------
    weights : numpy.ndarray
        Weights of the clusters' residuals, draws by clusters.
    every : bool
        Whether the weights are all there are, the observed ones among them.
    estimate : float
        Least-squares effect.
    lines : tuple of numpy.ndarray
        Scores of the clusters without an effect, for the outcome and for the treatment, clusters by columns.
    own : numpy.ndarray
        Combination of a cluster's score that is its share in the effect, shape (columns,).
    passed : numpy.ndarray
        How the scores of all move the residual score of each, clusters by columns.

    Examples
    --------
    >>> x = np.column_stack([np.ones(8), np.repeat([0.0, 1.0], 4)])
    >>> test = wild_bootstrap(x, np.array([1.0, 2, 3, 4, 3, 4, 5, 6]), np.repeat([0, 1, 2, 3], 2), draws=99, seed=1)
    >>> test.estimate.__round__(6), test.p_value(test.estimate)
    (2.0, 1.0)
    """

    weights: Floats
    every: bool
    estimate: float
    lines: tuple[Floats, Floats]
    own: Floats
    passed: Floats

    def p_value(self, effect: float = 0.0) -> float:
        """Test whether the effect is a given one.

        Parameters
        ----------
        effect : float
            The value under test.

        Returns
        -------
        float
            Share of the draws whose t-statistic is at least as far from 0 as the observed one.

        Examples
        --------
        >>> x = np.column_stack([np.ones(8), np.repeat([0.0, 1.0], 4)])
        >>> test = wild_bootstrap(x, np.array([1.0, 2, 3, 4, 9, 8, 9, 8]), np.repeat([0, 1, 2, 3], 2), draws=99, seed=1)
        >>> 0 < test.p_value() < 1
        True
        """
        scores = self.lines[0] - effect * self.lines[1]
        observed = self._statistics(np.ones((1, len(scores))), scores)[0]
        drawn = self._statistics(self.weights, scores)
        reached = int((drawn >= observed * (1 - _EQUAL)).sum())
        return reached / len(drawn) if self.every else (reached + 1) / (len(drawn) + 1)

    def _statistics(self, weights: Floats, scores: Floats) -> Floats:
        """Return squared t-statistics under some weights, up to a constant."""
        share = scores @ self.own
        moved = self.passed @ scores.T
        effect = weights @ share
        left = weights * share - weights @ moved.T
        return np.asarray(effect**2 / np.maximum((left**2).sum(axis=1), np.finfo(float).tiny), dtype=float)


def wild_bootstrap(
    design: Floats, outcome: Floats, clusters: Integers, *, draws: int = 999, seed: Seed = 0
) -> WildBootstrap:
    """Prepare the test of the last column's effect in a linear model.

    Parameters
    ----------
    design : numpy.ndarray
        Rows by columns; the last is under test.
    outcome : numpy.ndarray
        Shape (rows,).
    clusters : numpy.ndarray
        Cluster of each row from 0, shape (rows,).
    draws : int
        Draws where not all signs are tried.
    seed : int or SeedSequence
        Where the random stream starts.

    Returns
    -------
    WildBootstrap
        The test.

    Raises
    ------
    DataError
        If the columns are collinear.

    Examples
    --------
    >>> x, g = np.column_stack([np.ones(24), np.repeat([0.0, 1.0], 12)]), np.repeat(np.arange(12), 2)
    >>> wild_bootstrap(x, np.arange(24.0) % 7, g).weights.shape
    (2048, 12)
    """
    base, tested = design[:, :-1], design[:, -1]
    bread = inverse_information(design.T @ design)
    own = bread[-1]
    null = inverse_information(base.T @ base)
    count = int(clusters.max()) + 1
    lines, residuals = [], []
    for values in (outcome, tested):
        residual = values - base @ (null @ (base.T @ values))
        residuals.append(residual)
        sums = np.zeros((count, design.shape[1]))
        np.add.at(sums, clusters, design * residual[:, None])
        lines.append(sums)
    grams = np.zeros((count, *bread.shape))
    for g in range(count):
        rows = design[clusters == g]
        grams[g] = rows.T @ rows
    estimate = float(residuals[1] @ residuals[0] / (residuals[1] @ residuals[1]))
    weights, every = _weights(count, draws, seed)
    return WildBootstrap(weights, every, estimate, (lines[0], lines[1]), own, np.asarray(own @ grams @ bread))


def _weights(count: int, draws: int, seed: Seed) -> tuple[Floats, bool]:
    """Return all signs up to turning all at once, or random weights."""
    if _FEWEST_FOR_SIGNS <= count <= _MOST_FOR_ALL:
        bits = (np.arange(2 ** (count - 1))[:, None] >> np.arange(count)) & 1
        return np.asarray(1.0 - 2.0 * bits, dtype=float), True
    rng = generator(seed)
    uniform = rng.random((draws, count))
    if count < _FEWEST_FOR_SIGNS:
        values = np.concatenate([-_SIX[::-1], _SIX])
        return np.asarray(values[np.minimum((uniform * 6).astype(int), 5)], dtype=float), False
    return np.asarray(np.where(uniform < 0.5, -1.0, 1.0), dtype=float), False
