"""One cohort, one comparison group, two periods: the block from which staggered effects are built.

Formulas and influence functions are those of Sant'Anna and Zhao (2020) for panels, by regression, by weighting with
weights that sum to one, and doubly robust. A design and its propensities are prepared once and serve every pair of
periods in which the same units are compared.

References
----------
.. [1] Sant'Anna, P. H. C. and Zhao, J. (2020). Doubly robust difference-in-differences estimators. Journal of
   Econometrics 219, 101-122. https://doi.org/10.1016/j.jeconom.2020.06.003
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

import numpy as np

from ctresearch.core.errors import FitError

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]
    Booleans = NDArray[np.bool_]

Method = Literal["doubly_robust", "regression", "weighting"]
METHODS: tuple[Method, ...] = ("doubly_robust", "regression", "weighting")
# as DRDID does: a comparison unit this likely to be treated would stand for 199 others
TRIM = 0.995
_NEAR_ONE = 1 - 1e-6
_STEPS, _STOP = 50, 1e-10
# a standardised design whose smallest singular value is below this share of its largest does not tell its columns apart
_COLLINEAR = 1e-9


@dataclass(frozen=True, slots=True)
class Comparison:
    """Who is compared with whom, with what both need to know of the covariates.

    Parameters
    ----------
    treated : numpy.ndarray
        1 for the cohort, 0 for the comparison units, shape (units,).
    weights : numpy.ndarray
        Weights of the units, shape (units,).
    design : numpy.ndarray
        Constant and covariates, units by columns.
    own : numpy.ndarray
        Weights of the cohort's units, 0 for the others, shape (units,).
    odds : numpy.ndarray
        Weights of the comparison units that make them look like the cohort, 0 for it, shape (units,).
    score : numpy.ndarray
        Influence of each unit on the coefficients of the propensities, units by columns; empty for a regression alone.
    bread : numpy.ndarray
        Inverse of the mean cross-products of the comparison units, columns by columns.
    """

    treated: Floats
    weights: Floats
    design: Floats
    own: Floats
    odds: Floats
    score: Floats
    bread: Floats


@dataclass(frozen=True, slots=True)
class Difference:
    """A difference in differences.

    Parameters
    ----------
    effect : numpy.ndarray
        Average effects on the cohort, one an outcome, shape (outcomes,).
    influence : numpy.ndarray
        Influence of each unit, units by outcomes; its mean is 0.
    """

    effect: Floats
    influence: Floats


def compare(treated: Booleans, weights: Floats, covariates: Floats, method: Method) -> Comparison:
    """Prepare a comparison.

    Parameters
    ----------
    treated : numpy.ndarray
        Whether a unit is of the cohort, shape (units,).
    weights : numpy.ndarray
        Weights, shape (units,).
    covariates : numpy.ndarray
        Units by covariates, without a constant; may have no column.
    method : str
        One of :data:`METHODS`.

    Returns
    -------
    Comparison
        What :func:`difference` needs.

    Raises
    ------
    FitError
        If covariates are collinear among the comparison units, or tell who adopted exactly.

    Examples
    --------
    >>> one = compare(np.array([True, False, False]), np.ones(3), np.zeros((3, 0)), "regression")
    >>> difference(one, np.array([[3.0], [1.0], [2.0]]), "regression").effect.tolist()
    [1.5]
    """
    arm = treated.astype(float)
    design = np.column_stack([np.ones(len(arm)), covariates])
    bread: Floats = np.asarray(np.linalg.inv(gram(design, weights * (1 - arm))), dtype=float)
    own, odds, score = weights * arm, weights * (1 - arm), np.zeros((len(arm), 0))
    if method != "regression":
        share, score = propensity(design, arm, weights)
        kept = (share < TRIM) | treated
        odds = kept * weights * share * (1 - arm) / (1 - share)
    return Comparison(arm, weights, design, own, odds, score, bread)


def difference(compared: Comparison, change: Floats, method: Method) -> Difference:
    """Estimate the effect on a cohort from the changes of all.

    Parameters
    ----------
    compared : Comparison
        Who is compared.
    change : numpy.ndarray
        Change of the outcome between two periods, units by outcomes.
    method : str
        One of :data:`METHODS`.

    Returns
    -------
    Difference
        Effects and influence functions.

    Examples
    --------
    >>> one = compare(np.array([True, False, False]), np.ones(3), np.zeros((3, 0)), "weighting")
    >>> difference(one, np.array([[3.0], [1.0], [2.0]]), "weighting").effect.round(6).tolist()
    [1.5]
    """
    if method == "weighting":
        return _weighted(compared, change)
    c = compared
    outside = (c.weights * (1 - c.treated))[:, None]
    slopes = c.bread @ (c.design.T @ (outside * change)) / len(change)
    left = change - c.design @ slopes
    # the regression's part of the influence: what a comparison unit does to the line that is carried to the cohort
    line = c.design @ c.bread
    own = c.own[:, None]
    mean_own = c.own.mean()
    effect = (own * left).mean(axis=0) / mean_own
    carried = line @ (own * c.design).mean(axis=0)
    influence = (own * (left - effect) - outside * left * carried[:, None]) / mean_own
    if method == "regression":
        return Difference(effect, influence)
    odds, mean_odds = c.odds[:, None], c.odds.mean()
    gap = (odds * left).mean(axis=0) / mean_odds
    moved = c.score @ (c.design.T @ (odds * (left - gap)) / len(change))
    turned = outside * left * (line @ (odds * c.design).mean(axis=0))[:, None]
    rest = (odds * (left - gap) + moved - turned) / mean_odds
    return Difference(effect - gap, influence - rest)


def _weighted(c: Comparison, change: Floats) -> Difference:
    """Weigh the comparison units so that they look like the cohort."""
    own, odds = c.own[:, None], c.odds[:, None]
    theirs = (own * change).mean(axis=0) / c.own.mean()
    others = (odds * change).mean(axis=0) / c.odds.mean()
    moved = c.score @ (c.design.T @ (odds * (change - others)) / len(change))
    influence = own * (change - theirs) / c.own.mean() - (odds * (change - others) + moved) / c.odds.mean()
    return Difference(theirs - others, influence)


def gram(design: Floats, weights: Floats) -> Floats:
    """Return mean cross-products, and refuse columns that cannot be told apart."""
    gram = design.T @ (design * weights[:, None]) / len(design)
    scale = np.sqrt(np.maximum(np.diag(gram), np.finfo(float).tiny))
    values = np.linalg.eigvalsh(gram / np.outer(scale, scale))
    if values[0] <= _COLLINEAR * values[-1]:
        raise FitError(
            f"the {design.shape[1] - 1} covariates cannot be told apart among {int((weights > 0).sum()):,} comparison "
            "units: drop a covariate that repeats others or does not vary there"
        )
    return np.asarray(gram, dtype=float)


def propensity(design: Floats, arm: Floats, weights: Floats) -> tuple[Floats, Floats]:
    """Fit the chance to be of the cohort by logistic regression; return it and the influence on its coefficients."""
    if design.shape[1] == 1:
        share = np.full(len(arm), float(np.average(arm, weights=weights)))
        hold = (weights * share * (1 - share)).mean()
        return share, (weights * (arm - share))[:, None] / hold
    centre, spread = design[:, 1:].mean(axis=0), design[:, 1:].std(axis=0)
    if (spread == 0).any():
        raise FitError(
            f"{int((spread == 0).sum())} of {len(spread)} covariates are the same for all who are compared: drop what "
            "adjusts nothing"
        )
    z = np.column_stack([np.ones(len(arm)), (design[:, 1:] - centre) / spread])
    beta = np.zeros(z.shape[1])
    for _ in range(_STEPS):
        share = 1 / (1 + np.exp(-np.clip(z @ beta, -500, 500)))
        hold = _information(z, weights * share * (1 - share), int(arm.sum()))
        step = np.linalg.solve(hold, z.T @ (weights * (arm - share)) / len(arm))
        beta = beta + step
        if np.abs(step).max() < _STOP:
            break
    else:
        raise _separated(int(arm.sum()))
    share = np.minimum(share, _NEAR_ONE)
    turn = np.linalg.inv(hold)
    back = np.diag(np.concatenate([[1.0], 1 / spread]))
    back[0, 1:] = -centre / spread  # from standardised columns to those of the design
    return share, (weights * (arm - share))[:, None] * (z @ turn) @ back.T


def _information(z: Floats, held: Floats, cohort: int) -> Floats:
    """Return the information of a logistic regression, and refuse one that has run dry."""
    hold = z.T @ (z * held[:, None]) / len(z)
    if np.linalg.eigvalsh(hold)[0] < 1e-12:  # chances of 0 or 1 all over: the slopes run away
        raise _separated(cohort)
    return np.asarray(hold, dtype=float)


def _separated(cohort: int) -> FitError:
    """Say that covariates tell the cohort from the others exactly."""
    return FitError(
        f"the covariates tell a cohort of {cohort:,} units from its comparison units exactly, so nobody compares: use "
        "method='regression' or fewer covariates"
    )
