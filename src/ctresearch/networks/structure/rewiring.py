"""Random networks of the same degrees: the ends of pairs of ties are exchanged in a compiled kernel [1]_.

References
----------
.. [1] Maslov, S. and Sneppen, K. (2002). Specificity and stability in topology of protein networks. Science 296,
   910-913. https://doi.org/10.1126/science.1065103
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from ctresearch.core.compile import kernel

if TYPE_CHECKING:
    from numpy.typing import NDArray

_SWAPS = 20  # attempted swaps a tie


def rewired(tied: NDArray[np.bool_], random: np.random.Generator) -> NDArray[np.bool_]:
    """Exchange the ends of pairs of ties at random, so that every actor keeps their number of ties.

    Parameters
    ----------
    tied : numpy.ndarray
        Symmetric, shape (actors, actors).
    random : numpy.random.Generator
        Where the exchanges come from.

    Returns
    -------
    numpy.ndarray
        Another network of the same degrees, shape (actors, actors).

    Examples
    --------
    >>> ring = np.roll(np.eye(6, dtype=bool), 1, axis=0) | np.roll(np.eye(6, dtype=bool), -1, axis=0)
    >>> rewired(ring, np.random.default_rng(0)).sum(axis=0).tolist()
    [2, 2, 2, 2, 2, 2]
    """
    edges = np.argwhere(np.triu(tied))
    pairs = random.integers(0, len(edges), (_SWAPS * len(edges), 2))
    new = tied.copy()
    _swap(new, edges, pairs, random.random(len(pairs)) < 0.5)
    return new


@kernel
def _swap(
    tied: NDArray[np.bool_], edges: NDArray[np.int64], pairs: NDArray[np.int64], crossed: NDArray[np.bool_]
) -> None:
    """Exchange the second ends of pairs of ties in place, wherever that makes two new ties."""
    for k in range(len(pairs)):
        a, b = edges[pairs[k, 0], 0], edges[pairs[k, 0], 1]
        c, d = edges[pairs[k, 1], 0], edges[pairs[k, 1], 1]
        if crossed[k]:
            c, d = d, c
        if a in (c, d) or b in (c, d) or tied[a, d] or tied[c, b]:
            continue
        tied[a, b] = tied[b, a] = tied[c, d] = tied[d, c] = False
        tied[a, d] = tied[d, a] = tied[c, b] = tied[b, c] = True
        edges[pairs[k, 0], 1] = d
        edges[pairs[k, 1], 0], edges[pairs[k, 1], 1] = c, b
