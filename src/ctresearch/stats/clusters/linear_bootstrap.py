"""The wild bootstrap of linear equations whose rows are added up once, so that limits cost no more with more people."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from ctresearch.stats.clusters.estimating_equations import ClusterSums, Correlation, moment_correlation
from ctresearch.stats.clusters.wild_bootstrap import bootstrap_sums
from ctresearch.stats.regression.generalized_linear import Floats, inverse_information

if TYPE_CHECKING:
    from ctresearch.stats.clusters.wild_bootstrap import WildBootstrap


@dataclass(frozen=True, slots=True)
class LinearBootstrap:
    """What :class:`~ctresearch.stats.clusters.score_bootstrap.ScoreBootstrap` gives a linear model, by cluster sums.

    Parameters
    ----------
    sums : ClusterSums
        Of the columns, the treatment the last but one and the outcome the last.
    correlation : {"exchangeable", "independence"}
        Working correlation within a cluster; one below 0 counts as 0.
    weights : numpy.ndarray
        Draws by clusters, by :func:`ctresearch.stats.clusters.wild_bootstrap.draw_weights`.

    Examples
    --------
    >>> from ctresearch.stats.clusters.estimating_equations import cluster_sums
    >>> from ctresearch.stats.clusters.wild_bootstrap import draw_weights
    >>> x, g = np.column_stack([np.ones(24), np.repeat([0.0, 1.0], 12)]), np.repeat(np.arange(12), 2)
    >>> sums = cluster_sums(x, np.arange(24.0) % 7, g)
    >>> round(LinearBootstrap(sums, "exchangeable", draw_weights(12, 99, 1)).p_value(), 3)
    0.753
    """

    sums: ClusterSums
    correlation: Correlation
    weights: Floats

    def p_value(self, effect: float = 0.0) -> float:
        """Test whether the effect is a given one.

        Parameters
        ----------
        effect : float
            The value under test.

        Returns
        -------
        float
            Share of the draws, the trial itself among them, whose t-statistic is at least as far from 0 as that
            observed.

        Examples
        --------
        >>> from ctresearch.stats.clusters.estimating_equations import cluster_sums
        >>> from ctresearch.stats.clusters.wild_bootstrap import draw_weights
        >>> x, g = np.column_stack([np.ones(24), np.repeat([0.0, 1.0], 12)]), np.repeat(np.arange(12), 2)
        >>> sums = cluster_sums(x, np.arange(24.0) % 7 + 9 * x[:, 1], g)
        >>> LinearBootstrap(sums, "exchangeable", draw_weights(12, 99, 1)).p_value() < 0.01
        True
        """
        return self._at(effect).p_value(0.0)

    def _at(self, effect: float) -> WildBootstrap:
        """Hold the effect, work the correlation out from the residuals, and whiten."""
        both = self.sums.whitened(self._shared(effect))
        products = both[:, :-1, -1] - effect * both[:, :-1, -2]
        return bootstrap_sums(both[:, :-1, :-1], products, self.weights)

    def _shared(self, effect: float) -> float:
        """Return the working correlation without an effect other than the one held."""
        if self.correlation == "independence":
            return 0.0
        total = self.sums.products.sum(axis=0)
        base = inverse_information(total[:-2, :-2]) @ (total[:-2, -1] - effect * total[:-2, -2])
        left = np.concatenate([-base, [-effect, 1.0]])
        square = float(left @ total @ left)
        return max(moment_correlation(self.sums.totals @ left, self.sums.sizes, square, len(base))[0], 0.0)
