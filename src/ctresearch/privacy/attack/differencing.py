"""Differencing: two safe tables whose difference is not.

A table released last year with 120 women and one released now with 122 say that two women came in between. Tables are
compared label by label, whatever their layout, and so are the sums over their rows and columns.

The rule is described in Hundepool and others (2012), https://doi.org/10.1002/9781118348239.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from itertools import combinations
from typing import TYPE_CHECKING

import numpy as np

from ctresearch.core.meaning import Meaning
from ctresearch.core.message import say
from ctresearch.privacy.attack.linked import shown_tables, tables_behind
from ctresearch.privacy.declared.contents import read_result
from ctresearch.privacy.reading.reading import decoded
from ctresearch.privacy.verdicts.verdict import Finding
from ctresearch.privacy.words.people_in_text import people_in_text

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from ctresearch.privacy.attack.linked import Key, Shown
    from ctresearch.privacy.verdicts.output import Output
    from ctresearch.privacy.verdicts.policy import Policy

_MOST_KEYS = 4  # finer tables are compared by their single categories and their total


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


def compare(first: Mapping[Key, float], second: Mapping[Key, float], threshold: int) -> Difference:
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


@dataclass(frozen=True)
class Seen:
    """What a reader takes from an output.

    Parameters
    ----------
    output : Output
        The output.
    tables : list of Shown
        The counts that it shows.
    threshold : int
        Smallest number of people that may be shown in it.
    """

    output: Output
    tables: list[Shown]
    threshold: int

    @cached_property
    def cells(self) -> dict[Key, float]:
        """People behind each labelled cell, and the sums over rows and columns; ``NaN`` where masked."""
        cells: dict[Key, float] = {}
        for table in (*self.tables, *(tables_behind(self.output, self.threshold) if self.tables else ())):
            cells |= _with_sums(table)  # whom somebody counted stand in for what the table shows
        return cells

    @cached_property
    def everybody(self) -> frozenset[float]:
        """How many people it says there are in all, whatever categories it cuts them into."""
        return _everybody(self.output, self.tables)

    @cached_property
    def dates(self) -> frozenset[str]:
        """The labels that are declared to be dates; empty where a table has none."""
        dated = bool(self.tables) and all(table.dates for table in self.tables)
        return frozenset(date for table in self.tables for date in table.dates) if dated else frozenset()


@dataclass(slots=True)
class Readings:
    """What outputs show, each read once however many others it is compared with.

    Examples
    --------
    >>> from ctresearch.privacy.verdicts.output import Output
    >>> Readings().of(Output("all", "estimate", "restricted", content={"n": 40}), 5).everybody
    frozenset({40.0})
    """

    _read: dict[int, tuple[Output, Seen]] = field(default_factory=dict)

    def of(self, output: Output, threshold: int) -> Seen:
        """Return what an output shows.

        Parameters
        ----------
        output : Output
            Any; of published data and microdata, which have rules of their own, nothing is read.
        threshold : int
            Smallest number of people that may be shown in it.

        Returns
        -------
        Seen
            Its tables, their cells with the sums, and its numbers of everybody.

        Examples
        --------
        >>> import pandas as pd
        >>> from ctresearch.privacy.verdicts.output import Output
        >>> table = pd.DataFrame({"sex": ["Woman", "Man"], "n": [120, 40]})
        >>> Readings().of(Output("sex", "table", "restricted", content=table), 5).cells[frozenset()]
        160.0
        """
        if id(output) not in self._read:  # the output is kept, so that no other takes its number
            self._read[id(output)] = (output, Seen(output, shown_tables(output, threshold), threshold))
        return self._read[id(output)][1]


def _everybody(output: Output, tables: Sequence[Shown]) -> frozenset[float]:
    """Read the sums of the shown cells of each table, its totals, ``n``, and the numbers that a text names."""
    content = output.content
    found = {float(np.nansum(list(_finest(table).values()))) for table in tables if not table.margins}
    found |= {low for table in tables for path, (low, high) in table.cells.items() if not any(path) and low == high}
    if output.level != "public" and isinstance(content, (str, bytes)):
        found |= people_in_text(decoded(content) or "" if isinstance(content, bytes) else content)
    elif output.level != "public":
        n = content.get("n") if isinstance(content, Mapping) else getattr(content, "n", None)
        if isinstance(n, (int, float)) and not isinstance(n, bool) and not _of_things(content):
            found.add(float(n))
    return frozenset(n for n in found if n > 0)


def _of_things(content: object) -> bool:
    """Say whether a result's class declares its ``n`` as a count of things, such as countries, and not of people."""
    result = read_result(content)
    meaning = None if result is None else result.meanings().get("n")
    return isinstance(meaning, Meaning) and not meaning.counts_people


def _finest(table: Shown) -> dict[tuple[str, ...], float]:
    """Return the cells that have a label in the most dimensions, ``NaN`` where masked."""
    labelled = {
        tuple([label for label in path if label is not None]): low if low == high else float("nan")
        for path, (low, high) in table.cells.items()
    }
    width = max(map(len, labelled), default=0)
    return {labels: n for labels, n in labelled.items() if len(labels) == width}


def _with_sums(table: Shown) -> dict[Key, float]:
    """Add the sums over rows and columns to the cells of one table."""
    out = {key: low if low == high else float("nan") for key, (low, high) in table.keys.items()}
    full = {} if table.margins else _finest(table)
    width = max((len(labels) for labels in full), default=0)
    for size in range(width if width <= _MOST_KEYS else 2):
        for kept in combinations(range(width), size):
            sums: dict[Key, float] = {}
            for labels, value in full.items():
                label = frozenset(labels[i] for i in kept)
                sums[label] = sums.get(label, 0.0) + value
            out = sums | out
    return out


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
    if not others:
        return
    readings = readings or Readings()
    mine = readings.of(output, policy.threshold(output.level))
    for other in others:
        theirs = readings.of(other, policy.threshold(other.level))
        if mine.dates and theirs.dates and not mine.dates & theirs.dates:
            continue  # of other times, as both say
        threshold = max(policy.threshold(output.level), policy.threshold(other.level))
        found = compare(theirs.cells, mine.cells, threshold)
        same = earlier and other.name == output.name
        if not found.below or not (same or (found.nested and found.shared > 1)):
            close = _close_totals(mine.everybody, theirs.everybody, threshold)
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
    sentence = say(
        "Set against {other} of {release}, {below} of {shared} shared cells or sums differ by fewer than {threshold} "
        "people.",
        release=say("an earlier release") if earlier else say("this release"),
        other=repr(other),
        below=found.below,
        shared=found.shared,
        threshold=threshold,
    )
    cure = (
        say("Release the change together with later ones, or round both tables (round_counts).")
        if same
        else say(
            "If one table's people are among the other's, mask or round one of them; if not, say so in an override."
        )
    )
    numbers = {"shared": found.shared, "below": found.below, "threshold": threshold}
    return Finding("differencing", "fail" if same else "review", sentence, cure, numbers)
