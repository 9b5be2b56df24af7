"""Several estimates from one study: variance between studies and within them, and errors that hold whatever it is."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]
    Integers = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Multilevel:
    """A fit of two variances.

    Parameters
    ----------
    coefficients, covariance : numpy.ndarray
        Shape (terms,) and (terms, terms), as the model has it.
    between, within : float
        Variance between studies, and between estimates of one study.
    log_likelihood : float
        Restricted, but for constants.
    blocks : list of numpy.ndarray
        Rows of each study.
    inverses : list of numpy.ndarray
        Inverse of the covariance of the estimates of each study.
    converged : bool
        Whether the search ended.
    """

    coefficients: Floats
    covariance: Floats
    between: float
    within: float
    log_likelihood: float
    blocks: list[Integers]
    inverses: list[Floats]
    converged: bool


def fit_multilevel(y: Floats, v: Floats, design: Floats, study: Integers, correlation: float = 0.0) -> Multilevel:
    """Fit variances between and within studies by restricted maximum likelihood.

    Parameters
    ----------
    y, v : numpy.ndarray
        Estimates and their variances, shape (estimates,).
    design : numpy.ndarray
        Shape (estimates, terms).
    study : numpy.ndarray
        Number of the study of each estimate.
    correlation : float
        Of the errors of two estimates of one study.

    Returns
    -------
    Multilevel
        The fit.

    References
    ----------
    .. [1] Konstantopoulos, S. (2011). Fixed effects and variance components estimation in three-level meta-analysis.
       Research Synthesis Methods 2, 61-76. https://doi.org/10.1002/jrsm.35

    Examples
    --------
    >>> y, study = np.array([0.0, 0.2, 1.0, 1.2]), np.array([0, 0, 1, 1])
    >>> fit_multilevel(y, np.full(4, 0.1), np.ones((4, 1)), study).coefficients.round(6).tolist()
    [0.6]
    """
    from scipy.optimize import minimize

    blocks = [np.flatnonzero(study == one) for one in np.unique(study)]
    known = [_errors(v[rows], correlation) for rows in blocks]

    def negative(roots: Floats) -> float:
        return -_solve(y, design, blocks, known, roots**2)[0]

    size = float(np.sqrt(max(y.var(), 1e-12)))
    options = {"xatol": 1e-10 * size, "fatol": 1e-13, "maxiter": 4000}
    starts = [size * np.array(one) for one in ((0.5, 0.5), (0.9, 0.1), (0.1, 0.9))]
    first = minimize(negative, min(starts, key=negative), method="Nelder-Mead", options=options)
    best = minimize(negative, first.x, method="Nelder-Mead", options=options)  # again, in case the walk got stuck
    variances = best.x**2
    likelihood, coefficients, covariance, inverses = _solve(y, design, blocks, known, variances)
    return Multilevel(
        coefficients=coefficients,
        covariance=covariance,
        between=float(variances[0]),
        within=float(variances[1]),
        log_likelihood=likelihood,
        blocks=blocks,
        inverses=inverses,
        converged=bool(best.success),
    )


def _errors(v: Floats, correlation: float) -> Floats:
    """Return the covariance of the errors of one study."""
    root = np.sqrt(v)
    made = correlation * np.outer(root, root)
    np.fill_diagonal(made, v)
    return np.asarray(made)


def _solve(
    y: Floats, design: Floats, blocks: list[Integers], known: list[Floats], variances: Floats
) -> tuple[float, Floats, Floats, list[Floats]]:
    """Return log likelihood, coefficients, their covariance and the inverses, for given variances."""
    inverses, logs = [], 0.0
    p = design.shape[1]
    cross, right, squares = np.zeros((p, p)), np.zeros(p), 0.0
    for rows, errors in zip(blocks, known, strict=True):
        full = errors + variances[0] + variances[1] * np.eye(len(rows))
        inverse = np.linalg.inv(full)
        inverses.append(inverse)
        logs += float(np.linalg.slogdet(full)[1])
        x, one = design[rows], y[rows]
        cross += x.T @ inverse @ x
        right += x.T @ inverse @ one
        squares += float(one @ inverse @ one)
    covariance: Floats = np.asarray(np.linalg.inv(cross), dtype=np.float64)
    coefficients = covariance @ right
    left = squares - float(right @ coefficients)
    value = -0.5 * (logs + float(np.linalg.slogdet(cross)[1]) + left)
    return value, coefficients, covariance, inverses


@dataclass(frozen=True, slots=True)
class Robust:
    """Errors that hold whatever the covariance within studies is.

    Parameters
    ----------
    covariance : numpy.ndarray
        Shape (terms, terms).
    df : numpy.ndarray
        Satterthwaite's degrees of freedom of each coefficient, shape (terms,).
    """

    covariance: Floats
    df: Floats


def robust_errors(fit: Multilevel, y: Floats, design: Floats) -> Robust:
    """Take the errors from what is left in each study, corrected so that few studies do (CR2).

    Parameters
    ----------
    fit : Multilevel
        The fit.
    y, design : numpy.ndarray
        As they were fitted.

    Returns
    -------
    Robust
        Covariance and degrees of freedom.

    References
    ----------
    .. [1] Hedges, L. V., Tipton, E. and Johnson, M. C. (2010). Robust variance estimation in meta-regression with
       dependent effect size estimates. Research Synthesis Methods 1, 39-65. https://doi.org/10.1002/jrsm.5
    .. [2] Pustejovsky, J. E. and Tipton, E. (2018). Small-sample methods for cluster-robust variance estimation and
       hypothesis testing in fixed effects models. Journal of Business and Economic Statistics 36, 672-683.
       https://doi.org/10.1080/07350015.2016.1247004

    Examples
    --------
    >>> y, study = np.array([0.0, 0.2, 1.0, 1.2, 0.4, 0.5]), np.array([0, 0, 1, 1, 2, 2])
    >>> design = np.ones((6, 1))
    >>> fit = fit_multilevel(y, np.full(6, 0.1), design, study)
    >>> robust_errors(fit, y, design).df.round(3).tolist()
    [2.0]
    """
    bread, residual = fit.covariance, y - design @ fit.coefficients
    terms = design.shape[1]
    meat = np.zeros((terms, terms))
    pulled, own = [], []
    for rows, inverse in zip(fit.blocks, fit.inverses, strict=True):
        x, full = design[rows], np.linalg.inv(inverse)
        root = np.linalg.cholesky(full).T
        inner = root @ (full - x @ bread @ x.T) @ root.T
        adjust = root.T @ _inverse_root(inner) @ root
        half = adjust @ inverse @ x @ bread  # one column a coefficient, shape (rows, terms)
        score = half.T @ residual[rows]
        meat += np.outer(score, score)
        own.append(np.einsum("ik,ij,jk->k", half, full, half))
        pulled.append(x.T @ half)
    df = np.empty(terms)
    for k in range(terms):
        sides = np.array([one[:, k] for one in pulled])
        together = np.diag([one[k] for one in own]) - sides @ bread @ sides.T
        df[k] = float(np.trace(together) ** 2 / (together**2).sum())
    return Robust(meat, df)


def _inverse_root(matrix: Floats) -> Floats:
    """Return the inverse of the symmetric root, directions without spread left out."""
    values, vectors = np.linalg.eigh(matrix)
    kept = values > 1e-12 * max(float(values[-1]), 1e-300)
    return np.asarray((vectors[:, kept] / np.sqrt(values[kept])) @ vectors[:, kept].T)
