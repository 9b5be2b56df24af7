"""Item response models by marginal maximum likelihood, knowledge integrated out by Gauss-Hermite quadrature.

References
----------
.. [1] Bock, R. D. and Aitkin, M. (1981). Marginal maximum likelihood estimation of item parameters: application of an
   EM algorithm. Psychometrika 46, 443-459. https://doi.org/10.1007/BF02293801
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from ctresearch.core.errors import FitError

if TYPE_CHECKING:
    from ctresearch.stats.regression.generalized_linear import Floats

# places at which knowledge is integrated out; a steeper item is a step between them, where the likelihood runs away
_NODES, _MAX_STEEP = 41, 12.0


@dataclass(frozen=True, slots=True)
class ItemFit:
    """Slopes and intercepts of the items: the chance of a 1 is logistic in ``slope * knowledge + intercept``.

    Parameters
    ----------
    slopes, intercepts : numpy.ndarray
        Shape (items,) each; slopes are equal in a Rasch model.
    covariance : numpy.ndarray
        Of the free parameters: intercepts, then slopes (one in a Rasch model).
    log_likelihood : float
        At the maximum.

    Examples
    --------
    >>> ItemFit(np.array([2.0]), np.array([-1.0]), np.eye(2), -1.0).difficulties.tolist()
    [0.5]
    """

    slopes: Floats
    intercepts: Floats
    covariance: Floats
    log_likelihood: float

    @property
    def difficulties(self) -> Floats:
        """Knowledge at which a right answer has a chance of one half."""
        return np.asarray(-self.intercepts / self.slopes, dtype=float)


def fit_items(answers: Floats, *, rasch: bool) -> ItemFit:
    """Fit a Rasch or a two-parameter logistic model; knowledge is standard normal.

    Parameters
    ----------
    answers : numpy.ndarray
        0 and 1, persons by items.
    rasch : bool
        Whether all items have one slope.

    Returns
    -------
    ItemFit
        Standard errors come from the second derivatives.

    Raises
    ------
    FitError
        If a slope runs off, or the search does not settle.

    Examples
    --------
    >>> rng = np.random.default_rng(1)
    >>> know = rng.normal(size=(3000, 1))
    >>> answers = (rng.random((3000, 4)) < 1 / (1 + np.exp(-(know - np.array([-1.0, 0, 0.5, 1]))))).astype(float)
    >>> fit_items(answers, rasch=True).slopes.round(1).tolist()
    [1.0, 1.0, 1.0, 1.0]
    """
    from scipy.optimize import minimize

    patterns, repeats = np.unique(answers, axis=0, return_counts=True)
    counts = repeats.astype(float)
    items = answers.shape[1]
    share = np.clip(answers.mean(axis=0), 0.01, 0.99)
    start = np.concatenate([np.log(share / (1 - share)) * 1.2, np.ones(1 if rasch else items)])

    def fall(free: Floats) -> tuple[float, Floats]:
        value, gradient = _likelihood(free, patterns, counts, items)
        return -value / len(answers), -gradient / len(answers)

    found = minimize(fall, start, jac=True, method="BFGS", options={"gtol": 1e-8, "maxiter": 1000})
    free, slopes = found.x, found.x[items:]
    if slopes.sum() < 0:
        free = np.concatenate([free[:items], -slopes])
    if np.abs(fall(free)[1]).max() > 1e-5 or np.abs(free[items:]).max() > _MAX_STEEP:
        raise FitError(
            f"the item response model did not settle (steepest slope {np.abs(free[items:]).max():.3g}): an item may "
            "decide the others, so leave it out, or use model='rasch'"
        )
    information = _information(free, patterns, counts, items)
    if np.linalg.eigvalsh(information)[0] <= 0:
        raise FitError(
            f"the item response model of {items} items and {len(answers):,} people has no sharp maximum: the items "
            "hardly go together, so leave items out"
        )
    spread = np.broadcast_to(free[items:], items)
    return ItemFit(
        np.array(spread), free[:items], np.asarray(np.linalg.inv(information), dtype=float), -found.fun * len(answers)
    )


def _nodes() -> tuple[Floats, Floats]:
    """Return places and weights for a standard normal."""
    places, weights = np.polynomial.hermite_e.hermegauss(_NODES)
    return places, weights / weights.sum()


def _likelihood(free: Floats, patterns: Floats, counts: Floats, items: int) -> tuple[float, Floats]:
    """Return the log-likelihood of the patterns and its gradient."""
    places, weights = _nodes()
    slopes = np.broadcast_to(free[items:], items)
    logit = free[:items] + places[:, None] * slopes
    log_right, log_wrong = -np.logaddexp(0, -logit), -np.logaddexp(0, logit)
    joint = patterns @ log_right.T + (1 - patterns) @ log_wrong.T + np.log(weights)
    top = joint.max(axis=1, keepdims=True)
    total = top[:, 0] + np.log(np.exp(joint - top).sum(axis=1))
    posterior = np.exp(joint - total[:, None]) * counts[:, None]
    residual = posterior.T @ patterns - posterior.sum(axis=0)[:, None] * np.exp(log_right)
    on_slopes = (places[:, None] * residual).sum(axis=0)
    by_slope = on_slopes if len(free) == 2 * items else np.array([on_slopes.sum()])
    return float(counts @ total), np.concatenate([residual.sum(axis=0), by_slope])


def _information(free: Floats, patterns: Floats, counts: Floats, items: int) -> Floats:
    """Return minus the second derivatives, by central differences of the gradient."""
    out = np.zeros((len(free), len(free)))
    step = 1e-5
    for i in range(len(free)):
        move = np.zeros(len(free))
        move[i] = step
        up, down = (_likelihood(free + s * move, patterns, counts, items)[1] for s in (1, -1))
        out[i] = -(up - down) / (2 * step)
    return np.asarray((out + out.T) / 2, dtype=float)
