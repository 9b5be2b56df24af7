"""Agreement of coders who mark stretches of a text: where units begin and end, and which code they bear.

The coefficients of 2016 compare what lies on the same stretch of the continuum; the one of 1995 compares units by the
squares of how far their ends lie apart, one code at a time.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]
    Integers = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Marks:
    """Units that coders marked on one continuum.

    Parameters
    ----------
    start, end : numpy.ndarray
        Shape (units,): first place, and the one behind the last.
    coder, code : numpy.ndarray
        Shape (units,): numbers from 0.
    length : int
        How long the continuum is.

    Examples
    --------
    >>> Marks(np.array([0]), np.array([3]), np.array([0]), np.array([0]), 10).length
    10
    """

    start: Integers
    end: Integers
    coder: Integers
    code: Integers
    length: int

    def of_code(self, code: int) -> Marks:
        """Return the units of one code, as code 0."""
        own = self.code == code
        return Marks(self.start[own], self.end[own], self.coder[own], np.zeros(int(own.sum()), np.int64), self.length)


@dataclass(frozen=True, slots=True)
class Overlap:
    """What lies upon what; documents add up.

    Parameters
    ----------
    coincidences : numpy.ndarray
        Shape (codes + 1, codes + 1): length on which one coder has a code and another has one; the last is no code.
    squares : numpy.ndarray
        Shape (codes + 1,): squared lengths of units by code; for no code, the plain length.
    inner_squares : numpy.ndarray
        Shape (codes,): the same of the parts that meet units of another coder.

    Examples
    --------
    >>> marks = Marks(np.array([0, 0]), np.array([2, 2]), np.array([0, 1]), np.array([0, 0]), 4)
    >>> overlap(marks, 2, 1).coincidences.tolist()
    [[4.0, 0.0], [0.0, 4.0]]
    """

    coincidences: Floats
    squares: Floats
    inner_squares: Floats

    def __add__(self, other: Overlap) -> Overlap:
        """Add what another document shows."""
        return Overlap(
            self.coincidences + other.coincidences,
            self.squares + other.squares,
            self.inner_squares + other.inner_squares,
        )


@dataclass(frozen=True, slots=True)
class UnitisedAlpha:
    """The coefficients of 2016; NaN where one does not exist.

    Parameters
    ----------
    units : float
        Where units are and which code they bear (u-alpha).
    borders : float
        Where units are, whatever their code (bar u-alpha).
    codes : float
        Which code, where two coders marked something (cu-alpha).
    by_code : numpy.ndarray
        Shape (codes,): each code against all others, where two coders marked something ((k)u-alpha).
    covered : float
        Share of the continuum on which ``codes`` rests.
    covered_by_code : numpy.ndarray
        Shape (codes,): share of a code's length on which ``by_code`` rests.

    Examples
    --------
    >>> marks = Marks(np.array([0, 0]), np.array([2, 2]), np.array([0, 1]), np.array([0, 0]), 4)
    >>> unitised(overlap(marks, 2, 1)).units
    1.0
    """

    units: float
    borders: float
    codes: float
    by_code: Floats
    covered: float
    covered_by_code: Floats


def overlapping(marks: Marks) -> int:
    """Count units that lie upon another unit of the same coder.

    Parameters
    ----------
    marks : Marks
        The units.

    Returns
    -------
    int
        Units that begin before the one before them ends.

    Examples
    --------
    >>> overlapping(Marks(np.array([0, 1]), np.array([2, 3]), np.array([0, 0]), np.array([0, 1]), 4))
    1
    """
    order = np.lexsort((marks.start, marks.coder))
    start, end, coder = marks.start[order], marks.end[order], marks.coder[order]
    return int(((start[1:] < end[:-1]) & (coder[1:] == coder[:-1])).sum())


def overlap(marks: Marks, coders: int, codes: int) -> Overlap:
    """Measure what lies upon what in one document.

    Parameters
    ----------
    marks : Marks
        Units; those of one coder must not overlap.
    coders, codes : int
        How many there are.

    Returns
    -------
    Overlap
        Lengths, coincidences divided by one coder less, so that they sum to the length times the coders.

    Examples
    --------
    >>> marks = Marks(np.array([0, 1]), np.array([2, 3]), np.array([0, 1]), np.array([0, 1]), 4)
    >>> overlap(marks, 2, 2).coincidences.tolist()
    [[0.0, 1.0, 1.0], [1.0, 0.0, 1.0], [1.0, 1.0, 2.0]]
    """
    edges = np.unique(np.concatenate([[0, marks.length], marks.start, marks.end]))
    lengths = np.diff(edges).astype(np.float64)
    unit = np.full((coders, len(lengths)), -1, dtype=np.int64)
    first, last = np.searchsorted(edges, marks.start), np.searchsorted(edges, marks.end)
    for i in range(len(marks.start)):
        unit[marks.coder[i], first[i] : last[i]] = i
    value = np.where(unit >= 0, np.append(marks.code, 0)[unit], codes)
    both = np.zeros((codes + 1, codes + 1))
    inner = np.zeros(codes)
    for i in range(coders):
        for j in range(coders):
            if i == j:
                continue
            np.add.at(both, (value[i], value[j]), lengths)
            met = (unit[i] >= 0) & (unit[j] >= 0)
            size = np.bincount(unit[i][met], weights=lengths[met], minlength=len(marks.start))
            inner += np.bincount(marks.code, weights=size**2, minlength=codes)
    own = (marks.end - marks.start).astype(np.float64)
    squares = np.bincount(marks.code, weights=own**2, minlength=codes)
    gaps = coders * marks.length - own.sum()
    return Overlap(both / (coders - 1), np.append(squares, gaps), inner / (coders - 1))


def unitised(parts: Overlap) -> UnitisedAlpha:
    """Return the coefficients of 2016 from what lies upon what.

    Parameters
    ----------
    parts : Overlap
        Of one document, or the sum of several.

    Returns
    -------
    UnitisedAlpha
        The coefficients.

    References
    ----------
    .. [1] Krippendorff, K., Mathet, Y., Bouvry, S. and Widlocher, A. (2016). On the reliability of unitizing textual
       continua: further developments. Quality and Quantity 50, 2347-2364. https://doi.org/10.1007/s11135-015-0266-1

    Examples
    --------
    >>> marks = Marks(np.array([0, 1]), np.array([2, 3]), np.array([0, 1]), np.array([0, 0]), 4)
    >>> round(unitised(overlap(marks, 2, 1)).borders, 3)
    0.188
    """
    both, codes = parts.coincidences, len(parts.squares) - 1
    joined = np.zeros((codes + 1, 2))
    joined[:codes, 0] = joined[codes, 1] = 1
    inner = both[:codes, :codes]
    margins = inner.sum(axis=1)
    chance = np.outer(margins, margins) - np.diag(parts.inner_squares)
    with np.errstate(divide="ignore", invalid="ignore"):
        seen = 1 - np.diag(inner) / margins
        expected = 1 - np.diag(chance) / chance.sum(axis=1)
        by_code = np.where(expected > 0, 1 - seen / expected, np.nan)
        covered = margins / both.sum(axis=1)[:codes]
    return UnitisedAlpha(
        units=_alpha(both, parts.squares),
        borders=_alpha(joined.T @ both @ joined, parts.squares @ joined),
        codes=_alpha(inner, parts.inner_squares),
        by_code=by_code,
        covered=float(inner.sum() / both.sum()) if both.sum() else np.nan,
        covered_by_code=covered,
    )


def _alpha(both: Floats, squares: Floats) -> float:
    """Return one minus disagreement over that of chance, no unit paired with itself."""
    margins = both.sum(axis=1)
    whole = margins.sum()
    room = whole**2 - squares.sum()
    apart = whole * (whole**2 - (margins**2).sum()) / room if room > 0 else 0.0
    return float(1 - (whole - np.trace(both)) / apart) if apart > 0 else np.nan


@dataclass(frozen=True, slots=True)
class SquaredEnds:
    """Observed and expected disagreement of 1995 for one code.

    Parameters
    ----------
    observed, expected : float
        Disagreement; alpha is one minus their ratio.

    Examples
    --------
    >>> SquaredEnds(0.1, 0.4).alpha
    0.75
    """

    observed: float
    expected: float

    @property
    def alpha(self) -> float:
        """The coefficient; NaN where nothing was to be expected."""
        return 1 - self.observed / self.expected if self.expected > 0 else np.nan


def squared_ends(marks: Marks, coders: int) -> SquaredEnds:
    """Compare the units of one code by the squares of how far their ends lie apart.

    Parameters
    ----------
    marks : Marks
        Units of one code; those of one coder must not overlap.
    coders : int
        How many coders there are.

    Returns
    -------
    SquaredEnds
        Disagreement, relative to the squared length of the continuum.

    Notes
    -----
    The expected disagreement is that of the book of 2004; the article of 1995 differs from it by a small slip.

    References
    ----------
    .. [1] Krippendorff, K. (1995). On the reliability of unitizing continuous data. Sociological Methodology 25, 47-76.
       https://doi.org/10.2307/271061

    Examples
    --------
    >>> start, end = np.array([2, 14, 4, 15]), np.array([10, 20, 8, 17])
    >>> marks = Marks(start, end, np.array([0, 0, 1, 1]), np.zeros(4, np.int64), 24)
    >>> round(squared_ends(marks, 2).alpha, 4)
    0.5153
    """
    size = (marks.end - marks.start).astype(np.float64)
    length = float(marks.length)
    observed, gaps = 0.0, [_gaps(marks, i) for i in range(coders)]
    for i in range(coders):
        for j in range(coders):
            if i == j:
                continue
            one, other = marks.coder == i, marks.coder == j
            start, end = marks.start[one][:, None], marks.end[one][:, None]
            met = (start < marks.end[other]) & (marks.start[other] < end)
            apart = (start - marks.start[other]) ** 2 + (end - marks.end[other]) ** 2
            alone = ~met.any(axis=1)
            observed += float(apart[met].sum()) + 2 * float((size[one][alone] ** 2).sum())
    observed /= coders * (coders - 1) * length**2
    count = len(size)
    room = np.concatenate(gaps).astype(np.float64)
    fits = np.maximum(room[None, :] - size[:, None] + 1, 0) * (room[None, :] >= size[:, None])
    own = (count - 1) / 3 * (2 * size**3 - 3 * size**2 + size) + size**2 * fits.sum(axis=1)
    whole = coders * length
    below = whole * (whole - 1) - float((size * (size - 1)).sum())
    return SquaredEnds(observed, float(2 / length * own.sum() / below) if count and below > 0 else 0.0)


def _gaps(marks: Marks, coder: int) -> Integers:
    """Return the lengths of what one coder left unmarked."""
    own = marks.coder == coder
    order = np.argsort(marks.start[own])
    start = np.append(marks.start[own][order], marks.length)
    end = np.append(0, marks.end[own][order])
    found = start - end
    return np.asarray(found[found > 0], dtype=np.int64)
