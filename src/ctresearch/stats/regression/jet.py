"""Numbers that carry their first and second derivatives along, by row.

A likelihood of counts that is truncated, inflated or both is a chain of a few operations on its linear predictors. Each
operation below applies the chain rule exactly, so that score, information and the delta method need no derivative
written by hand.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Jet:
    """A value by row with its derivatives in L predictors.

    Parameters
    ----------
    value : numpy.ndarray
        Shape (rows,).
    slope : numpy.ndarray
        First derivatives, shape (rows, L).
    bend : numpy.ndarray
        Second derivatives, shape (rows, L, L).

    Examples
    --------
    >>> x = seeds(np.array([[3.0]]))[0]
    >>> square = x * x
    >>> square.value[0], square.slope[0, 0], square.bend[0, 0, 0]
    (np.float64(9.0), np.float64(6.0), np.float64(2.0))
    """

    value: Floats
    slope: Floats
    bend: Floats

    def through(self, value: Floats, first: Floats, second: Floats) -> Jet:
        """Apply a function of one number, given its value and its two derivatives here, each of shape (rows,)."""
        outer = self.slope[:, :, None] * self.slope[:, None, :]
        bend = first[:, None, None] * self.bend + second[:, None, None] * outer
        return Jet(value, first[:, None] * self.slope, bend)

    def __add__(self, other: Jet | float | NDArray[Any]) -> Jet:
        if isinstance(other, Jet):
            return Jet(self.value + other.value, self.slope + other.slope, self.bend + other.bend)
        return Jet(self.value + other, self.slope, self.bend)

    def __mul__(self, other: Jet | float | NDArray[Any]) -> Jet:
        if not isinstance(other, Jet):
            by = np.broadcast_to(np.asarray(other, dtype=float), self.value.shape)
            return Jet(self.value * by, self.slope * by[:, None], self.bend * by[:, None, None])
        cross = self.slope[:, :, None] * other.slope[:, None, :]
        bend = self.bend * other.value[:, None, None] + other.bend * self.value[:, None, None]
        slope = self.slope * other.value[:, None] + other.slope * self.value[:, None]
        return Jet(self.value * other.value, slope, bend + cross + cross.transpose(0, 2, 1))

    __radd__ = __add__
    __rmul__ = __mul__

    def __neg__(self) -> Jet:
        return self * -1.0

    def __sub__(self, other: Jet | float | NDArray[Any]) -> Jet:
        return self + (-other)

    def __rsub__(self, other: float | NDArray[Any]) -> Jet:
        return (-self) + other

    def __truediv__(self, other: Jet) -> Jet:
        return self * other.inverse()

    def inverse(self) -> Jet:
        """Return one over the value."""
        one = 1 / self.value
        return self.through(one, -(one**2), 2 * one**3)

    def exp(self) -> Jet:
        """Return the exponential."""
        power = np.exp(self.value)
        return self.through(power, power, power)

    def expm1(self) -> Jet:
        """Return the exponential less one, exact near zero."""
        power = np.exp(self.value)
        return self.through(np.expm1(self.value), power, power)

    def log(self) -> Jet:
        """Return the natural logarithm."""
        return self.through(np.log(self.value), 1 / self.value, -1 / self.value**2)

    def log1p(self) -> Jet:
        """Return the logarithm of one more, exact near zero."""
        more = 1 + self.value
        return self.through(np.log1p(self.value), 1 / more, -1 / more**2)

    def where(self, chosen: NDArray[np.bool_], other: Jet) -> Jet:
        """Take rows of this where ``chosen``, else of the other."""
        return Jet(
            np.where(chosen, self.value, other.value),
            np.where(chosen[:, None], self.slope, other.slope),
            np.where(chosen[:, None, None], self.bend, other.bend),
        )


def seeds(predictors: Floats) -> tuple[Jet, ...]:
    """Make each column of predictors a number of its own.

    Parameters
    ----------
    predictors : numpy.ndarray
        Shape (rows, L).

    Returns
    -------
    tuple of Jet
        One a column, whose derivative in itself is one.

    Examples
    --------
    >>> first, second = seeds(np.array([[1.0, 2.0]]))
    >>> (first * second).slope.tolist()
    [[2.0, 1.0]]
    """
    rows, size = predictors.shape
    unit: Any = np.eye(size)
    flat = np.zeros((rows, size, size))
    return tuple(Jet(predictors[:, i], np.broadcast_to(unit[i], (rows, size)), flat) for i in range(size))
