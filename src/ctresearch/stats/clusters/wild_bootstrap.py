"""The wild bootstrap by cluster, for trials and panels of few clusters.

Scores of the model without an effect change their sign cluster by cluster, and the t-statistic is worked out again each
time [1]_. The score of a cluster is that of its residuals from the fit to all the other clusters, since a large cluster
draws the common fit to itself and its own residuals then come out too small [2]_: this keeps the size of the test where
clusters differ much. Everything is linear in the signs, so a draw costs a few sums over clusters. With ten to thirteen
clusters all signs are tried, and nothing is random; with fewer there are too few signs, and weights take six values
[3]_.

References
----------
.. [1] Cameron, A. C., Gelbach, J. B. and Miller, D. L. (2008). Bootstrap-based improvements for inference with
   clustered errors. Review of Economics and Statistics 90, 414-427. https://doi.org/10.1162/rest.90.3.414
.. [2] MacKinnon, J. G., Nielsen, M. O. and Webb, M. D. (2023). Fast and reliable jackknife and bootstrap methods for
   cluster-robust inference. Journal of Applied Econometrics 38, 671-694. https://doi.org/10.1002/jae.2969
.. [3] Webb, M. D. (2023). Reworking wild bootstrap-based inference for clustered errors. Canadian Journal of Economics
   56, 839-858. https://doi.org/10.1111/caje.12661
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from ctresearch.core.random import Seed, generator
from ctresearch.stats.clusters.estimating_equations import cluster_sums
from ctresearch.stats.regression.generalized_linear import Floats, inverse_information

if TYPE_CHECKING:
    from ctresearch.stats.regression.influence import Integers

_FEWEST_FOR_SIGNS, _MOST_FOR_ALL = 10, 13
_EQUAL = 1e-9  # statistics that are equal on paper differ by rounding, far less than this
_ALONE = 1e-9  # a share of the information that others hold; below this is rounding
_SIX = np.sqrt(np.array([0.5, 1.0, 1.5]))


@dataclass(frozen=True, slots=True)
class WildBootstrap:
    """What the test of an effect needs, by cluster.

    Parameters
    ----------
    weights : numpy.ndarray
        Weights of the clusters' scores, draws by clusters; never all 1, which is the trial itself.
    estimate : float
        Effect by least squares, of whitened rows if the sums are.
    lines : tuple of numpy.ndarray
        Scores of the clusters without an effect, for the outcome and for the treatment, clusters by columns.
    left_out : tuple of numpy.ndarray
        The same from fits that leave the cluster out.
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
    estimate: float
    lines: tuple[Floats, Floats]
    left_out: tuple[Floats, Floats]
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
            Share of the draws, the trial itself among them, whose t-statistic is at least as far from 0 as that
            observed.

        Examples
        --------
        >>> x = np.column_stack([np.ones(8), np.repeat([0.0, 1.0], 4)])
        >>> test = wild_bootstrap(x, np.array([1.0, 2, 3, 4, 9, 8, 9, 8]), np.repeat([0, 1, 2, 3], 2), draws=99, seed=1)
        >>> 0 < test.p_value() < 1
        True
        """
        scores = self.lines[0] - effect * self.lines[1]
        observed = self.statistics(np.ones((1, len(scores))), scores)[0]
        drawn = self.statistics(self.weights, self.left_out[0] - effect * self.left_out[1])
        reached = int((drawn >= observed * (1 - _EQUAL)).sum())
        return (reached + 1) / (len(drawn) + 1)

    def statistics(self, weights: Floats, scores: Floats) -> Floats:
        """Return squared t-statistics under some weights, up to a constant.

        Parameters
        ----------
        weights : numpy.ndarray
            Draws by clusters.
        scores : numpy.ndarray
            Clusters by columns.

        Returns
        -------
        numpy.ndarray
            Shape (draws,).

        Examples
        --------
        >>> x = np.column_stack([np.ones(8), np.repeat([0.0, 1.0], 4)])
        >>> test = wild_bootstrap(x, np.array([1.0, 2, 3, 4, 9, 8, 9, 8]), np.repeat([0, 1, 2, 3], 2), draws=99, seed=1)
        >>> test.statistics(np.ones((1, 4)), test.lines[0]).round(6).tolist()
        [72.0]
        """
        share = scores @ self.own
        effect = weights @ share
        left = weights * share - weights @ (scores @ self.passed.T)
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
    (2047, 12)
    """
    sums = cluster_sums(design, outcome, clusters).products
    return bootstrap_sums(sums[:, :-1, :-1], sums[:, :-1, -1], draw_weights(len(sums), draws, seed))


def bootstrap_sums(grams: Floats, products: Floats, weights: Floats) -> WildBootstrap:
    """Prepare the test from the sums of the clusters.

    Parameters
    ----------
    grams : numpy.ndarray
        Cross-products of the whitened columns, clusters by columns by columns; the last column is under test.
    products : numpy.ndarray
        Whitened columns times whitened outcomes, clusters by columns.
    weights : numpy.ndarray
        Draws by clusters.

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
    >>> grams = np.tile(np.eye(2), (4, 1, 1))
    >>> bootstrap_sums(grams, np.array([[1.0, 2], [1, 3], [0, 1], [2, 2]]), np.ones((1, 4))).estimate
    2.0
    """
    total = grams.sum(axis=0)
    bread, null = inverse_information(total), inverse_information(total[:-1, :-1])
    spare = _spare(grams[:, :-1, :-1], null)
    lines, left_out = [], []
    for values in (products, grams[:, :, -1]):
        fitted = null @ values.sum(axis=0)[:-1]
        score = values - grams[:, :, :-1] @ fitted
        moved = np.einsum("gab,gb->ga", spare, score[:, :-1])
        lines.append(score)
        left_out.append(score + np.einsum("gab,gb->ga", grams[:, :, :-1], moved))
    own = bread[-1]
    estimate = float(lines[0].sum(axis=0) @ own)
    passed = np.asarray(own @ grams @ bread, dtype=float)
    return WildBootstrap(weights, estimate, (lines[0], lines[1]), (left_out[0], left_out[1]), own, passed)


def _spare(grams: Floats, inverse: Floats) -> Floats:
    """Return the inverse information that is left without each cluster; what a cluster fixes alone has no residual."""
    values, vectors = np.linalg.eigh(inverse)
    root = (vectors * np.sqrt(values)) @ vectors.T
    held, turned = np.linalg.eigh(root @ grams @ root)
    left = 1 - held
    undone = np.where(left > _ALONE, 1 / np.maximum(left, _ALONE), 0.0)
    return np.asarray(root @ (turned * undone[:, None, :]) @ turned.swapaxes(1, 2) @ root, dtype=float)


def draw_weights(count: int, draws: int, seed: Seed) -> Floats:
    """Return all signs up to turning all at once, or random weights.

    Parameters
    ----------
    count : int
        Clusters.
    draws : int
        Draws where not all signs are tried.
    seed : int or SeedSequence
        Where the random stream starts.

    Returns
    -------
    numpy.ndarray
        Draws by clusters; of all signs, those but the first, which leaves everything as it is.

    Examples
    --------
    >>> draw_weights(10, 99, 1).shape, draw_weights(20, 99, 1).shape
    ((511, 10), (99, 20))
    """
    if _FEWEST_FOR_SIGNS <= count <= _MOST_FOR_ALL:
        bits = (np.arange(1, 2 ** (count - 1))[:, None] >> np.arange(count)) & 1
        return np.asarray(1.0 - 2.0 * bits, dtype=float)
    rng = generator(seed)
    uniform = rng.random((draws, count))
    if count < _FEWEST_FOR_SIGNS:
        values = np.concatenate([-_SIX[::-1], _SIX])
        return np.asarray(values[np.minimum((uniform * 6).astype(int), 5)], dtype=float)
    return np.asarray(np.where(uniform < 0.5, -1.0, 1.0), dtype=float)
