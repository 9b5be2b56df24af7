"""A Markov chain over the decomposable graphs of more lists than can be enumerated.

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
from functools import partial
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from scipy.special import gammaln

from ctresearch.core.compile import kernel
from ctresearch.core.parallel import map_chunks
from ctresearch.core.random import Seed, streams
from ctresearch.prevalence.averages.graph_enumeration import reach_of
from ctresearch.prevalence.averages.graph_problem import MAX_GRID, SHOWN_MODELS, GraphAverage, GraphProblem
from ctresearch.prevalence.averages.grid_summary import LONGER, GridSummary, coarse_grid
from ctresearch.prevalence.averages.hyper_dirichlet import log_multinomial
from ctresearch.stats.chains.mixing import check_mixing

if TYPE_CHECKING:
    from ctresearch.prevalence.lists.cells import Array

CHAINS = 4
MAX_SAMPLED = 12
_NODES = 300
_WARM_UP = 0.2


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


def sample_graphs(problem: GraphProblem, draws: int, seed: Seed) -> GraphAverage:
    """Average over the decomposable graphs of up to twelve lists by four Markov chains.

    Parameters
    ----------
    problem : GraphProblem
        The table, the prior and the grid.
    draws : int
        Graphs that each chain keeps, one a sweep over the pairs of lists, after a fifth of that as warm-up.
    seed : int or numpy.random.SeedSequence
        Where the random streams start.

    Returns
    -------
    GraphAverage
        The same for any number of workers. Its posterior is the average of those given each graph met, worked out at
        few values and interpolated between them.

    Examples
    --------
    >>> from ctresearch.prevalence import CaptureHistories
    >>> table = CaptureHistories.from_published("korea")
    >>> found = sample_graphs(GraphProblem.from_table(table, delta=0.125, high=3000), draws=500, seed=1)
    >>> found.checks[0].name, found.draws.shape, found.count
    ('mixing', (4, 500), 4)
    """
    table = problem.margins
    nodes, width = coarse_grid(problem.low, LONGER * (problem.high or MAX_GRID), _NODES)
    curves = table.constant[:, None] + gammaln(table.outside[:, None] + nodes) - gammaln(table.total + nodes)
    base = log_multinomial(table.people, nodes) + problem.log_prior(nodes) + np.log(width)
    work = list(zip(streams(seed, CHAINS), range(CHAINS), strict=True))
    target = Target(nodes, base, curves, _odds(problem), problem.links.by_size)
    chains = map_chunks(partial(_one_chain, target, problem.lists, draws), work)
    adjacency, means = (np.concatenate([chain[i] for chain in chains]) for i in (0, 2))
    population = table.people + nodes[np.stack([chain[1] for chain in chains])]
    links = np.bitwise_count(adjacency).sum(axis=1).reshape(CHAINS, draws) / 2.0
    watched = {"population": population} | ({"links": links} if np.ptp(links) > 0 else {})
    summary = _interpolate(problem, nodes, width, np.sum([chain[3] for chain in chains], axis=0))
    distinct, visits, mean = _by_graph(adjacency, means)
    best = np.argsort(-visits, kind="stable")[:SHOWN_MODELS]
    priors = problem.means_by_prior(distinct, visits / visits.sum(), mean)
    return GraphAverage(
        summary,
        distinct[best],
        visits[best] / visits.sum(),
        table.people + mean[best],
        len(distinct),
        priors,
        (check_mixing(watched),),
        population,
    )


def _odds(problem: GraphProblem) -> Array:
    """Lay the prior log odds of links out by the two lists that each joins, shape (lists, lists)."""
    found, links = np.zeros((problem.lists, problem.lists)), problem.links
    for term, odds in zip(links.terms.tolist(), links.log_odds, strict=True):
        one, other = term.bit_length() - 1, (term & -term).bit_length() - 1
        found[one, other] = found[other, one] = odds
    return found


def _interpolate(problem: GraphProblem, nodes: Array, width: Array, mass: Array) -> GridSummary:
    """Spread the mass at few values over the grid, and keep what lies past its end."""
    people, high = problem.margins.people, problem.high or reach_of(problem.low, nodes, mass)
    grid = np.arange(problem.low, high + 1.0)
    dense = np.interp(grid, nodes, mass / width)
    beyond = mass[nodes > high].sum() / mass.sum()
    return GridSummary(people + grid, dense / dense.sum(), float(beyond), float(people + mass @ nodes / mass.sum()))


def _by_graph(adjacency: Array, means: Array) -> tuple[Array, Array, Array]:
    """Return the distinct graphs, how often each was kept, and the mean number on no list under each."""
    distinct, first, visits = np.unique(adjacency, axis=0, return_index=True, return_counts=True)
    return distinct, visits, means[first]


def _one_chain(
    target: Target, lists: int, draws: int, start: tuple[np.random.Generator, int]
) -> tuple[Array, Array, Array, Array]:
    """Run one chain: from the empty graph if its number is even, else from the complete one."""
    random, number = start
    everyone = (1 << lists) - 1
    adjacency = np.array([everyone ^ 1 << i if number % 2 else 0 for i in range(lists)], dtype=np.int64)
    warm_up = int(_WARM_UP * draws)
    found: tuple[Array, Array, Array, Array] = _walk(target, adjacency, warm_up, draws, random)
    return found


@kernel
def _walk(
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
