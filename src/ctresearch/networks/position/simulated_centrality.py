"""Six centralities in one compiled pass, for thousands of simulated networks.

References
----------
.. [1] Bonacich, P. (1987). Power and centrality: a family of measures. American Journal of Sociology 92, 1170-1182.
   https://doi.org/10.1086/228631
.. [2] Brin, S. and Page, L. (1998). The anatomy of a large-scale hypertextual web search engine. Computer Networks 30,
   107-117. https://doi.org/10.1016/S0169-7552(98)00110-X
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from ctresearch.core.compile import kernel
from ctresearch.networks.position.shortest_paths import path_sums

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]
    Integers = NDArray[np.int64]

MEASURES = ("degree", "betweenness", "harmonic", "eigenvector", "pagerank", "coreness")
DAMPING, PRECISION, MOST_STEPS = 0.85, 1e-9, 1000


@kernel
def six_centralities(starts: Integers, ends: Integers) -> Floats:
    """Work out the centralities of :data:`MEASURES`.

    Parameters
    ----------
    starts, ends : numpy.ndarray
        Ties as compressed rows, both directions, shapes (N + 1,) and (2M,).

    Returns
    -------
    numpy.ndarray
        Shape (6, N); betweenness counts every pair twice, harmonic is the sum of inverse distances.

    Examples
    --------
    >>> six_centralities(np.array([0, 1, 3, 4]), np.array([1, 0, 2, 1]))[:3].tolist()
    [[1.0, 2.0, 1.0], [0.0, 2.0, 0.0], [1.5, 2.0, 1.5]]
    """
    n = len(starts) - 1
    out = np.empty((6, n))
    out[0] = starts[1:] - starts[:-1]
    paths = path_sums(starts, ends)
    out[1], out[2] = paths[0], paths[3]
    out[3] = _power(starts, ends, np.ones(n), 1.0, 0.0)
    out[4] = _power(starts, ends, 1.0 / np.maximum(out[0], 1.0), DAMPING, (1.0 - DAMPING) / n)
    out[5] = _coreness(starts, ends)
    return out


@kernel
def _power(starts: Integers, ends: Integers, share: Floats, damping: float, restart: float) -> Floats:
    """Iterate what each actor gets from its neighbours until it settles; scaled to sum 1.

    With shares of one and no restart this is eigenvector centrality. Half of what an actor has is then kept, so that
    networks in two halves settle too.
    """
    n = len(share)
    now, fresh = np.full(n, 1.0 / n), np.empty(n)
    for _ in range(MOST_STEPS):
        total = 0.0
        for actor in range(n):
            got = 0.0
            for place in range(starts[actor], starts[actor + 1]):
                got += share[ends[place]] * now[ends[place]]
            fresh[actor] = damping * got + restart if restart > 0.0 else got + now[actor]
            total += fresh[actor]
        change = 0.0
        for actor in range(n):
            fresh[actor] /= total
            change += abs(fresh[actor] - now[actor])
            now[actor] = fresh[actor]
        if change < PRECISION:
            break
    return now


@kernel
def _coreness(starts: Integers, ends: Integers) -> Floats:
    """Peel the network: the largest k for which an actor is in a part where all have k ties."""
    n = len(starts) - 1
    left, core = starts[1:] - starts[:-1], np.zeros(n)
    is_left, level = np.ones(n, np.bool_), 0
    for _ in range(n):
        least = -1
        for actor in range(n):
            if is_left[actor] and (least < 0 or left[actor] < left[least]):
                least = actor
        level = max(level, left[least])
        core[least], is_left[least] = level, False
        for place in range(starts[least], starts[least + 1]):
            left[ends[place]] -= 1
    return core
