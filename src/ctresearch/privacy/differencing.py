"""Differencing: two safe tables whose difference is not.

A table released last year with 120 women and one released now with 122 say that two women came in between. Tables are
compared label by label, whatever their layout, and so are the sums over their rows and columns.

References
----------
.. [1] Hundepool, A., Domingo-Ferrer, J., Franconi, L., Giessing, S., Schulte Nordholt, E., Spicer, K. and
   de Wolf, P.-P. (2012). Statistical Disclosure Control. Wiley. https://doi.org/10.1002/9781118348239
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import combinations
from typing import TYPE_CHECKING, Any

import numpy as np

from ctresearch.privacy.grid import TOTALS, Grid, is_number
from ctresearch.privacy.reading import read_grids
from ctresearch.privacy.records import counting_columns, is_key
from ctresearch.privacy.verdict import Finding

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from ctresearch.privacy.output import Output
    from ctresearch.privacy.policy import Policy

Label = frozenset[str]
_MOST_KEYS = 4  # finer tables are compared by their single categories and their total
_NO_CATEGORY = TOTALS | {""}


@dataclass(frozen=True, slots=True)
class Difference:
    """What two tables say about each other.

    Parameters
    ----------
    shared : int
        Labels that both show.
    below : int
        Labels whose two counts differ by at least one person and by fewer than the threshold.
    nested : bool
        Whether one table is nowhere above the other, as when its people are among the other's.
    """

    shared: int
    below: int
    nested: bool


def compare(first: Mapping[Label, float], second: Mapping[Label, float], threshold: int) -> Difference:
    """Compare two labelled tables of counts.

    Parameters
    ----------
    first, second : mapping of frozenset of str to float
        Counts by the categories that describe a cell; ``NaN`` where masked.
    threshold : int
        Smallest number of people that may be singled out.

    Returns
    -------
    Difference
        The comparison over the labels that both show.

    Examples
    --------
    >>> compare({frozenset({"Woman"}): 120.0}, {frozenset({"Woman"}): 122.0}, 5).below
    1
    """
    shared = [k for k in first.keys() & second.keys() if first[k] == first[k] and second[k] == second[k]]
    gaps = np.array([second[k] - first[k] for k in shared], dtype=float)
    small = (np.abs(gaps) > 0) & (np.abs(gaps) < threshold)
    nested = bool((gaps >= 0).all() or (gaps <= 0).all())
    return Difference(shared=len(shared), below=int(small.sum()), nested=nested)


def labelled_counts(output: Output) -> dict[Label, float]:
    """Read the people behind each labelled cell of an output, and the sums over its rows and columns.

    Parameters
    ----------
    output : Output
        With counts, or with a content that shows counts.

    Returns
    -------
    dict of frozenset of str to float
        Empty where cells carry no labels, and for outputs of published data and for microdata, which have rules of
        their own.

    Examples
    --------
    >>> import pandas as pd
    >>> from ctresearch.privacy.output import Output
    >>> table = pd.DataFrame({"sex": ["Woman", "Man"], "n": [120, 40]})
    >>> labelled_counts(Output("sex", "table", "restricted", content=table))[frozenset()]
    160.0
    """
    microdata = output.level == "record" and output.kind == "file"
    cells = {} if output.level == "public" or microdata else _cells(output)
    out = {frozenset(key): value for key, value in cells.items()}
    width = max((len(key) for key in cells), default=0)
    full = {key: value for key, value in cells.items() if len(key) == width}
    for size in range(width if width <= _MOST_KEYS else 2):
        for kept in combinations(range(width), size):
            sums: dict[Label, float] = {}
            for key, value in full.items():
                label = frozenset(key[i] for i in kept)
                sums[label] = sums.get(label, 0.0) + value
            out = sums | out
    return out


def differencing_rule(output: Output, others: Sequence[Output], policy: Policy, *, earlier: bool) -> Iterator[Finding]:
    """Compare an output with others that the same reader can see.

    Parameters
    ----------
    output : Output
        What wants to leave.
    others : sequence of Output
        Outputs of an earlier release, or of the same one.
    policy : Policy
        The thresholds.
    earlier : bool
        Whether ``others`` were released before.

    Yields
    ------
    Finding
        Rule ``"differencing"``: a fail for the same output in an earlier release, a review for another output whose
        people seem to be among this one's.

    Examples
    --------
    >>> import pandas as pd
    >>> from ctresearch.privacy.output import Output
    >>> from ctresearch.privacy.policy import Policy
    >>> old, new = (Output("sex", "table", "restricted", counts=pd.Series([n, 40], ["Woman", "Man"])) for n in (120, 122))
    >>> next(differencing_rule(new, [old], Policy(), earlier=True)).verdict
    'fail'
    """
    mine = labelled_counts(output)
    for other in others:
        threshold = max(policy.threshold(output.level), policy.threshold(other.level))
        found = compare(labelled_counts(other), mine, threshold)
        same = earlier and other.name == output.name
        if not found.below or not (same or (found.nested and found.shared > 1)):
            continue
        when = "an earlier release" if earlier else "this release"
        numbers = {"shared": found.shared, "below": found.below, "threshold": threshold}
        cure = (
            "Release the change together with later ones, or round both tables (round_counts)."
            if same
            else "If one table's people are among the other's, mask or round one of them; if not, say so in an override."
        )
        sentence = (
            f"Set against {other.name!r} of {when}, {found.below} of {found.shared} shared cells or sums differ by fewer "
            f"than {threshold} people."
        )
        yield Finding("differencing", "fail" if same else "review", sentence, cure, numbers)
        return


def _cells(output: Output) -> dict[tuple[str, ...], float]:
    """Read counts by the words that describe a cell, in the order of the table's keys."""
    labels = getattr(output.counts, "index", None)
    if hasattr(labels, "nlevels"):
        return _from_labelled(output.counts)
    grids = read_grids(output.content)
    if len(grids) != 1 or not grids[0].rows:
        return {}
    grid, people = grids[0], output.people
    keys = [i for i in range(len(grid.header)) if is_key(grid, i)]
    values = [i for i in range(len(grid.header)) if i not in keys]
    if people is None:
        return _from_columns(grid, keys, counting_columns(grid, guess=True))
    if people.shape == (len(grid.rows),):
        return {_key(row, keys): float(n) for row, n in zip(grid.rows, people, strict=True)} if keys else {}
    if people.shape == (len(grid.rows), len(values)):
        words = Grid(grid.header, tuple(_replace(row, values, people[i]) for i, row in enumerate(grid.rows)))
        return _from_columns(words, keys, values)
    return {}


def _from_labelled(counts: Any) -> dict[tuple[str, ...], float]:
    """Read counts that are a pandas Series or DataFrame: its index holds the keys."""
    levels = counts.index.nlevels
    grid = read_grids(counts.rename_axis([f"key {i}" for i in range(levels)]))[0]
    return _from_columns(grid, range(levels), range(levels, len(grid.header)))


def _replace(row: Sequence[str], positions: Sequence[int], numbers: Iterable[float]) -> tuple[str, ...]:
    """Put the people behind the cells in the place of what the cells show."""
    out = list(row)
    for position, number in zip(positions, numbers, strict=True):
        out[position] = str(number)
    return tuple(out)


def _from_columns(grid: Grid, keys: Sequence[int], counting: Sequence[int]) -> dict[tuple[str, ...], float]:
    """Read counts from columns; with more than one, the column's name is part of the description."""
    out = {}
    for row in grid.rows:
        for i in counting:
            key = _key(row, keys)
            if len(counting) > 1 and grid.header[i].strip().lower() not in _NO_CATEGORY:
                key = (*key, grid.header[i])
            out[key] = float(row[i]) if is_number(row[i]) and row[i] not in {"", "<NA>"} else float("nan")
    return out


def _key(row: Sequence[str], keys: Sequence[int]) -> tuple[str, ...]:
    """Pick the categories of a row, without words for a total."""
    return tuple(row[i] for i in keys if row[i].strip().lower() not in _NO_CATEGORY)
