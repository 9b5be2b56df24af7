"""A table of lists that is seen in part: counts known as ranges, and patterns that nobody can have."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from ctresearch.core.cells import kind_of
from ctresearch.core.errors import CellError, DataError
from ctresearch.core.render import as_card
from ctresearch.core.scope import Scope
from ctresearch.core.validate import whole_number
from ctresearch.data.contents.numbers import range_in
from ctresearch.prevalence.lists.cells import Array, canonical_order
from ctresearch.prevalence.lists.estimable import require_histories
from ctresearch.prevalence.lists.table_columns import (
    MAX_PEOPLE,
    TAKEN,
    join_alike,
    list_columns,
    read_patterns,
    refuse_taken,
)
from ctresearch.prevalence.lists.table_input import said_merged

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ctresearch.core.check import Check
    from ctresearch.prevalence.lists.histories import CaptureHistories

MAX_LISTS = 10


@dataclass(frozen=True, eq=False, repr=False)
class PartialHistories:
    """Patterns of lists whose counts are known exactly, known to lie in a range, or zero because they cannot be.

    Publishers write small counts as ``<5``; lists that cover different ages, regions or years cannot share anybody. An
    observed zero says that lists seldom overlap, a structural zero says nothing, and treating one as the other biases
    the estimate.

    Parameters
    ----------
    lists : tuple of str
        Names of the lists.
    low, high : numpy.ndarray
        Smallest and largest number of people by cell, shape (2 ** lists,); equal where the count is known. The first,
        people on no list, is not used.
    possible : numpy.ndarray
        Whether anybody can have the pattern, booleans by cell, shape (2 ** lists,).
    scope : Scope
        Whom the table counts.
    references : tuple of str
        Where the table was published.
    checks : tuple of Check
        What every estimate from the table must say of it, such as that names were merged.

    Examples
    --------
    >>> table = pd.DataFrame({"police": [1, 0, 1], "charity": [0, 1, 1], "count": ["60", "40", "<5"]})
    >>> PartialHistories.from_counts(table)
    100 to 104 people on 2 lists: police, charity; 1 count known as a range, 0 patterns impossible
    """

    lists: tuple[str, ...]
    low: Array
    high: Array
    possible: Array
    scope: Scope = field(default_factory=Scope)
    references: tuple[str, ...] = ()
    checks: tuple[Check, ...] = ()

    @classmethod
    def from_counts(
        cls,
        frame: pd.DataFrame,
        lists: Sequence[str] | None = None,
        count: str = "count",
        *,
        smallest: int = 0,
        impossible: Sequence[Sequence[str]] = (),
        merge_names: bool = False,
        scope: Scope | None = None,
    ) -> PartialHistories:
        """Read a table with one row a pattern and a column of counts or ranges.

        Parameters
        ----------
        frame : pandas.DataFrame
            Columns of 0 and 1, one a list, and a column with whole numbers or words such as ``<5``, ``1-4``, ``10+``.
            Patterns that are not there count zero.
        lists : sequence of str, optional
            The list columns; by default all but the counts.
        count : str
            The column of counts.
        smallest : int
            The least that ``<5`` can mean: 1 where the publisher shows zeros as zeros.
        impossible : sequence of sequences of str
            Lists that cannot have a person in common, such as ``[["north", "south"]]``; nor can more lists with them.
        merge_names : bool
            Take lists whose names differ in case, accents, spaces or type alone for one; without it they are refused.
        scope : Scope, optional
            Whom the table counts.

        Returns
        -------
        PartialHistories
            The table.

        Raises
        ------
        DataError
            If a count cannot be read, a pattern repeats, or people have a pattern that is impossible.

        Examples
        --------
        >>> table = pd.DataFrame({"A": [1, 0, 1], "B": [0, 1, 1], "count": ["60", "40", "<5"]})
        >>> PartialHistories.from_counts(table, smallest=1).low.tolist()
        [0.0, 60.0, 40.0, 1.0]
        """
        names = list_columns(frame, lists, [count])
        whole_number("smallest", smallest, low=0)
        kept, patterns, merged = join_alike(names, read_patterns(frame, names), merge=merge_names)
        if len(names) > MAX_LISTS:
            raise DataError(f"the table has {len(names)} lists, must have at most {MAX_LISTS}: merge the smallest")
        repeated = int(pd.Series(patterns).duplicated().sum())
        if repeated or (patterns == 0).any():
            what = f"{repeated} patterns repeat" if repeated else "a row stands for people on no list"
            raise DataError(f"{what}; ranges cannot be added up, so each pattern of lists must have one row")
        low, high = np.zeros(1 << len(kept)), np.zeros(1 << len(kept))
        for row, (pattern, word) in enumerate(zip(patterns, frame[count], strict=True), start=1):
            low[pattern], high[pattern] = read_range(word, smallest, row)
        table = _build(kept, (low, high), impossible, scope or Scope(), ())
        return replace(table, checks=said_merged(merged, len(kept)))

    @classmethod
    def from_histories(cls, histories: CaptureHistories, impossible: Sequence[Sequence[str]] = ()) -> PartialHistories:
        """Take a table whose counts are known and say which patterns are impossible.

        Parameters
        ----------
        histories : CaptureHistories
            The table.
        impossible : sequence of sequences of str
            Lists that cannot have a person in common.

        Returns
        -------
        PartialHistories
            The same counts.

        Raises
        ------
        DataError
            If people have a pattern that is impossible, or there are too many lists.

        Examples
        --------
        >>> from ctresearch.prevalence import CaptureHistories
        >>> korea = CaptureHistories.from_published("korea")
        >>> PartialHistories.from_histories(korea).low.sum()
        np.float64(123.0)
        """
        table = require_histories(histories)
        if len(table.lists) > MAX_LISTS:
            raise DataError(
                f"the table has {len(table.lists)} lists, must have at most {MAX_LISTS}: merge the smallest"
            )
        cells = table.cell_counts()
        partial = _build(table.lists, (cells, cells.copy()), impossible, table.scope, table.references)
        return replace(partial, checks=table.checks)

    @property
    def cells(self) -> Array:
        """Patterns that somebody can have, in canonical order."""
        there = np.flatnonzero(self.possible)[1:]
        return there[canonical_order(there, len(self.lists))]

    @property
    def counts(self) -> pd.DataFrame:
        """One row a pattern that is possible, with columns of 0 and 1, ``low`` and ``high``."""
        columns = {name: self.cells >> i & 1 for i, name in enumerate(self.lists)}
        return pd.DataFrame(columns | {"low": self.low[self.cells], "high": self.high[self.cells]})

    def __repr__(self) -> str:
        ranges = int((self.low < self.high).sum())
        least, most = self.low.sum(), self.high.sum()
        people = f"{least:,.0f}" if least == most else f"{least:,.0f} to {most:,.0f}"
        return (
            f"{people} people on {len(self.lists)} lists: {', '.join(self.lists)}; {ranges} "
            f"{'count' if ranges == 1 else 'counts'} known as a range, {int((~self.possible).sum())} patterns "
            "impossible"
        )

    def _repr_html_(self) -> str:
        people = {"at least": float(self.low.sum()), "at most": float(self.high.sum())}
        return as_card(self, says=[], show=["lists"], people=people)


def read_range(word: Any, smallest: int, row: int) -> tuple[float, float]:
    """Read one count or range.

    Parameters
    ----------
    word : object
        A whole number, or text such as ``1,234``, ``<5``, ``<=4``, ``1-4``, ``10+`` or ``>=10``.
    smallest : int
        The least that ``<5`` can mean.
    row : int
        Where it stands, for the message.

    Returns
    -------
    tuple of float
        Smallest and largest number; the second infinite where there is no end.

    Raises
    ------
    DataError
        If it is none of these, or the range is empty.

    Examples
    --------
    >>> read_range("<5", 0, 1), read_range("10+", 0, 2), read_range(7, 0, 3)
    ((0.0, 4.0), (10.0, inf), (7.0, 7.0))
    """
    ends = range_in(word, least=smallest)
    if ends is None:
        raise CellError(
            f"the count in row {row} is {kind_of(word)} that cannot be read, must be a whole number, with commas or "
            "blanks between thousands alone ('1,234'), or a range such as '<5', '1-4' or '10+'",
            rows=[row],
        )
    low, high = ends
    if low > high or (high > MAX_PEOPLE and np.isfinite(high)):
        raise CellError(
            f"the range of counts in row {row} is empty or above {MAX_PEOPLE:,}: check it and smallest", rows=[row]
        )
    return float(low), float(high)


def _build(
    lists: tuple[str, ...],
    ends: tuple[Array, Array],
    impossible: Sequence[Sequence[str]],
    scope: Scope,
    references: tuple[str, ...],
) -> PartialHistories:
    """Mark impossible patterns, check them against the counts, and freeze the arrays."""
    refuse_taken(lists, (*TAKEN, "low", "high"))
    low, high = ends
    patterns, possible = np.arange(low.size), np.ones(low.size, dtype=np.bool_)
    for together in impossible:
        names = list(together) if isinstance(together, (list, tuple)) else []
        if len(set(names)) < 2 or any(name not in lists for name in names):
            raise DataError(
                f"impossible == {together!r}, must be two or more of the {len(lists)} lists of the table, as in "
                "[['north', 'south']]; leave out a list that saw nobody with .drop()"
            )
        both = sum(1 << lists.index(name) for name in set(names))
        possible &= (patterns & both) != both
        if low[~possible].any():
            raise DataError(
                f"{low[~possible].sum():,.0f} people are on {len(names)} lists that impossible says cannot share any: "
                "check the links between lists or allow the pattern"
            )
    high[~possible] = 0
    for values in (low, high, possible):
        values.setflags(write=False)
    return PartialHistories(lists, low, high, possible, scope, references)
