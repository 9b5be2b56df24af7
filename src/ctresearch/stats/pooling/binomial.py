"""Proportions pooled by their exact likelihood: log odds that differ between studies, counts binomial around them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from ctresearch.stats.pooling.selection import inverse_information

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

POINTS = 25
_LEAST = 1e-5
"""A standard deviation between log odds below which there is none."""


@dataclass(frozen=True, slots=True)
class PooledProportion:
    """The mean of log odds and how much they differ.

    Parameters
    ----------
    mean, std_error, tau2 : float
        Mean of log odds, its standard error, and the variance between.
    log_likelihood : float
        With the binomial constants.
    converged : bool
        Whether the search ended inside its bounds.
    """

    mean: float
    std_error: float
    tau2: float
    log_likelihood: float
    converged: bool


def pooled_proportion(events: Floats, total: Floats, points: int = POINTS) -> PooledProportion:
    """Maximise the likelihood of counts, the log odds integrated out.

    Parameters
    ----------
    events, total : numpy.ndarray
        People with it and people asked, shape (studies,).
    points : int
        Of the adaptive quadrature; 1 is Laplace's approximation.

    Returns
    -------
    PooledProportion
        The fit.

    References
    ----------
    .. [1] Stijnen, T., Hamza, T. H. and Ozdemir, P. (2010). Random effects meta-analysis of event outcome in the
       framework of the generalized linear mixed model with applications in sparse data. Statistics in Medicine 29,
       3046-3067. https://doi.org/10.1002/sim.4040

    Examples
    --------
    >>> pooled_proportion(np.array([5.0, 5.0, 5.0]), np.array([10.0, 10.0, 10.0])).mean.__round__(6)
    0.0
    """
    from scipy.optimize import minimize

    nodes, weights = np.polynomial.hermite.hermgauss(points)
    log_weights = np.log(weights) + nodes**2

    def negative(parameters: Floats) -> float:
        return -_likelihood(events, total, parameters[0], np.exp(parameters[1]), (nodes, log_weights))

    share = (events.sum() + 0.5) / (total.sum() + 1)
    centre = float(np.log(share / (1 - share)))
    bounds = [(-20.0, 20.0), (np.log(_LEAST), np.log(20.0))]
    options = {"ftol": 1e-14, "gtol": 1e-9, "maxiter": 2000}
    tries = [
        minimize(negative, [centre, np.log(one)], method="L-BFGS-B", bounds=bounds, options=options)
        for one in (0.5, 0.05)
    ]
    best = min(tries, key=lambda one: float(one.fun))
    none = bool(best.x[1] < np.log(_LEAST) + 1)
    if none:
        spread = inverse_information(lambda p: negative(np.array([p[0], np.log(_LEAST)])), best.x[:1])
    else:
        spread = inverse_information(negative, best.x)
    inside = bool(abs(best.x[0]) < 19 and best.x[1] < np.log(19.0))
    return PooledProportion(
        mean=float(best.x[0]),
        std_error=float(np.sqrt(spread[0, 0])),
        tau2=0.0 if none else float(np.exp(2 * best.x[1])),
        log_likelihood=-float(best.fun),
        converged=inside and bool(np.isfinite(best.fun)),
    )


def _likelihood(events: Floats, total: Floats, mean: float, spread: float, rule: tuple[Floats, Floats]) -> float:
    """Return the log likelihood, each study's log odds integrated about their own mode."""
    from scipy.special import expit, gammaln, logsumexp

    mode = np.zeros(len(events))
    for _ in range(60):  # Newton's steps for the standard normal part of each study
        chance = expit(mean + spread * mode)
        slope = spread * (events - total * chance) - mode
        curve = spread**2 * total * chance * (1 - chance) + 1
        step = slope / curve
        mode += np.clip(step, -2, 2)
        if np.abs(step).max() < 1e-12:
            break
    chance = expit(mean + spread * mode)
    width = 1 / np.sqrt(spread**2 * total * chance * (1 - chance) + 1)
    nodes, log_weights = rule
    at = mode[:, None] + np.sqrt(2) * width[:, None] * nodes
    odds = mean + spread * at
    inside = events[:, None] * odds - total[:, None] * np.logaddexp(0, odds) - at**2 / 2 - 0.5 * np.log(2 * np.pi)
    constants = gammaln(total + 1) - gammaln(events + 1) - gammaln(total - events + 1)
    return float((constants + logsumexp(inside + log_weights, axis=1) + np.log(np.sqrt(2) * width)).sum())
