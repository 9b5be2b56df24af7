"""Limits of an effect that hold however weak an instrument is.

References
----------
.. [1] Anderson, T. W. and Rubin, H. (1949). Estimation of the parameters of a single equation in a complete system of
   stochastic equations. Annals of Mathematical Statistics 20, 46-63. https://doi.org/10.1214/aoms/1177730090
.. [2] Andrews, I., Stock, J. H. and Sun, L. (2019). Weak instruments in instrumental variables regression: theory and
   practice. Annual Review of Economics 11, 727-753. https://doi.org/10.1146/annurev-economics-080218-025643
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from ctresearch.policy.panels.panel_columns import Floats, Integers

_STEPS = 4001  # over all values, dense near the estimate; ends are then found by halving


@dataclass(frozen=True, slots=True)
class AndersonRubin:
    """A test of values of the effect, in sums over clusters.

    Parameters
    ----------
    first, reduced : numpy.ndarray
        Coefficients of the instruments for the treatment and for the outcome, shape (instruments,).
    meats : tuple of numpy.ndarray
        Covariance of these coefficients: of the outcome, of outcome and treatment, of the treatment.
    freedom : float
        Clusters less one.

    Examples
    --------
    >>> rng = np.random.default_rng(1)
    >>> z = rng.normal(size=(200, 1)); d = z[:, 0] + rng.normal(size=200); y = 2 * d + rng.normal(size=200)
    >>> test = anderson_rubin(y, d, z, np.arange(200), small=1.0)
    >>> low, high = test.limits(0.95, 2.0, 0.1)[0]
    >>> low < 2 < high
    True
    """

    first: Floats
    reduced: Floats
    meats: tuple[Floats, Floats, Floats]
    freedom: float

    def statistic(self, effects: Floats) -> Floats:
        """Return the F statistic of each value.

        Parameters
        ----------
        effects : numpy.ndarray
            Shape (values,); infinity for the strength of the instruments themselves.

        Returns
        -------
        numpy.ndarray
            Shape (values,).

        Examples
        --------
        >>> eye = np.eye(1)
        >>> AndersonRubin(np.ones(1), np.ones(1), (eye, 0 * eye, eye), 9.0).statistic(np.array([1.0, np.inf])).tolist()
        [0.0, 1.0]
        """
        finite = np.isfinite(effects)
        b = np.where(finite, effects, 1.0)[:, None]
        c = finite.astype(float)[:, None]
        gap = c * self.reduced - b * self.first
        own, cross, other = self.meats
        b, c = b[:, :, None], c[:, :, None]
        spread = c * c * own - b * c * (cross + cross.T) + b * b * other
        solved = np.linalg.solve(spread, gap[:, :, None])[:, :, 0]
        return np.asarray((gap * solved).sum(axis=1) / len(self.first), dtype=np.float64)

    def limits(self, level: float, centre: float, scale: float) -> list[tuple[float, float]]:
        """Return the values that are not rejected, as intervals.

        Parameters
        ----------
        level : float
            Coverage, as a proportion.
        centre, scale : float
            Where values are dense.

        Returns
        -------
        list of tuple of float
            In order; ends may be infinite. Empty where every value is rejected.

        Examples
        --------
        >>> eye = np.eye(1)
        >>> AndersonRubin(np.zeros(1), np.ones(1), (eye, 0 * eye, eye), 9.0).limits(0.95, 0.0, 1.0)
        [(-inf, inf)]
        """
        from scipy.special import fdtri

        critical = float(fdtri(len(self.first), self.freedom, level))
        angle = np.linspace(-np.pi / 2, np.pi / 2, _STEPS)
        values = centre + scale * np.tan(angle)
        values[[0, -1]] = -np.inf, np.inf
        inside = self.statistic(values) <= critical
        edges = np.flatnonzero(inside[1:] != inside[:-1])
        ends = [self._end(values[k], values[k + 1], critical, centre, scale) for k in edges]
        if inside[0]:
            ends.insert(0, -np.inf)
        if inside[-1]:
            ends.append(np.inf)
        return [(float(ends[k]), float(ends[k + 1])) for k in range(0, len(ends), 2)]

    def _end(self, left: float, right: float, critical: float, centre: float, scale: float) -> float:
        """Find where the statistic crosses the critical value, by halving the angle."""
        low, high = np.arctan((left - centre) / scale), np.arctan((right - centre) / scale)
        kept = bool(self.statistic(np.array([left]))[0] <= critical)
        for _ in range(60):
            middle = (low + high) / 2
            value = centre + scale * np.tan(middle)
            if bool(self.statistic(np.array([value]))[0] <= critical) == kept:
                low = middle
            else:
                high = middle
        return float(centre + scale * np.tan((low + high) / 2))


def anderson_rubin(
    outcome: Floats, treatment: Floats, instruments: Floats, clusters: Integers, *, small: float
) -> AndersonRubin:
    """Prepare the test from rows in which effects and controls are taken out of everything.

    Parameters
    ----------
    outcome, treatment : numpy.ndarray
        Shape (rows,).
    instruments : numpy.ndarray
        Rows by instruments.
    clusters : numpy.ndarray
        Cluster of each row from 0, shape (rows,).
    small : float
        Correction of the covariance for small samples.

    Returns
    -------
    AndersonRubin
        The test.

    Examples
    --------
    >>> z = np.array([[1.0], [-1.0], [1.0], [-1.0]])
    >>> anderson_rubin(2 * z[:, 0], z[:, 0], z, np.arange(4), small=1.0).reduced.tolist()
    [2.0]
    """
    bread = np.linalg.inv(instruments.T @ instruments)
    both = np.column_stack([outcome, treatment])
    found = bread @ (instruments.T @ both)
    left = both - instruments @ found
    count = int(clusters.max()) + 1
    sums = np.zeros((2, count, instruments.shape[1]))
    for k in (0, 1):
        np.add.at(sums[k], clusters, instruments * left[:, k : k + 1])
    spread = bread @ np.einsum("kga,lgb->klab", sums, sums) @ bread * small
    return AndersonRubin(found[:, 1], found[:, 0], (spread[0, 0], spread[0, 1], spread[1, 1]), float(count - 1))
