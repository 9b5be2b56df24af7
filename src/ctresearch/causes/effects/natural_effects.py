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

from ctresearch.stats.clusters.small_samples import (
    FittedRows,
    Spread,
    few_units,
    influence_spread,
    regression_spread,
)
from ctresearch.stats.regression.generalized_linear import slope_of
from ctresearch.stats.regression.influence import regression_share

if TYPE_CHECKING:
    from ctresearch.stats.regression.generalized_linear import Floats, Regression
    from ctresearch.stats.regression.influence import Integers


@dataclass(frozen=True, slots=True)
class NestedMean:
    """Mean of a nested counterfactual.

    Parameters
    ----------
    value : float
        The mean.
    own : numpy.ndarray
        Each row's share in its error that does not come from the models' coefficients, shape (rows,).
    gradients : tuple of numpy.ndarray
        Derivatives with respect to the coefficients of the mediator's and the outcome's model.

    Examples
    --------
    >>> NestedMean(1.0, np.zeros(2), (np.zeros(2), np.zeros(4))).value
    1.0
    """

    value: float
    own: Floats
    gradients: tuple[Floats, Floats]


@dataclass(frozen=True, slots=True)
class PathModels:
    """The fitted models of a mediator and of an outcome, on the same rows.

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
    clusters : numpy.ndarray or None
        Cluster of each row from 0, shape (rows,).

    Examples
    --------
    >>> from ctresearch.stats.regression.generalized_linear import fit_regression
    >>> a, m = np.array([0.0, 0, 1, 1, 1]), np.array([0.0, 1, 1, 2, 0])
    >>> one, y = np.ones((5, 1)), 1 + a + 2 * m
    >>> designs = (np.column_stack([one, a]), np.column_stack([one, a, m, a * m]))
    >>> models = (fit_regression(designs[0], m, "linear"), fit_regression(designs[1], y, "linear"))
    >>> left = (m - models[0].fitted, y - models[1].fitted)
    >>> round(PathModels(one, np.ones(5), designs, models, left, None).mean(1, 0).value, 6)
    3.0
    """

    covariates: Floats
    weights: Floats
    designs: tuple[Floats, Floats]
    models: tuple[Regression, Regression]
    residuals: tuple[Floats, Floats]
    clusters: Integers | None

    @property
    def few(self) -> bool:
        """Whether there are clusters, and so few that their sums need the correction for leverage."""
        return self.clusters is not None and few_units(int(self.clusters.max()) + 1)

    def mean(self, outer: int, inner: int) -> NestedMean:
        """Average the outcome under one treatment with the mediator as under another.

        Parameters
        ----------
        outer, inner : int
            Treatment for the outcome, and treatment for the mediator.

        Returns
        -------
        NestedMean
            With what carries the error of both models.

        Examples
        --------
        >>> from ctresearch.stats.regression.generalized_linear import fit_regression
        >>> a, m = np.array([0.0, 0, 1, 1, 1]), np.array([0.0, 1, 1, 2, 0])
        >>> one, y = np.ones((5, 1)), 1 + a + 2 * m
        >>> designs = (np.column_stack([one, a]), np.column_stack([one, a, m, a * m]))
        >>> models = (fit_regression(designs[0], m, "linear"), fit_regression(designs[1], y, "linear"))
        >>> left = (m - models[0].fitted, y - models[1].fitted)
        >>> round(PathModels(one, np.ones(5), designs, models, left, None).mean(0, 0).value, 6)
        2.0
        """
        rows = len(self.covariates)
        share = self.weights / self.weights.sum()
        first = np.column_stack([self.covariates, np.full(rows, float(inner))])
        mediator = self.models[0].predict(first)
        second = np.column_stack([self.covariates, np.full(rows, float(outer)), mediator, outer * mediator])
        predicted = self.models[1].predict(second)
        value = float(share @ predicted)
        per_unit = self.models[1].coefficients[-2] + outer * self.models[1].coefficients[-1]
        gradient = first.T @ (share * per_unit * slope_of(self.models[0].family, mediator))
        return NestedMean(value, share * (predicted - value), (gradient, second.T @ share))

    def spread(self, high: NestedMean, low: NestedMean) -> Spread:
        """Return the error of a difference of two means.

        Parameters
        ----------
        high, low : NestedMean
            Of these models.

        Returns
        -------
        Spread
            With few clusters corrected for their leverage in each model, with Satterthwaite's degrees of freedom.

        Examples
        --------
        >>> from ctresearch.stats.regression.generalized_linear import fit_regression
        >>> a, m = np.array([0.0, 0, 1, 1, 1]), np.array([0.0, 1, 1, 2, 0])
        >>> one, y = np.ones((5, 1)), np.array([1.0, 3, 4, 5, 2])
        >>> designs = (np.column_stack([one, a]), np.column_stack([one, a, m, a * m]))
        >>> models = (fit_regression(designs[0], m, "linear"), fit_regression(designs[1], y, "linear"))
        >>> left = (m - models[0].fitted, y - models[1].fitted)
        >>> paths = PathModels(one, np.ones(5), designs, models, left, None)
        >>> paths.spread(paths.mean(1, 1), paths.mean(0, 0)).df
        1.0
        """
        own = high.own - low.own
        gradients = [one - other for one, other in zip(high.gradients, low.gradients, strict=True)]
        if self.few:
            own = np.concatenate([own, np.zeros(len(own))])
            return regression_spread(self._stacked(), np.concatenate(gradients), "kauermann_carroll", own)
        for design, residual, model, gradient in zip(self.designs, self.residuals, self.models, gradients, strict=True):
            own = own + regression_share(design, residual, model.inverse, gradient)
        return influence_spread(own, self.clusters, columns=self.designs[1].shape[1])

    def _stacked(self) -> FittedRows:
        """Return both models as one, rows of the mediator above those of the outcome, each in units of its own error.

        Residuals of the two do not go together, since the outcome's model holds the mediator.
        """
        assert self.clusters is not None
        rows, width = len(self.covariates), [design.shape[1] for design in self.designs]
        design, inverse = np.zeros((2 * rows, sum(width))), np.zeros((sum(width), sum(width)))
        residuals, working = [], []
        for place, model in enumerate(self.models):
            block = slice(place * width[0], place * width[0] + width[place])
            slope = slope_of(model.family, model.fitted)
            unit = self._unit(place)
            design[place * rows : (place + 1) * rows, block] = self.designs[place] / unit
            inverse[block, block] = model.inverse * unit**2
            residuals.append(self.residuals[place] / unit)
            working.append(self.weights * slope)
        return FittedRows(
            design, np.concatenate(residuals), np.concatenate(working), inverse, np.tile(self.clusters, 2)
        )

    def _unit(self, place: int) -> float:
        """Return the root of a model's residual variance; 1 of a logistic one, whose variance is its mean's."""
        if self.models[place].family != "linear":
            return 1.0
        free = len(self.covariates) - self.designs[place].shape[1]
        square = self.residuals[place] ** 2 / np.maximum(self.weights, np.finfo(float).tiny)
        return float(np.sqrt(square.sum() / free)) or 1.0
