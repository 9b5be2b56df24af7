"""The posterior of decomposable graphs and of the number on no list, in closed form.

Under a hyper-Dirichlet prior with ``delta`` prior people in every cell, the marginal likelihood of a graph given m
people on no list is a product of Dirichlet terms, one a set of lists by which its distribution factorises. As a
function of m the term of set C is gamma(people on none of C + m + its prior people) over gamma(all people + m + all
prior people), times a constant.

Much of the sum over graphs and over the grid of m is never worked out: between the ends of a block the logarithm of
the posterior bends by no more than its second derivative allows, so a graph that is bound to be negligible in a block
is passed over there. All that is passed over adds up to less than one part in 10^8. Over a wide block the graphs that
matter are summed from their values at few places (:mod:`~ctresearch.prevalence.averages.wide_blocks`), unless that
would leave out as much again.

References
----------
.. [1] Madigan, D. and York, J. C. (1997). Bayesian methods for estimation of the size of a closed population.
   Biometrika 84, 19-31. https://doi.org/10.1093/biomet/84.1.19
.. [2] Dawid, A. P. and Lauritzen, S. L. (1993). Hyper Markov laws in the statistical analysis of decomposable
   graphical models. Annals of Statistics 21, 1272-1317. https://doi.org/10.1214/aos/1176349260
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from itertools import pairwise
from typing import NamedTuple

import numpy as np
from scipy.special import gammaln, logsumexp

from ctresearch.core.compile import ZERO, kernel
from ctresearch.prevalence.averages.wide_blocks import BlockSum, pays, places, sum_block
from ctresearch.prevalence.lists.cells import Array, set_size

# What may be left out of the sum; estimates are quoted to five digits, so nobody can see it.
PASSED_OVER = 1e-8
# More blocks bend less and pass over more graphs, but each costs an evaluation of every graph at its ends.
_BLOCKS = 500


@dataclass(frozen=True, slots=True)
class Margins:
    """The Dirichlet terms of all sets of lists in one table.

    ``constant`` (S,) logarithm of what does not depend on m; ``outside`` (S,) people and prior people on none of the
    lists of the set; ``total`` people and prior people in all; ``people`` on at least one list.
    """

    constant: Array
    outside: Array
    total: float
    people: int


@dataclass(frozen=True, slots=True)
class GridPosterior:
    """Posterior of G graphs over J values of m, up to one common factor.

    ``by_value`` (J,) mass at each value; ``by_graph`` (G,) mass of each graph; ``moment`` (G,) its sum of m times
    mass; ``log_scale`` the logarithm of the common factor.
    """

    by_value: Array
    by_graph: Array
    moment: Array
    log_scale: float


class WideSums(NamedTuple):
    """Part of a posterior: its masses and moments, as in the whole, and ``held`` (B,) the blocks that are in it."""

    by_value: Array
    by_graph: Array
    moment: Array
    held: Array

    @classmethod
    def of_nothing(cls, graphs: int, blocks: int, values: int) -> WideSums:
        """Return what holds no block yet."""
        return cls(np.zeros(values), np.zeros(graphs), np.zeros(graphs), np.zeros(blocks, dtype=np.bool_))


class Factors(NamedTuple):
    """How the distributions of G graphs factorise over C sets of lists.

    ``signs`` (G, C) powers of the sets; ``constant`` (G,) logarithm of what does not depend on m; ``outside`` (C,)
    people and prior people on none of the lists of each set; ``total`` people and prior people; ``people`` seen.
    """

    signs: Array
    constant: Array
    outside: Array
    total: float
    people: int


class Grid(NamedTuple):
    """J values of m in B blocks: ``values`` (J,), ``log_prior`` (J,) and ``starts`` (B + 1,) of the blocks."""

    values: Array
    log_prior: Array
    starts: Array


def margins(patterns: Array, frequencies: Array, lists: int, delta: float) -> Margins:
    """Work out the Dirichlet terms of all sets of lists.

    Parameters
    ----------
    patterns, frequencies : numpy.ndarray
        Observed patterns and their people, shape (patterns,).
    lists : int
        Number of lists.
    delta : float
        Prior people in each cell.

    Returns
    -------
    Margins
        For all 2 ** lists sets; the terms of the empty set are such that its logarithm is 0 for every m.

    Examples
    --------
    >>> found = margins(np.array([1, 2, 3]), np.array([6, 4, 2]), 2, 0.25)
    >>> found.outside.tolist(), found.total
    ([13.0, 4.5, 6.5, 0.25], 13.0)
    """
    prior = delta * 2.0 ** (lists - set_size(np.arange(1 << lists)))
    constant, outside = _fill_margins(patterns.astype(np.int64), frequencies.astype(np.float64), prior)
    total = float(frequencies.sum() + prior[0])
    return Margins(constant, outside, total, int(frequencies.sum()))


def log_multinomial(people: int, unobserved: Array) -> Array:
    """Return the logarithm of the number of ways to choose who is on no list, a factor common to all graphs.

    Parameters
    ----------
    people : int
        On at least one list.
    unobserved : numpy.ndarray
        People on no list, shape (J,).

    Returns
    -------
    numpy.ndarray
        Shape (J,).

    Examples
    --------
    >>> float(np.exp(log_multinomial(3, np.array([2.0]))[0]).round(6))
    10.0
    """
    chosen: Array = gammaln(people + unobserved + 1) - gammaln(unobserved + 1) - gammaln(people + 1)
    return chosen


def grid_posterior(
    table: Margins, powers: Array, unobserved: Array, log_prior: Array, log_weights: Array | None = None
) -> GridPosterior:
    """Sum the posterior over graphs and over a grid.

    Parameters
    ----------
    table : Margins
        Terms of the table.
    powers : numpy.ndarray
        Powers of the marginals, shape (G, 2 ** lists).
    unobserved : numpy.ndarray
        Grid of m, increasing, shape (J,).
    log_prior : numpy.ndarray
        Logarithm of the prior of each value, shape (J,).
    log_weights : numpy.ndarray, optional
        Logarithm of the prior of each graph, shape (G,), up to a constant; without it all are alike.

    Returns
    -------
    GridPosterior
        Exact but for some parts in 10^8 at most.

    Examples
    --------
    >>> from ctresearch.prevalence.averages.decomposable import decomposable_graphs
    >>> table = margins(np.array([1, 2, 3]), np.array([6, 4, 2]), 2, 0.25)
    >>> grid = np.arange(1.0, 1001.0)
    >>> found = grid_posterior(table, decomposable_graphs(2).powers, grid, -np.log(12 + grid))
    >>> (found.by_graph / found.by_graph.sum()).round(3).tolist()
    [0.765, 0.235]
    """
    used = np.flatnonzero(powers.any(axis=0))
    signs = powers[:, used].astype(np.float64)
    constant = signs @ table.constant[used] + (0.0 if log_weights is None else log_weights)
    factors = Factors(signs, constant, table.outside[used], table.total, table.people)
    grid = Grid(unobserved, log_prior, _blocks(unobserved))
    needed, log_scale = _needed(factors, grid)
    wide = pays(needed.sum(axis=0), np.diff(grid.starts))
    sums = _sum_wide(factors, grid, needed, np.flatnonzero(wide), log_scale)
    left = needed & ~sums.held
    shift = np.zeros(len(unobserved))
    spans = [slice(low, high) for low, high in pairwise(grid.starts)]
    for span in [spans[block] for block in np.flatnonzero(left.any(axis=0))]:
        shift[span] = log_multinomial(table.people, unobserved[span]) + log_prior[span] - log_scale
    by_value, by_graph, moment = _sum_blocks(factors, grid, left, shift)
    return GridPosterior(by_value + sums.by_value, by_graph + sums.by_graph, moment + sums.moment, log_scale)


def _sum_wide(factors: Factors, grid: Grid, needed: Array, blocks: Array, log_scale: float) -> WideSums:
    """Add up the posterior over some wide blocks, each from its values at few places; say which of them it held for."""
    found: list[tuple[slice, Array, BlockSum]] = []
    for block in blocks:
        span, graphs = slice(*grid.starts[block : block + 2]), np.flatnonzero(needed[:, block])
        values, log_prior = grid.values[span], grid.log_prior[span]
        top = float(log_prior.max())
        m = places(values[0], values[-1])
        terms = gammaln(factors.outside[:, None] + m) - gammaln(factors.total + m)
        lines = factors.signs[graphs] @ terms + factors.constant[graphs, None]
        lines += log_multinomial(factors.people, m) + (top - log_scale)
        found.append((span, graphs, sum_block(np.exp(lines), values, np.exp(log_prior - top))))
    sums = WideSums.of_nothing(len(needed), needed.shape[1], len(grid.values))
    allowed = PASSED_OVER * sum(one.by_curve.sum() for *_, one in found) / max(len(found), 1)
    for block, (span, graphs, one) in zip(blocks, found, strict=True):
        if one.left_out <= allowed:
            sums.by_value[span] = one.by_value
            sums.by_graph[graphs] += one.by_curve
            sums.moment[graphs] += one.moment
            sums.held[block] = True
    return sums


def _blocks(unobserved: Array) -> Array:
    """Cut the grid into blocks over which the posterior bends little; return their first places and the end."""
    stride = max(1.4, 2 * math.sqrt(unobserved[-1]) / _BLOCKS)
    starts, place = [0], 0
    while place < len(unobserved) - 1:
        reach = unobserved[place] + max(stride * math.sqrt(unobserved[place]), 1.0)
        place = max(int(np.searchsorted(unobserved, reach, side="right")) - 1, place + 1)
        starts.append(place)
    starts[-1:] = [len(unobserved)] if len(starts) > 1 else [0, len(unobserved)]
    return np.array(starts, dtype=np.int64)


def _needed(factors: Factors, grid: Grid) -> tuple[Array, float]:
    """Say which graphs matter in which blocks, shape (G, B), and return the largest log posterior met."""
    signs, first, last = factors.signs, grid.starts[:-1], grid.starts[1:] - 1
    ends = np.stack([first, last])
    m, start = grid.values[ends], grid.values[first]
    curves = gammaln(factors.outside[:, None, None] + m) - gammaln(factors.total + m)
    values = np.tensordot(signs, curves, axes=1) + factors.constant[:, None, None] + log_multinomial(factors.people, m)
    least = factors.outside[:, None] + start
    bend = np.abs(signs) @ (1 / least + 1 / least**2) + 2 / (start + 1)
    bend += np.abs(signs.sum(axis=1))[:, None] * 2 / (factors.total + start)
    slack = bend * (grid.values[last] - start) ** 2 / 8
    ceiling = values.max(axis=1) + slack + np.maximum.reduceat(grid.log_prior, first)
    floor = values.min(axis=1) - slack + np.minimum.reduceat(grid.log_prior, first)
    at_least = float(logsumexp(floor.max(axis=0), b=np.diff(grid.starts)))
    cut = at_least + math.log(PASSED_OVER / (len(signs) * len(grid.values)))
    largest = float((values + grid.log_prior[ends]).max())
    return ceiling > cut, largest if largest > -np.inf else 0.0


@kernel
def _fill_margins(patterns: Array, frequencies: Array, prior: Array) -> tuple[Array, Array]:
    """Fill constants and people outside for every set of lists."""
    sets, total = prior.size, frequencies.sum() + prior[0]
    constant, outside, inside = np.empty(sets), np.empty(sets), np.zeros(sets)
    for one in range(sets):
        for i in range(patterns.size):
            inside[patterns[i] & one] += frequencies[i]
        outside[one] = inside[0] + prior[one]
        constant[one] = math.lgamma(prior[0]) - math.lgamma(prior[one])
        for i in range(patterns.size):
            cell = patterns[i] & one
            if cell and inside[cell] > 0.0:
                constant[one] += math.lgamma(inside[cell] + prior[one]) - math.lgamma(prior[one])
            inside[cell] = 0.0
    constant[0], outside[0] = 0.0, total
    return constant, outside


@kernel
def _sum_blocks(factors: Factors, grid: Grid, needed: Array, shift: Array) -> tuple[Array, Array, Array]:
    """Add up the posterior, ``shift`` being its part common to all graphs, over the blocks in which a graph matters."""
    graphs, sets = factors.signs.shape
    by_value, by_graph, moment = np.zeros(shift.size), np.zeros(graphs), np.zeros(graphs)
    longest = ZERO
    for block in range(grid.starts.size - 1):
        longest = max(longest, grid.starts[block + 1] - grid.starts[block])
    curves, line = np.empty((sets, longest)), np.empty(longest)
    for block in range(grid.starts.size - 1):
        low, width = grid.starts[block], grid.starts[block + 1] - grid.starts[block]
        if not needed[:, block].any():
            continue
        _fill_curves(factors, grid.values[low : low + width], curves)
        for graph in range(graphs):
            if not needed[graph, block]:
                continue
            for j in range(width):
                line[j] = factors.constant[graph] + shift[low + j]
            for c in range(sets):
                sign = factors.signs[graph, c]
                if sign != 0.0:
                    for j in range(width):
                        line[j] += sign * curves[c, j]
            for j in range(width):
                mass = math.exp(line[j])
                by_value[low + j] += mass
                by_graph[graph] += mass
                moment[graph] += mass * grid.values[low + j]
    return by_value, by_graph, moment


@kernel
def _fill_curves(factors: Factors, values: Array, curves: Array) -> None:
    """Fill the logarithms of the Dirichlet terms at some values, shape (C, at least the number of values)."""
    for j in range(values.size):
        base = math.lgamma(factors.total + values[j])
        for c in range(factors.outside.size):
            curves[c, j] = math.lgamma(factors.outside[c] + values[j]) - base
