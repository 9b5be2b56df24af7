"""Flow betweenness: how much of a current between any two places runs through a third.

Each corridor is a conductor as good as it has people, whichever way they went. A unit of current from one place to
another takes all routes at once; the betweenness of a place is the mean over all pairs of others of what runs through
it. Potentials come from the inverse of the Laplacian; what all pairs send along a corridor follows from the order of
the potential differences, so a year of 200 places needs one inverse and one sort a corridor.

References
----------
.. [1] Newman, M. E. J. (2005). A measure of betweenness centrality based on random walks. Social Networks 27, 39-54.
   https://doi.org/10.1016/j.socnet.2004.11.009
.. [2] Brandes, U. and Fleischer, D. (2005). Centrality measures based on current flow. STACS 2005, 533-544.
   https://doi.org/10.1007/978-3-540-31856-9_44
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

_CHUNK = 4096  # corridors whose potential differences are held at once: 200 places take 6.5 MB
_SINGLE = 60  # places from which on differences are sorted in single precision, for speed; the error stays below 1e-6


def flow_betweenness(weights: Floats) -> Floats:
    """Return the flow betweenness of each place.

    Parameters
    ----------
    weights : numpy.ndarray
        Shape (places, places): people from place to place, 0 where none; the diagonal does not count.

    Returns
    -------
    numpy.ndarray
        Shape (places,): from 0 to 1, the share of the current between two other places of its component that runs
        through it; NaN for a place without any corridor, 0 where its component has no two other places.

    Examples
    --------
    >>> chain = np.array([[0, 3, 0], [0, 0, 5], [0, 0, 0]])
    >>> flow_betweenness(chain).tolist()
    [0.0, 1.0, 0.0]
    """
    from scipy.sparse import csr_array
    from scipy.sparse.csgraph import connected_components

    both = np.asarray(weights, dtype=float) + np.asarray(weights, dtype=float).T
    np.fill_diagonal(both, 0.0)
    out = np.full(len(both), np.nan)
    _, parts = connected_components(csr_array(both), directed=False)
    for part in np.unique(parts):
        inside = np.flatnonzero(parts == part)
        if len(inside) > 1:
            out[inside] = _of_component(both[np.ix_(inside, inside)])
    return out


def _of_component(both: Floats) -> Floats:
    """Return the betweenness within one component."""
    n = len(both)
    if n < 3:
        return np.zeros(n)
    scaled = both / both.max()
    laplacian = np.diag(scaled.sum(axis=1)) - scaled
    inverse = np.linalg.inv(laplacian + 1.0 / n)  # the constant cancels in every difference
    one, other = np.nonzero(np.triu(scaled))
    kind: Any = np.float32 if n >= _SINGLE else np.float64
    narrow: Any = inverse.astype(kind)
    rank = (2 * np.arange(n) + 1 - n).astype(kind)
    through = np.zeros(n)
    for start in range(0, len(one), _CHUNK):
        a, b = one[start : start + _CHUNK], other[start : start + _CHUNK]
        conductance = scaled[a, b]
        apart = narrow[a] - narrow[b]
        apart.sort(axis=1)
        total = (apart @ rank).astype(np.float64)
        # seen from a corridor, its own two ends are the highest and the lowest of all potentials, which add up to 0
        np.add.at(through, a, conductance * (total - n * (inverse[a, a] - inverse[b, a])))
        np.add.at(through, b, conductance * (total - n * (inverse[b, b] - inverse[a, b])))
    pairs = (n - 1) * (n - 2) / 2
    return np.clip(through / 2 / pairs, 0.0, 1.0)
