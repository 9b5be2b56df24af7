"""What millions of regressions say about one variable.

References
----------
.. [1] Leamer, E. E. (1985). Sensitivity analyses would help. American Economic Review 75 (3), 308-313.
.. [2] Sala-i-Martin, X. X. (1997). I just ran two million regressions. American Economic Review 87 (2), 178-183.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from ctresearch.causes.bounds.subset_regressions import SubsetFits


@dataclass(frozen=True, slots=True)
class BoundsSummary:
    """Extreme bounds and the distribution of one coefficient over its regressions.

    Parameters
    ----------
    mean : float
        Weighted mean of the coefficient.
    low, high : float
        Extreme bounds: the lowest lower limit and the highest upper limit [1]_.
    share_positive, share_significant : float
        Share of the regressions with a positive, and with a significant coefficient.
    cdf_normal, cdf_generic : float
        Weighted share of the coefficient's distribution on the larger side of 0, taken as one normal, and as the mean
        over the regressions [2]_.
    regressions, skipped : int
        Regressions fitted, and those that could not be.

    Examples
    --------
    >>> BoundsSummary(1.0, 0.5, 1.5, 1.0, 1.0, 0.99, 0.98, 10, 0).robust
    True
    """

    mean: float
    low: float
    high: float
    share_positive: float
    share_significant: float
    cdf_normal: float
    cdf_generic: float
    regressions: int
    skipped: int

    @property
    def robust(self) -> bool:
        """Whether no regression leaves the sign in doubt."""
        return bool(self.low > 0 or self.high < 0)


def summarise_bounds(fits: SubsetFits, critical: float, *, by_likelihood: bool) -> BoundsSummary:
    """Summarise the coefficient of one variable over its regressions.

    Parameters
    ----------
    fits : SubsetFits
        One value a regression; those with NaN are skipped.
    critical : float
        Standard errors from the coefficient to a limit.
    by_likelihood : bool
        Weight regressions by their likelihood, which supposes that all have the same rows; else equally.

    Returns
    -------
    BoundsSummary
        NaN throughout if no regression could be fitted.

    Examples
    --------
    >>> from ctresearch.causes.bounds.subset_regressions import SubsetFits
    >>> fits = SubsetFits(np.array([1.0, 3.0]), np.array([0.5, 0.5]), np.zeros(2))
    >>> found = summarise_bounds(fits, 2.0, by_likelihood=False)
    >>> found.mean, found.low, found.high, found.robust
    (2.0, 0.0, 4.0, False)
    """
    from scipy.special import ndtr

    sound = np.isfinite(fits.estimate) & (fits.std_error > 0)
    skipped = int((~sound).sum())
    if not sound.any():
        nan = float("nan")
        return BoundsSummary(nan, nan, nan, nan, nan, nan, nan, 0, skipped)
    b, error, height = fits.estimate[sound], fits.std_error[sound], fits.log_likelihood[sound]
    weights = np.exp(height - height.max()) if by_likelihood else np.ones(len(b))
    weights /= weights.sum()
    mean = float(weights @ b)
    normal = float(ndtr(mean / np.sqrt(weights @ error**2)))
    generic = float(weights @ ndtr(b / error))
    return BoundsSummary(
        mean,
        float((b - critical * error).min()),
        float((b + critical * error).max()),
        float((b > 0).mean()),
        float((np.abs(b) > critical * error).mean()),
        max(normal, 1 - normal),
        max(generic, 1 - generic),
        len(b),
        skipped,
    )
