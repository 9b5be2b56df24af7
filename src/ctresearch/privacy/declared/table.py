"""One table with what its columns mean, and the people behind it."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np

from ctresearch.core.declaration import column_names, find_meaning
from ctresearch.core.meaning import ALL
from ctresearch.privacy.declared.part import Part
from ctresearch.privacy.reading.grid import Grid

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

    from ctresearch.core.meaning import Meaning

    Numbers = NDArray[np.float64]

LABELS = frozenset({"key", "place", "date", "mark"})
WORDS = frozenset({"text", "quote", "actor", "protected person", "operational detail"})


@dataclass(frozen=True, eq=False)
class Table:
    """A table with what its columns mean, and the people behind it.

    Parameters
    ----------
    name : str
        The field of a result that it is; empty for an output's own.
    frame : pandas.DataFrame
        The table.
    declared : mapping of str to Meaning
        What its columns mean, levels of the index among them.
    people : numpy.ndarray, optional
        People behind each row, or behind each cell.
    beside : mapping of str to float
        Numbers of people that the same output shows by name; ``"all"`` are those it rests on altogether.
    smallest : int, optional
        The fewest people whom any one number rests on.
    nobody : bool
        Whether what it rests on are no people.

    Examples
    --------
    >>> import pandas as pd
    >>> from ctresearch.core.declaration import read_roles
    >>> table = Table("", pd.DataFrame({"sex": ["Woman"], "n": [40]}), read_roles({"sex": "key", "n": "count"}))
    >>> [part.role for part in table.parts], table.grid.rows
    (['key', 'count'], (('Woman', '40'),))
    """

    name: str
    frame: Any = field(repr=False)
    declared: Mapping[str, Meaning]
    people: Numbers | None = field(default=None, repr=False)
    beside: Mapping[str, float] = field(default_factory=dict)
    smallest: int | None = None
    nobody: bool = False

    @cached_property
    def columns(self) -> tuple[Part, ...]:
        """Its columns as they stand, levels of the index first."""
        names = column_names(self.frame)
        frame = self.frame.to_frame() if self.frame.ndim == 1 else self.frame
        levels = len(names) - frame.shape[1]
        held = [frame.index.get_level_values(i).to_series(index=range(len(frame))) for i in range(levels)]
        held += [frame.iloc[:, i] for i in range(frame.shape[1])]
        rows = np.arange(len(frame))
        return tuple(Part(n, find_meaning(self.declared, n), rows, h) for n, h in zip(names, held, strict=True))

    @cached_property
    def parts(self) -> tuple[Part, ...]:
        """Its columns, those whose rows mean different things taken apart."""
        return tuple(part for column in self.columns for part in self._apart(column))

    def _apart(self, column: Part) -> list[Part]:
        """Take the rows of a column apart where they mean different things."""
        meaning = column.meaning
        by = None if meaning is None or not meaning.by else self.column(meaning.by)
        if meaning is None or by is None:
            return [column]
        codes, different = by.coded
        found = [find_meaning(meaning.rows, name) for name in different]
        groups: dict[int, list[int]] = {}
        for code, one in enumerate(found):
            groups.setdefault(next(i for i, other in enumerate(found) if other is one or other == one), []).append(code)
        rows = [(found[first], np.flatnonzero(np.isin(codes, members))) for first, members in groups.items()]
        return [Part(column.name, one, at, column.held.iloc[at]) for one, at in rows]

    @cached_property
    def unsaid(self) -> tuple[tuple[str, int], ...]:
        """Rows, by what they are called, of a declared column of which nobody said what these mean, and how many."""
        names: dict[str, int] = {}
        for column in self.columns:
            meaning = column.meaning
            by = None if meaning is None or not meaning.by else self.column(meaning.by)
            for part in self._apart(column) if by is not None else ():
                if part.meaning is None and by is not None:
                    for name in by.words[part.rows]:
                        names[name] = names.get(name, 0) + 1
        return tuple(names.items())

    def column(self, name: str) -> Part | None:
        """Return a column.

        Parameters
        ----------
        name : str
            Which.

        Returns
        -------
        Part or None
            ``None`` if there is no such column.

        Examples
        --------
        >>> import pandas as pd
        >>> Table("", pd.DataFrame({"n": [40]}), {}).column("n").numbers.tolist()
        [40.0]
        """
        return next((c for c in self.columns if c.name == name), None)

    def __len__(self) -> int:
        return len(self.frame)

    @property
    def everybody(self) -> float | None:
        """How many people all of it rests on."""
        return self.beside.get(ALL)

    @cached_property
    def counted(self) -> Numbers | None:
        """People in each row, by its own counts: the largest of them; ``None`` if it shows none."""
        counts = [c for c in self.parts if c.meaning is not None and c.meaning.role == "count" and c.people]
        if not counts or not len(self):
            return None
        out = np.full(len(self), -np.inf)
        for one in counts:
            out[one.rows] = np.fmax(out[one.rows], one.numbers)
        return np.where(np.isinf(out), np.nan, out)

    @property
    def grouped(self) -> bool:
        """Whether somebody counted the people behind each row, so that a row is a group."""
        behind = self.people is not None and self.people.size > 1 and self.people.shape[0] == len(self)
        return behind or (self.counted is not None and not np.isnan(self.counted).all())

    @cached_property
    def grid(self) -> Grid:
        """The table in words, with the roles of its columns."""
        roles = tuple(
            None if c.meaning is None else "thing" if _counts_things(c.meaning) else c.role for c in self.columns
        )
        lists = tuple(i for i, c in enumerate(self.columns) if c.meaning is not None and c.meaning.lists)
        rows = zip(*(c.words.tolist() for c in self.columns), strict=True)
        return Grid(tuple(c.name for c in self.columns), tuple(rows), roles=roles, lists=lists)


def _counts_things(meaning: Meaning) -> bool:
    """Say whether a count is of no people, or of several kinds by row, so that its column adds up to nothing."""
    return meaning.role == "count" and (meaning.of == "nobody" or bool(meaning.rows))
