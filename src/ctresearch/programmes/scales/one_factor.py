"""One factor behind several items, by maximum likelihood.

References
----------
.. [1] Joreskog, K. G. (1967). Some contributions to maximum likelihood factor analysis. Psychometrika 32, 443-482.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from ctresearch.core.errors import FitError

if TYPE_CHECKING:
    from ctresearch.stats.regression.generalized_linear import Floats

# the least share of an item's variance that is its own, as factanal of R has it: a solution there is none (Heywood)
_LEAST = 0.005


@dataclass(frozen=True, slots=True)
class OneFactor:
    """Loadings and unique variances on the items' own scale.

    Parameters
    ----------
    loadings, unique : numpy.ndarray
        Shape (items,) each.
    at_edge : bool
        Whether a unique variance went to 0 (a Heywood case).

    Examples
    --------
    >>> OneFactor(np.array([1.0, 1.0]), np.array([1.0, 1.0]), False).omega.__round__(6)
    0.666667
    """

    loadings: Floats
    unique: Floats
    at_edge: bool

    @property
    def omega(self) -> float:
        """Share of the sum score's variance that the factor makes."""
        common = float(self.loadings.sum()) ** 2
        return common / (common + float(self.unique.sum()))


def fit_one_factor(covariance: Floats) -> OneFactor:
    """Fit the model to a covariance matrix.

    Parameters
    ----------
    covariance : numpy.ndarray
        Items by items, at least three.

    Returns
    -------
    OneFactor
        With a positive sum of loadings.

    Raises
    ------
    FitError
        If the likelihood has no maximum that the search finds.

    Examples
    --------
    >>> a = np.array([0.5, 0.6, 0.7])
    >>> fit_one_factor(np.outer(a, a) + np.diag(1 - a**2)).loadings.round(4).tolist()
    [0.5, 0.6, 0.7]
    """
    from scipy.optimize import minimize

    scale = np.sqrt(np.diag(covariance))
    correlation = covariance / np.outer(scale, scale)
    start = np.full(len(scale), 0.5)

    def misfit(log_unique: Floats) -> tuple[float, Floats]:
        unique = np.exp(log_unique)
        loading = _loading(correlation, unique)
        implied = np.outer(loading, loading) + np.diag(unique)
        inverse = np.linalg.inv(implied)
        value = np.linalg.slogdet(implied)[1] + np.trace(inverse @ correlation)
        gradient = np.diag(inverse @ (implied - correlation) @ inverse) * unique
        return float(value), gradient

    found = minimize(
        misfit,
        np.log(start),
        jac=True,
        method="L-BFGS-B",
        bounds=[(np.log(_LEAST), 0.0)] * len(scale),
        options={"maxiter": 1000, "ftol": 1e-15, "gtol": 1e-9},
    )
    if not np.isfinite(found.fun) or found.nit >= 1000:
        raise FitError(
            f"the one-factor model of {len(scale)} items did not settle in {found.nit:,} steps: look at the "
            "correlations of the items, some may be near 0 or 1"
        )
    unique = np.exp(found.x)
    loading = _loading(correlation, unique)
    loading = loading * (1.0 if loading.sum() >= 0 else -1.0)
    return OneFactor(loading * scale, unique * scale**2, bool((unique <= _LEAST * 1.001).any()))


def _loading(correlation: Floats, unique: Floats) -> Floats:
    """Return the best loadings for given unique variances: the first eigenvector of the scaled correlations."""
    root = np.sqrt(unique)
    values, vectors = np.linalg.eigh(correlation / np.outer(root, root))
    return np.asarray(root * vectors[:, -1] * np.sqrt(max(values[-1] - 1, 0.0)), dtype=float)
