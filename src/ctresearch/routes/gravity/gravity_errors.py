"""Errors of gravity coefficients that allow for dependence within pairs, origins or destinations.

References
----------
.. [1] Cameron, A. C., Gelbach, J. B. and Miller, D. L. (2011). Robust inference with multiway clustering. Journal of
   Business & Economic Statistics 29, 238-249. https://doi.org/10.1198/jbes.2010.07136
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from ctresearch.core.errors import SpecificationError
from ctresearch.routes.counts.likelihood import count_slopes
from ctresearch.routes.gravity.effects_solver import fitted_effects

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from ctresearch.routes.counts.likelihood import Counts
    from ctresearch.routes.gravity.effects_solver import Effects
    from ctresearch.routes.gravity.gravity_fit import GravityFit

    Floats = NDArray[np.float64]
    Codes = NDArray[np.int64]

_STEP = 1e-3  # of the logarithm of the size, over which slopes are differences: right to a millionth


def clustered_variance(
    within: Floats, curvature: Floats, slope: Floats, clusters: list[Codes], effects: list[Codes]
) -> tuple[Floats, float]:
    """Return the variance of the coefficients and its degrees of freedom.

    Parameters
    ----------
    within : numpy.ndarray
        Shape (rows, K): covariates with the effects taken out.
    curvature, slope : numpy.ndarray
        Shape (rows,): of the log likelihood in the log mean.
    clusters : list of numpy.ndarray
        Codes of no, one or two kinds of clusters, shape (rows,) each.
    effects : list of numpy.ndarray
        Codes of the fixed effects; those that lie within a cluster do not count as parameters.

    Returns
    -------
    tuple of numpy.ndarray and float
        Variance (K, K), and the fewest clusters less one (rows less parameters where there are none).

    Raises
    ------
    SpecificationError
        If all rows are of one cluster.

    Examples
    --------
    >>> x, y = np.array([[-1.0], [1.0]]), np.array([1.0, -1.0])
    >>> variance, df = clustered_variance(x, np.ones(2), y, [], [])
    >>> float(variance[0, 0]), df
    (1.0, 1.0)
    """
    bread = np.asarray(np.linalg.inv(within.T @ (curvature[:, None] * within)), dtype=np.float64)
    return _sandwich(bread, slope[:, None] * within, clusters, within.shape[1] + _parameters(effects, clusters))


def added_by_size(
    counts: Counts, fit: GravityFit, effects: Effects, clusters: list[Codes], codes: list[Codes]
) -> Floats:
    """Return what it adds to the variance of the coefficients that the size of the distribution is not known.

    Parameters
    ----------
    counts : Counts
        Flows, exact or as ranges.
    fit : GravityFit
        The fit, of a negative binomial.
    effects : Effects
        Fixed effects.
    clusters, codes : list of numpy.ndarray
        As :func:`clustered_variance` takes them, the codes being those of the effects.

    Returns
    -------
    numpy.ndarray
        Shape (K, K): the variance with the size estimated less that with the size known.
    """
    near = [count_slopes(counts, np.log(fit.mean), fit.size * np.exp(step)) for step in (-_STEP, 0.0, _STEP)]
    score = (near[2].each - near[0].each) / (2 * _STEP)
    along = (near[0].slope - near[2].slope) / (2 * _STEP) / fit.curvature  # the size as one more covariate
    own = -(near[2].each - 2 * near[1].each + near[0].each).sum() / _STEP**2
    left = along - (effects.design @ fitted_effects(along[:, None], fit.curvature, effects))[:, 0]
    x = np.column_stack([fit.within, left])
    information = x.T @ (fit.curvature[:, None] * x)
    information[-1, -1] += own - fit.curvature @ along**2
    scores = np.column_stack([fit.slope[:, None] * fit.within, score - fit.slope * (along - left)])
    k = x.shape[1] - 1
    free = k + _parameters(codes, clusters)
    whole = _sandwich(np.linalg.inv(information), scores, clusters, free)[0][:k, :k]
    return np.asarray(
        whole - _sandwich(np.linalg.inv(information[:k, :k]), scores[:, :k], clusters, free)[0], dtype=np.float64
    )


def _sandwich(bread: Floats, scores: Floats, clusters: list[Codes], k: int) -> tuple[Floats, float]:
    """Return the variance that scores summed within clusters show, and its degrees of freedom; ``k`` are estimated."""
    rows = len(scores)
    small = (rows - 1) / max(rows - k, 1)
    if not clusters:
        meat = scores.T @ scores * rows / (rows - 1)
        return bread @ meat @ bread * small, float(max(rows - k, 1))
    parts = [(1.0, one) for one in clusters]
    if len(clusters) == 2:
        both = np.unique(np.column_stack(clusters), axis=0, return_inverse=True)[1].ravel()
        parts.append((-1.0, both))
    fewest = min(int(one.max()) + 1 for one in clusters)
    if fewest < 2:
        raise SpecificationError(
            f"all {len(scores):,} flows are of {fewest} cluster, must be of at least two: choose another cluster="
        )
    summed = np.sum([sign * _summed(scores, codes) for sign, codes in parts], axis=0)
    meat = summed * fewest / (fewest - 1)
    variance = bread @ meat @ bread
    if len(clusters) == 2:  # the difference that takes out what both share can fall below 0
        values, axes = np.linalg.eigh(variance)
        variance = variance if values.min() >= 0 else (axes * np.maximum(values, 0.0)) @ axes.T
    return variance * small, float(fewest - 1)


def _summed(scores: Floats, codes: Codes) -> Floats:
    """Return the crossed sums of scores within clusters."""
    sums = np.stack([np.bincount(codes, weights=column) for column in scores.T], axis=1)
    return np.asarray(sums.T @ sums, dtype=np.float64)


def _parameters(effects: list[Codes], clusters: list[Codes]) -> int:
    """Count the levels of effects, less those that lie within clusters, as fixest does."""
    sizes = [int(one.max()) + 1 for one in effects]
    if not sizes:
        return 0
    nested = [any(_lies_within(one, other) for other in clusters) for one in effects]
    free = sum(sizes) - (len(sizes) - 1)
    return free - (sum(n for n, inside in zip(sizes, nested, strict=True) if inside) - sum(nested))


def _lies_within(effect: Codes, cluster: Codes) -> bool:
    """Say whether every level of an effect is in one cluster."""
    first = np.full(int(effect.max()) + 1, -1)
    first[effect] = cluster
    return bool((first[effect] == cluster).all())
