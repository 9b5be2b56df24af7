"""Tables as an attacker reads them: cells known by their labels, and which of them add up to which.

Two tables are linked where a cell, a total or a sum of the one bears the labels of a cell, a total or a sum of the
other. So each table says which cells it shows, and what its labels mean: categories, totals, and groups of categories
that a row such as "Nord total" stands for.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field, replace
from functools import cached_property, lru_cache
from itertools import product
from typing import TYPE_CHECKING, Any

import numpy as np

from ctresearch.core.names import name_key
from ctresearch.privacy.noise.protection_seal import protection
from ctresearch.privacy.reading.grid import Grid, is_total
from ctresearch.privacy.reading.numbers import bounds, is_figure, is_whole, unmasked
from ctresearch.privacy.reading.reading import read_grids
from ctresearch.privacy.vocabulary.vocabulary import any_of, listed, whole_column
from ctresearch.privacy.words.counting_columns import counting_columns, is_key
from ctresearch.privacy.words.identifiers import snake

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

    from ctresearch.privacy.verdicts.output import Output

    Key = frozenset[str]
    Path = tuple[str | None, ...]
    Bounds = tuple[float, float]
    Grouping = Mapping[str, frozenset[str]]
    Family = tuple[tuple[Key, tuple[Key, ...]], ...]

_TOTAL_WORD = re.compile(rf"(?i)(?:\b|_){any_of('totals.labels')}(?:\b|_)(?: of| for| in| de| du| der| des)?")
_EVERYBODY = re.compile(rf"^(?:(?:the )?{any_of('totals.everybody')}s?)?$")
_GENERIC = re.compile(rf"^(?:{any_of('totals.generic')}|[-+]?\d+(?:\.\d+)?)$")
_A_COUNT = whole_column("counts.named_a_count")
_SAME = {other: first for first in ("woman", "man", "child", "person") for other in listed(f"same.{first}")}
_NO_OR_YES = frozenset({"0", "1"})
_MOST_PROJECTED = 200_000
_MOST_DIMENSIONS = 4


@dataclass(frozen=True, eq=False)
class Shown:
    """One table as an attacker reads it.

    Parameters
    ----------
    source : str
        Name of the output it stands in.
    threshold : int
        Smallest number of people that may be shown there.
    cells : dict of tuple to (low, high)
        By path, one label a dimension and ``None`` for all of it: what is shown; equal bounds where it is a number.
    headers : tuple of str
        What each dimension is called, empty where it is called nothing.
    under : tuple of dict
        By dimension, the labels that a subtotal adds up.
    rows : tuple
        The cells of each counting column in the order they stand, for totals that no word announces.
    margins : bool
        Whether its cells overlap, as those of people on two lists do, so that they add up to nothing.
    dates : frozenset of str
        The labels that are declared to be dates.
    """

    source: str
    threshold: int
    cells: dict[Path, Bounds]
    headers: tuple[str, ...]
    under: tuple[dict[str, frozenset[str]], ...]
    rows: tuple[tuple[Path, ...], ...] = field(default=(), repr=False)
    margins: bool = False
    dates: frozenset[str] = frozenset()

    @cached_property
    def keys(self) -> dict[Key, Bounds]:
        """What is shown, by labels."""
        return {key_of(path): bounds for path, bounds in self.cells.items()}

    @property
    def masked(self) -> bool:
        """Whether any cell is masked."""
        return any(low != high for low, high in self.cells.values())

    def labels(self, dimension: int) -> list[str]:
        """Return the categories of a dimension in the order they stand, without those that are sums of others.

        Parameters
        ----------
        dimension : int
            Which.

        Returns
        -------
        list of str
            Each once.

        Examples
        --------
        >>> table = Shown("sex", 5, {("woman",): (40.0, 40.0), (None,): (70.0, 70.0)}, ("sex",), ({},))
        >>> table.labels(0)
        ['woman']
        """
        found = dict.fromkeys(path[dimension] for path in self.cells)
        return [label for label in found if label is not None and label not in self.under[dimension]]


def key_of(path: Path) -> Key:
    """Return the labels of a path, in no order.

    Parameters
    ----------
    path : tuple of str or None
        One label a dimension.

    Returns
    -------
    frozenset of str
        The labels that are there.

    Examples
    --------
    >>> key_of(("woman", None))
    frozenset({'woman'})
    """
    return frozenset(label for label in path if label is not None)


def shown_tables(output: Output, threshold: int) -> list[Shown]:
    """Read the counts that an output shows; noise, published data and microdata have rules of their own.

    Parameters
    ----------
    output : Output
        What wants to leave, or has left.
    threshold : int
        Smallest number of people that may be shown in it.

    Returns
    -------
    list of Shown
        Empty where it shows no counts.

    Examples
    --------
    >>> import pandas as pd
    >>> from ctresearch.privacy.verdicts.output import Output
    >>> table = pd.DataFrame({"sex": ["Woman", "Man", "Total"], "n": [40, None, 43]})
    >>> shown_tables(Output("sex", "table", "restricted", content=table), 5)[0].keys[frozenset({"woman"})]
    (40.0, 40.0)
    """
    if output.level == "public" or (output.level == "record" and output.kind == "file") or output.kind == "notebook":
        return []
    if protection(output.content) is not None:
        return []
    guess = output.kind in {"table", "figure", "file"}
    grids = [grid for grid in output.grids if grid.rows]
    found = [_from_grid(output.name, threshold, grid, guess=guess) for grid in grids]
    tables = [table for table in found if table is not None]
    labels: Any = getattr(output.counts, "index", None)
    if hasattr(labels, "nlevels"):
        names = [str(n or f"key {i}") for i, n in enumerate(labels.names)]
        named = output.counts.rename_axis(names)  # type: ignore[union-attr]
        behind = [_from_grid(output.name, threshold, grid, levels=labels.nlevels) for grid in read_grids(named)[:1]]
        tables += [t for t in behind if t is not None and not any(_covers(one, t) for one in tables)]
    return tables or tables_behind(output, threshold)


def tables_behind(output: Output, threshold: int) -> list[Shown]:
    """Read the people behind each row or cell of an output under the labels that it shows.

    Parameters
    ----------
    output : Output
        What wants to leave, or has left.
    threshold : int
        Smallest number of people that may be shown in it.

    Returns
    -------
    list of Shown
        One table; empty where nobody gave the people, or they do not fit.

    Examples
    --------
    >>> import pandas as pd
    >>> from ctresearch.privacy.verdicts.output import Output
    >>> rates = pd.DataFrame({"sex": ["Woman", "Man"], "rate": [0.2, 0.4]})
    >>> tables_behind(Output("rates", "table", "restricted", content=rates, counts=[40, 30]), 5)[0].keys
    {frozenset({'woman'}): (40.0, 40.0), frozenset({'man'}): (30.0, 30.0)}
    """
    people, grids = output.people, [grid for grid in output.grids if grid.rows]
    if people is None or people.size < 2 or len(grids) != 1:
        return []
    behind = _behind(output.name, threshold, grids[0], people)
    return [] if behind is None else [behind]


def _covers(one: Shown, other: Shown) -> bool:
    """Say whether a table has the cells of another, so that the other is the people behind it and no more is seen."""
    return set(one.keys) >= set(other.keys) or not any(path for path in other.cells)


def _behind(source: str, threshold: int, grid: Grid, people: np.ndarray) -> Shown | None:
    """Put the people behind each row or cell in the place of figures that are no counts."""
    keys = [i for i in range(len(grid.header)) if is_key(grid, i)]
    values = [i for i in range(len(grid.header)) if i not in keys]
    if people.shape == (len(grid.rows),) and keys:
        rows = [[*(row[i] for i in keys), _text(n)] for row, n in zip(grid.rows, people, strict=True)]
        return _from_grid(source, threshold, Grid.of([*(grid.header[i] for i in keys), "n"], rows), levels=len(keys))
    if people.shape == (len(grid.rows), len(values)) and keys:
        rows = [[*(row[i] for i in keys), *map(_text, line)] for row, line in zip(grid.rows, people, strict=True)]
        header = [grid.header[i] for i in (*keys, *values)]
        return _from_grid(source, threshold, Grid.of(header, rows), levels=len(keys))
    return None


def _text(number: float) -> str:
    """Write a number of people, empty where it is masked."""
    return "" if number != number else f"{number:g}" if number < 1e6 else f"{number:.0f}"  # noqa: PLR0124


def _from_grid(
    source: str, threshold: int, grid: Grid, *, guess: bool = True, levels: int | None = None
) -> Shown | None:
    """Read a table: its labels on the left, its counts under a name each."""
    plain = replace(grid, rows=tuple(zip(*map(_unmasked, map(grid.column, range(len(grid.header)))), strict=True)))
    if levels is None:
        counting = counting_columns(_values_only(grid, plain), guess=guess)
        keys = [i for i in range(len(grid.header)) if i not in counting and _labels(grid, plain, i)]
    else:
        keys, counting = list(range(levels)), list(range(levels, len(grid.header)))
    if not counting:
        return None
    names, wide = _column_labels(grid, counting)
    columns = [[row[i] for row in grid.rows] for i in keys] + ([names] if wide else [])
    headers = tuple(grid.header[i] for i in keys) + (("",) if wide else ())
    on_lists = [i in grid.lists and not set(column) <= _NO_OR_YES for i, column in zip(keys, columns, strict=False)] + (
        [any(i in grid.lists for i in counting)] if wide else []
    )
    spelt = [
        [f"{name_key(v)}=1" for v in column] if listed_ else words  # as the columns of their patterns say it
        for column, words, listed_ in zip(columns, _spell(columns, headers), on_lists, strict=True)
    ]
    totals = [_totals(column) for column in spelt]
    named = any(totals)
    cells: dict[Path, Bounds] = {}
    order: list[list[Path]] = [[] for _ in counting]
    for r, row in enumerate(grid.rows):
        for c, i in enumerate(counting):
            at = [column[r] for column in spelt[: len(keys)]] + ([spelt[-1][c]] if wide else [])
            path = tuple([_leaf(label, one, at) for label, one in zip(at, totals, strict=True)] if named else at)
            if path not in cells:
                cells[path] = bounds(row[i])
            order[c].append(path)
    under = tuple(_under(column, one, cells, j) for j, (column, one) in enumerate(zip(spelt, totals, strict=True)))
    dates = frozenset(v for i, column in zip(keys, spelt, strict=False) if grid.role(i) == "date" for v in column)
    return Shown(source, threshold, cells, headers, under, tuple(map(tuple, order)), any(on_lists), dates)


def _each(change: Callable[[str], str], column: Sequence[str]) -> list[str]:
    """Change every word of a column, each different one once."""
    changed = {v: change(v) for v in set(column)}
    return [changed[v] for v in column]


def _unmasked(column: Sequence[str]) -> list[str]:
    """Leave out what stands for a masked number."""
    return _each(unmasked, column)


def _values_only(grid: Grid, plain: Grid) -> Grid:
    """Leave masks out of the columns that show numbers, or nothing but masks."""
    columns = [
        p if _numbers(p) else grid.column(i) for i, p in enumerate(plain.column(j) for j in range(len(plain.header)))
    ]
    return replace(grid, rows=tuple(zip(*columns, strict=True)))


def _numbers(column: Sequence[str]) -> bool:
    """Say whether a column without its masks holds whole numbers, ranges of them or nothing."""
    return all(not v or is_figure(v) for v in set(column))


def _labels(grid: Grid, plain: Grid, position: int) -> bool:
    """Say whether a column names the rows."""
    return is_key(grid, position) and (not _numbers(plain.column(position)) or is_key(plain, position))


def _column_labels(grid: Grid, counting: Sequence[int]) -> tuple[list[str], bool]:
    """Name the counting columns; a single one that is called a count has no label of its own."""
    names = [grid.header[i] for i in counting]
    if len(names) == 1:
        plain = _A_COUNT.match(snake(names[0])) or is_total(names[0]) or not names[0].strip()
        return names, not plain
    return [_total_column(grid, counting, i) for i in counting], True


def _total_column(grid: Grid, counting: Sequence[int], position: int) -> str:
    """Return a column's name, or the word for a total where it is called a count and holds the sum of the others."""
    name = grid.header[position]
    if not _A_COUNT.match(snake(name)):
        return name
    lines = [[bounds(row[i])[0] if is_whole(row[i]) else np.nan for i in counting] for row in grid.rows]
    own = list(counting).index(position)
    whole_lines = [line for line in lines if not np.isnan(line).any() and sum(line) > 0]
    adds = [2 * line[own] == sum(line) for line in whole_lines]
    return "total" if len(counting) > 2 and adds and all(adds) else name


def _spell(columns: Sequence[Sequence[str]], headers: Sequence[str]) -> list[list[str]]:
    """Spell labels alike in all tables; those without meaning of their own, or in two columns, carry their column's."""
    spelt = [_each(_spelt, column) for column in columns]
    doubled = {
        v for i, one in enumerate(spelt) for other in spelt[i + 1 :] for v in set(one) & set(other) if not is_total(v)
    }
    marks = [name_key(header) or str(i) for i, header in enumerate(headers)]
    return [
        [f"{mark}={v}" if v and not is_total(v) and (v in doubled or _GENERIC.match(v)) else v for v in column]
        for mark, column in zip(marks, spelt, strict=True)
    ]


@lru_cache(maxsize=50_000)
def _spelt(label: str) -> str:
    """Write a label in one spelling."""
    words = name_key(label).replace("\u2013", "-").split()
    return " ".join(_SAME.get(w, w) for w in words)


def _totals(column: Sequence[str]) -> dict[str, str | None]:
    """Say of each label that stands for a total of what: ``None`` for all, else the name of the group."""
    found: dict[str, str | None] = {}
    for label in dict.fromkeys(column):
        rest = _TOTAL_WORD.sub(" ", label).strip(" ()[]-:,;/_.")
        if not label.strip():
            found[label] = None
        elif rest != label and (is_total(label) or _ends_in_total(label)):
            found[label] = None if _EVERYBODY.match(rest) else rest
    return found


def _ends_in_total(label: str) -> bool:
    """Say whether a label names a group and then a total of it, or the other way about."""
    found = list(_TOTAL_WORD.finditer(label))
    return bool(found) and (found[-1].end() >= len(label.rstrip(" )].:")) or found[0].start() <= 1)


def _leaf(label: str, totals: Mapping[str, str | None], row: Sequence[str]) -> str | None:
    """Return the label of a cell in one dimension; the total of a group that another dimension names is all of it."""
    if label not in totals:
        return label
    group = totals[label]
    return None if group is None or group in row else group


def _under(
    column: Sequence[str], totals: Mapping[str, str | None], cells: Mapping[Path, Bounds], dimension: int
) -> dict[str, frozenset[str]]:
    """Find the labels that each subtotal adds up: those that stand before it, else those that follow it."""
    there = {path[dimension] for path in cells}
    labels = [v for v in dict.fromkeys(column) if v not in totals or totals[v] in there or totals[v] is None]
    groups = {v: totals[v] for v in labels if totals.get(v) is not None}
    if not groups:
        return {}
    out: dict[str, frozenset[str]] = {}
    for step in (labels, labels[::-1]):
        block: list[str] = []
        for label in step:
            if label not in totals:
                block.append(label)
                continue
            group = groups.get(label)
            if group is not None and block and (group not in out or not _fits(cells, dimension, group, out[group])):
                out[group] = frozenset(block)
            block = []
    return out


def _fits(cells: Mapping[Path, Bounds], dimension: int, whole_: str, parts: Iterable[str]) -> bool:
    """Say whether a label may be the sum of others wherever it stands."""
    for path, shown in cells.items():
        if path[dimension] == whole_:
            found = [cells.get((*path[:dimension], p, *path[dimension + 1 :])) for p in parts]
            low, high = sum(b[0] for b in found if b), sum(b[1] for b in found if b)
            if low > shown[1] or high < shown[0]:
                return False
    return True


def families(table: Shown, groupings: Sequence[Grouping]) -> Iterator[Family]:
    """Yield the sums that a table's labels say, by family: one way of leaving dimensions out, or of joining labels.

    Parameters
    ----------
    table : Shown
        A table.
    groupings : sequence of mapping
        Labels that are groups of others, as other tables tell.

    Yields
    ------
    tuple of (frozenset, tuple of frozenset)
        The labels of each whole and of its parts.

    Examples
    --------
    >>> table = Shown("sex", 5, {("woman",): (40.0, 40.0), ("man",): (30.0, 30.0)}, ("sex",), ({},))
    >>> [[(sorted(whole), len(parts)) for whole, parts in family] for family in families(table, [])]
    [[([], 2)]]
    """
    if table.margins:
        return
    width = len(table.headers)
    levels: dict[tuple[int, ...], list[Path]] = {}
    for path in table.cells:
        at = tuple(0 if v is None else 2 if v in table.under[j] else 1 for j, v in enumerate(path))
        levels.setdefault(at, []).append(path)
    joined = [_joins(table, j, groupings) for j in range(width)]
    for at, paths in levels.items():
        choices = [
            [None] if level == 0 else ["keep", None, *(joined[j] if level == 1 else ())] for j, level in enumerate(at)
        ]
        every = np.prod([len(c) for c in choices]) * len(paths)
        wide = width > _MOST_DIMENSIONS or every > _MOST_PROJECTED
        for plan in product(*choices):
            changed = sum(how != "keep" for how, level in zip(plan, at, strict=True) if level)
            if changed and (not wide or changed == 1 or changed == sum(level > 0 for level in at)):
                yield _family(paths, plan)


def _joins(table: Shown, dimension: int, groupings: Sequence[Grouping]) -> list[dict[str, str]]:
    """List the ways in which the labels of a dimension join into groups: child to parent."""
    there = set(table.labels(dimension))
    out = []
    for grouping in (table.under[dimension], *groupings):
        known = {c: parent for parent, children in grouping.items() if children <= there for c in children}
        if known and not set(grouping) <= there and known not in out:
            out.append(known)
    return out


def _family(paths: Sequence[Path], plan: Sequence[object]) -> Family:
    """Add up the cells that are the same after one way of joining."""
    sums: dict[Key, list[Key]] = {}
    for path in paths:
        target = _projected(path, plan)
        if target is not None:
            sums.setdefault(key_of(target), []).append(key_of(path))
    return tuple((whole_, tuple(parts)) for whole_, parts in sums.items() if parts != [whole_])


def _projected(path: Path, plan: Sequence[object]) -> Path | None:
    """Return where a cell goes; ``None`` for one that is in no group."""
    out: list[str | None] = []
    for label, how in zip(path, plan, strict=True):
        if how is None or label is None:
            out.append(None)
        elif isinstance(how, dict):
            if label not in how:
                return None
            out.append(how[label])
        else:
            out.append(label)
    return tuple(out)
