"""Sums that no label announces: districts in one table, regions in another, and numbers that fit.

Whoever knows the place knows which districts make a region. The gate does not, so where the numbers allow it and a
masked cell would then be known, a person has to look.
"""

from __future__ import annotations

import re
from functools import cache
from typing import TYPE_CHECKING

import numpy as np

from ctresearch.core.message import say
from ctresearch.privacy.attack.groupings import groupings_of
from ctresearch.privacy.verdicts.verdict import Finding
from ctresearch.privacy.vocabulary.vocabulary import in_column
from ctresearch.privacy.words.age_bands import age_band
from ctresearch.privacy.words.identifiers import snake

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from numpy.typing import NDArray

    from ctresearch.privacy.attack.linked import Path, Shown

    Numbers = NDArray[np.float64]

_MOST_PARTS = 9  # sets of parts are tried one by one up to here, and runs of neighbours beyond
_MOST_ROWS = 80  # runs of neighbours grow with the square of the rows
_WORDS = {
    "sex": re.compile(r"^(?:woman|man|girl|boy|f|m|trans\w*|non-?binary|diverse?)$"),
    "year": re.compile(r"^(?:\w+=)?(?:19|20)\d\d(?:[-/]\d+)?$"),
    "answer": re.compile(r"^[^=]*=?(?:yes|no|true|false|1|0)$"),
}
_NAMES = {
    kind: in_column(f"dimensions.{kind}", plural=kind == "place")
    for kind in ("sex", "age", "year", "origin", "place", "form")
}


def nesting_rule(tables: Sequence[Shown], before: Sequence[Shown], told: Iterable[float]) -> Finding | None:
    """Say whether sums that no label announces would give masked cells away.

    Parameters
    ----------
    tables : sequence of Shown
        What wants to leave.
    before : sequence of Shown
        What the same readers see beside it.
    told : iterable of float
        Numbers of people that other outputs name without a table.

    Returns
    -------
    Finding or None
        Rule ``"recoverable"``, a review; ``None`` where the numbers do not fit.

    Examples
    --------
    >>> from ctresearch.privacy.attack.linked import Shown
    >>> cells = {("n1",): (12.0, 12.0), ("n2",): (12.0, 12.0), ("n3",): (0.0, np.inf)}
    >>> one = Shown("districts", 5, cells, ("district",), ({},))
    >>> two = Shown("regions", 5, {("nord",): (27.0, 27.0)}, ("region",), ({},))
    >>> nesting_rule([two], [one], []).sentence
    "If cells of 'districts' add up to one of 'regions', as their numbers would allow, masked cells are known."
    """
    numbers = sorted(set(told))
    tables, before = ([t for t in some if not t.margins] for some in (tables, before))
    for table in tables:
        if table.masked and _in_blocks(table):
            return _finding(table.source, table.source)
        if table.masked and any(_everybody(table, n) for n in numbers):
            return _finding(table.source, None)
    pairs = [
        pair for t in tables for other in (*before, *tables) if other is not t for pair in ((t, other), (other, t))
    ]
    for fine, coarse in pairs:
        if fine.masked and _nested(fine, coarse):
            return _finding(fine.source, coarse.source)
    return None


def _finding(fine: str, coarse: str | None) -> Finding:
    """Ask for somebody to look."""
    of = (
        say("another of its cells")
        if fine == coarse
        else say("the number of people that another output names")
        if coarse is None
        else say("one of {coarse}", coarse=repr(coarse))
    )
    return Finding(
        "recoverable",
        "review",
        say(
            "If cells of {fine} add up to {of}, as their numbers would allow, masked cells are known.",
            fine=repr(fine),
            of=of,
        ),
        say("Mask both together (suppress), or say in an override why the cells do not add up."),
    )


def _everybody(table: Shown, number: float) -> bool:
    """Say whether a number would give masked cells away if it were the total of a table that shows none."""
    full = [
        bounds
        for path, bounds in table.cells.items()
        if all(v is not None and v not in table.under[j] for j, v in enumerate(path))
    ]
    if (None,) * len(table.headers) in table.cells:
        return False
    return _gives(np.array([[b] for b in full]), np.array([[number, number]]), table.threshold) if full else False


def _gives(parts: NDArray[np.float64], whole: Numbers, threshold: int) -> bool:
    """Say whether parts fit a whole in every line, and one of the masked ones would then be known to be small.

    Parts have the shape (parts, lines, 2) and the whole (lines, 2): least and greatest values.
    """
    if not _fit(parts, whole):
        return False
    masked = parts[..., 0] != parts[..., 1]
    rest = whole[:, 0] - np.where(masked, 0.0, parts[..., 0]).sum(axis=0)
    many = masked.sum(axis=0)
    exact = whole[:, 0] == whole[:, 1]
    return bool(((many > 0) & exact & (rest - (many - 1) < threshold)).any())


def _fit(parts: NDArray[np.float64], whole: Numbers) -> bool:
    """Say whether parts may add up to a whole in every line; a masked cell holds somebody."""
    low = np.where(parts[..., 0] != parts[..., 1], np.maximum(parts[..., 0], 1.0), parts[..., 0]).sum(axis=0)
    return bool(((low <= whole[:, 1]) & (parts[..., 1].sum(axis=0) >= whole[:, 0])).all())


def _in_blocks(table: Shown) -> bool:
    """Say whether the rows of a table may be groups and their members in turn, without a word that says so."""
    kept = _kept(table)
    if not 4 <= len(kept) <= _MOST_ROWS:
        return False
    lines = np.array([[table.cells[column[i]] for column in table.rows] for i in kept], dtype=float)
    return any(_parsed(rows, table.threshold) for rows in (lines, lines[::-1]))


def _kept(table: Shown) -> list[int]:
    """Find the rows that are no totals; they become bounds in the shape (rows, columns, 2)."""
    return [i for i, path in enumerate(table.rows[0]) if not _is_sum(table, path)] if table.rows else []


def _is_sum(table: Shown, path: Path) -> bool:
    """Say whether a row is a total or a subtotal."""
    return any(v is None or v in table.under[j] for j, v in enumerate(path[: len(path) - (len(table.rows) > 1)]))


def _parsed(lines: NDArray[np.float64], threshold: int) -> bool:
    """Cut rows into groups, each a sum and two rows or more that follow it; one group gives a cell away."""

    @cache
    def cut(start: int, groups: int, gives: bool) -> bool:
        """Go on from one row."""
        if start == len(lines):
            return groups > 1 and gives
        whole = lines[start]
        if (whole[:, 0] != whole[:, 1]).any():
            return False
        for end in range(start + 3, len(lines) + 1):
            parts = lines[start + 1 : end]
            if _fit(parts, whole) and cut(end, min(groups + 1, 2), gives or _gives(parts, whole, threshold)):
                return True
        return False

    return cut(0, 0, False)


def _nested(fine: Shown, coarse: Shown) -> bool:
    """Say whether labels of one table may be parts of those of another, in one dimension, and give cells away."""
    for a in range(len(fine.headers)):
        for b in range(len(coarse.headers)):
            parts, wholes = fine.labels(a), coarse.labels(b)
            if not _may_nest(fine, coarse, a, b) or not 0 < len(wholes) < len(parts):
                continue
            found = _matrices(fine, coarse, a, b)
            if found is not None and _covered(*found, fine.threshold):
                return True
    return False


def _may_nest(fine: Shown, coarse: Shown, a: int, b: int) -> bool:
    """Say whether two classifications are of one kind, share no label, and are not linked by what is declared."""
    parts, wholes = set(fine.labels(a)), set(coarse.labels(b))
    kinds = {_kind(fine.headers[a], parts), _kind(coarse.headers[b], wholes)} - {""}
    declared = {p for grouping in groupings_of([fine, coarse]) for p in grouping}
    return len(kinds) < 2 and not kinds & {"sex", "year", "answer"} and not parts & wholes and not wholes & declared


def _kind(header: str, labels: Iterable[str]) -> str:
    """Say what a classification is of, by its name or its labels; empty where neither tells."""
    name, there = snake(header), list(labels)
    for kind, pattern in _NAMES.items():
        if pattern.search(name):
            return kind
    if there and sum(age_band(v) is not None for v in there) * 2 > len(there):
        return "age"
    return next((kind for kind, pattern in _WORDS.items() if there and all(map(pattern.match, there))), "")


def _matrices(fine: Shown, coarse: Shown, a: int, b: int) -> tuple[NDArray[np.float64], NDArray[np.float64]] | None:
    """Lay two tables out by the labels that they share: parts and wholes by lines."""
    parts, wholes = fine.labels(a), coarse.labels(b)
    mine, theirs = _by_rest(fine, a), _by_rest(coarse, b)
    shared = [
        rest for rest in theirs if rest in mine and set(parts) <= set(mine[rest]) and set(wholes) <= set(theirs[rest])
    ]
    if not shared:
        return None
    return (
        np.array([[mine[rest][p] for rest in shared] for p in parts], dtype=float),
        np.array([[theirs[rest][w] for rest in shared] for w in wholes], dtype=float),
    )


def _by_rest(table: Shown, dimension: int) -> dict[frozenset[str], dict[str, tuple[float, float]]]:
    """Group the cells of a table by their other labels."""
    out: dict[frozenset[str], dict[str, tuple[float, float]]] = {}
    for path, bounds in table.cells.items():
        label = path[dimension]
        if label is not None:
            rest = frozenset(v for j, v in enumerate(path) if v is not None and j != dimension)
            out.setdefault(rest, {})[label] = bounds
    return out


def _covered(parts: NDArray[np.float64], wholes: NDArray[np.float64], threshold: int) -> bool:
    """Say whether every whole can be a sum of parts of its own, one of them then known; no part may be left over."""
    sets = [[s for s in _sets(len(parts)) if _fit(parts[list(s)], whole)] for whole in wholes]
    if not all(sets):
        return False
    everything = len(wholes) > 1 and _fit(parts, wholes.sum(axis=0))
    if len(wholes) > 1 and not everything:  # parts of other wholes are among them: neighbours alone are tried
        sets = [[s for s in one if s[-1] - s[0] == len(s) - 1] for one in sets]

    def place(i: int, left: frozenset[int], gives: bool) -> bool:
        """Give the wholes their parts one after the other."""
        if i == len(wholes):
            return gives and not (everything and left)
        for one in sets[i]:
            if left.issuperset(one) and place(
                i + 1, left - set(one), gives or _gives(parts[list(one)], wholes[i], threshold)
            ):
                return True
        return False

    return place(0, frozenset(range(len(parts))), False)


def _sets(many: int) -> Iterator[tuple[int, ...]]:
    """Yield the sets of parts to try: all of them, or runs of neighbours where there are too many."""
    if many <= _MOST_PARTS:
        yield from (tuple(i for i in range(many) if bits >> i & 1) for bits in range(1, 2**many))
    else:
        yield from (tuple(range(i, j)) for i in range(many) for j in range(i + 1, many + 1))
