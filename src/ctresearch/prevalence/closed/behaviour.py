"""Population size where a first capture changes the chance of later ones.

References
----------
.. [1] Otis, D. L., Burnham, K. P., White, G. C. and Anderson, D. R. (1978). Statistical inference from capture data
   on closed animal populations. Wildlife Monographs 62.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from ctresearch.core.errors import FitError

if TYPE_CHECKING:
    from ctresearch.prevalence.loglinear.poisson_design import DesignFit


@dataclass(frozen=True, slots=True)
class BehaviourSize:
    """A population size with its standard error, in persons."""

    estimate: float
    std_error: float


def behaviour_size(fitted: DesignFit, occasions: int) -> BehaviourSize:
    """Return the population size under ``Mb`` or ``Mbh``.

    Parameters
    ----------
    fitted : DesignFit
        Coefficients of the intercept, ``late`` (``Mbh`` only), ``before`` and ``after``.
    occasions : int
        Number of occasions.

    Returns
    -------
    BehaviourSize
        Estimate and standard error.

    Raises
    ------
    FitError
        If new people keep coming in such that nobody would ever be left over.

    Examples
    --------
    >>> from ctresearch.prevalence.closed.closed_design import closed_design
    >>> from ctresearch.prevalence.loglinear.poisson_design import fit_design
    >>> counts = np.array([40.0, 25.0, 12.0, 15.0, 7.0, 5.0, 3.0])
    >>> design = closed_design(3, "Mb", None, 0.0)
    >>> round(behaviour_size(fit_design(design.matrix[1:], counts, design.may_leave), 3).estimate)
    121
    """
    before, after = np.exp(fitted.beta[-2]), np.exp(fitted.beta[-1])
    room = 1 + after - before
    if room <= 0:
        raise FitError(
            f"new people come in {before / (1 + after):.2f} times as often from one occasion to the next, so the number"
            " never caught cannot be told: choose a model without behaviour, such as 'Mt'"
        )
    if len(fitted.beta) == 3:
        estimate = np.exp(fitted.beta[0]) * (1 + after) ** occasions / room
        slope = np.array([1.0, before / room, occasions * after / (1 + after) - after / room])
    else:
        rest = np.exp(fitted.beta[1]) * before / room
        estimate = np.exp(fitted.beta[0]) * (1 + after) ** (occasions - 1) * (1 + rest)
        share = rest / (1 + rest)
        pull = (occasions - 1) * after / (1 + after) - share * after / room
        slope = np.array([1.0, share, share * (1 + before / room), pull])
    variance = float(estimate**2 * (slope @ fitted.covariance @ slope) - estimate)
    return BehaviourSize(float(estimate), float(np.sqrt(max(variance, 0.0))))
