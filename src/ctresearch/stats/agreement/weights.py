"""How much two codes agree: the eight systems of Gwet's handbook, Krippendorff's ranks, and tables of one's own.

Gwet's *ordinal* weights look at the places of two codes alone; Krippendorff's *ordinal* metric looks at how many
ratings lie between them. On Krippendorff's example of 2011 the first gives .834 and the second .815, so the two have
different names here: ``"ordinal"`` and ``"ordinal-ranks"``.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

import numpy as np

from ctresearch.core.errors import SpecificationError

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    Floats = NDArray[np.float64]
    Integers = NDArray[np.int64]

SYSTEMS = ("identity", "linear", "quadratic", "ordinal", "radical", "ratio", "circular", "bipolar")
"""Agreement weights, as Gwet and irrCAC call them."""
RANKS = "ordinal-ranks"
MOST_WEIGHED = 2000  # categories of a matrix of weights, which then takes 32 MB


class Weights(Protocol):
    """Agreement of each pair of categories, 1 for a category with itself."""

    def times(self, shares: Floats) -> Floats:
        """Multiply the matrix of weights with vectors, shape (..., categories)."""
        ...

    def within(self, rows: Integers) -> Floats:
        """Sum the agreement of all ordered pairs of ratings in each row, a rating with itself among them."""
        ...


@dataclass(frozen=True, slots=True)
class IdentityWeights:
    """Codes agree where they are the same.

    Examples
    --------
    >>> IdentityWeights().times(np.array([0.2, 0.8])).tolist()
    [0.2, 0.8]
    """

    def times(self, shares: Floats) -> Floats:
        """Return the vectors as they are."""
        return shares

    def within(self, rows: Integers) -> Floats:
        """Count equal pairs of each row."""
        return _over_pairs(rows, lambda one, other: (one == other).astype(np.float64))


@dataclass(frozen=True, slots=True)
class SquareWeights:
    """Codes disagree by the square of their distance on a scale, without a matrix.

    Parameters
    ----------
    values : numpy.ndarray
        Shape (categories,), centred.
    span : float
        The greatest distance.

    Examples
    --------
    >>> SquareWeights(np.array([-1.0, 0.0, 1.0]), 2.0).times(np.array([1.0, 0.0, 0.0])).tolist()
    [1.0, 0.75, 0.0]
    """

    values: Floats
    span: float

    def times(self, shares: Floats) -> Floats:
        """Multiply with vectors, by the sum, the mean and the square of each."""
        v = self.values
        whole, first, second = shares.sum(axis=-1), shares @ v, shares @ v**2
        apart = whole[..., None] * v**2 - 2 * first[..., None] * v + second[..., None]
        return np.asarray(whole[..., None] - apart / self.span**2, dtype=np.float64)

    def within(self, rows: Integers) -> Floats:
        """Sum over ordered pairs of each row."""
        held = np.where(rows >= 0, self.values[rows], 0.0)
        whole = (rows >= 0).sum(axis=1)
        apart = 2 * (whole * (held**2).sum(axis=1) - held.sum(axis=1) ** 2)
        return np.asarray(whole**2 - apart / self.span**2, dtype=np.float64)


@dataclass(frozen=True, slots=True)
class MatrixWeights:
    """Any weights at all.

    Parameters
    ----------
    matrix : numpy.ndarray
        Shape (categories, categories), symmetric, with ones on the diagonal.

    Examples
    --------
    >>> MatrixWeights(np.array([[1.0, 0.5], [0.5, 1.0]])).times(np.array([1.0, 0.0])).tolist()
    [1.0, 0.5]
    """

    matrix: Floats

    def times(self, shares: Floats) -> Floats:
        """Multiply with vectors."""
        return np.asarray(shares @ self.matrix, dtype=np.float64)

    def within(self, rows: Integers) -> Floats:
        """Sum over ordered pairs of each row."""
        return _over_pairs(rows, lambda one, other: self.matrix[one, other])


def weigh(system: str, values: Floats, *, circle: float | None = None) -> Weights:
    """Return the weights of a system.

    Parameters
    ----------
    system : str
        One of :data:`SYSTEMS`.
    values : numpy.ndarray
        Shape (categories,): the codes as numbers, or their places from 1, in rising order.
    circle : float, optional
        Length of the circle of ``"circular"``; one more than the greatest distance by default.

    Returns
    -------
    Weights
        The weights.

    Raises
    ------
    SpecificationError
        If the system does not fit the values: a negative number under ``"ratio"``, too many codes for a matrix.

    References
    ----------
    .. [1] Gwet, K. L. (2014). Handbook of Inter-Rater Reliability, 4th edition. Advanced Analytics.

    Examples
    --------
    >>> weigh("linear", np.array([1.0, 2.0, 3.0])).times(np.eye(3)).tolist()
    [[1.0, 0.5, 0.0], [0.5, 1.0, 0.5], [0.0, 0.5, 1.0]]
    """
    span = float(values[-1] - values[0]) if len(values) > 1 else 1.0
    if system == "identity":
        return IdentityWeights()
    if system == "quadratic":
        return SquareWeights(values - values.mean(), span)
    if len(values) > MOST_WEIGHED:
        raise SpecificationError(
            f"weights == {system!r} with {len(values):,} different values, must be at most {MOST_WEIGHED:,}: round "
            "them, or take weights='quadratic', which needs no matrix"
        )
    if system == "ratio" and values[0] < 0:
        raise SpecificationError(
            f"weights == {system!r} with values below 0, must be from 0 on: take weights='quadratic'"
        )
    apart = _DISTANCES[system](values, circle)
    most = apart.max()
    return MatrixWeights(1 - apart / most if most > 0 else np.ones_like(apart))


def _over_pairs(rows: Integers, agreement: Callable[[Integers, Integers], Floats]) -> Floats:
    """Sum an agreement over all ordered pairs of ratings in each row."""
    there = rows >= 0
    found = there.sum(axis=1).astype(np.float64)
    for one in range(rows.shape[1]):
        for other in range(one):
            both = there[:, one] & there[:, other]
            found += np.where(both, 2 * agreement(rows[:, one], rows[:, other]), 0.0)
    return np.asarray(found, dtype=np.float64)


def _pairs(values: Floats) -> Floats:
    """Return the distance of each pair."""
    return np.asarray(np.abs(np.subtract.outer(values, values)), dtype=np.float64)


def _ordinal(values: Floats, _: float | None) -> Floats:
    """Count the pairs of places from one code to the other, both ends among them."""
    between = _pairs(np.arange(len(values), dtype=np.float64)) + 1
    return np.asarray(between * (between - 1) / 2, dtype=np.float64)


def _ratio(values: Floats, _: float | None) -> Floats:
    """Square the difference relative to the sum."""
    whole = np.add.outer(values, values)
    part = np.divide(_pairs(values), whole, out=np.zeros_like(whole), where=whole > 0)
    return np.asarray(part**2, dtype=np.float64)


def _circular(values: Floats, circle: float | None) -> Floats:
    """Square the sine of half the angle."""
    length = circle or float(values[-1] - values[0]) + 1
    return np.asarray(np.sin(np.pi * _pairs(values) / length) ** 2, dtype=np.float64)


def _bipolar(values: Floats, _: float | None) -> Floats:
    """Square the difference relative to how far both lie from the two ends."""
    whole = np.add.outer(values, values)
    room = (whole - 2 * values[0]) * (2 * values[-1] - whole)
    part = np.divide(_pairs(values) ** 2, room, out=np.zeros_like(room), where=room > 0)
    return np.asarray(part, dtype=np.float64)


_DISTANCES: dict[str, Callable[[Floats, float | None], Floats]] = {
    "linear": lambda values, _: _pairs(values),
    "radical": lambda values, _: np.sqrt(_pairs(values)),
    "ordinal": _ordinal,
    "ratio": _ratio,
    "circular": _circular,
    "bipolar": _bipolar,
}
