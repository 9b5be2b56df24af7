"""What an outcome cannot do without: conditions, combinations and alternatives, with how telling each is.

References
----------
.. [1] Schneider, C. Q. and Wagemann, C. (2012). Set-theoretic methods for the social sciences: a guide to qualitative
   comparative analysis. Cambridge University Press.
.. [2] Duşa, A. (2019). QCA with R: a comprehensive resource. Springer. https://doi.org/10.1007/978-3-319-75668-4
"""

from __future__ import annotations

from itertools import combinations, product
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from ctresearch.qualitative.comparative.sets import ANY, literal, necessity, term_name

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from numpy.typing import NDArray

    from ctresearch.qualitative.comparative.sets import Term

    Floats = NDArray[np.float64]

_COLUMNS = ("consistency", "relevance", "coverage")


def single_conditions(data: Floats, outcome: Floats, names: Sequence[str], levels: Sequence[int]) -> pd.DataFrame:
    """Measure each condition, and each absence, as necessary.

    Parameters
    ----------
    data : numpy.ndarray
        Shape (cases, conditions).
    outcome : numpy.ndarray
        Shape (cases,).
    names, levels : sequence
        Of the conditions.

    Returns
    -------
    pandas.DataFrame
        Indexed by ``expression``: ``consistency``, ``relevance``, ``coverage``.
    """
    rows = [_measured(term, data, outcome, names, levels) for term in _terms(1, levels)]
    return _table(rows)


def necessary_expressions(
    data: Floats,
    outcome: Floats,
    names: Sequence[str],
    levels: Sequence[int],
    *,
    consistency: float = 0.9,
    relevance: float = 0.6,
) -> pd.DataFrame:
    """Find combinations and alternatives that are necessary and telling.

    Parameters
    ----------
    data : numpy.ndarray
        Shape (cases, conditions).
    outcome : numpy.ndarray
        Shape (cases,).
    names, levels : sequence
        Of the conditions.
    consistency, relevance : float
        The least of each.

    Returns
    -------
    pandas.DataFrame
        Indexed by ``expression``: every combination that passes, and the shortest alternatives (``A + B``), those of
        which no part is necessary without the rest.
    """
    rows: list[tuple[str, float, float, float]] = []
    for size in range(1, len(names) + 1):
        found = [_measured(term, data, outcome, names, levels) for term in _terms(size, levels)]
        held = [row for row in found if row[1] >= consistency - 1e-12]
        rows += [row for row in held if row[2] >= relevance - 1e-12]
        if not held:
            break  # a longer combination is a smaller set: none of them can hold more of the outcome
    done: list[Term] = [
        t for t in _terms(1, levels) if _alternative(t, data, outcome, levels)[0] >= consistency - 1e-12
    ]
    for size in range(2, len(names) + 1):
        for term in _terms(size, levels):
            if any(_within(one, term) for one in done):
                continue
            fit = _alternative(term, data, outcome, levels)
            if fit[0] >= consistency - 1e-12:
                done.append(term)
                if fit[1] >= relevance - 1e-12:
                    parts = [term_name(_only(term, i), names, levels) for i, v in enumerate(term) if v != ANY]
                    rows.append((" + ".join(parts), *fit))
    return _table(rows)


def _terms(size: int, levels: Sequence[int]) -> Iterator[Term]:
    """Yield every combination of so many conditions."""
    for chosen in combinations(range(len(levels)), size):
        for values in product(*(range(levels[i]) for i in reversed(chosen))):
            given = dict(zip(reversed(chosen), values, strict=True))
            yield tuple(given.get(i, ANY) for i in range(len(levels)))


def _only(term: Term, i: int) -> Term:
    """Return one part of a combination."""
    return tuple(value if j == i else ANY for j, value in enumerate(term))


def _within(short: Term, long: Term) -> bool:
    """Say whether all parts of one expression are parts of another."""
    return all(a in (ANY, b) for a, b in zip(short, long, strict=True))


def _measured(
    term: Term, data: Floats, outcome: Floats, names: Sequence[str], levels: Sequence[int]
) -> tuple[str, float, float, float]:
    """Measure a combination."""
    parts = [literal(data[:, i], value, levels[i]) for i, value in enumerate(term) if value != ANY]
    fit = necessity(np.min(parts, axis=0), outcome)
    return term_name(term, names, levels), fit.consistency, fit.relevance, fit.coverage


def _alternative(term: Term, data: Floats, outcome: Floats, levels: Sequence[int]) -> tuple[float, float, float]:
    """Measure the same parts as alternatives."""
    parts = [literal(data[:, i], value, levels[i]) for i, value in enumerate(term) if value != ANY]
    fit = necessity(np.max(parts, axis=0), outcome)
    return fit.consistency, fit.relevance, fit.coverage


def _table(rows: list[tuple[str, float, float, float]]) -> pd.DataFrame:
    """Table expressions."""
    index = pd.Index([row[0] for row in rows], name="expression", dtype="str")
    return pd.DataFrame([row[1:] for row in rows], columns=list(_COLUMNS), index=index, dtype=float)
