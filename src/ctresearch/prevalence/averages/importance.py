"""Draws from a posterior through proposals around its mode.

Proposals come from a multivariate t with the location and curvature of the mode or the mean and covariance of a pilot.
Their weights give the marginal likelihood; a Metropolis chain through them, with steps of a random walk between, gives
draws from the posterior.

References
----------
.. [1] Tierney, L. (1994). Markov chains for exploring posterior distributions. Annals of Statistics 22, 1701-1728.
   https://doi.org/10.1214/aos/1176325750
.. [2] Meng, X.-L. and Wong, W. H. (1996). Simulating ratios of normalizing constants via a simple identity: a
   theoretical exploration. Statistica Sinica 6, 831-860.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from scipy.linalg import solve_triangular
from scipy.special import gammaln, logsumexp

from ctresearch.core.compile import copy_into, kernel
from ctresearch.prevalence.averages.poisson_posterior import density, log_density

if TYPE_CHECKING:
    from ctresearch.prevalence.averages.poisson_posterior import Mode, Target
    from ctresearch.prevalence.lists.cells import Array

# Degrees of freedom of the t: tails heavier than those of any posterior here keep weights bounded; fewer would waste
# draws.
TAILS = 8.0
_BRIDGE_STEPS = 1000
_BRIDGE_CLOSE = 1e-10
# A covariance from fewer effective draws a coefficient is worse than the curvature of the mode.
_PILOT_WORTH = 10


@dataclass(frozen=True, slots=True)
class Proposals:
    """M proposals for P coefficients: ``betas`` (M, P) and ``log_weights`` (M,), log posterior less log proposal."""

    betas: Array
    log_weights: Array

    @property
    def log_marginal(self) -> float:
        """Logarithm of the marginal likelihood, by the mean weight."""
        return float(logsumexp(self.log_weights) - math.log(self.log_weights.size))

    @property
    def effective(self) -> float:
        """Independent draws that the weighted proposals are worth, by Kish's formula."""
        return float(np.exp(2 * logsumexp(self.log_weights) - logsumexp(2 * self.log_weights)))


def propose(target: Target, mode: Mode, size: int, random: np.random.Generator) -> Proposals:
    """Draw proposals around a mode and weigh them.

    Parameters
    ----------
    target : Target
        The posterior.
    mode : Mode
        Its mode.
    size : int
        Number of proposals.
    random : numpy.random.Generator
        Where they come from.

    Returns
    -------
    Proposals
        Independent of one another.

    Examples
    --------
    >>> from ctresearch.prevalence.averages.poisson_posterior import Target, find_mode
    >>> target = Target(np.ones((2, 1)), np.array([3.0, 5.0]), np.zeros(1), 0.0, 0.0)
    >>> found = propose(target, find_mode(target, np.zeros(1)), 4000, np.random.default_rng(1))
    >>> round(found.log_marginal, 1)  # log of gamma(8) / 2 ** 8
    3.0
    """
    normal = random.standard_normal((size, mode.beta.size))
    stretch = np.sqrt(TAILS / random.chisquare(TAILS, size))[:, None]
    root = solve_triangular(mode.factor, np.eye(mode.beta.size), lower=True)  # inverted once: P is small, M is not
    betas = mode.beta + (normal * stretch) @ root
    return Proposals(betas, log_weights_of(target, mode, betas))


def log_weights_of(target: Target, mode: Mode, betas: Array) -> Array:
    """Weigh coefficients, wherever they come from, as proposals around a mode are weighed.

    Parameters
    ----------
    target : Target
        The posterior.
    mode : Mode
        Its mode.
    betas : numpy.ndarray
        Coefficients, shape (M, P).

    Returns
    -------
    numpy.ndarray
        Log posterior less log proposal density, shape (M,).

    Examples
    --------
    >>> from ctresearch.prevalence.averages.poisson_posterior import Target, find_mode
    >>> target = Target(np.ones((2, 1)), np.array([3.0, 5.0]), np.zeros(1), 0.0, 0.0)
    >>> mode = find_mode(target, np.zeros(1))
    >>> log_weights_of(target, mode, mode.beta[None]).round(2).tolist()
    [3.0]
    """
    dimension = mode.beta.size
    distance = (((betas - mode.beta) @ mode.factor) ** 2).sum(axis=1)
    log_t = (
        gammaln((TAILS + dimension) / 2)
        - gammaln(TAILS / 2)
        - dimension / 2 * math.log(TAILS * math.pi)
        + np.log(np.diag(mode.factor)).sum()
        - (TAILS + dimension) / 2 * np.log1p(distance / TAILS)
    )
    weights: Array = log_density(target, betas) - log_t
    return weights


def recentre(mode: Mode, pilot: Proposals) -> Mode:
    """Move proposals to the mean and covariance of the posterior, which skewness sets apart from its mode.

    Parameters
    ----------
    mode : Mode
        Where the pilot was drawn around.
    pilot : Proposals
        Many times as many as there are coefficients.

    Returns
    -------
    Mode
        The mean and the inverse covariance in place of mode and information; as it was where the pilot is worth too
        few draws to tell.

    Examples
    --------
    >>> from ctresearch.prevalence.averages.poisson_posterior import Target, find_mode
    >>> target = Target(np.ones((2, 1)), np.array([3.0, 5.0]), np.zeros(1), 0.0, 0.0)
    >>> mode = find_mode(target, np.zeros(1))
    >>> moved = recentre(mode, propose(target, mode, 4000, np.random.default_rng(1)))
    >>> bool(moved.beta[0] < mode.beta[0])
    True
    """
    if pilot.effective < _PILOT_WORTH * mode.beta.size:
        return mode
    weight = np.exp(pilot.log_weights - logsumexp(pilot.log_weights))
    mean = weight @ pilot.betas
    centred = pilot.betas - mean
    precision = np.linalg.inv((centred * weight[:, None]).T @ centred)
    return mode._replace(beta=mean, factor=np.linalg.cholesky((precision + precision.T) / 2))


def bridge(posterior: Array, proposals: Array) -> float:
    """Return the log marginal likelihood by bridge sampling.

    Parameters
    ----------
    posterior, proposals : numpy.ndarray
        Log weights of draws from the posterior and of independent proposals, shapes (L,) and (M,).

    Returns
    -------
    float
        The optimal bridge of Meng and Wong.

    Examples
    --------
    >>> bridge(np.zeros(10), np.zeros(20))
    0.0
    """
    share = posterior.size / (posterior.size + proposals.size)
    value = float(logsumexp(proposals) - math.log(proposals.size))
    for _ in range(_BRIDGE_STEPS):
        above = proposals - np.logaddexp(math.log(share) + proposals, math.log1p(-share) + value)
        below = -np.logaddexp(math.log(share) + posterior, math.log1p(-share) + value)
        new = float(logsumexp(above) - math.log(above.size) - logsumexp(below) + math.log(below.size))
        if abs(new - value) < _BRIDGE_CLOSE:
            return new
        value = new
    return value


@kernel
def mixed_chain(target: Target, centre: Mode, betas: Array, steps: Array, uniforms: Array) -> tuple[Array, float]:
    """Run a chain that takes a far proposal and then a near one in turn.

    Far proposals, independent of where the chain stands, let it mix; near ones, a random walk, take it out of a tail
    that the far ones hardly reach.

    Parameters
    ----------
    target : Target
        The posterior.
    centre : Mode
        Where far proposals were drawn.
    betas : numpy.ndarray
        Far proposals, shape (M, P).
    steps : numpy.ndarray
        Near steps, shape (M, P).
    uniforms : numpy.ndarray
        Uniform draws, shape (M, 2).

    Returns
    -------
    tuple
        Draws, shape (M, P), and the share of far proposals accepted.
    """
    draws, beta = np.empty_like(betas), centre.beta.copy()
    value, accepted = density(target, beta), 0
    reach = _log_t(centre, beta)
    for i in range(len(betas)):
        far, new = _log_t(centre, betas[i]), density(target, betas[i])
        if math.log(uniforms[i, 0]) < new - far - value + reach:
            beta, value, reach = betas[i].copy(), new, far
            accepted += 1
        near = beta + steps[i]
        new = density(target, near)
        if math.log(uniforms[i, 1]) < new - value:
            beta, value, reach = near, new, _log_t(centre, near)
        copy_into(draws[i], beta)
    return draws, accepted / len(betas)


@kernel
def _log_t(centre: Mode, beta: Array) -> float:
    """Return the log density of far proposals, up to a constant."""
    distance = 0.0
    for j in range(beta.size):
        along = 0.0
        for k in range(j, beta.size):
            along += centre.factor[k, j] * (beta[k] - centre.beta[k])
        distance += along * along
    return -0.5 * (TAILS + beta.size) * math.log1p(distance / TAILS)
