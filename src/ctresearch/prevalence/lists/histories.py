"""Who stands on which lists: the table that multiple systems estimation starts from."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from ctresearch.core.cells import row_words
from ctresearch.core.errors import CellError, DataError
from ctresearch.core.names import name_key, unknown_names
from ctresearch.core.result import table_field
from ctresearch.core.scope import NOT_STATED, Scope
from ctresearch.core.validate import one_of
from ctresearch.prevalence.lists.cells import FULL_TABLE, Array, added_up, by_pattern, canonical_order, regrouped
from ctresearch.prevalence.lists.csv_input import read_csv
from ctresearch.prevalence.lists.declared import described, meanings_of_lists
from ctresearch.prevalence.lists.lists_card import histories_card
from ctresearch.prevalence.lists.table_columns import RESERVED, TAKEN, refuse_taken
from ctresearch.prevalence.lists.table_input import Tally, tally_appearances, tally_counts, tally_records

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from ctresearch.core.check import Check
    from ctresearch.core.meaning import Meaning


@dataclass(frozen=True, eq=False, repr=False)
class CaptureHistories:
    """Patterns of lists and how many people have each.

    Build one with :meth:`from_counts`, :meth:`from_records`, :meth:`from_long`, :meth:`from_csv` or
    :meth:`from_published`. Rows stand in one fixed order whatever the order of the input, and rows of the same pattern
    are added up, so equal data give equal tables.

    Parameters
    ----------
    lists : tuple of str
        Names of the lists.
    patterns, frequencies : numpy.ndarray
        Observed bit patterns and the number of people with each, in canonical order, shape (patterns,).
    rows : pandas.DataFrame
        The same people by pattern and by the columns that :meth:`by` can divide by.
    scope : Scope
        Whom the table counts; every estimate from it carries these words.
    notes : tuple of str
        What was done to the input, such as adding up rows.
    references : tuple of str
        Where the table was published.
    checks : tuple of Check
        What every estimate from the table must say of it, such as that names were merged.
    refused : tuple of tuple of str
        Columns that :meth:`by` cannot divide by, each with the reason.

    Examples
    --------
    >>> table = pd.DataFrame({"police": [1, 0, 1], "charity": [0, 1, 1], "count": [60, 40, 20]})
    >>> CaptureHistories.from_counts(table)
    120 people on 2 lists: police 80, charity 60; 1 of 1 pairs of lists overlap
    """

    lists: tuple[str, ...]
    patterns: Array
    frequencies: Array
    rows: pd.DataFrame = table_field()
    scope: Scope = field(default_factory=Scope)
    notes: tuple[str, ...] = ()
    references: tuple[str, ...] = ()
    checks: tuple[Check, ...] = ()
    refused: tuple[tuple[str, str], ...] = ()

    @classmethod
    def from_counts(
        cls,
        frame: pd.DataFrame,
        lists: Sequence[str] | None = None,
        count: str = "count",
        *,
        merge_names: bool = False,
        scope: Scope | None = None,
    ) -> CaptureHistories:
        """Read a table with one row a pattern and a column of counts.

        Parameters
        ----------
        frame : pandas.DataFrame
            Columns of 0 and 1, one a list, and a column of counts. Patterns that are not there count zero.
        lists : sequence of str, optional
            The list columns; by default all but the counts. Other columns of at most 50 values serve :meth:`by`.
        count : str
            The column of counts.
        merge_names : bool
            Take names that differ in case, accents, spaces or type alone for one: of lists, and of the values of other
            columns. Every estimate then says so. Without it they are refused.
        scope : Scope, optional
            Whom the table counts.

        Returns
        -------
        CaptureHistories
            The table.

        Raises
        ------
        DataError
            If the table is not what is described above; the message says where.

        Examples
        --------
        >>> table = pd.DataFrame({"police": [1, 0, 1], "charity": [0, 1, 1], "count": [60, 40, 20]})
        >>> CaptureHistories.from_counts(table).n_observed
        120
        """
        return _build(tally_counts(frame, lists, count, merge=merge_names), scope)

    @classmethod
    def from_records(
        cls, frame: pd.DataFrame, lists: Sequence[str], *, merge_names: bool = False, scope: Scope | None = None
    ) -> CaptureHistories:
        """Read a table with one row a person.

        Parameters
        ----------
        frame : pandas.DataFrame
            Columns of 0 and 1, one a list. Other columns of at most 50 values serve :meth:`by`; the rest, such as
            names and identifiers, is not kept.
        lists : sequence of str
            The list columns.
        merge_names : bool
            As in :meth:`from_counts`.
        scope : Scope, optional
            Whom the table counts.

        Returns
        -------
        CaptureHistories
            The table of counts.

        Raises
        ------
        DataError
            If a value is not 0 or 1, or a person stands on no list.

        Examples
        --------
        >>> people = pd.DataFrame({"police": [1, 0, 1], "charity": [0, 1, 1]})
        >>> CaptureHistories.from_records(people, lists=["police", "charity"]).n_observed
        3
        """
        return _build(tally_records(frame, lists, merge=merge_names), scope)

    @classmethod
    def from_long(
        cls,
        frame: pd.DataFrame,
        *,
        person: str,
        source: str,
        merge_names: bool = False,
        scope: Scope | None = None,
    ) -> CaptureHistories:
        """Read a table with one row for every time a person appears on a list.

        Parameters
        ----------
        frame : pandas.DataFrame
            The appearances. Columns of at most 50 values that are the same in all rows of a person serve :meth:`by`.
        person, source : str
            Columns that say who and on which list; lists stand in the order of their names.
        merge_names : bool
            Take names that differ in case, accents, spaces or type alone for one: of lists, of people, and of the
            values of other columns. Every estimate then says so. Without it they are refused; where identifiers of
            different people differ in case alone, number them first with :func:`pandas.factorize`.
        scope : Scope, optional
            Whom the table counts.

        Returns
        -------
        CaptureHistories
            The table of counts.

        Raises
        ------
        DataError
            If a column is missing or has gaps, the two columns seem to be swapped, or there are fewer than two lists.

        Examples
        --------
        >>> seen = pd.DataFrame({"who": ["p1", "p1", "p2"], "where": ["police", "charity", "charity"]})
        >>> CaptureHistories.from_long(seen, person="who", source="where").lists
        ('charity', 'police')
        """
        return _build(tally_appearances(frame, person, source, merge=merge_names), scope)

    @classmethod
    def from_csv(
        cls,
        path: str | Path,
        lists: Sequence[str] | None = None,
        count: str = "count",
        *,
        merge_names: bool = False,
        scope: Scope | None = None,
    ) -> CaptureHistories:
        r"""Read a table of counts, or of people who are not counted yet, from a file.

        Parameters
        ----------
        path : str or pathlib.Path
            Delimited text, Excel, Parquet, Stata or SPSS. One row a person, or a person and source, is counted by the
            plan that ``ctresearch data plan FILE`` keeps beside the file; ``notes`` then say how it was read.
        lists : sequence of str, optional
            As in :meth:`from_counts`.
        count : str
            The column of counts.
        merge_names : bool
            As in :meth:`from_counts`.
        scope : Scope, optional
            Whom the table counts.

        Returns
        -------
        CaptureHistories
            The table.

        Raises
        ------
        DataError
            If the file cannot be read as such a table.

        Examples
        --------
        >>> import pathlib, tempfile
        >>> path = pathlib.Path(tempfile.mkdtemp()) / "lists.csv"
        >>> _ = path.write_text("police,charity,count\n1,0,60\n0,1,40\n1,1,20\n")
        >>> CaptureHistories.from_csv(path).n_observed
        120
        """
        frame = read_csv(path, lists, count, alike=merge_names)
        table = cls.from_counts(frame, lists, count, merge_names=merge_names, scope=scope)
        return replace(table, notes=(*frame.attrs.get("notes", ()), *table.notes))

    @classmethod
    def from_published(cls, table: Any) -> CaptureHistories:
        """Take a published table, with its words on whom it counts.

        Parameters
        ----------
        table : str or published table
            Name of a table, as ``ctresearch.data.published()`` lists them, or the table itself.

        Returns
        -------
        CaptureHistories
            The table.

        Raises
        ------
        SpecificationError
            If there is no table of that name.

        Examples
        --------
        >>> CaptureHistories.from_published("uk-2013").n_observed
        2744
        """
        if isinstance(table, str):
            from ctresearch.data import published

            table = published(table)
        return replace(cls.from_counts(table.frame, table.lists, scope=table.scope), references=table.references[:1])

    @property
    def counts(self) -> pd.DataFrame:
        """One row a pattern, with columns of 0 and 1 and ``count``.

        All patterns for up to 12 lists, whether anybody has them or not; the observed ones for more.
        """
        patterns, counts = self.patterns, self.frequencies
        if len(self.lists) <= FULL_TABLE:
            patterns = np.arange(1, 1 << len(self.lists))
            patterns = patterns[canonical_order(patterns, len(self.lists))]
            counts = self.cell_counts()[patterns].astype(np.int64)
        columns = {name: patterns >> i & 1 for i, name in enumerate(self.lists)}
        return pd.DataFrame(columns | {"count": counts})

    @property
    def n_observed(self) -> int:
        """People on at least one list."""
        return int(self.frequencies.sum())

    def overlaps(self) -> pd.DataFrame:
        """Count the people that each pair of lists has in common.

        Returns
        -------
        pandas.DataFrame
            Lists by lists; the diagonal holds the size of each list.

        Examples
        --------
        >>> table = pd.DataFrame({"police": [1, 0, 1], "charity": [0, 1, 1], "count": [60, 40, 20]})
        >>> CaptureHistories.from_counts(table).overlaps().loc["police"].tolist()
        [80, 20]
        """
        member = (self.patterns[:, None] >> np.arange(len(self.lists)) & 1).astype(np.int64)
        shared = member.T @ (member * self.frequencies[:, None])
        return pd.DataFrame(shared, index=pd.Index(self.lists, name="list"), columns=list(self.lists))

    def roles(self, table: str = "counts") -> dict[str, Meaning]:
        """Return what the columns of :attr:`counts` or of :meth:`overlaps` mean, to declare what is made of them.

        Parameters
        ----------
        table : {"counts", "overlaps"}
            Which.

        Returns
        -------
        dict of str to Meaning
            Column to meaning; the gate then knows which patterns an overlap adds up.

        Examples
        --------
        >>> table = pd.DataFrame({"police": [1, 0, 1], "charity": [0, 1, 1], "count": [60, 40, 20]})
        >>> CaptureHistories.from_counts(table).roles()["police"].label
        'On police'
        """
        one_of("table", table, ("counts", "overlaps"))
        return meanings_of_lists(self.lists, overlaps=table == "overlaps")

    def cell_counts(self) -> Array:
        """Return the number of people in every cell.

        Returns
        -------
        numpy.ndarray
            Floats by bit pattern, shape (2 ** lists,); the first, people on no list, is 0.

        Examples
        --------
        >>> table = pd.DataFrame({"police": [1, 0, 1], "charity": [0, 1, 1], "count": [60, 40, 20]})
        >>> CaptureHistories.from_counts(table).cell_counts().tolist()
        [0.0, 60.0, 40.0, 20.0]
        """
        cells = np.zeros(1 << len(self.lists))
        cells[self.patterns] = self.frequencies
        return cells

    def drop(self, name: str) -> CaptureHistories:
        """Leave one list out, with the people who are on no other.

        Parameters
        ----------
        name : str
            The list.

        Returns
        -------
        CaptureHistories
            The table of the other lists.

        Raises
        ------
        DataError
            If there is no such list or only one would be left.

        Examples
        --------
        >>> table = pd.DataFrame({"A": [1, 0, 0], "B": [0, 1, 1], "C": [0, 0, 1], "count": [6, 4, 2]})
        >>> CaptureHistories.from_counts(table).drop("A").n_observed
        6
        """
        self._has([name])
        kept = [other for other in self.lists if other != name]
        return self._regroup({other: [other] for other in kept}, f"list {name!r} was left out")

    def merge(self, lists: Sequence[str], name: str) -> CaptureHistories:
        """Treat several lists as one that holds whoever is on any of them.

        Parameters
        ----------
        lists : sequence of str
            The lists to merge.
        name : str
            Name of the merged list, which takes the place of the first.

        Returns
        -------
        CaptureHistories
            The table with fewer lists and the same people.

        Raises
        ------
        DataError
            If a list is unknown, the name is taken or only one list would be left.

        Examples
        --------
        >>> table = pd.DataFrame({"A": [1, 0, 0], "B": [0, 1, 1], "C": [0, 0, 1], "count": [6, 4, 2]})
        >>> CaptureHistories.from_counts(table).merge(["B", "C"], "BC").lists
        ('A', 'BC')
        """
        if not isinstance(lists, (list, tuple)) or len(lists) < 2 or len(set(lists)) < len(lists):
            raise DataError(f"lists is a {type(lists).__name__}, must be at least two different lists to merge")
        self._has(lists)
        others = {name_key(one) for one in self.lists if one not in lists}
        if not name or name_key(name) in others | set(TAKEN):
            raise DataError(
                f"name == {name!r} {'is taken by another list or by the table itself' if name else 'is empty'}, choose "
                "another for the merged list"
            )
        first = min(lists, key=self.lists.index)
        parts = {
            name if one == first else one: list(lists) if one == first else [one]
            for one in self.lists
            if one == first or one not in lists
        }
        return self._regroup(parts, f"lists {', '.join(lists)} were merged into {name!r}")

    def by(self, column: str) -> dict[str, CaptureHistories]:
        """Divide the table by a column that is no list.

        Parameters
        ----------
        column : str
            A column of the input with at most 50 values.

        Returns
        -------
        dict of str to CaptureHistories
            One table a value, in order of the values; all have all lists, even if nobody of a stratum is on one.

        Raises
        ------
        DataError
            If the input had no such column.

        Examples
        --------
        >>> table = pd.DataFrame({"A": [1, 0, 1], "B": [0, 1, 1], "sex": ["f", "m", "f"], "count": [6, 4, 2]})
        >>> {k: h.n_observed for k, h in CaptureHistories.from_counts(table, lists=["A", "B"]).by("sex").items()}
        {'f': 8, 'm': 4}
        """
        columns = [c for c in self.rows.columns if c not in RESERVED]
        if column in dict(self.refused):
            raise CellError(f"the table cannot be divided: {dict(self.refused)[column]}", column=column)
        if column not in columns:
            raise DataError(f"the table cannot be divided by {column!r}; it keeps the columns {columns}")
        parts = {}
        for value, rows in self.rows.groupby(column, sort=True):
            words = self.scope.population
            scope = self.scope if words == NOT_STATED else replace(self.scope, population=f"{words}; {column} {value}")
            part = Tally(self.lists, rows.drop(columns=column), self.notes, self.checks, self.refused)
            parts[str(value)] = replace(_build(part, scope), references=self.references)
        return parts

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, CaptureHistories):
            return NotImplemented
        same = self.lists == other.lists and self.scope == other.scope
        return same and all(
            np.array_equal(mine, theirs)
            for mine, theirs in ((self.patterns, other.patterns), (self.frequencies, other.frequencies))
        )

    def __hash__(self) -> int:
        return hash((self.lists, self.patterns.tobytes(), self.frequencies.tobytes()))

    def __repr__(self) -> str:
        return described(self.n_observed, self.overlaps())

    def _has(self, lists: Sequence[str]) -> None:
        """Check that lists are in the table."""
        unknown = unknown_names(lists, self.lists)
        if unknown:
            raise DataError(
                f"{len(unknown)} of the {len(lists)} lists given (number {row_words(unknown)}) are not among the "
                f"{len(self.lists)} of the table, which .lists names"
            )

    def _regroup(self, parts: dict[str, list[str]], note: str) -> CaptureHistories:
        """Build a table whose lists are unions of lists of this one."""
        if len(parts) < 2:
            raise DataError(f"{len(parts)} of {len(self.lists)} lists would be left, must be at least 2")
        rows = regrouped(self.rows, self.lists, parts)
        tally = Tally(tuple(parts), rows, (*self.notes, note), self.checks, self.refused)
        return replace(_build(tally, self.scope), references=self.references)

    def _repr_html_(self) -> str:
        return histories_card(self)


def _build(tally: Tally, scope: Scope | None) -> CaptureHistories:
    """Add up equal patterns, leave out who is on no list, and put the rest in canonical order."""
    refuse_taken(tally.lists, TAKEN)
    rows = added_up(tally.rows)
    patterns, frequencies = by_pattern(rows, len(tally.lists))
    names, more = tuple(map(str, tally.lists)), (tally.notes, (), tally.checks, tally.refused)
    return CaptureHistories(names, patterns, frequencies, rows, scope or Scope(), *more)
