"""A Markov chain for the overdispersed model of numbers of people known [1]_.

A number is negative binomial with mean ``exp(activity + prevalence)`` and a variance ``overdispersion`` times as large.
Activities of respondents are normal around 0, prevalences of groups normal around a common mean, and one over each
overdispersion is uniform. They move by random-walk Metropolis steps whose lengths adapt while the chain warms up; all
activities move against all prevalences in one Gibbs step, since the answers tell only their sums.

References
----------
.. [1] Zheng, T., Salganik, M. J. and Gelman, A. (2006). How many people do you know in prison? Using overdispersion in
   count data to estimate social structure in networks. Journal of the American Statistical Association 101, 409-423.
   https://doi.org/10.1198/016214505000001168
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from ctresearch.core.compile import copy_into, kernel
from ctresearch.prevalence.scale_up.count_likelihood import Rounds, log_negative_binomial, log_slope

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

_ACCEPT = 0.44
# Priors where the paper has flat ones, which few groups leave improper: wide enough to say nothing of counts of people.
MEAN_SPREAD = 5.0
SPREAD_LOW, SPREAD_HIGH = 0.05, 5.0


class CountState(NamedTuple):
    """Where a chain stands.

    ``activity`` (n,), ``prevalence`` and ``logit_inverse`` (groups,), ``scalars``: spread of activities, mean and
    spread of prevalences; ``cells`` (n, groups), log-likelihoods; ``activity_step`` (n,), ``prevalence_step`` and
    ``inverse_step`` (groups,).
    """

    activity: Floats
    prevalence: Floats
    logit_inverse: Floats
    scalars: Floats
    cells: Floats
    activity_step: Floats
    prevalence_step: Floats
    inverse_step: Floats


def start_counts(counts: Floats, rng: np.random.Generator) -> CountState:
    """Start a chain near the means of rows and columns.

    Parameters
    ----------
    counts : numpy.ndarray
        Numbers of people known, shape (n, groups).
    rng : numpy.random.Generator
        The stream.

    Returns
    -------
    CountState
        The start.

    Examples
    --------
    >>> state = start_counts(np.array([[4.0, 1.0], [2.0, 0.0]]), np.random.default_rng(1))
    >>> bool(np.isfinite(state.cells).all())
    True
    """
    n, groups = counts.shape
    activity = np.log((counts.sum(axis=1) + 0.5) / (counts.sum(axis=1) + 0.5).mean()) + rng.normal(0, 0.1, n)
    prevalence = np.log(counts.mean(axis=0) + 0.5 / n) + rng.normal(0, 0.1, groups)
    spreads = [np.clip(one.std(), 2 * SPREAD_LOW, SPREAD_HIGH / 2) for one in (activity, prevalence)]
    scalars = np.array([spreads[0], prevalence.mean(), spreads[1]])
    logit = np.asarray(rng.normal(0, 0.3, groups))
    steps = (np.full(n, 0.4), np.full(groups, 0.1), np.full(groups, 0.4))
    state = CountState(activity, prevalence, logit, scalars, np.empty((n, groups)), *steps)
    for k in range(groups):
        write_column(counts, k, (state.prevalence[k], state.logit_inverse[k]), state, state.cells[:, k])
    return state


@kernel
def write_column(counts: Floats, k: int, at: tuple[float, float], state: CountState, column: Floats) -> float:
    """Write the log-likelihood of one group; return how much it rises.

    Parameters
    ----------
    counts : numpy.ndarray
        Shape (n, groups).
    k : int
        Which group.
    at : tuple of float
        Its log prevalence, and the logit of one over its overdispersion.
    state : CountState
        Activities, and what the cells were.
    column : numpy.ndarray
        Where to write, shape (n,).

    Returns
    -------
    float
        The sum of the column less what it was.
    """
    prevalence, inverse, rise = at[0], 1.0 / (1.0 + math.exp(-at[1])), 0.0
    for i in range(counts.shape[0]):
        before = state.cells[i, k]
        column[i] = log_negative_binomial(counts[i, k], math.exp(state.activity[i] + prevalence), inverse)
        rise += column[i] - before
    return rise


@kernel
def run_counts(rng: np.random.Generator, counts: Floats, state: CountState, rounds: Rounds) -> Floats:
    """Take rounds and keep one in ``thin``.

    Parameters
    ----------
    rng : numpy.random.Generator
        The stream.
    counts : numpy.ndarray
        Numbers of people known, shape (n, groups).
    state : CountState
        Where to start, and, after it, where the chain came to.
    rounds : Rounds
        How many rounds, one in how many is kept, and whether lengths of steps adapt.

    Returns
    -------
    numpy.ndarray
        Shape (kept, 4 + 2 groups): spread of activities, mean and spread of prevalences, mean of the exponentials of
        activities, then prevalence and overdispersion of each group.
    """
    groups = counts.shape[1]
    kept = np.empty((rounds.total // rounds.thin, 4 + 2 * groups))
    for i in range(1, kept.shape[0] * rounds.thin + 1):
        gain = min(0.5, 5.0 / math.sqrt(i)) if rounds.warm else 0.0
        _move_activity(rng, counts, state, gain)
        for k in range(groups):
            _move_group(rng, counts, k, state, gain)
        _shift(rng, state)
        _draw_scales(rng, state)
        if i % rounds.thin == 0:
            row = kept[i // rounds.thin - 1]
            copy_into(row[:3], state.scalars)
            row[3] = np.exp(state.activity).mean()
            copy_into(row[4 : 4 + groups], state.prevalence)
            copy_into(row[4 + groups :], 1.0 + np.exp(-state.logit_inverse))
    return kept


@kernel
def _adapt(step: Floats, place: int, accepted: bool, gain: float) -> None:
    """Lengthen a step that is accepted too often, shorten one that is too rarely."""
    if gain > 0:
        step[place] = min(max(step[place] * math.exp(gain * ((1.0 if accepted else 0.0) - _ACCEPT)), 1e-3), 10.0)


@kernel
def _move_activity(rng: np.random.Generator, counts: Floats, state: CountState, gain: float) -> None:
    """Move the activity of each respondent."""
    n, groups = counts.shape
    row, inverse = np.empty(groups), 1.0 / (1.0 + np.exp(-state.logit_inverse))
    scale = np.exp(state.prevalence)
    for i in range(n):
        old = state.activity[i]
        new = old + state.activity_step[i] * rng.standard_normal()
        change = (old * old - new * new) / (2 * state.scalars[0] ** 2)
        more = math.exp(new)
        for k in range(groups):
            row[k] = log_negative_binomial(counts[i, k], more * scale[k], inverse[k])
            change += row[k] - state.cells[i, k]
        accepted = math.log(1.0 - rng.random()) < change
        if accepted:
            state.activity[i] = new
            copy_into(state.cells[i], row)
        _adapt(state.activity_step, i, accepted, gain)


@kernel
def _move_group(rng: np.random.Generator, counts: Floats, k: int, state: CountState, gain: float) -> None:
    """Move prevalence and overdispersion of one group, one after the other."""
    column = np.empty(counts.shape[0])
    old, mean, spread = state.prevalence[k], state.scalars[1], state.scalars[2]
    new = old + state.prevalence_step[k] * rng.standard_normal()
    change = ((old - mean) ** 2 - (new - mean) ** 2) / (2 * spread * spread)
    change += write_column(counts, k, (new, state.logit_inverse[k]), state, column)
    accepted = math.log(1.0 - rng.random()) < change
    if accepted:
        state.prevalence[k] = new
        copy_into(state.cells[:, k], column)
    _adapt(state.prevalence_step, k, accepted, gain)
    was = state.logit_inverse[k]
    new = was + state.inverse_step[k] * rng.standard_normal()
    accepted = False
    if abs(new) < 18.0:
        change = log_slope(new) - log_slope(was)
        change += write_column(counts, k, (state.prevalence[k], new), state, column)
        accepted = math.log(1.0 - rng.random()) < change
    if accepted:
        state.logit_inverse[k] = new
        copy_into(state.cells[:, k], column)
    _adapt(state.inverse_step, k, accepted, gain)


@kernel
def _shift(rng: np.random.Generator, state: CountState) -> None:
    """Draw by how much all activities stand against all prevalences and their mean: no answer tells it."""
    precision = state.activity.size / state.scalars[0] ** 2 + 1 / MEAN_SPREAD**2
    pull = -state.activity.sum() / state.scalars[0] ** 2 + state.scalars[1] / MEAN_SPREAD**2
    length = pull / precision + rng.standard_normal() / math.sqrt(precision)
    for i in range(state.activity.size):
        state.activity[i] += length
    for k in range(state.prevalence.size):
        state.prevalence[k] -= length
    state.scalars[1] -= length


@kernel
def _draw_scales(rng: np.random.Generator, state: CountState) -> None:
    """Draw both spreads and the mean of prevalences; a spread outside its range is no move."""
    groups = state.prevalence.size
    precision = groups / state.scalars[2] ** 2 + 1 / MEAN_SPREAD**2
    centre = state.prevalence.sum() / state.scalars[2] ** 2 / precision
    state.scalars[1] = centre + rng.standard_normal() / math.sqrt(precision)
    squares = np.sum(state.activity**2)
    spread = math.sqrt(squares / 2 / rng.standard_gamma((state.activity.size - 1) / 2))
    if SPREAD_LOW < spread < SPREAD_HIGH:
        state.scalars[0] = spread
    squares = np.sum((state.prevalence - state.scalars[1]) ** 2)
    spread = math.sqrt(squares / 2 / rng.standard_gamma((groups - 1) / 2))
    if SPREAD_LOW < spread < SPREAD_HIGH:
        state.scalars[2] = spread
