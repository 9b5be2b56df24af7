"""The shortest combinations that hold a set of rows and none of another, and the fewest of them that hold all.

A combination must differ from every forbidden row in one of its parts: the combinations of a row are the smallest sets
of conditions that meet all sets of differences [2]_. Where nothing may be added to the rows themselves, combinations
are joined two by two, or one for each value, until none can be joined [1]_.

References
----------
.. [1] McCluskey, E. J. (1956). Minimization of Boolean functions. Bell System Technical Journal 35, 1417-1444.
   https://doi.org/10.1002/j.1538-7305.1956.tb03835.x
.. [2] Duşa, A. and Thiem, A. (2015). Enhancing the minimization of Boolean and multivalue output functions with eQMC.
   Journal of Mathematical Sociology 39, 92-108. https://doi.org/10.1080/0022250X.2014.897949
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from ctresearch.core.errors import FitError
from ctresearch.qualitative.comparative.sets import ANY

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from ctresearch.qualitative.comparative.sets import Term

_MOST_COVERS = 10_000  # solutions of the same length: beyond, the data say next to nothing
_MOST_STEPS = 200_000  # a few seconds


def covers(term: Term, row: Term) -> bool:
    """Say whether a combination holds a row of the truth table."""
    return all(value in (ANY, cell) for value, cell in zip(term, row, strict=True))


def _smallest_hits(sets: list[int]) -> list[int]:
    """Return the smallest sets that meet every one of some sets, all as bits."""
    shortest: list[int] = []
    for one in sorted(set(sets), key=int.bit_count):
        if not any(kept & one == kept for kept in shortest):
            shortest.append(one)
    hits = [0]
    for one in shortest:
        met = [hit for hit in hits if hit & one]
        open_ = [hit for hit in hits if not hit & one]
        bits = [1 << i for i in range(one.bit_length()) if one >> i & 1]
        grown = {hit | bit for hit in open_ for bit in bits}
        hits = met + [g for g in grown if not any(m & g == m for m in met)]
    return hits


def implicants_against(rows: Iterable[Term], forbidden: Sequence[Term]) -> list[Term]:
    """Return the shortest combinations that hold a row and no forbidden one.

    Parameters
    ----------
    rows : iterable of tuple of int
        Rows to be held.
    forbidden : sequence of tuple of int
        Rows that no combination may hold; all others may be.

    Returns
    -------
    list of tuple of int
        None is part of another.

    Examples
    --------
    >>> implicants_against([(1, 1)], [(0, 0), (1, 0)])
    [(-1, 1)]
    """
    found: dict[Term, None] = {}
    for row in rows:
        differences = [sum(1 << i for i, (a, b) in enumerate(zip(row, no, strict=True)) if a != b) for no in forbidden]
        for hit in _smallest_hits(differences):
            found[tuple(value if hit >> i & 1 else ANY for i, value in enumerate(row))] = None
    return sorted(found, key=_length_first)


def implicants_within(rows: Iterable[Term], levels: Sequence[int]) -> list[Term]:
    """Return the shortest combinations that hold nothing but some rows.

    Parameters
    ----------
    rows : iterable of tuple of int
        The rows.
    levels : sequence of int
        How many values each condition has.

    Returns
    -------
    list of tuple of int
        Combinations that cannot be joined further.

    Examples
    --------
    >>> implicants_within([(1, 1), (1, 0)], (2, 2))
    [(1, -1)]
    """
    now = set(rows)
    ended: set[Term] = set()
    while now:
        joined, used = set(), set()
        for term in now:
            for i, value in enumerate(term):
                if value == ANY:
                    continue
                alike = [(*term[:i], other, *term[i + 1 :]) for other in range(levels[i])]
                if all(one in now for one in alike):
                    joined.add((*term[:i], ANY, *term[i + 1 :]))
                    used.add(term)
        ended |= now - used
        now = joined
    return sorted(ended, key=_length_first)


def _length_first(term: Term) -> tuple[int, tuple[int, ...]]:
    """Sort short combinations first, then by their conditions."""
    return sum(value != ANY for value in term), tuple(-value for value in term)


def smallest_covers(terms: Sequence[Term], rows: Sequence[Term]) -> list[tuple[Term, ...]]:
    """Return every choice of the fewest combinations that together hold all rows.

    Parameters
    ----------
    terms : sequence of tuple of int
        Combinations to choose from.
    rows : sequence of tuple of int
        Rows to be held.

    Returns
    -------
    list of tuple
        All choices of the least number, in the order of ``terms``.

    Raises
    ------
    FitError
        If there are more than 10,000, or the search takes too long.

    Examples
    --------
    >>> smallest_covers([(1, -1), (-1, 1), (0, -1)], [(1, 1)])
    [((1, -1),), ((-1, 1),)]
    """
    holds = [sum(1 << r for r, row in enumerate(rows) if covers(term, row)) for term in terms]
    whole = (1 << len(rows)) - 1
    by_row = [[t for t, held in enumerate(holds) if held >> r & 1] for r in range(len(rows))]
    steps = 0
    for size in range(1, len(rows) + 1):
        found: set[frozenset[int]] = set()
        stack: list[tuple[int, frozenset[int]]] = [(0, frozenset())]
        seen: set[frozenset[int]] = set()
        while stack:
            held, chosen = stack.pop()
            steps += 1
            if steps > _MOST_STEPS or len(found) > _MOST_COVERS:
                raise FitError(
                    f"{len(terms):,} combinations hold {len(rows):,} rows in more ways than can be listed: "
                    "use fewer conditions, or exclude remainders that cannot be"
                )
            if held == whole:
                found.add(chosen)
                continue
            if len(chosen) == size:
                continue
            first = min((r for r in range(len(rows)) if not held >> r & 1), key=lambda r: len(by_row[r]))
            for t in by_row[first]:
                grown = chosen | {t}
                if grown not in seen:
                    seen.add(grown)
                    stack.append((held | holds[t], grown))
        if found:
            return [tuple(terms[t] for t in sorted(one)) for one in sorted(found, key=sorted)]
    return []
