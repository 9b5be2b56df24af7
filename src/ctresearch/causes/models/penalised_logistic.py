"""Logistic regression with Firth's penalty, which has a finite estimate where classes are separated.

The likelihood is multiplied by the root of the determinant of the information [1]_; limits are those of the profile of
the penalised likelihood [2]_, for coefficients and for any smooth function of them.

References
----------
.. [1] Firth, D. (1993). Bias reduction of maximum likelihood estimates. Biometrika 80, 27-38.
   https://doi.org/10.1093/biomet/80.1.27
.. [2] Heinze, G. and Schemper, M. (2002). A solution to the problem of separation in logistic regression. Statistics in
   Medicine 21, 2409-2419. https://doi.org/10.1002/sim.1047
"""

from __future__ import annotations

from dataclasses import dataclass
from math import isfinite, sqrt
from typing import TYPE_CHECKING

import numpy as np

from ctresearch.core.errors import FitError
from ctresearch.stats.regression.generalized_linear import inverse_information, mean_of

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from ctresearch.stats.regression.generalized_linear import Floats

_MOST, _STEP, _SMALL = 200, 5.0, 1e-9


@dataclass(frozen=True, slots=True)
class Penalised:
    """A logistic regression with Firth's penalty.

    Parameters
    ----------
    design, outcome : numpy.ndarray
        Rows by columns, and 0 or 1 of shape (rows,).
    coefficients : numpy.ndarray
        Where the penalised likelihood is highest, shape (columns,).
    inverse : numpy.ndarray
        Inverse information there, columns by columns.
    height : float
        Penalised log-likelihood there.

    Examples
    --------
    >>> x = np.column_stack([np.ones(8), [0.0, 0, 0, 0, 1, 1, 1, 1]])
    >>> fit_penalised(x, np.array([0.0, 0, 0, 0, 1, 1, 1, 0])).coefficients.round(4).tolist()
    [-2.1972, 3.0445]
    """

    design: Floats
    outcome: Floats
    coefficients: Floats
    inverse: Floats
    height: float

    @property
    def fitted(self) -> Floats:
        """Chance of each row, shape (rows,)."""
        return mean_of("logistic", self.design @ self.coefficients)

    def limits(
        self, value: Callable[[Floats], float], slope: Callable[[Floats], Floats], level: float
    ) -> tuple[float, float]:
        """Return the lowest and highest value of a function among likely coefficients.

        Parameters
        ----------
        value, slope : callable
            The function of the coefficients and its gradient.
        level : float
            Coverage, as a proportion.

        Returns
        -------
        tuple of float
            Where the profile of the penalised likelihood is half a chi-squared quantile below its top.

        Raises
        ------
        FitError
            If a limit is not found.

        Examples
        --------
        >>> x = np.column_stack([np.ones(8), [0.0, 0, 0, 0, 1, 1, 1, 1]])
        >>> fit = fit_penalised(x, np.array([0.0, 0, 0, 0, 1, 1, 1, 0]))
        >>> low, high = fit.limits(lambda b: float(b[1]), lambda b: np.array([0.0, 1.0]), 0.95)
        >>> low < 3.0445 < high
        True
        """
        from scipy.stats import chi2

        floor = self.height - float(chi2.ppf(level, 1)) / 2
        scale = np.sqrt(np.diag(self.inverse))
        return self._extreme(value, slope, floor, scale, -1.0), self._extreme(value, slope, floor, scale, 1.0)

    def _extreme(
        self,
        value: Callable[[Floats], float],
        slope: Callable[[Floats], Floats],
        floor: float,
        scale: Floats,
        way: float,
    ) -> float:
        """Go as far up or down as the penalised likelihood allows."""
        from scipy.optimize import minimize

        uphill = self.inverse @ slope(self.coefficients)
        length = sqrt(max(float(slope(self.coefficients) @ uphill), 1e-300))
        start = way * uphill / length / scale
        top = float(abs(slope(self.coefficients)) @ scale) or 1.0

        def room(step: Floats) -> float:
            return _height(self.design, self.outcome, self.coefficients + step * scale) - floor

        def steepness(step: Floats) -> Floats:
            return _score(self.design, self.outcome, self.coefficients + step * scale)[0] * scale

        found = minimize(
            lambda step: -way * value(self.coefficients + step * scale) / top,
            start,
            jac=lambda step: -way * slope(self.coefficients + step * scale) * scale / top,
            constraints=[{"type": "ineq", "fun": room, "jac": steepness}],
            method="SLSQP",
            options={"ftol": 1e-13, "maxiter": 500},
        )
        if (abs(room(found.x)) > 1e-5 and room(found.x) < 0) or not isfinite(float(found.fun)):
            raise FitError(
                f"a limit of the penalised likelihood was not found in {found.nit:,} steps over {len(start)} columns: "
                "rescale the covariates, or merge categories"
            )
        return float(value(self.coefficients + found.x * scale))


def fit_penalised(design: Floats, outcome: Floats, names: Sequence[str] = ()) -> Penalised:
    """Fit a logistic regression with Firth's penalty.

    Parameters
    ----------
    design : numpy.ndarray
        Rows by columns, the constant among them.
    outcome : numpy.ndarray
        0 or 1, shape (rows,).
    names : sequence of str
        Of the columns, for messages.

    Returns
    -------
    Penalised
        The maximum.

    Raises
    ------
    DataError
        If the columns are collinear.
    FitError
        If the steps do not settle.

    Examples
    --------
    >>> fit_penalised(np.ones((4, 1)), np.zeros(4)).coefficients.round(4).tolist()  # log of 0.5 / 4.5
    [-2.1972]
    """
    inverse_information(design.T @ design, names)  # collinear columns are refused here
    at = np.zeros(design.shape[1])
    height = _height(design, outcome, at)
    for _ in range(_MOST):
        score, inverse = _score(design, outcome, at)
        step = inverse @ score
        gain = float(score @ step)
        if gain < _SMALL:  # so near the top that rounding of the height says nothing: the score alone leads on
            at = at + step
            if gain < _SMALL**2:
                return Penalised(design, outcome, at, _score(design, outcome, at)[1], _height(design, outcome, at))
            continue
        step *= min(1.0, _STEP / float(np.abs(step).max()))
        at, height = _climb(design, outcome, at, step, height)
    raise FitError(f"the penalised logistic regression did not settle in {_MOST} steps: rescale the covariates")


def _climb(design: Floats, outcome: Floats, at: Floats, step: Floats, height: float) -> tuple[Floats, float]:
    """Move by a step or a part of it that goes up."""
    for halvings in range(40):
        there = at + step / 2**halvings
        reached = _height(design, outcome, there)
        if reached > height:
            return there, reached
    return at + step, height


def _height(design: Floats, outcome: Floats, at: Floats) -> float:
    """Return the penalised log-likelihood."""
    line = design @ at
    chance = mean_of("logistic", line)
    likelihood = float((outcome * line - np.logaddexp(0, line)).sum())
    sign, determinant = np.linalg.slogdet((design * (chance * (1 - chance))[:, None]).T @ design)
    return likelihood + determinant / 2 if sign > 0 else -1e300


def _score(design: Floats, outcome: Floats, at: Floats) -> tuple[Floats, Floats]:
    """Return the slope of the penalised log-likelihood, and the inverse information."""
    chance = mean_of("logistic", design @ at)
    spread = chance * (1 - chance)
    inverse = np.linalg.pinv((design * spread[:, None]).T @ design, hermitian=True)
    leverage = np.einsum("ij,ij->i", design @ inverse, design) * spread
    score = np.asarray(design.T @ (outcome - chance + leverage * (0.5 - chance)), dtype=np.float64)
    return score, np.asarray(inverse, dtype=np.float64)
