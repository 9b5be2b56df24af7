"""Omitted-variable bias in terms of partial R squared, with the robustness value and its contour.

References
----------
.. [1] Cinelli, C. and Hazlett, C. (2020). Making sense of sensitivity: extending omitted variable bias. Journal of the
   Royal Statistical Society B 82, 39-67. https://doi.org/10.1111/rssb.12348
"""

from __future__ import annotations

from dataclasses import dataclass
from math import sqrt
from typing import TYPE_CHECKING

import numpy as np

from ctresearch.core.plot import BLUE, VERMILION, new_axes
from ctresearch.core.validate import in_range, is_level, whole_number

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from ctresearch.stats.regression.generalized_linear import Floats


@dataclass(frozen=True, slots=True)
class OmittedVariable:
    """How strong a hidden cause must be to undo a coefficient.

    Parameters
    ----------
    estimate, std_error : float
        Coefficient of treatment in a linear regression.
    free : int
        Residual degrees of freedom.
    level : float
        Of the test that is to fail, as a proportion.
    partial_r2 : float
        Share of the outcome's residual variance that treatment explains: were a hidden cause to explain all the rest of
        the outcome, it would need this share of treatment to undo the estimate.
    robustness : float
        Share of both treatment and outcome that a hidden cause must explain to bring the estimate to 0.
    robustness_level : float
        The same to bring the limit nearer to 0 to it.

    Examples
    --------
    >>> round(omitted_variable(0.09731582, 0.02325654, 783).robustness, 4)
    0.1388
    """

    estimate: float
    std_error: float
    free: int
    level: float
    partial_r2: float
    robustness: float
    robustness_level: float

    @property
    def sentence(self) -> str:
        """The finding in words."""
        return (
            f"A hidden cause that explains {self.robustness:.1%} of what is left of both treatment and outcome brings "
            f"the estimate to 0; {self.robustness_level:.1%} suffices to leave no evidence at level {self.level:g}."
        )

    def adjusted(self, r2_treatment: float | Floats, r2_outcome: float | Floats) -> Floats:
        """Return the estimate after a hidden cause of given strength, in the direction that weakens it.

        Parameters
        ----------
        r2_treatment, r2_outcome : float or numpy.ndarray
            Partial R squared of the hidden cause with treatment and with outcome.

        Returns
        -------
        numpy.ndarray
            Bias-adjusted estimates.

        Examples
        --------
        >>> found = omitted_variable(2.0, 0.5, 100)
        >>> abs(float(found.adjusted(found.robustness, found.robustness)).__round__(9))
        0.0
        """
        treatment, outcome = np.asarray(r2_treatment, dtype=float), np.asarray(r2_outcome, dtype=float)
        bias = self.std_error * sqrt(self.free) * np.sqrt(outcome * treatment / (1 - treatment))
        return np.asarray(np.sign(self.estimate) * (abs(self.estimate) - bias), dtype=float)

    def plot(self, largest: float = 0.4, ax: Axes | None = None) -> Axes:
        """Draw the adjusted estimate over the strength of a hidden cause.

        Parameters
        ----------
        largest : float
            End of both axes.
        ax : matplotlib.axes.Axes, optional
            Where to draw.

        Returns
        -------
        matplotlib.axes.Axes
            Contours; the one at which nothing is left is dashed.

        Raises
        ------
        SpecificationError
            If ``largest`` is not between 0 and 1.

        Examples
        --------
        >>> omitted_variable(2.0, 0.5, 100).plot().get_xlabel()
        'partial R² of the hidden cause with treatment'
        """
        in_range("largest", largest, 0, 1, open_ends=True)
        ax = ax if ax is not None else new_axes(5.6, 4.6)
        grid = np.linspace(0, largest, 121)
        heights = self.adjusted(*np.meshgrid(grid, grid))
        lines = ax.contour(grid, grid, heights, levels=8, colors=BLUE, linewidths=1)
        ax.clabel(lines, fontsize=8, fmt="%.3g")
        if heights.min() < 0 < heights.max():
            ax.contour(grid, grid, heights, levels=[0.0], colors=VERMILION, linestyles="--")
        ax.set_xlabel("partial R² of the hidden cause with treatment")
        ax.set_ylabel("partial R² with outcome")
        ax.set_title(f"estimate {self.estimate:.3g}; robustness value {self.robustness:.1%}", loc="left", fontsize=11)
        return ax


def omitted_variable(estimate: float, std_error: float, free: int, *, level: float = 0.95) -> OmittedVariable:
    """Return how strong a hidden cause must be to undo a linear regression's coefficient.

    Parameters
    ----------
    estimate, std_error : float
        Coefficient of treatment and its classical standard error.
    free : int
        Residual degrees of freedom.
    level : float
        Of the test that is to fail, as a proportion.

    Returns
    -------
    OmittedVariable
        Robustness values and the adjusted estimate at any strength.

    Raises
    ------
    SpecificationError
        If a number is out of range.

    References
    ----------
    .. [1] Cinelli, C. and Hazlett, C. (2020). Making sense of sensitivity: extending omitted variable bias. Journal of
       the Royal Statistical Society B 82, 39-67. https://doi.org/10.1111/rssb.12348

    Examples
    --------
    >>> print(omitted_variable(0.09731582, 0.02325654, 783).sentence)  # doctest: +NORMALIZE_WHITESPACE
    A hidden cause that explains 13.9% of what is left of both treatment and outcome brings the estimate to 0; 7.6%
    suffices to leave no evidence at level 0.95.
    """
    from scipy.stats import t

    in_range("estimate", estimate)
    in_range("std_error", std_error, 0, None, open_ends=True)
    free = whole_number("free", free, low=2)
    critical = float(t.ppf((1 + is_level(level)) / 2, free - 1)) / sqrt(free - 1)
    strength = abs(estimate / std_error) / sqrt(free)
    r2 = strength**2 / (1 + strength**2)
    return OmittedVariable(
        estimate, std_error, free, level, r2, _robustness(strength), _robustness_against(strength, critical)
    )


def _robustness(strength: float) -> float:
    """Solve for the equal partial R squared that makes a bias of so many f."""
    return 0.5 * (sqrt(strength**4 + 4 * strength**2) - strength**2)


def _robustness_against(strength: float, critical: float) -> float:
    """Return the robustness value against a test, with the extreme case of a cause that leaves it less power."""
    left = strength - critical
    if left <= 0:
        return 0.0
    if left > 0 and strength > 1 / critical:  # the constraint that the outcome's share be at most 1 does not bind
        return (strength**2 - critical**2) / (1 + strength**2)
    return _robustness(left)
