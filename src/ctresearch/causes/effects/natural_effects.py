"""Mean outcome under one treatment, with the mediator as under another.

References
----------
.. [1] Pearl, J. (2001). Direct and indirect effects. Proceedings of the 17th Conference on Uncertainty in Artificial
   Intelligence, 411-420. https://doi.org/10.48550/arXiv.1301.2300
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from ctresearch.stats.regression.generalized_linear import slope_of
from ctresearch.stats.regression.influence import regression_share

if TYPE_CHECKING:
    from ctresearch.stats.regression.generalized_linear import Floats, Regression


@dataclass(frozen=True, slots=True)
class NestedMean:
    """Mean of a nested counterfactual.

    Parameters
    ----------
    value : float
        The mean.
    influence : numpy.ndarray
        Each row's share in its error, shape (rows,).

    Examples
    --------
    >>> NestedMean(1.0, np.zeros(2)).value
    1.0
    """

    value: float
    influence: Floats


def nested_mean(
    covariates: Floats,
    weights: Floats,
    *,
    designs: tuple[Floats, Floats],
    models: tuple[Regression, Regression],
    residuals: tuple[Floats, Floats],
    arms: tuple[int, int],
) -> NestedMean:
    """Average the outcome under one treatment with the mediator as under another.

    Parameters
    ----------
    covariates : numpy.ndarray
        A constant and the covariates, rows by columns.
    weights : numpy.ndarray
        Survey weights, shape (rows,).
    designs : tuple of numpy.ndarray
        Of the mediator's model (covariates, treatment) and of the outcome's (covariates, treatment, mediator, product).
    models : tuple of Regression
        The mediator's, and the outcome's, which is linear.
    residuals : tuple of numpy.ndarray
        Weighted residuals of both, each of shape (rows,).
    arms : tuple of int
        Treatment for the outcome, and treatment for the mediator.

    Returns
    -------
    NestedMean
        With influence values that carry the error of both models.

    Examples
    --------
    >>> from ctresearch.stats.regression.generalized_linear import fit_regression
    >>> a, m = np.array([0.0, 0, 1, 1, 1]), np.array([0.0, 1, 1, 2, 0])
    >>> one, y = np.ones((5, 1)), 1 + a + 2 * m
    >>> designs = (np.column_stack([one, a]), np.column_stack([one, a, m, a * m]))
    >>> models = (fit_regression(designs[0], m, "linear"), fit_regression(designs[1], y, "linear"))
    >>> left = (m - models[0].fitted, y - models[1].fitted)
    >>> found = nested_mean(one, np.ones(5), designs=designs, models=models, residuals=left, arms=(1, 0))
    >>> round(found.value, 6)
    3.0
    """
    rows = len(covariates)
    share = weights / weights.sum()
    outer, inner = float(arms[0]), float(arms[1])
    first = np.column_stack([covariates, np.full(rows, inner)])
    mediator = models[0].predict(first)
    second = np.column_stack([covariates, np.full(rows, outer), mediator, outer * mediator])
    predicted = models[1].predict(second)
    value = float(share @ predicted)
    per_unit = models[1].coefficients[-2] + outer * models[1].coefficients[-1]
    gradient = first.T @ (share * per_unit * slope_of(models[0].family, mediator))
    influence = (
        share * (predicted - value)
        + regression_share(designs[0], residuals[0], models[0].inverse, gradient)
        + regression_share(designs[1], residuals[1], models[1].inverse, second.T @ share)
    )
    return NestedMean(value, influence)
