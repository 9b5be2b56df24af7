"""Sums of smooth curves over wide blocks of a grid, from their values at a few places of each.

Within a block the posterior of a graph bends so little that a polynomial through Chebyshev's points stands for it to
more digits than anybody quotes. The sums over the block, and the curve of all graphs together, are those of the
polynomial. How fast its coefficients fall says how much it leaves out, so that a block which it does not fit is told
from the others.

References
----------
.. [1] Trefethen, L. N. (2019). Approximation Theory and Approximation Practice, extended edition. SIAM.
   https://doi.org/10.1137/1.9781611975949
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from ctresearch.prevalence.lists.cells import Array

# Curves of a block that is some standard deviations wide are met to 1e-10 by so many places.
PLACES = 28
_VALUES, _OVERHEAD = 8, 10_000  # what a block costs, in curves worked out at one value: a value of it, and the block


@dataclass(frozen=True, slots=True)
class BlockSum:
    """Sums over one block of J values of G curves.

    ``by_value`` (J,) the curves added up; ``by_curve`` (G,) the sum of each; ``moment`` (G,) that of value times curve;
    ``left_out`` about how far the sum of ``by_value`` is off.
    """

    by_value: Array
    by_curve: Array
    moment: Array
    left_out: float


def pays(curves: Array, values: Array) -> Array:
    """Say for which blocks few places cost less than all values do.

    Parameters
    ----------
    curves, values : numpy.ndarray
        How many of each a block has, shape (B,).

    Returns
    -------
    numpy.ndarray
        Shape (B,).

    Examples
    --------
    >>> pays(np.array([2, 500]), np.array([1000, 1000])).tolist()
    [False, True]
    """
    return np.asarray((curves > 0) & (curves * (values - PLACES) > _VALUES * values + _OVERHEAD))


def places(first: float, last: float) -> Array:
    """Return Chebyshev's points of an interval, decreasing.

    Parameters
    ----------
    first, last : float
        Its ends.

    Returns
    -------
    numpy.ndarray
        Shape (PLACES,).

    Examples
    --------
    >>> found = places(0.0, 2.0)
    >>> bool(0 < found[-1] < found[0] < 2), len(found) == PLACES
    (True, True)
    """
    points: Array = (first + last) / 2 + (last - first) / 2 * np.cos(np.pi * (np.arange(PLACES) + 0.5) / PLACES)
    return points


def sum_block(curves: Array, values: Array, factor: Array) -> BlockSum:
    """Add up curves over a block.

    Parameters
    ----------
    curves : numpy.ndarray
        Each curve at the places of the block, shape (G, PLACES), at least 0.
    values : numpy.ndarray
        The values of the block, increasing, shape (J,).
    factor : numpy.ndarray
        What all curves are multiplied with at each value, smooth or not, shape (J,).

    Returns
    -------
    BlockSum
        The sums.

    Examples
    --------
    >>> values = np.arange(500.0, 1000.0)
    >>> found = sum_block(1 / places(500.0, 999.0)[None], values, np.ones(500))
    >>> float(found.by_curve[0] - (1 / values).sum()) < 1e-12, found.left_out < 1e-12
    (True, True)
    """
    low, high = values[0], values[-1]
    polynomials = np.polynomial.chebyshev.chebvander((2 * values - low - high) / (high - low), PLACES - 1)
    coefficients = curves @ _to_coefficients()
    together = coefficients.sum(axis=0)
    by_value = (polynomials @ together).clip(min=0) * factor
    by_curve, moment = coefficients @ (factor @ polynomials), coefficients @ ((factor * values) @ polynomials)
    tail = float(np.abs(coefficients[:, -2:]).sum()) * float(factor.sum())
    return BlockSum(by_value, by_curve.clip(min=0), moment.clip(min=0), tail)


@cache
def _to_coefficients() -> Array:
    """Return the matrix that turns values at the places into coefficients of Chebyshev's polynomials."""
    angles = np.pi * (np.arange(PLACES) + 0.5) / PLACES
    matrix: Array = np.cos(angles[:, None] * np.arange(PLACES)) * (2 / PLACES)
    matrix[:, 0] /= 2
    matrix.setflags(write=False)
    return matrix
