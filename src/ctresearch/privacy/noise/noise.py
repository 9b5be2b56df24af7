"""Exact discrete noise for differential privacy.

Every draw is made of uniform whole numbers and comparisons of fractions, so the noise has exactly the distribution that
the proof of privacy is about. Floating-point noise has not: its gaps and roundings tell on the number beneath.

References
----------
.. [1] Canonne, C. L., Kamath, G. and Steinke, T. (2022). The discrete Gaussian for differential privacy. Journal of
   Privacy and Confidentiality, 12(1). https://doi.org/10.29012/jpc.784
.. [2] Mironov, I. (2012). On significance of the least significant bits for differential privacy. ACM CCS, 650-661.
   https://doi.org/10.1145/2382196.2382264
"""

from __future__ import annotations

from fractions import Fraction
from math import gcd, isqrt
from typing import TYPE_CHECKING

from ctresearch.core.errors import SpecificationError

if TYPE_CHECKING:
    import random


def discrete_laplace(scale: Fraction, draw: random.Random) -> int:
    """Draw x with probability proportional to exp(-abs(x) / scale).

    Parameters
    ----------
    scale : fractions.Fraction
        Above 0: sensitivity over epsilon.
    draw : random.Random
        Source of uniform whole numbers.

    Returns
    -------
    int
        The noise.

    Raises
    ------
    SpecificationError
        If the scale is not above 0.

    References
    ----------
    .. [1] Canonne, C. L., Kamath, G. and Steinke, T. (2022). The discrete Gaussian for differential privacy. Journal of
       Privacy and Confidentiality, 12(1). https://doi.org/10.29012/jpc.784

    Examples
    --------
    >>> from ctresearch.privacy.noise.entropy import entropy
    >>> isinstance(discrete_laplace(Fraction(2), entropy()), int)
    True
    """
    _above_zero("scale", scale)
    t, s = scale.numerator, scale.denominator
    while True:
        u = draw.randrange(t)
        if not _bernoulli_exp(u, t, draw):
            continue
        v = 0
        while _bernoulli_exp(1, 1, draw):
            v += 1
        magnitude = (u + t * v) // s
        negative = draw.randrange(2) == 1
        if not (negative and magnitude == 0):
            return -magnitude if negative else magnitude


def discrete_gaussian(variance: Fraction, draw: random.Random) -> int:
    """Draw x with probability proportional to exp(-x**2 / (2 * variance)).

    Parameters
    ----------
    variance : fractions.Fraction
        Above 0; the noise's own variance is never above it.
    draw : random.Random
        Source of uniform whole numbers.

    Returns
    -------
    int
        The noise.

    Raises
    ------
    SpecificationError
        If the variance is not above 0.

    References
    ----------
    .. [1] Canonne, C. L., Kamath, G. and Steinke, T. (2022). The discrete Gaussian for differential privacy. Journal of
       Privacy and Confidentiality, 12(1). https://doi.org/10.29012/jpc.784

    Examples
    --------
    >>> from ctresearch.privacy.noise.entropy import entropy
    >>> isinstance(discrete_gaussian(Fraction(9, 2), entropy()), int)
    True
    """
    _above_zero("variance", variance)
    p, q = variance.numerator, variance.denominator
    t = isqrt(p // q) + 1
    while True:
        y = discrete_laplace(Fraction(t), draw)
        # exp(-(abs(y) - variance / t) ** 2 / (2 * variance)), with the variance written as p / q
        if _bernoulli_exp((abs(y) * q * t - p) ** 2, 2 * p * q * t**2, draw):
            return y


def _bernoulli_exp(numerator: int, denominator: int, draw: random.Random) -> bool:
    """Be true with probability exp(-numerator / denominator), exactly, for a fraction of at least 0."""
    common = gcd(numerator, denominator)  # short numbers are drawn faster
    numerator, denominator = numerator // common, denominator // common
    while numerator > denominator:
        if not _bernoulli_exp(1, 1, draw):
            return False
        numerator -= denominator
    k = 1
    while draw.randrange(denominator * k) < numerator:
        k += 1
    return k % 2 == 1


def _above_zero(name: str, value: Fraction) -> None:
    """Refuse what no distribution has."""
    if value <= 0:
        raise SpecificationError(f"{name} == {value}, must be above 0")
