"""The wild bootstrap of estimating equations by cluster, for trials of few clusters.

The equations are solved with the effect held at the value under test. The scores of the clusters there change their
sign at random, those of a cluster being taken from a fit that leaves it out [1]_, and the equations are not solved
again: the score bootstrap [2]_, which for a linear model is the wild bootstrap, and which serves outcomes of 0 and 1
and counts, whose residuals cannot change their sign. In a logistic or Poisson model leaving out is one step of Newton's
method [3]_.

The working correlation comes from residuals with the effect held too. With clusters of very different sizes this keeps
the size of the test better than least squares does, where the large clusters have all the weight.

References
----------
.. [1] MacKinnon, J. G., Nielsen, M. O. and Webb, M. D. (2023). Fast and reliable jackknife and bootstrap methods for
   cluster-robust inference. Journal of Applied Econometrics 38, 671-694. https://doi.org/10.1002/jae.2969
.. [2] Kline, P. and Santos, A. (2012). A score based approach to wild bootstrap inference. Journal of Econometric
   Methods 1, 23-41. https://doi.org/10.1515/2156-6674.1006
.. [3] MacKinnon, J. G., Nielsen, M. O. and Webb, M. D. (2024). Cluster-robust jackknife and bootstrap inference for
   logistic regression models. https://doi.org/10.48550/arXiv.2406.00650
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from ctresearch.core.errors import DataError, FitError
from ctresearch.stats.clusters.estimating_equations import ClusterSums, Correlation, cluster_sums, moment_correlation
from ctresearch.stats.clusters.wild_bootstrap import bootstrap_sums
from ctresearch.stats.regression.generalized_linear import (
    Family,
    Floats,
    fit_regression,
    inverse_information,
    mean_of,
    slope_of,
)

if TYPE_CHECKING:
    from ctresearch.stats.regression.influence import Integers

_MAX_STEPS, _STOP = 50, 1e-9
_FARTHEST = 15.0  # log odds or log ratio, a ratio of three million: no trial tells it from one without end


@dataclass(frozen=True, slots=True)
class ScoreBootstrap:
    """The test of an effect by the equations of a generalised linear model.

    Parameters
    ----------
    design : numpy.ndarray
        Rows by columns; the last is under test.
    outcome : numpy.ndarray
        Shape (rows,).
    clusters : numpy.ndarray
        Cluster of each row from 0, shape (rows,).
    family : {"linear", "logistic", "poisson"}
        Distribution with its canonical link.
    correlation : {"exchangeable", "independence"}
        Working correlation within a cluster; one below 0 counts as 0.
    weights : numpy.ndarray
        Draws by clusters, by :func:`ctresearch.stats.clusters.wild_bootstrap.draw_weights`.

    Examples
    --------
    >>> from ctresearch.stats.clusters.wild_bootstrap import draw_weights
    >>> x, g = np.column_stack([np.ones(48), np.repeat([0.0, 1.0], 24)]), np.repeat(np.arange(12), 4)
    >>> y = np.array([0.0, 0, 0, 1, 0, 0, 1, 1] * 3 + [0.0, 1, 1, 1, 1, 1, 1, 1] * 3)
    >>> test = ScoreBootstrap(x, y, g, "logistic", "independence", draw_weights(12, 99, 1))
    >>> test.p_value(np.log(7 * 5 / 3)) > 0.9
    True
    """

    design: Floats
    outcome: Floats
    clusters: Integers
    family: Family
    correlation: Correlation
    weights: Floats

    def p_value(self, effect: float = 0.0) -> float:
        """Test whether the effect is a given one.

        Parameters
        ----------
        effect : float
            The value under test, on the scale of the link.

        Returns
        -------
        float
            Share of the draws, the trial itself among them, whose t-statistic is at least as far from 0 as that
            observed; NaN where the equations with that effect have no solution.

        Examples
        --------
        >>> from ctresearch.stats.clusters.wild_bootstrap import draw_weights
        >>> x, g = np.column_stack([np.ones(48), np.repeat([0.0, 1.0], 24)]), np.repeat(np.arange(12), 4)
        >>> y = np.array([0.0, 0, 0, 1, 0, 0, 1, 1] * 3 + [0.0, 1, 1, 1] * 6)
        >>> test = ScoreBootstrap(x, y, g, "logistic", "exchangeable", draw_weights(12, 99, 1))
        >>> test.p_value(0.0) < 0.05
        True
        """
        try:
            return bootstrap_sums(*self._solve(effect), self.weights).p_value(0.0)
        except (DataError, FitError):
            return float("nan")

    def _solve(self, effect: float) -> tuple[Floats, Floats]:
        """Solve the equations but the last one at an effect, and return the sums of the clusters there."""
        base, shift = self.design[:, :-1], effect * self.design[:, -1]
        if self.family != "linear" and np.ptp(shift) > _FARTHEST:
            raise FitError(f"an effect of {effect:.3g} on the scale of the link leaves one arm without weight")
        coefficients = fit_regression(base, self.outcome, self.family, offset=shift).coefficients
        shared = None
        for _ in range(_MAX_STEPS):
            mean = mean_of(self.family, base @ coefficients + shift)
            sums = cluster_sums(self.design, self.outcome - mean, self.clusters, slope_of(self.family, mean))
            shared = self._shared(sums) if shared is None else shared
            both = sums.whitened(shared)
            total = both.sum(axis=0)
            step = inverse_information(total[:-2, :-2]) @ total[:-2, -1]
            if np.abs(step).max() < _STOP * (1 + np.abs(coefficients).max()):
                return both[:, :-1, :-1], both[:, :-1, -1]
            coefficients = coefficients + step
        raise FitError(
            f"the equations with the effect held at {effect:.3g} did not settle in {_MAX_STEPS} steps: use interval='t'"
        )

    def _shared(self, sums: ClusterSums) -> float:
        """Return the working correlation."""
        if self.correlation == "independence":
            return 0.0
        square, fitted = float(sums.products[:, -1, -1].sum()), self.design.shape[1] - 1
        return max(moment_correlation(sums.totals[:, -1], sums.sizes, square, fitted)[0], 0.0)
