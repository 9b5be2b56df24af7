"""The posterior of a population's size and degrees, given degrees in the order of interviews.

Degrees of the population are Conway, Maxwell and Poisson's: the chance of k is as ``exp(a k - v log k!)``, from 1 to a
largest degree. With the order summed up by one curve (:mod:`ctresearch.prevalence.respondent.degree_order`) and the
degrees of people outside the sample summed over, four numbers are left: size, time of the last ring, a and v.

References
----------
.. [1] Handcock, M. S., Gile, K. J. and Mar, C. M. (2014). Estimating hidden population size using respondent-driven
   sampling data. Electronic Journal of Statistics 8, 1491-1521. https://doi.org/10.1214/14-EJS923
.. [2] Haario, H., Saksman, E. and Tamminen, J. (2001). An adaptive Metropolis algorithm. Bernoulli 7, 223-242.
   https://doi.org/10.2307/3318737
"""

from __future__ import annotations

from math import exp, floor, lgamma, log, sqrt
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from ctresearch.core.compile import copy_into, kernel

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from ctresearch.prevalence.respondent.degree_order import OrderCurve

    Array = NDArray[Any]

PARAMETERS = 4
# Roberts, Gelman and Gilks (1997): a random walk of 2.38 / sqrt(dimension) standard deviations mixes fastest, and then
# accepts about a quarter of its steps.
_SCALE = 2.38**2 / PARAMETERS
_ACCEPTED = 0.25
_LOWEST = -1e300


class SizeModel(NamedTuple):
    """Data and prior as compiled code takes them.

    ``degree`` (K,) from 1 up with ``log_factorial`` (K,), and of the sample ``people``, ``total`` degree and total
    ``log_factorials``; ``height``, ``start``, ``step`` the curve of the order; the rest is :class:`SizePrior`.
    """

    degree: Array
    log_factorial: Array
    people: float
    total: float
    log_factorials: float
    height: Array
    start: float
    step: float
    alpha: float
    beta: float
    largest: float
    centre: float
    spread: float
    worth_mean: float
    worth_spread: float


class SizePrior(NamedTuple):
    """A prior: of the size, whose sampled share is Beta(``alpha``, ``beta``), up to ``largest``, and of degrees.

    Their mean is about ``centre`` and their standard deviation about ``spread``, worth so many people each.
    """

    alpha: float
    beta: float
    largest: float
    centre: float
    spread: float
    worth_mean: float = 1.0
    worth_spread: float = 3.0


class Plan(NamedTuple):
    """Steps of a chain: ``warmup`` that are thrown away, and ``draws`` that are kept, one in ``thin``."""

    warmup: int
    draws: int
    thin: int


def size_model(degree: Array, curve: OrderCurve, top: int, prior: SizePrior) -> SizeModel:
    """Lay data and prior out for compiled code.

    Parameters
    ----------
    degree : numpy.ndarray
        Degrees of the sample, shape (n,).
    curve : OrderCurve
        The curve of their order.
    top : int
        Largest degree that anybody can have.
    prior : SizePrior
        The prior.

    Returns
    -------
    SizeModel
        The model.
    """
    from scipy.special import gammaln

    support = np.arange(1, top + 1, dtype=np.float64)
    total, factorials = float(degree.sum()), float(gammaln(degree + 1).sum())
    data = (support, gammaln(support + 1), float(degree.size), total, factorials)
    return SizeModel(*data, curve.height, curve.start, curve.step, *prior)


@kernel
def log_prior_size(size: float, people: float, alpha: float, beta: float) -> float:
    """Return the log prior of a size, up to a constant: the sampled share is Beta.

    Its density is taken at half a person more, which keeps it finite where all are in the sample.
    """
    middle = size + 0.5
    return (beta - 1) * log(middle - people) - (alpha + beta) * log(middle)


@kernel
def degree_moments(a: float, v: float, model: SizeModel, chance: Array) -> tuple[float, float, float, float]:
    """Fill in the chance of each degree; return log normaliser, mean, variance, and the log Jacobian of the two."""
    highest = _LOWEST
    for k in range(chance.size):
        chance[k] = a * model.degree[k] - v * model.log_factorial[k]
        highest = max(highest, chance[k])
    total = 0.0
    for k in range(chance.size):
        chance[k] = exp(chance[k] - highest)
        total += chance[k]
    mean, mean_log = 0.0, 0.0
    for k in range(chance.size):
        chance[k] /= total
        mean += chance[k] * model.degree[k]
        mean_log += chance[k] * model.log_factorial[k]
    variance, third, with_log, squared_log = 0.0, 0.0, 0.0, 0.0
    for k in range(chance.size):
        off = model.degree[k] - mean
        off_log = model.log_factorial[k] - mean_log
        variance += chance[k] * off * off
        third += chance[k] * off * off * off
        with_log += chance[k] * off * off_log
        squared_log += chance[k] * off * off * off_log
    jacobian = abs(with_log * third - variance * squared_log)
    return highest + log(total), mean, variance, log(jacobian) if jacobian > 0 else _LOWEST


@kernel
def log_posterior(state: Array, model: SizeModel, chance: Array) -> float:
    """Return the log posterior at (log of people outside the sample, log time, a, v), up to a constant.

    The first is a real number whose exponential is cut to a whole number of people, so a size of any kind can be
    reached by steps of any length.
    """
    outside, log_time, v = floor(exp(min(state[0], 40.0))), state[1], state[3]
    size = model.people + outside
    place = (log_time - model.start) / model.step
    if size > model.largest or v < 0 or place < 0 or place >= model.height.size - 1:
        return _LOWEST
    normaliser, mean, variance, jacobian = degree_moments(state[2], v, model, chance)
    if variance <= 0 or jacobian <= _LOWEST:
        return _LOWEST
    time, missed = exp(log_time), 0.0
    for k in range(chance.size):
        missed += chance[k] * exp(-model.degree[k] * time)
    cell = int(place)
    found = model.height[cell] + (place - cell) * (model.height[cell + 1] - model.height[cell]) + log_time
    found += lgamma(size + 1) - lgamma(outside + 1) + state[0]
    if outside > 0:
        found += outside * log(missed)
    found += state[2] * model.total - v * model.log_factorials - model.people * normaliser
    found += log_prior_size(size, model.people, model.alpha, model.beta) + jacobian
    found -= 0.5 * model.worth_mean * (mean - model.centre) ** 2 / variance + 0.5 * log(variance)
    found -= (0.5 * model.worth_spread + 1) * log(variance)
    found -= 0.5 * model.worth_spread * model.spread**2 / variance
    return float(found)


@kernel
def run_chain(rng: np.random.Generator, model: SizeModel, state: Array, plan: Plan) -> Array:
    """Run a chain that learns its steps while it warms up; return sizes, mean degrees and their spread, (3, draws).

    ``state`` is where to start, and where the chain has come to in the end. Each quarter of the warm-up walks with the
    covariance of the quarter before; that of the last is then held.
    """
    warmup, draws, thin = plan
    kept = np.empty((3, draws))
    chance = np.empty(model.degree.size)
    factor = np.diag(np.array([0.1, 0.1, 0.02, 0.02]))
    mean, scatter = state.copy(), np.zeros((PARAMETERS, PARAMETERS))
    trial, noise = np.empty(PARAMETERS), np.empty(PARAMETERS)
    now, seen, log_scale = log_posterior(state, model, chance), 0.0, 0.0
    for step in range(warmup + draws * thin):
        for i in range(PARAMETERS):
            noise[i] = rng.standard_normal()
        for i in range(PARAMETERS):
            trial[i] = state[i]
            for j in range(i + 1):
                trial[i] += exp(log_scale) * factor[i, j] * noise[j]
        new = log_posterior(trial, model, chance)
        ratio = exp(min(0.0, new - now))
        if rng.random() < ratio:
            copy_into(state, trial)
            now = new
        if step < warmup:
            # The scale settles with the square root of the steps, the covariance with their number.
            log_scale += (ratio - _ACCEPTED) / sqrt(1.0 + step % (warmup // 4 + 1))
            seen = _learn(state, mean, scatter, seen)
            if (step + 1) % (warmup // 4) == 0:
                _factorise(scatter, seen, factor)
                log_scale, seen = 0.0, 0.0
                scatter[:] = 0.0
        elif (step - warmup) % thin == thin - 1:
            place = (step - warmup) // thin
            _, middle, variance, _ = degree_moments(state[2], state[3], model, chance)
            kept[0, place] = model.people + floor(exp(state[0]))
            kept[1, place], kept[2, place] = middle, sqrt(variance)
    return kept


@kernel
def _learn(state: Array, mean: Array, scatter: Array, seen: float) -> float:
    """Take one more state into the running mean and scatter; return how many were seen."""
    if seen == 0:
        copy_into(mean, state)
    seen += 1.0
    for i in range(PARAMETERS):
        off = state[i] - mean[i]
        for j in range(i + 1):
            scatter[i, j] += off * (state[j] - mean[j]) * (seen - 1) / seen
    for i in range(PARAMETERS):
        mean[i] += (state[i] - mean[i]) / seen
    return seen


@kernel
def _factorise(scatter: Array, seen: float, factor: Array) -> None:
    """Fill in the Cholesky factor of the covariance that was seen, at the scale of a good random walk."""
    for i in range(PARAMETERS):
        for j in range(i + 1):
            entry = _SCALE * scatter[i, j] / max(seen - 1, 1.0) + (1e-8 if i == j else 0.0)
            for k in range(j):
                entry -= factor[i, k] * factor[j, k]
            factor[i, j] = sqrt(max(entry, 1e-16)) if i == j else entry / factor[j, j]
