"""Membership in sets, and how well one set is part of another.

References
----------
.. [1] Ragin, C. C. (2006). Set relations in social research: evaluating their consistency and coverage. Political
   Analysis 14, 291-310. https://doi.org/10.1093/pan/mpj019
.. [2] Schneider, C. Q. and Wagemann, C. (2012). Set-theoretic methods for the social sciences: a guide to qualitative
   comparative analysis. Cambridge University Press.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    Floats = NDArray[np.float64]
    Ints = NDArray[np.int64]

Term = tuple[int, ...]
"""For each condition the value it must have, -1 where any will do."""
ANY = -1


def _ratio(part: float, whole: float) -> float:
    """Divide, where there is something to divide by."""
    return part / whole if whole > 0 else float("nan")


@dataclass(frozen=True, slots=True)
class Sufficiency:
    """How far one set is part of another: consistency, proportional reduction in inconsistency, coverage."""

    consistency: float
    pri: float
    coverage: float


@dataclass(frozen=True, slots=True)
class Necessity:
    """How far an outcome is part of a set; relevance (RoN) is low where the set is a constant."""

    consistency: float
    coverage: float
    relevance: float


def sufficiency(x: Floats, y: Floats) -> Sufficiency:
    """Measure whether membership in a set is at most that in the outcome.

    Parameters
    ----------
    x, y : numpy.ndarray
        Memberships in the set and in the outcome, shape (cases,), from 0 to 1.

    Returns
    -------
    Sufficiency
        NaN where nobody is in the set.

    Examples
    --------
    >>> sufficiency(np.array([1.0, 1.0, 0.0]), np.array([1.0, 0.0, 1.0]))
    Sufficiency(consistency=0.5, pri=0.5, coverage=0.5)
    """
    both = float(np.minimum(x, y).sum())
    neither_nor = float(np.minimum(np.minimum(x, y), 1 - y).sum())
    return Sufficiency(
        _ratio(both, float(x.sum())),
        _ratio(both - neither_nor, float(x.sum()) - neither_nor),
        _ratio(both, float(y.sum())),
    )


def necessity(x: Floats, y: Floats) -> Necessity:
    """Measure whether membership in the outcome is at most that in a set.

    Parameters
    ----------
    x, y : numpy.ndarray
        Memberships in the set and in the outcome, shape (cases,), from 0 to 1.

    Returns
    -------
    Necessity
        NaN where the outcome is empty.

    Examples
    --------
    >>> necessity(np.array([1.0, 1.0, 0.0]), np.array([1.0, 0.0, 0.0]))
    Necessity(consistency=1.0, coverage=0.5, relevance=0.5)
    """
    both = np.minimum(x, y)
    return Necessity(
        _ratio(float(both.sum()), float(y.sum())),
        _ratio(float(both.sum()), float(x.sum())),
        _ratio(float((1 - x).sum()), float((1 - both).sum())),
    )


def literal(column: Floats, value: int, levels: int) -> Floats:
    """Return memberships in one condition: of a set or of its complement, or of one value of several."""
    if levels > 2:
        return np.asarray(column == value, dtype=float)
    return column if value else 1 - column


def membership(data: Floats, term: Term, levels: Sequence[int]) -> Floats:
    """Return memberships in a combination of conditions: the least of those in its parts.

    Parameters
    ----------
    data : numpy.ndarray
        Memberships, or values of conditions with more than two, shape (cases, conditions).
    term : tuple of int
        The combination.
    levels : sequence of int
        How many values each condition has; 2 for sets.

    Returns
    -------
    numpy.ndarray
        Shape (cases,).

    Examples
    --------
    >>> membership(np.array([[0.8, 0.3]]), (1, 0), (2, 2)).tolist()
    [0.7]
    """
    parts = [literal(data[:, i], value, levels[i]) for i, value in enumerate(term) if value != ANY]
    return np.asarray(np.min(parts, axis=0), dtype=float) if parts else np.ones(len(data))


def union(data: Floats, terms: Sequence[Term], levels: Sequence[int]) -> Floats:
    """Return memberships in any one of some combinations: the greatest."""
    if not terms:
        return np.zeros(len(data))
    return np.asarray(np.max([membership(data, term, levels) for term in terms], axis=0), dtype=float)


def term_name(term: Term, names: Sequence[str], levels: Sequence[int]) -> str:
    """Write a combination: ``DEV*~URB``; ``DEV[2]*URB[0]`` where some condition has several values."""
    several = any(n > 2 for n in levels)
    parts = [(names[i], value) for i, value in enumerate(term) if value != ANY]
    written = [f"{name}[{value}]" if several else name if value else f"~{name}" for name, value in parts]
    return "*".join(written) or "any"
