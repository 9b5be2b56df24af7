"""A Markov chain for models in which how many people each respondent knows is random [1]_.

The logarithm of each degree is normal, and the degree is that number rounded. People known in a group are binomial, or
beta-binomial where barriers make groups unevenly known, with the share of the group in the population as mean chance;
for the hidden group this is multiplied by a transmission rate. Degrees, dispersions and the hidden size move by
random-walk Metropolis steps whose lengths adapt while the chain warms up, mean and spread of the log degrees by Gibbs
steps, and one step moves all degrees and the hidden size against each other, along the ridge that a few known groups
leave.

References
----------
.. [1] Maltiel, R., Raftery, A. E., McCormick, T. H. and Baraff, A. J. (2015). Estimating population size using the
   network scale up method. Annals of Applied Statistics 9, 1247-1277. https://doi.org/10.1214/15-AOAS827
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from ctresearch.core.compile import copy_into, kernel
from ctresearch.prevalence.scale_up.count_likelihood import Rounds, binomial_constant, log_binomial, log_slope

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

# What a random walk in one dimension should accept (Roberts and Rosenthal 2001, doi:10.1214/ss/1015346320).
_ACCEPT = 0.44
_SELDOM = 3


class DegreePrior(NamedTuple):
    """Ranges of uniform priors, and what is in the model.

    ``mean`` and ``spread`` are ranges of mean and standard deviation of log degrees, ``log_share`` that of the log
    share of the hidden group, in which it is uniform; ``yes`` and ``no`` are the beta prior of the transmission rate.
    """

    mean_low: float
    mean_high: float
    spread_low: float
    spread_high: float
    log_share_low: float
    log_share_high: float
    barrier: bool
    transmission: bool
    yes: float
    no: float


class DegreeState(NamedTuple):
    """Where a chain stands.

    ``log_degree`` (n,); ``cells`` (n, groups), log-likelihoods; ``chance`` (groups,), mean shares, the hidden group's
    last; ``logit_spread`` (groups,); ``scalars``: mean and spread of log degrees, log share of the hidden group, and
    transmission rate; ``degree_step`` (n,), ``group_step`` (groups,) and ``other_step`` (2,), lengths of steps: the
    last are of the hidden share and the common move.
    """

    log_degree: Floats
    cells: Floats
    chance: Floats
    logit_spread: Floats
    scalars: Floats
    degree_step: Floats
    group_step: Floats
    other_step: Floats


def start_degrees(counts: Floats, shares: Floats, prior: DegreePrior, rng: np.random.Generator) -> DegreeState:
    """Start a chain near what scale-up by totals says, at a distance of its own.

    Parameters
    ----------
    counts : numpy.ndarray
        Numbers of people known, shape (n, groups), those of the hidden group last.
    shares : numpy.ndarray
        Of the known groups in the population, shape (groups - 1,).
    prior : DegreePrior
        The priors.
    rng : numpy.random.Generator
        The stream.

    Returns
    -------
    DegreeState
        The start.

    Examples
    --------
    >>> prior = DegreePrior(3, 8, 0.25, 2, -9, 0, True, False, 1, 1)
    >>> state = start_degrees(np.array([[4.0, 1.0], [2.0, 0.0]]), np.array([0.02]), prior, np.random.default_rng(1))
    >>> bool(np.isfinite(state.cells).all())
    True
    """
    n, groups = counts.shape
    known = counts[:, :-1].sum(axis=1)
    least = np.log(counts.max(axis=1) + 1.0)
    guess = np.log((known + 0.5) / shares.sum()) + rng.normal(0, 0.2, n)
    log_degree = np.maximum(guess, least)
    mean = float(np.clip(log_degree.mean(), prior.mean_low + 1e-6, prior.mean_high - 1e-6))
    spread = float(np.clip(log_degree.std(), prior.spread_low * 1.01, prior.spread_high * 0.99))
    rate = float(rng.beta(prior.yes, prior.no)) if prior.transmission else 1.0
    share = counts[:, -1].sum() / max(float(known.sum()), 1.0) * float(shares.sum()) / max(rate, 1e-3)
    log_share = float(
        np.clip(
            np.log(max(share, 1e-300)) + rng.normal(0, 0.3), prior.log_share_low + 1e-6, prior.log_share_high - 1e-6
        )
    )
    chance = np.append(shares, min(rate * np.exp(log_share), 1 - 1e-9))
    spreads = np.full(groups, -3.0) + rng.normal(0, 0.5, groups)
    state = DegreeState(
        log_degree,
        np.empty((n, groups)),
        chance,
        spreads,
        np.array([mean, spread, log_share, rate]),
        np.full(n, 0.5),
        np.full(groups, 0.5),
        np.array([0.3, 0.05]),
    )
    _fill(counts, prior, state)
    return state


@kernel
def run_degrees(
    rng: np.random.Generator, counts: Floats, prior: DegreePrior, state: DegreeState, rounds: Rounds
) -> Floats:
    """Take rounds and keep one in ``thin``.

    Parameters
    ----------
    rng : numpy.random.Generator
        The stream.
    counts : numpy.ndarray
        Numbers of people known, shape (n, groups), those of the hidden group last.
    prior : DegreePrior
        The priors.
    state : DegreeState
        Where to start, and, after it, where the chain came to.
    rounds : Rounds
        How many rounds, one in how many is kept, and whether lengths of steps adapt.

    Returns
    -------
    numpy.ndarray
        Shape (kept, 5 + groups): mean and spread of log degrees, log share, transmission rate, mean degree, and the
        intraclass correlation of each group.
    """
    kept = np.empty((rounds.total // rounds.thin, 5 + counts.shape[1]))
    for i in range(1, kept.shape[0] * rounds.thin + 1):
        gain = min(0.5, 5.0 / math.sqrt(i)) if rounds.warm else 0.0
        _move_degrees(rng, counts, prior, state, gain)
        _draw_normal(rng, state.log_degree, prior, state.scalars)
        if prior.barrier:
            for k in range(counts.shape[1]):
                _move_spread(rng, counts, k, state, gain)
        _move_share(rng, counts, prior, state, gain)
        if i % _SELDOM == 0:  # as dear as all other moves of a round together, and one in a few does
            _move_together(rng, counts, prior, state, gain)
        if prior.transmission:
            _draw_rate(rng, prior, state)
        if i % rounds.thin == 0:
            row = kept[i // rounds.thin - 1]
            copy_into(row[:4], state.scalars)
            row[4] = np.round(np.exp(state.log_degree)).mean()
            for k in range(counts.shape[1]):
                row[5 + k] = _spread(prior, state.logit_spread[k])
    return kept


@kernel
def _spread(prior: DegreePrior, logit: float) -> float:
    """Return an intraclass correlation, 0 without barriers."""
    return 1.0 / (1.0 + math.exp(-logit)) if prior.barrier else 0.0


@kernel
def _fill(counts: Floats, prior: DegreePrior, state: DegreeState) -> None:
    """Write the log-likelihood of every cell anew."""
    for k in range(counts.shape[1]):
        spread = _spread(prior, state.logit_spread[k])
        _write_column(counts, k, (0.0, state.chance[k], spread), state, state.cells[:, k])


@kernel
def _write_column(
    counts: Floats, k: int, move: tuple[float, float, float], state: DegreeState, column: Floats
) -> float:
    """Write the log-likelihood of one group, log degrees moved by a length; return how much it rises.

    ``move`` is this length, the mean share of the group, and its intraclass correlation.
    """
    length, chance, spread = move
    constant, rise = binomial_constant(chance, spread), 0.0
    for i in range(counts.shape[0]):
        degree = np.round(math.exp(min(state.log_degree[i] + length, 30.0)))
        before = state.cells[i, k]
        column[i] = log_binomial(counts[i, k], degree, chance, spread, constant)
        rise += column[i] - before
    return rise


@kernel
def _adapt(step: Floats, place: int, accepted: float, gain: float) -> None:
    """Lengthen a step that is accepted too often, shorten one that is too rarely."""
    step[place] = min(max(step[place] * math.exp(gain * (accepted - _ACCEPT)), 1e-3), 10.0)


@kernel
def _move_degrees(
    rng: np.random.Generator, counts: Floats, prior: DegreePrior, state: DegreeState, gain: float
) -> None:
    """Move the log degree of each respondent."""
    n, groups = counts.shape
    mean, spread = state.scalars[0], state.scalars[1]
    row = np.empty(groups)
    correlation, constant = np.empty(groups), np.empty(groups)
    for k in range(groups):
        correlation[k] = _spread(prior, state.logit_spread[k])
        constant[k] = binomial_constant(state.chance[k], correlation[k])
    for i in range(n):
        old = state.log_degree[i]
        new = old + state.degree_step[i] * rng.standard_normal()
        degree = np.round(math.exp(min(new, 30.0)))
        change = ((old - mean) ** 2 - (new - mean) ** 2) / (2 * spread * spread)
        if degree != np.round(math.exp(old)):
            for k in range(groups):
                row[k] = log_binomial(counts[i, k], degree, state.chance[k], correlation[k], constant[k])
                change += row[k] - state.cells[i, k]
        else:
            copy_into(row, state.cells[i])
        accepted = 0.0
        if math.log(1.0 - rng.random()) < change:
            state.log_degree[i] = new
            copy_into(state.cells[i], row)
            accepted = 1.0
        if gain > 0:
            _adapt(state.degree_step, i, accepted, gain)


@kernel
def _draw_normal(rng: np.random.Generator, values: Floats, prior: DegreePrior, scalars: Floats) -> None:
    """Draw mean and spread of log degrees; a draw outside the range of its prior is no move."""
    n = values.size
    mean = values.mean() + scalars[1] / math.sqrt(n) * rng.standard_normal()
    if prior.mean_low < mean < prior.mean_high:
        scalars[0] = mean
    squares = np.sum((values - scalars[0]) ** 2)
    spread = math.sqrt(squares / 2 / rng.standard_gamma((n - 1) / 2))
    if prior.spread_low < spread < prior.spread_high:
        scalars[1] = spread


@kernel
def _move_spread(rng: np.random.Generator, counts: Floats, k: int, state: DegreeState, gain: float) -> None:
    """Move the intraclass correlation of a group, uniform before the data."""
    old = state.logit_spread[k]
    new = old + state.group_step[k] * rng.standard_normal()
    correlation = 1.0 / (1.0 + math.exp(-new))
    change = log_slope(new) - log_slope(old)
    column = np.empty(counts.shape[0])
    accepted = 0.0
    if 1e-9 < correlation < 1 - 1e-9:
        change += _write_column(counts, k, (0.0, state.chance[k], correlation), state, column)
        if math.log(1.0 - rng.random()) < change:
            state.logit_spread[k] = new
            copy_into(state.cells[:, k], column)
            accepted = 1.0
    if gain > 0:
        _adapt(state.group_step, k, accepted, gain)


@kernel
def _move_share(rng: np.random.Generator, counts: Floats, prior: DegreePrior, state: DegreeState, gain: float) -> None:
    """Move the share of the hidden group, uniform in its logarithm before the data."""
    k = counts.shape[1] - 1
    new = state.scalars[2] + state.other_step[0] * rng.standard_normal()
    chance = state.scalars[3] * math.exp(new)
    column = np.empty(counts.shape[0])
    accepted = 0.0
    if prior.log_share_low < new < prior.log_share_high and chance < 1.0:
        change = _write_column(counts, k, (0.0, chance, _spread(prior, state.logit_spread[k])), state, column)
        if math.log(1.0 - rng.random()) < change:
            state.scalars[2], state.chance[k] = new, chance
            copy_into(state.cells[:, k], column)
            accepted = 1.0
    if gain > 0:
        _adapt(state.other_step, 0, accepted, gain)


@kernel
def _move_together(
    rng: np.random.Generator, counts: Floats, prior: DegreePrior, state: DegreeState, gain: float
) -> None:
    """Move all log degrees up and the hidden log share down, by the same length."""
    n, groups = counts.shape
    length = state.other_step[1] * rng.standard_normal()
    mean, share = state.scalars[0] + length, state.scalars[2] - length
    chance = state.scalars[3] * math.exp(share)
    accepted = 0.0
    if prior.mean_low < mean < prior.mean_high and prior.log_share_low < share < prior.log_share_high and chance < 1.0:
        change, cells = 0.0, np.empty((n, groups))
        for k in range(groups):
            spread = _spread(prior, state.logit_spread[k])
            used = chance if k == groups - 1 else state.chance[k]
            change += _write_column(counts, k, (length, used, spread), state, cells[:, k])
        if math.log(1.0 - rng.random()) < change:
            for i in range(n):
                state.log_degree[i] += length
                copy_into(state.cells[i], cells[i])
            state.scalars[0], state.scalars[2], state.chance[groups - 1] = mean, share, chance
            accepted = 1.0
    if gain > 0:
        _adapt(state.other_step, 1, accepted, gain)


@kernel
def _draw_rate(rng: np.random.Generator, prior: DegreePrior, state: DegreeState) -> None:
    """Draw the transmission rate with its product with the hidden share held: the answers say nothing of it alone."""
    rate = rng.beta(prior.yes, prior.no)
    share = state.scalars[2] + math.log(state.scalars[3]) - math.log(rate)
    if prior.log_share_low < share < prior.log_share_high:
        state.scalars[3], state.scalars[2] = rate, share
