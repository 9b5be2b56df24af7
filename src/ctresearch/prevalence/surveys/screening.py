"""Errors of a test or a screening questionnaire, and what they do to a share of positives.

References
----------
.. [1] Rogan, W. J. and Gladen, B. (1978). Estimating prevalence from the results of a screening test. American Journal
   of Epidemiology 107, 71-76. https://doi.org/10.1093/oxfordjournals.aje.a112510
.. [2] Lang, Z. and Reiczigel, J. (2014). Confidence limits for prevalence of disease adjusted for estimated sensitivity
   and specificity. Preventive Veterinary Medicine 113, 13-22. https://doi.org/10.1016/j.prevetmed.2013.09.015
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from ctresearch.core.check import Check
from ctresearch.core.errors import SpecificationError
from ctresearch.core.message import say
from ctresearch.core.validate import in_range, whole_number

if TYPE_CHECKING:
    from collections.abc import Sequence

_WEAK = 1.96  # standard errors of sensitivity + specificity - 1 above zero, below which the test may tell nothing


@dataclass(frozen=True, slots=True)
class Screening:
    """How well a test tells: ``sensitivity`` and ``specificity``, and on how many each was found, infinite if known."""

    sensitivity: float
    specificity: float
    ill: float
    well: float

    @property
    def youden(self) -> float:
        """Sensitivity and specificity less one: how much of a difference the test passes on."""
        return self.sensitivity + self.specificity - 1

    @property
    def known(self) -> bool:
        """Whether both are taken as known."""
        return bool(np.isinf(self.ill) and np.isinf(self.well))

    def prevalence(self, positive: float) -> float:
        """Return the prevalence behind a share of positives; it may fall outside 0 and 1."""
        return (positive + self.specificity - 1) / self.youden

    def std_error(self, positive: float, variance: float) -> float:
        """Return the standard error of that, given the variance of the share."""
        true = min(max(self.prevalence(positive), 0.0), 1.0)
        own = _own(self.sensitivity, self.ill) * true**2 + _own(self.specificity, self.well) * (1 - true) ** 2
        return float(np.sqrt(variance + own)) / self.youden

    def limits(self, positive: float, size: float, level: float) -> tuple[float, float]:
        """Return Lang and Reiczigel's limits for a share among ``size`` people, within 0 and 1."""
        from scipy.special import ndtri

        z = float(ndtri((1 + level) / 2))
        sample, share = size + z**2, (size * positive + z**2 / 2) / (size + z**2)
        ill, well = self.ill + 2, self.well + 2
        sensitivity = self.sensitivity if np.isinf(ill) else (self.ill * self.sensitivity + 1) / ill
        specificity = self.specificity if np.isinf(well) else (self.well * self.specificity + 1) / well
        youden = sensitivity + specificity - 1
        true = (share + specificity - 1) / youden
        told = _own(sensitivity, ill), _own(specificity, well)
        shift = 2 * z**2 * (true * told[0] - (1 - true) * told[1])
        error = share * (1 - share) / sample + true**2 * told[0] + (1 - true) ** 2 * told[1]
        reach = z * float(np.sqrt(error)) / youden
        ends = np.clip([true + shift - reach, true + shift + reach], 0.0, 1.0)
        return float(ends[0]), float(ends[1])


def _own(share: float, size: float) -> float:
    """Return the variance of a share of the test's own."""
    return 0.0 if np.isinf(size) else share * (1 - share) / size


def read_screening(sensitivity: float | Sequence[int], specificity: float | Sequence[int]) -> Screening:
    """Check how well a test tells.

    Parameters
    ----------
    sensitivity, specificity : float or pair of int
        Known shares, or how many of how many were told right.

    Returns
    -------
    Screening
        The test.

    Raises
    ------
    SpecificationError
        If they are no shares, or the test tells nothing.

    Examples
    --------
    >>> round(read_screening((45, 50), 0.95).youden, 2)
    0.85
    """
    (one, ill), (other, well) = _share("sensitivity", sensitivity), _share("specificity", specificity)
    if one + other <= 1:
        raise SpecificationError(
            f"sensitivity + specificity == {one + other:g}, must be above 1: a test that tells no more than chance "
            "says nothing of the prevalence"
        )
    return Screening(one, other, ill, well)


def _share(name: str, given: Any) -> tuple[float, float]:
    """Return a share and the people that it was found on."""
    if isinstance(given, (tuple, list)):
        if len(given) != 2:
            raise SpecificationError(f"{name} has {len(given)} numbers, must be a share, or those told right and all")
        size = whole_number(f"{name}[1]", given[1], 1)
        return whole_number(f"{name}[0]", given[0], 0, size) / size, float(size)
    return float(in_range(name, given, 0, 1)), float("inf")


def check_test(screening: Screening) -> Check:
    """Say whether the test is known to tell more than chance."""
    spread = _own(screening.sensitivity, screening.ill) + _own(screening.specificity, screening.well)
    error = float(np.sqrt(spread))
    numbers = {"youden": screening.youden, "std_error": error}
    said = say(
        "Sensitivity and specificity add up to {over:.2f} more than one, with a standard error of {error:.2f}",
        over=screening.youden,
        error=error,
    )
    if screening.youden > _WEAK * error:
        return Check("test", "pass", say("{said}.", said=said), numbers, voids=True)
    return Check("test", "fail", say("{said}: the test may tell no more than chance.", said=said), numbers, voids=True)


def check_inside(raw: float) -> Check:
    """Say whether fewer were positive than errors of the test alone would make, or more than it can."""
    numbers = {"untruncated": raw}
    if 0 <= raw <= 1:
        return Check("within", "pass", say("The corrected share lies between 0 and 1."), numbers)
    where = (
        say("Fewer people are positive than the test's specificity alone would make: the estimate is set to 0.")
        if raw < 0
        else say("More people are positive than the test's sensitivity allows: the estimate is set to 1.")
    )
    return Check("within", "review", where, numbers)
