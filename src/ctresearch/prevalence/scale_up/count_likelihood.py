"""Likelihoods of numbers of people known, as compiled code takes them."""

from __future__ import annotations

import math
from typing import NamedTuple

from ctresearch.core.compile import kernel

_SMALL = 8.0
_FEW = 24.0
_LARGE, _TINY = 1e200, 1e-200  # products are carried into the sum before they leave the range of doubles


class Rounds(NamedTuple):
    """Rounds of a chain: ``total``, one kept in ``thin``, and whether lengths of steps adapt, as while warming up."""

    total: int
    thin: int
    warm: bool


@kernel
def log_slope(logit: float) -> float:
    """Return the log derivative of the logistic function.

    Parameters
    ----------
    logit : float
        Where.

    Returns
    -------
    float
        Of a probability p, the logarithm of p (1 - p).

    Examples
    --------
    >>> round(log_slope(0.0), 6), round(math.log(0.25), 6)
    (-1.386294, -1.386294)
    """
    value: float = -abs(logit) - 2 * math.log1p(math.exp(-abs(logit)))
    return value


@kernel
def log_gamma(z: float) -> float:
    """Return the logarithm of the gamma function, to 1e-10, in half the time of the C library's.

    Parameters
    ----------
    z : float
        Above 0.

    Returns
    -------
    float
        By Stirling's series, after as many steps up as it takes to reach 8.

    Examples
    --------
    >>> round(log_gamma(5.0), 9), round(math.log(24), 9)
    (3.17805383, 3.17805383)
    """
    product = 1.0
    while z < _SMALL:
        product *= z
        z += 1.0
    inverse = 1.0 / z
    square = inverse * inverse
    series = inverse * (1 / 12 - square * (1 / 360 - square * (1 / 1260 - square * (1 / 1680 - square / 1188))))
    value: float = (z - 0.5) * math.log(z) - z + 0.9189385332046727 + series
    return value if product == 1.0 else value - math.log(product)


@kernel
def log_rising(a: float, count: float) -> float:
    """Return the logarithm of a rising factorial, ``a (a + 1) ... (a + count - 1)``.

    Parameters
    ----------
    a : float
        Above 0.
    count : float
        A whole number.

    Returns
    -------
    float
        0 for a count of 0.

    Examples
    --------
    >>> round(log_rising(2.0, 3.0), 9), round(math.log(2 * 3 * 4), 9)
    (3.17805383, 3.17805383)
    """
    if count > _FEW:
        return log_gamma(a + count) - log_gamma(a)
    if count == 0.0:
        return 0.0
    product, total = 1.0, 0.0
    for step in range(int(count)):
        product *= a + step
        if product > _LARGE or product < _TINY:
            total += math.log(product)
            product = 1.0
    return total + math.log(product)


@kernel
def binomial_constant(chance: float, spread: float) -> float:
    """Return the part of the log-probability that is the same for all degrees.

    Parameters
    ----------
    chance, spread : float
        As for :func:`log_binomial`.

    Returns
    -------
    float
        0 for the binomial.

    Examples
    --------
    >>> round(binomial_constant(0.5, 1 / 3), 6)  # gamma of 2 over gamma of 1
    0.0
    """
    if spread <= 0.0:
        return 0.0
    size = 1.0 / spread - 1.0
    value: float = log_gamma(size) - log_gamma((1.0 - chance) * size)
    return value


@kernel
def log_binomial(count: float, degree: float, chance: float, spread: float, constant: float) -> float:
    """Return the log-probability of knowing ``count`` of ``degree`` people in a group, but for the factorial of it.

    Parameters
    ----------
    count, degree : float
        Whole numbers.
    chance : float
        Mean share of the group among people known, between 0 and 1.
    spread : float
        Intraclass correlation of the beta-binomial distribution, between 0 and 1; 0 for the binomial.
    constant : float
        What :func:`binomial_constant` returns for them.

    Returns
    -------
    float
        Minus infinity where more are known in the group than at all.

    Examples
    --------
    >>> round(log_binomial(1.0, 2.0, 0.25, 0.0, 0.0), 6), round(math.log(2 * 0.25 * 0.75), 6)
    (-0.980829, -0.980829)
    >>> even = binomial_constant(0.5, 1 / 3)
    >>> round(log_binomial(1.0, 2.0, 0.5, 1 / 3, even), 6), round(math.log(1 / 3), 6)  # uniform chances
    (-1.098612, -1.098612)
    """
    rest = degree - count
    if rest < 0:
        return -math.inf
    if spread <= 0.0:
        return log_rising(rest + 1.0, count) + count * math.log(chance) + rest * math.log1p(-chance)
    size = 1.0 / spread - 1.0
    value: float = constant + log_gamma((1.0 - chance) * size + rest) - log_gamma(size + degree)
    if count == 0.0:
        return value
    if count > _FEW:
        return value + log_rising(rest + 1.0, count) + log_rising(chance * size, count)
    product, yes = 1.0, chance * size
    for step in range(int(count)):  # ways of choosing, and the rising factorial of the chance, in one logarithm
        product *= (rest + 1.0 + step) * (yes + step)
        if product > _LARGE or product < _TINY:
            value += math.log(product)
            product = 1.0
    return value + math.log(product)


@kernel
def log_negative_binomial(count: float, mean: float, inverse: float) -> float:
    """Return the log-probability of knowing ``count`` people, negative binomial.

    Parameters
    ----------
    count : float
        A whole number.
    mean : float
        Above 0.
    inverse : float
        One over the overdispersion, which is the variance over the mean; between 0 and 1.

    Returns
    -------
    float
        The factorial of ``count`` is left out.

    Examples
    --------
    >>> round(log_negative_binomial(0.0, 2.0, 0.5), 6), round(2 * math.log(0.5), 6)
    (-1.386294, -1.386294)
    """
    shape = mean * inverse / (1.0 - inverse)
    value: float = log_rising(shape, count) + shape * math.log(inverse) + count * math.log1p(-inverse)
    return value
