"""Figures of a whole network in one compiled pass, for thousands of simulated ones."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from ctresearch.core.compile import kernel
from ctresearch.networks.position.shortest_paths import path_sums
from ctresearch.networks.removal.disruption_state import inverse_distances, largest_component

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]
    Integers = NDArray[np.int64]
    Table = NDArray[np.uint8]

STATISTICS = (
    "ties",
    "mean_degree",
    "transitivity",
    "largest_component",
    "efficiency",
    "degree_centralisation",
    "betweenness_centralisation",
)
UNITS = ("ties", "ties per actor", *["proportion"] * 5)


@kernel
def rows_of(table: Table) -> tuple[Integers, Integers]:
    """Turn a square table of ties into compressed rows.

    Parameters
    ----------
    table : numpy.ndarray
        1 where there is a tie, shape (N, N).

    Returns
    -------
    tuple of numpy.ndarray
        Where each actor's ties begin (N + 1,), and the other actors (2M,).

    Examples
    --------
    >>> rows_of(np.array([[0, 1], [1, 0]], np.uint8))[1].tolist()
    [1, 0]
    """
    n = len(table)
    starts = np.zeros(n + 1, np.int64)
    for actor in range(n):
        degree = 0
        for other in range(n):
            degree += table[actor, other]
        starts[actor + 1] = starts[actor] + degree
    ends, fill = np.empty(starts[n], np.int64), 0
    for actor in range(n):
        for other in range(n):
            if table[actor, other]:
                ends[fill] = other
                fill += 1
    return starts, ends


@kernel
def whole_statistics(starts: Integers, ends: Integers) -> Floats:
    """Work out the figures of :data:`STATISTICS`.

    Parameters
    ----------
    starts, ends : numpy.ndarray
        Ties as compressed rows, both directions, shapes (N + 1,) and (2M,).

    Returns
    -------
    numpy.ndarray
        Number of ties, mean degree, share of closed triplets, share of actors in the largest component, efficiency, and
        Freeman's centralisation of degree and betweenness; shape (7,), NaN where a figure does not exist.

    Examples
    --------
    >>> star = whole_statistics(np.array([0, 3, 4, 5, 6]), np.array([1, 2, 3, 0, 0, 0]))
    >>> star.round(3).tolist()
    [3.0, 1.5, 0.0, 1.0, 0.75, 1.0, 1.0]
    """
    n = len(starts) - 1
    out = np.full(7, np.nan)
    degree = starts[1:] - starts[:-1]
    out[0], out[1] = len(ends) / 2, len(ends) / n
    triplets = (degree * (degree - 1)).sum()
    if triplets > 0:
        out[2] = _closed(starts, ends) / triplets
    out[3] = largest_component(starts, ends, np.ones(n, np.bool_)) / n
    out[4] = inverse_distances(starts, ends) / (n * (n - 1))
    if n > 2:
        out[5] = (degree.max() - degree).sum() / ((n - 1) * (n - 2))
        between = path_sums(starts, ends)[0] / 2
        out[6] = (between.max() - between).sum() / ((n - 1) ** 2 * (n - 2) / 2)
    return out


@kernel
def _closed(starts: Integers, ends: Integers) -> float:
    """Count the ordered pairs of neighbours that are tied, over all actors."""
    n, total = len(starts) - 1, 0.0
    mark = np.full(n, -1)
    for actor in range(n):
        for place in range(starts[actor], starts[actor + 1]):
            mark[ends[place]] = actor
        for place in range(starts[actor], starts[actor + 1]):
            there = ends[place]
            for further in range(starts[there], starts[there + 1]):
                if mark[ends[further]] == actor:
                    total += 1.0
    return total
