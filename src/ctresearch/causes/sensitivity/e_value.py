"""The E-value: how strongly a hidden cause must be tied to treatment and outcome to explain a ratio away.

References
----------
.. [1] VanderWeele, T. J. and Ding, P. (2017). Sensitivity analysis in observational research: introducing the E-value.
   Annals of Internal Medicine 167, 268-274. https://doi.org/10.7326/M16-2607
"""

from __future__ import annotations

from dataclasses import dataclass
from math import sqrt

from ctresearch.core.errors import SpecificationError
from ctresearch.core.validate import in_range


@dataclass(frozen=True, slots=True)
class EValue:
    """E-values of an estimate and of the limit nearer to no effect.

    Parameters
    ----------
    estimate : float
        Smallest risk ratio of a hidden cause with both treatment and outcome that moves the estimate to ``null``.
    limit : float
        The same for the nearer limit; 1 where the interval holds ``null``.
    sentence : str
        Both in words.

    Examples
    --------
    >>> round(e_value(3.9, 1.8, 8.7).limit, 2)
    3.0
    """

    estimate: float
    limit: float
    sentence: str


def e_value(ratio: float, low: float, high: float, *, null: float = 1.0) -> EValue:
    """Return the E-value of a risk ratio and its interval.

    Parameters
    ----------
    ratio : float
        Risk ratio, or another ratio of an outcome that is rare.
    low, high : float
        Limits of its interval.
    null : float
        The ratio to which it is to be moved.

    Returns
    -------
    EValue
        For the estimate and the nearer limit.

    Raises
    ------
    SpecificationError
        If the ratio is not between its limits or one is not above 0.

    References
    ----------
    .. [1] VanderWeele, T. J. and Ding, P. (2017). Sensitivity analysis in observational research: introducing the
       E-value. Annals of Internal Medicine 167, 268-274. https://doi.org/10.7326/M16-2607

    Examples
    --------
    >>> print(e_value(3.9, 1.8, 8.7).sentence)
    A hidden cause must raise both treatment and outcome 7.26-fold to explain the estimate, 3-fold to reach its limit.
    """
    for name, value in (("ratio", ratio), ("low", low), ("high", high), ("null", null)):
        in_range(name, value, 0, None, open_ends=True)
    if not low <= ratio <= high:
        raise SpecificationError(f"ratio == {ratio!r}, must be between its limits {low!r} and {high!r}")
    point = _bias_needed(ratio / null)
    nearer = low if ratio > null else high
    crossed = (nearer - null) * (ratio - null) <= 0
    limit = 1.0 if crossed else _bias_needed(nearer / null)
    reach = "and its interval holds no effect already" if crossed else f"{limit:.3g}-fold to reach its limit"
    said = f"A hidden cause must raise both treatment and outcome {point:.3g}-fold to explain the estimate, {reach}."
    return EValue(point, limit, said)


def _bias_needed(ratio: float) -> float:
    """Return the joint strength that makes a bias as large as a ratio."""
    ratio = max(ratio, 1 / ratio)
    return ratio + sqrt(ratio * (ratio - 1))
