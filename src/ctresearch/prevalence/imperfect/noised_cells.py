"""Counts under known noise: what a noised count says of the true one, and a Poisson model fitted to noised counts.

A true count is Poisson with some mean, and noise of a known distribution was added to it, so that a noised count may be
negative. Its likelihood is a sum over all true counts. The derivative of its logarithm by the log mean is the expected
true count given the noised one, less the mean; the second is the variance of the true count given the noised one, less
the mean. So Newton's method needs two moments of each cell.

References
----------
.. [1] Rinott, Y., O'Keefe, C. M., Shlomo, N. and Skinner, C. (2018). Confidentiality and differential privacy in the
   dissemination of frequency tables. Statistical Science 33, 358-385. https://doi.org/10.1214/17-STS641
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from ctresearch.core.compile import kernel
from ctresearch.core.errors import FitError

if TYPE_CHECKING:
    from ctresearch.prevalence.lists.cells import Array

_MAX_ITERATIONS, _MAX_HALVINGS = 500, 40
# Squared decrement: half of it is what the log-likelihood can still gain.
_CONVERGED = 1e-9
# A ratio of exp(-12) is an overlap of nobody: the likelihood rises for ever.
_RUN_AWAY = 12.0
# exp(-40) of the mass lies beyond, in either tail.
_TAIL = 40.0


@dataclass(frozen=True, slots=True)
class Noise:
    """Discrete noise: Laplace, chances proportional to ``exp(-abs(x) / scale)``, or Gaussian of variance ``scale``."""

    gaussian: bool
    scale: float

    @classmethod
    def of_spread(cls, noise_sd: float, *, gaussian: bool) -> Noise:
        """Return the noise of a standard deviation."""
        variance = noise_sd**2
        if gaussian:
            return cls(gaussian=True, scale=variance)
        decay = (variance + 1.0 - math.sqrt(2.0 * variance + 1.0)) / variance
        return cls(gaussian=False, scale=-1.0 / math.log(decay))

    @property
    def variance(self) -> float:
        """Variance of the noise."""
        if self.gaussian:
            return self.scale
        decay = math.exp(-1.0 / self.scale)
        return 2.0 * decay / (1.0 - decay) ** 2

    @property
    def constant(self) -> float:
        """Logarithm of what makes the chances add up to one."""
        if not self.gaussian:
            decay = math.exp(-1.0 / self.scale)
            return math.log1p(-decay) - math.log1p(decay)
        reach = np.arange(-math.ceil(10 * math.sqrt(self.scale)) - 10, math.ceil(10 * math.sqrt(self.scale)) + 11)
        return -math.log(float(np.exp(-(reach**2) / (2.0 * self.scale)).sum()))


@dataclass(frozen=True, slots=True)
class NoisedFit:
    """What noised counts say of a model.

    ``beta`` (P,) coefficients, ``information`` (P, P), and by cell (C,) ``means``, ``expected`` true counts given the
    noised ones and their ``variance``; ``loglik`` with all constants.
    """

    beta: Array
    information: Array
    means: Array
    expected: Array
    variance: Array
    loglik: float


def fit_noised(design: Array, noised: Array, noise: Noise, start: Array) -> NoisedFit:
    """Fit a log-linear model to noised counts by maximum likelihood.

    Parameters
    ----------
    design : numpy.ndarray
        Cells by terms, shape (C, P).
    noised : numpy.ndarray
        Noised counts, shape (C,).
    noise : Noise
        What was added.
    start : numpy.ndarray
        Where to begin, shape (P,).

    Returns
    -------
    NoisedFit
        The estimate.

    Raises
    ------
    FitError
        If it does not exist or is not reached.

    Examples
    --------
    >>> design = np.array([[1.0, 1.0, 0.0], [1.0, 0.0, 1.0], [1.0, 1.0, 1.0]])
    >>> fitted = fit_noised(design, np.array([60.0, 40.0, 20.0]), Noise(False, 1e-3), np.zeros(3))
    >>> round(float(np.exp(fitted.beta[0])), 3)
    120.0
    """
    beta = start.copy()
    for step_count in range(_MAX_ITERATIONS):
        loglik, expected, variance = _moments(design, beta, noised, noise)
        means = np.exp(design @ beta)
        score = design.T @ (expected - means)
        information = design.T @ ((means - variance)[:, None] * design)
        whole = design.T @ (means[:, None] * design)
        concave = bool(np.linalg.eigvalsh(information / np.sqrt(np.outer(np.diag(whole), np.diag(whole)))).min() > 1e-8)
        # far from the top the information of the true counts leads there without overshooting
        step = np.linalg.solve(information if concave and step_count > 2 else whole, score)
        if float(step @ score) < _CONVERGED and concave:
            return _at_top(design, beta + step, noised, noise)
        scale = 1.0
        for _ in range(_MAX_HALVINGS):
            if _moments(design, beta + scale * step, noised, noise)[0] >= loglik - 1e-10 * (1.0 + abs(loglik)):
                break
            scale *= 0.5
        beta = beta + scale * step
        if beta[1:].min() < -_RUN_AWAY - abs(beta[0]) or (design @ beta).min() < -_RUN_AWAY:
            raise _gone()
    raise _gone()


def _at_top(design: Array, beta: Array, noised: Array, noise: Noise) -> NoisedFit:
    """Return what the counts say at the coefficients of the maximum."""
    loglik, expected, variance = _moments(design, beta, noised, noise)
    means = np.exp(design @ beta)
    information = design.T @ ((means - variance)[:, None] * design)
    return NoisedFit(beta, information, means, expected, variance, loglik)


def moments(noised: Array, means: Array, noise: Noise) -> tuple[Array, Array, Array]:
    """Return what noised counts say of the true ones, for many tables of means.

    Parameters
    ----------
    noised : numpy.ndarray
        Noised counts, shape (C,).
    means : numpy.ndarray
        Means of the true counts, shape (tables, C).
    noise : Noise
        What was added.

    Returns
    -------
    tuple of numpy.ndarray
        Log-likelihood, expected true count and its variance given the noised one, shape (tables, C) each.

    Examples
    --------
    >>> _, expected, _ = moments(np.array([-3.0]), np.array([[5.0]]), Noise(False, 2.0))
    >>> bool(0 < expected[0, 0] < 5)
    True
    """
    out = np.empty((3, *means.shape))
    _fill(np.ascontiguousarray(noised), np.ascontiguousarray(means), noise.gaussian, noise.scale, noise.variance, out)
    return out[0] + noise.constant, out[1], out[2]


def _moments(design: Array, beta: Array, noised: Array, noise: Noise) -> tuple[float, Array, Array]:
    """Return the log-likelihood and the two moments of each cell at some coefficients."""
    linear = design @ beta
    if linear.max() > 20.0:  # half a thousand million people in a cell
        return -np.inf, np.zeros(noised.size), np.zeros(noised.size)
    loglik, expected, variance = moments(noised, np.exp(np.maximum(linear, -50.0))[None, :], noise)
    return float(loglik.sum()), expected[0], variance[0]


def _gone() -> FitError:
    """Return the refusal of a model without an estimate."""
    return FitError(
        "the estimate does not exist under this noise: an overlap could be of nobody, or of any size; choose a model "
        "with fewer interactions, merge lists, or ask for counts with a larger budget"
    )


@kernel
def _fill(  # noqa: PLR0917 - a compiled function takes no keywords of its own kind
    noised: Array, means: Array, gaussian: bool, scale: float, variance: float, out: Array
) -> None:
    """Fill log-likelihood, expected count and variance by summing over true counts."""
    for row in range(means.shape[0]):
        for c in range(means.shape[1]):
            mean, count = means[row, c], noised[c]
            reach = 10.0 * math.sqrt(mean) + 30.0
            reach += 10.0 * math.sqrt(variance) if gaussian else _TAIL * scale
            low = max(0.0, math.floor(min(count, mean) - reach))
            high = max(math.ceil(max(count, mean) + reach), 1.0)
            top = -np.inf
            log_mean = math.log(mean)
            first = low * log_mean - mean - math.lgamma(low + 1.0)
            weight, n = first, low
            while n <= high:
                gap = count - n
                here = weight - (gap * gap / (2.0 * scale) if gaussian else abs(gap) / scale)
                top = max(top, here)
                n += 1.0
                weight += log_mean - math.log(n)
            total, one, two = 0.0, 0.0, 0.0
            weight, n = first, low
            while n <= high:
                gap = count - n
                here = math.exp(weight - (gap * gap / (2.0 * scale) if gaussian else abs(gap) / scale) - top)
                total += here
                one += here * (n - mean)
                two += here * (n - mean) ** 2
                n += 1.0
                weight += log_mean - math.log(n)
            centre = one / total
            out[0, row, c] = top + math.log(total)
            out[1, row, c] = mean + centre
            out[2, row, c] = max(two / total - centre * centre, 0.0)
