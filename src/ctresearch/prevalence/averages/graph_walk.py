"""The steps of a Markov chain over decomposable graphs, in compiled kernels.

One link at a time is proposed to be added or removed. A link can go if the common neighbours of its ends are all
linked, and can come if they separate its ends; the graph then stays decomposable, four marginals change, and the
number on no list is summed out at every step.

References
----------
.. [1] Giudici, P. and Green, P. J. (1999). Decomposable graphical Gaussian model determination. Biometrika 86,
   785-801. https://doi.org/10.1093/biomet/86.4.785
.. [2] Madigan, D. and York, J. (1995). Bayesian graphical models for discrete data. International Statistical Review
   63, 215-232. https://doi.org/10.2307/1403615
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from ctresearch.core.compile import kernel

if TYPE_CHECKING:
    from ctresearch.prevalence.lists.cells import Array


class Target(NamedTuple):
    """What the chains sample from, at J values of the number on no list.

    ``nodes`` (J,) the values; ``base`` (J,) the log posterior apart from the graph; ``curves`` (2 ** lists, J) the
    logarithms of the Dirichlet terms of all sets of lists; ``odds`` (lists, lists) prior log odds of each link and
    ``by_size`` (links + 1,) the log prior of their number.
    """

    nodes: Array
    base: Array
    curves: Array
    odds: Array
    by_size: Array


@kernel
def walk(
    target: Target, adjacency: Array, warm_up: int, draws: int, random: np.random.Generator
) -> tuple[Array, Array, Array, Array]:
    """Return graphs kept (draws, lists), places drawn with them, means given them, and the mass at each node."""
    lists, kept, places = adjacency.size, np.empty((draws, adjacency.size), np.int64), np.empty(draws, np.int64)
    means, mass = np.empty(draws), np.zeros(target.nodes.size)
    line = target.base.copy()
    for one in [(1 << lists) - 1] if adjacency[0] else [1 << v for v in range(lists)]:
        line += target.curves[one]
    proposal, value = np.empty_like(line), _log_sum(line)
    links = lists * (lists - 1) // 2 if adjacency[0] else 0
    for sweep in range(warm_up + draws):
        for _ in range(lists * (lists - 1) // 2):
            a, b = int(random.integers(0, lists)), int(random.integers(0, lists - 1))
            b += b >= a
            if not _may_change(adjacency, a, b):
                continue
            _propose(target.curves, line, adjacency, 1 << a | 1 << b, proposal)
            new = _log_sum(proposal)
            more = -1 if adjacency[a] >> b & 1 else 1
            prior = more * target.odds[a, b] + target.by_size[links + more] - target.by_size[links]
            if math.log(random.random()) < new - value + prior:
                line, proposal, value, links = proposal, line, new, links + more
                adjacency[a] ^= 1 << b
                adjacency[b] ^= 1 << a
        if sweep >= warm_up:
            given = np.exp(line - value)
            mass += given
            kept[sweep - warm_up], means[sweep - warm_up] = adjacency, np.sum(given * target.nodes)
            place = int(np.searchsorted(np.cumsum(given), random.random()))
            places[sweep - warm_up] = min(place, given.size - 1)
    return kept, places, means, mass


@kernel
def _may_change(adjacency: Array, a: int, b: int) -> bool:
    """Say whether the graph stays decomposable when the link between two vertices changes."""
    common = adjacency[a] & adjacency[b]
    if adjacency[a] >> b & 1:
        return _all_linked(adjacency, common)
    return _separated(adjacency, a, b, common)


@kernel
def _propose(curves: Array, line: Array, adjacency: Array, pair: int, proposal: Array) -> None:
    """Fill in the log posterior by value when the link of a pair of vertices changes."""
    common, linked = -1, False
    for v in range(adjacency.size):
        if pair >> v & 1:
            common &= adjacency[v]
            linked = adjacency[v] & pair != 0
    first = pair & -pair
    both, shared = curves[common | pair], curves[common]
    left, right, sign = curves[common | first], curves[common | pair ^ first], -1.0 if linked else 1.0
    for j in range(line.size):
        proposal[j] = line[j] + sign * (both[j] + shared[j] - left[j] - right[j])


@kernel
def _log_sum(line: Array) -> float:
    """Return the logarithm of a sum of exponentials."""
    largest, total = float(line.max()), 0.0
    for value in line:
        total += math.exp(value - largest)
    return largest + math.log(total)


@kernel
def _all_linked(adjacency: Array, vertices: int) -> bool:
    """Say whether all vertices of a pattern are linked to one another."""
    missing = 0
    for v in range(adjacency.size):
        if vertices >> v & 1:
            missing |= vertices & ~(adjacency[v] | 1 << v)
    return missing == 0


@kernel
def _separated(adjacency: Array, a: int, b: int, by: int) -> bool:
    """Say whether every path between two vertices passes through a pattern."""
    reached, before = 1 << a, 0
    while reached != before:
        before = reached
        for v in range(adjacency.size):
            if before >> v & 1:
                reached |= adjacency[v] & ~by
    return not reached >> b & 1
