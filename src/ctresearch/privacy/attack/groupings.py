"""Which labels stand for others: groups of categories, bands of age, and names of lists that people are on."""

from __future__ import annotations

from dataclasses import replace
from itertools import product
from typing import TYPE_CHECKING

from ctresearch.core.names import name_key
from ctresearch.privacy.words.age_bands import age_band

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from ctresearch.privacy.attack.linked import Grouping, Shown


def with_lists(table: Shown, beside: Sequence[Shown]) -> Shown:
    """Read labels that are the names of yes-or-no keys of another table as what they are: lists that people are on.

    Parameters
    ----------
    table : Shown
        A table.
    beside : sequence of Shown
        What is seen with it.

    Returns
    -------
    Shown
        The table itself where none of its labels are such names.

    Examples
    --------
    >>> from ctresearch.privacy.attack.linked import Shown
    >>> shown = (9.0, 9.0)
    >>> cells = {("police=1", "charity=0"): shown, ("police=0", "charity=1"): shown}
    >>> patterns = Shown("patterns", 5, cells, ("police", "charity"), ({}, {}))
    >>> sizes = Shown("sizes", 5, {("police",): shown, ("charity",): shown}, ("list",), ({},))
    >>> sorted(path[0] for path in with_lists(sizes, [patterns]).cells), with_lists(sizes, [patterns]).margins
    (['charity=1', 'police=1'], True)
    """
    yes_or_no = {
        name
        for other in beside
        if other is not table
        for j, name in enumerate(map(name_key, other.headers))
        if name and {path[j] for path in other.cells} - {None} <= {f"{name}=0", f"{name}=1"}
    }
    lists = [j for j in range(len(table.headers)) if len(names := table.labels(j)) > 1 and set(names) <= yes_or_no]
    if not lists:
        return table
    cells = {
        tuple(f"{v}=1" if j in lists and v is not None else v for j, v in enumerate(path)): shown
        for path, shown in table.cells.items()
    }
    return replace(table, cells=cells, rows=(), margins=True)


def groupings_of(tables: Sequence[Shown]) -> list[Grouping]:
    """Collect which labels are groups of others: subtotals, columns that depend on another, and bands of age.

    Parameters
    ----------
    tables : sequence of Shown
        Everything that is seen together.

    Returns
    -------
    list of mapping
        Each from a group to its members.

    Examples
    --------
    >>> from ctresearch.privacy.attack.linked import Shown
    >>> cells = {("nord", "n1"): (9.0, 9.0), ("nord", "n2"): (8.0, 8.0), ("süd", "s1"): (7.0, 7.0)}
    >>> sorted(groupings_of([Shown("a", 5, cells, ("region", "district"), ({}, {}))])[0]["nord"])
    ['n1', 'n2']
    """
    out: list[Grouping] = []
    for table in tables:
        out += [under for under in table.under if under]
        out += list(_depending(table))
    out += list(_bands(tables))
    unique: dict[frozenset[tuple[str, frozenset[str]]], Grouping] = {frozenset(one.items()): one for one in out}
    return list(unique.values())


def _depending(table: Shown) -> Iterator[Grouping]:
    """Find columns whose every label stands beside one label of another column."""
    width = len(table.headers)
    for child, parent in product(range(width), repeat=2):
        if child == parent:
            continue
        pairs = {(p[child], p[parent]) for p in table.cells if p[child] is not None and p[parent] is not None}
        if len(pairs) > 1 and len({c for c, _ in pairs}) == len(pairs) > len({p for _, p in pairs}):
            groups: dict[str, set[str]] = {}
            for c, p in pairs:
                groups.setdefault(str(p), set()).add(str(c))
            yield {p: frozenset(members) for p, members in groups.items()}


def _bands(tables: Sequence[Shown]) -> Iterator[Grouping]:
    """Find bands of age that others fill without a gap."""
    of_dimension = [
        {label: band for label in table.labels(j) if (band := age_band(label)) is not None}
        for table in tables
        for j in range(len(table.headers))
    ]
    wide = {label: band for bands in of_dimension for label, band in bands.items()}
    for bands in of_dimension:
        found = {}
        for label, (low, high) in wide.items():
            inside = sorted((b, name) for name, b in bands.items() if low <= b[0] and b[1] <= high)
            if label not in bands and len(inside) > 1 and _tiles([b for b, _ in inside], low, high):
                found[label] = frozenset(name for _, name in inside)
        if found:
            yield found


def _tiles(bands: Sequence[tuple[float, float]], low: float, high: float) -> bool:
    """Say whether bands in order fill a wider one without gap or overlap."""
    ends = [low - 1, *(b[1] for b in bands)]
    return ends[-1] == high and all(b[0] == end + 1 for b, end in zip(bands, ends, strict=False))
