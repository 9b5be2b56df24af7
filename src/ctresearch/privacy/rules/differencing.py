"""Differencing: two safe tables whose difference is not.

A table released last year with 120 women and one released now with 122 say that two women came in between. Tables are
compared label by label, whatever their layout, and so are the sums over their rows and columns.

The rule is described in Hundepool and others (2012), https://doi.org/10.1002/9781118348239.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from itertools import combinations
from typing import TYPE_CHECKING, Any

import numpy as np

from ctresearch.privacy.noise.protection_seal import protection
from ctresearch.privacy.reading.grid import Grid, is_total
from ctresearch.privacy.reading.numbers import count
from ctresearch.privacy.reading.reading import decoded, read_grids
from ctresearch.privacy.rules.counts import counting_columns, is_key
from ctresearch.privacy.rules.numbers_in_text import people_in_text
from ctresearch.privacy.verdicts.verdict import Finding

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from numpy.typing import NDArray

    from ctresearch.privacy.verdicts.output import Output
    from ctresearch.privacy.verdicts.policy import Policy

Label = frozenset[str]
_MOST_KEYS = 4  # finer tables are compared by their single categories and their total
_PLURALS = {"women": "woman", "men": "man", "children": "child", "people": "person"}
_GUESSED = frozenset({"table", "figure", "file"})


@dataclass(frozen=True, slots=True)
class Difference:
    """What two tables say about each other.

    Parameters
    ----------
    shared, below : int
        Labels that both show, and those whose two counts differ by at least one person and by fewer than the threshold.
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
    small = (gaps != 0) & (np.abs(gaps) < threshold)
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
    >>> from ctresearch.privacy.verdicts.output import Output
    >>> table = pd.DataFrame({"sex": ["Woman", "Man"], "n": [120, 40]})
    >>> labelled_counts(Output("sex", "table", "restricted", content=table))[frozenset()]
    160.0
    """
    out: dict[Label, float] = {}
    for cells in _tables(output):
        out = _with_sums(cells) | out
    return out


def grand_totals(output: Output) -> frozenset[float]:
    """Read how many people an output says there are in all, whatever categories it cuts them into.

    Parameters
    ----------
    output : Output
        With a content that shows counts, or the ``n`` of an estimate.

    Returns
    -------
    frozenset of float
        Sums of the shown cells of each table, its totals, ``n``, and the numbers of people that a text names.

    Examples
    --------
    >>> import pandas as pd
    >>> from ctresearch.privacy.verdicts.output import Output
    >>> table = pd.DataFrame({"region": ["North", "South"], "n": [120, 40]})
    >>> sorted(grand_totals(Output("regions", "table", "restricted", content=table)))
    [160.0]
    """
    found = set()
    for cells in _tables(output):
        width = max(map(len, cells), default=0)
        found |= {float(np.nansum([n for key, n in cells.items() if len(key) == width])), cells.get((), 0.0)}
    if output.level != "public" and isinstance(output.content, (str, bytes)):
        found |= people_in_text(decoded(output.content) or "" if isinstance(output.content, bytes) else output.content)
    elif output.level != "public":
        n = output.content.get("n") if isinstance(output.content, Mapping) else getattr(output.content, "n", None)
        found |= {float(n)} if isinstance(n, (int, float)) and not isinstance(n, bool) else set()
    return frozenset(n for n in found if n > 0)


def _with_sums(cells: Mapping[tuple[str, ...], float]) -> dict[Label, float]:
    """Add the sums over rows and columns to the cells of one table."""
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


@dataclass(slots=True)
class Readings:
    """What outputs show, each read once however many others it is compared with.

    Examples
    --------
    >>> from ctresearch.privacy.verdicts.output import Output
    >>> Readings().of(Output("ages", "table", "restricted", counts=[12, 40]))
    ({}, frozenset())
    """

    _read: dict[int, tuple[Output, dict[Label, float], frozenset[float]]] = field(default_factory=dict)

    def of(self, output: Output) -> tuple[dict[Label, float], frozenset[float]]:
        """Return the labelled counts and the grand totals of an output.

        Parameters
        ----------
        output : Output
            Any.

        Returns
        -------
        tuple
            As :func:`labelled_counts` and :func:`grand_totals` give them.

        Examples
        --------
        >>> from ctresearch.privacy.verdicts.output import Output
        >>> Readings().of(Output("all", "estimate", "restricted", content={"n": 40}))[1]
        frozenset({40.0})
        """
        if id(output) not in self._read:  # the output is kept, so that no other takes its number
            self._read[id(output)] = (output, labelled_counts(output), grand_totals(output))
        return self._read[id(output)][1:]


def differencing_rule(
    output: Output, others: Sequence[Output], policy: Policy, *, earlier: bool, readings: Readings | None = None
) -> Iterator[Finding]:
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
    readings : Readings, optional
        What was read of the same outputs before.

    Yields
    ------
    Finding
        Rule ``"differencing"``: a fail for the same output in an earlier release, a review for another output whose
        people seem to be among this one's.

    Examples
    --------
    >>> import pandas as pd
    >>> from ctresearch.privacy.verdicts.output import Output
    >>> from ctresearch.privacy.verdicts.policy import Policy
    >>> sexes = ["Woman", "Man"]
    >>> old, new = (Output("sex", "table", "restricted", counts=pd.Series([n, 40], sexes)) for n in (120, 122))
    >>> next(differencing_rule(new, [old], Policy(), earlier=True)).verdict
    'fail'
    """
    readings = readings or Readings()
    mine, everybody = readings.of(output)
    for other in others:
        theirs, their_total = readings.of(other)
        threshold = max(policy.threshold(output.level), policy.threshold(other.level))
        found = compare(theirs, mine, threshold)
        same = earlier and other.name == output.name
        if not found.below or not (same or (found.nested and found.shared > 1)):
            close = _close_totals(everybody, their_total, threshold)
            if same and not close:
                close = _close_totals(output.everybody, other.everybody, threshold)
            if not close:
                continue
            found = Difference(shared=len(close), below=len(close), nested=True)
        yield _differs(other.name, found, threshold, same=same, earlier=earlier)
        return


def _close_totals(first: frozenset[float], second: frozenset[float], threshold: int) -> list[float]:
    """Find the totals of one output that are a few people away from one of the other."""
    return [n for n in first - second if any(0 < abs(n - other) < threshold for other in second - first)]


def _differs(other: str, found: Difference, threshold: int, *, same: bool, earlier: bool) -> Finding:
    """Say that two outputs differ by few people."""
    when = "an earlier release" if earlier else "this release"
    numbers = {"shared": found.shared, "below": found.below, "threshold": threshold}
    cure = (
        "Release the change together with later ones, or round both tables (round_counts)."
        if same
        else "If one table's people are among the other's, mask or round one of them; if not, say so in an override."
    )
    sentence = (
        f"Set against {other!r} of {when}, {found.below} of {found.shared} shared cells or sums differ by fewer "
        f"than {threshold} people."
    )
    return Finding("differencing", "fail" if same else "review", sentence, cure, numbers)


def _tables(output: Output) -> list[dict[tuple[str, ...], float]]:
    """Read the tables of an output; published data and microdata have rules of their own."""
    if output.level == "public" or (output.level == "record" and output.kind == "file"):
        return []
    if protection(output.content) is not None:
        return []  # two draws of noise differ by noise
    labels = getattr(output.counts, "index", None)
    if hasattr(labels, "nlevels"):
        return [_from_labelled(output.counts)]
    grids = [grid for grid in output.grids if grid.rows]
    people = output.people
    if people is not None and people.size > 1 and len(grids) == 1:
        fitted = _from_people(grids[0], people)
        return [fitted] if fitted else []
    guess = output.kind in _GUESSED
    return [
        _from_columns(
            grid, [i for i in range(len(grid.header)) if is_key(grid, i)], counting_columns(grid, guess=guess)
        )
        for grid in grids
    ]


def _from_people(grid: Grid, people: NDArray[np.float64]) -> dict[tuple[str, ...], float]:
    """Read the people behind each row or cell under the labels of the table they come with."""
    keys = [i for i in range(len(grid.header)) if is_key(grid, i)]
    values = [i for i in range(len(grid.header)) if i not in keys]
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
            if len(counting) > 1 and grid.header[i].strip() and not is_total(grid.header[i]):
                key = (*key, _spelt(grid.header[i]))
            out[key] = count(row[i])
    return out


def _key(row: Sequence[str], keys: Sequence[int]) -> tuple[str, ...]:
    """Pick the categories of a row, without words for a total."""
    return tuple(_spelt(row[i]) for i in keys if row[i].strip() and not is_total(row[i]))


@lru_cache(maxsize=50_000)
def _spelt(label: str) -> str:
    """Write a label in one spelling, so that "Women" and "woman " are the same."""
    words = label.casefold().split()
    return " ".join(_PLURALS.get(w, w.removesuffix("s") if len(w) > 3 and not w.endswith("ss") else w) for w in words)
