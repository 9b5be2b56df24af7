"""A Markov chain over the decomposable graphs of more lists than can be enumerated.

The steps of a chain are those of :mod:`ctresearch.prevalence.averages.graph_walk`.
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

import numpy as np
from scipy.special import gammaln

from ctresearch.core.parallel import map_chunks
from ctresearch.core.random import Seed, streams
from ctresearch.prevalence.averages.graph_enumeration import reach_of
from ctresearch.prevalence.averages.graph_problem import MAX_GRID, SHOWN_MODELS, GraphAverage, GraphProblem
from ctresearch.prevalence.averages.graph_walk import Target, walk
from ctresearch.prevalence.averages.grid_summary import LONGER, GridSummary, coarse_grid
from ctresearch.prevalence.averages.hyper_dirichlet import log_multinomial
from ctresearch.stats.chains.mixing import check_mixing

if TYPE_CHECKING:
    from ctresearch.prevalence.lists.cells import Array

CHAINS = 4
MAX_SAMPLED = 12
_NODES = 300
_WARM_UP = 0.2


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
    found: tuple[Array, Array, Array, Array] = walk(target, adjacency, warm_up, draws, random)
    return found
