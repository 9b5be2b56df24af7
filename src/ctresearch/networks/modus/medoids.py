"""Clusters around medoids: each cluster is shown by its most central member, which is a real one.

References
----------
.. [1] Kaufman, L. and Rousseeuw, P. J. (1990). Finding Groups in Data. Wiley. https://doi.org/10.1002/9780470316801
.. [2] Rousseeuw, P. J. (1987). Silhouettes: a graphical aid to the interpretation and validation of cluster analysis.
   Journal of Computational and Applied Mathematics 20, 53-65. https://doi.org/10.1016/0377-0427(87)90125-7
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]
    Integers = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Clusters:
    """K clusters of N weighted objects, the heaviest first.

    ``medoids`` (K,) places of the medoids; ``labels`` (N,) cluster of each object; ``silhouettes`` (N,) how much closer
    each is to its own cluster than to the next, from -1 to 1, 0 for the only member of one; ``silhouette`` their
    weighted mean; ``cost`` the weighted sum of distances to the medoids.
    """

    medoids: Integers
    labels: Integers
    silhouettes: Floats
    silhouette: float
    cost: float


def around_medoids(distances: Floats, weights: Floats, k: int) -> Clusters:
    """Partition objects around medoids: build greedily, then swap while that helps.

    Parameters
    ----------
    distances : numpy.ndarray
        Symmetric, shape (N, N).
    weights : numpy.ndarray
        How many cases each object stands for, shape (N,).
    k : int
        Number of clusters, at most N.

    Returns
    -------
    Clusters
        A local optimum; no exchange of one medoid for one other object lowers its cost.

    Examples
    --------
    >>> points = np.array([0.0, 1.0, 10.0, 11.0, 12.0])
    >>> found = around_medoids(abs(points[:, None] - points), np.ones(5), 2)
    >>> found.labels.tolist(), points[found.medoids].tolist()
    ([1, 1, 0, 0, 0], [11.0, 0.0])
    """
    medoids: list[int] = []
    for _ in range(k):
        nearest = distances[medoids].min(axis=0) if medoids else np.full(len(weights), np.inf)
        cost = np.minimum(nearest, distances) @ weights
        cost[medoids] = np.inf
        medoids.append(int(np.argmin(cost)))
    medoids = _swap(distances, weights, medoids)
    labels = np.argmin(distances[medoids], axis=0)
    labels[medoids] = np.arange(k)
    sizes = np.bincount(labels, weights, minlength=k)
    order = np.argsort(-sizes, kind="stable")
    labels = np.argsort(order)[labels]
    silhouettes = silhouette_widths(distances, weights, labels)
    return Clusters(
        medoids=np.array(medoids)[order],
        labels=labels,
        silhouettes=silhouettes,
        silhouette=float(silhouettes @ weights / weights.sum()),
        cost=float(distances[medoids].min(axis=0) @ weights),
    )


def silhouette_widths(distances: Floats, weights: Floats, labels: Integers) -> Floats:
    """Say for each object how much closer it is to its own cluster than to the next.

    Parameters
    ----------
    distances : numpy.ndarray
        Shape (N, N).
    weights : numpy.ndarray
        Cases each object stands for, shape (N,).
    labels : numpy.ndarray
        Cluster of each, from 0, shape (N,).

    Returns
    -------
    numpy.ndarray
        From -1 to 1, shape (N,); zeros where there is one cluster only.

    Examples
    --------
    >>> points = np.array([0.0, 1.0, 10.0, 11.0])
    >>> silhouette_widths(abs(points[:, None] - points), np.ones(4), np.array([0, 0, 1, 1])).round(2).tolist()
    [0.9, 0.89, 0.89, 0.9]
    """
    k = int(labels.max()) + 1
    if k == 1:
        return np.zeros(len(labels))
    member = (labels[:, None] == np.arange(k)) * weights[:, None]
    sums, sizes = distances @ member, member.sum(axis=0)
    here = np.arange(len(labels))
    own_size = sizes[labels] - 1
    own = sums[here, labels] / np.where(own_size > 0, own_size, 1)
    means = sums / sizes
    means[here, labels] = np.inf
    other = means.min(axis=1)
    larger = np.maximum(own, other)
    return np.where((own_size > 0) & (larger > 0), (other - own) / np.where(larger > 0, larger, 1), 0.0)


def _swap(distances: Floats, weights: Floats, medoids: list[int]) -> list[int]:
    """Exchange one medoid for one object, the best exchange first, until none helps."""
    cost = float(distances[medoids].min(axis=0) @ weights)
    while True:
        best, exchange = cost, None
        for place in range(len(medoids)):
            rest = medoids[:place] + medoids[place + 1 :]
            nearest = distances[rest].min(axis=0) if rest else np.full(len(weights), np.inf)
            costs = np.minimum(nearest, distances) @ weights
            candidate = int(np.argmin(costs))
            if costs[candidate] < best - 1e-9 * max(cost, 1.0):
                best, exchange = float(costs[candidate]), (place, candidate)
        if exchange is None:
            return medoids
        cost, medoids[exchange[0]] = best, exchange[1]
