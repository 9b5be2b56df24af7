"""The average over all decomposable graphs of few lists, summed exactly."""

from __future__ import annotations

import numpy as np

from ctresearch.core.errors import SpecificationError
from ctresearch.prevalence.averages.decomposable import decomposable_graphs
from ctresearch.prevalence.averages.graph_problem import MAX_GRID, SHOWN_MODELS, GraphAverage, GraphProblem
from ctresearch.prevalence.averages.grid_summary import LONGER, GridSummary, coarse_grid
from ctresearch.prevalence.averages.hyper_dirichlet import grid_posterior

_NODES, _PAST_NODES = 600, 150


def enumerate_graphs(problem: GraphProblem) -> GraphAverage:
    """Average over all decomposable graphs.

    Parameters
    ----------
    problem : GraphProblem
        Of at most six lists.

    Returns
    -------
    GraphAverage
        Exact on the grid; what lies past its end is summed at few values.

    Raises
    ------
    SpecificationError
        If the prior excludes the whole grid.

    Examples
    --------
    >>> from ctresearch.prevalence import CaptureHistories
    >>> table = CaptureHistories.from_published("korea")
    >>> found = enumerate_graphs(GraphProblem.from_table(table, delta=0.125, high=3000))
    >>> round(found.summary.mean, 6)
    205.071007
    """
    graphs, terms = decomposable_graphs(problem.lists), problem.margins
    weights = problem.links.of_graphs(graphs.adjacency)
    high = problem.high or _reach(problem, graphs.powers, weights)
    grid = np.arange(problem.low, high + 1.0)
    past, width = coarse_grid(high + 1, LONGER * high, _PAST_NODES)
    found = grid_posterior(terms, graphs.powers, grid, problem.log_prior(grid), weights)
    tail = grid_posterior(terms, graphs.powers, past, problem.log_prior(past) + np.log(width), weights)
    inside, scale = found.by_value.sum(), np.exp(tail.log_scale - found.log_scale)
    if inside == 0:
        raise SpecificationError(
            f"log_prior excludes every population size from {terms.people + problem.low:,} to "
            f"{terms.people + high:,}: it must leave some with a finite logarithm"
        )
    total = inside + scale * tail.by_value.sum()
    longer_mean = (found.by_value @ grid + scale * tail.by_value @ past) / total
    summary = GridSummary(
        terms.people + grid, found.by_value / inside, float(1 - inside / total), float(terms.people + longer_mean)
    )
    best = np.argsort(-found.by_graph, kind="stable")[:SHOWN_MODELS]
    best = best[found.by_graph[best] > 0]
    mean = terms.people + found.moment[best] / found.by_graph[best]
    held = found.by_graph > 0
    means = found.moment[held] / found.by_graph[held]
    priors = problem.means_by_prior(graphs.adjacency[held], found.by_graph[held] / inside, means)
    return GraphAverage(
        summary, graphs.adjacency[best], found.by_graph[best] / inside, mean, len(graphs.powers), priors
    )


def _reach(problem: GraphProblem, powers: np.ndarray, weights: np.ndarray) -> int:
    """Choose an end of the grid: ten times the 99 % quantile among a million values, and at least 1,000 values."""
    nodes, width = coarse_grid(problem.low, MAX_GRID, _NODES)
    log_prior = problem.log_prior(nodes) + np.log(width)
    mass = grid_posterior(problem.margins, powers, nodes, log_prior, weights).by_value
    return reach_of(problem.low, nodes, mass)


def reach_of(low: int, nodes: np.ndarray, mass: np.ndarray) -> int:
    """Return ten times the 99 % quantile of a posterior, within what a grid may hold.

    Parameters
    ----------
    low : int
        Start of the grid.
    nodes, mass : numpy.ndarray
        Values and their probabilities up to a factor.

    Returns
    -------
    int
        End of a grid of 1,000 to 1,000,000 values.
    """
    reach = LONGER * nodes[np.searchsorted(mass.cumsum(), 0.99 * mass.sum())]
    return int(min(max(reach, low + 999), low + MAX_GRID - 1))
