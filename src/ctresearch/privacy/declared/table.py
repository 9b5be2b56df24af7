"""One table with what its columns mean: words, numbers and people, each read once however many rules ask."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np

from ctresearch.core.outputs.declaration import column_names, find_meaning
from ctresearch.core.outputs.meaning import ALL
from ctresearch.privacy.reading.grid import Grid, word
from ctresearch.privacy.reading.numbers import bounds, count, decimal, unmasked

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

    from ctresearch.core.outputs.meaning import Meaning

    Numbers = NDArray[np.float64]

LABELS = frozenset({"key", "place", "date", "mark"})
WORDS = frozenset({"text", "quote", "actor", "protected person", "operational detail"})
_UNKNOWN = (0.0, float("inf"))


@dataclass(frozen=True, eq=False)
class Part:
    """The values of one meaning: a column, or those of its rows that mean the same.

    Parameters
    ----------
    name : str
        The column.
    meaning : Meaning or None
        ``None`` where nobody declared it.
    rows : numpy.ndarray of int
        Where it stands in the table.
    held : pandas.Series
        Its values.

    Examples
    --------
    >>> import pandas as pd
    >>> part = Part("n", None, np.arange(3), pd.Series(["12", "<5", "many"]))
    >>> part.numbers.tolist(), part.odd
    ([12.0, nan, nan], 1)
    """

    name: str
    meaning: Meaning | None
    rows: NDArray[np.intp]
    held: Any = field(repr=False)

    @property
    def role(self) -> str:
        """What it is; empty where nobody said."""
        return "" if self.meaning is None else self.meaning.role

    @property
    def people(self) -> bool:
        """Whether it is about those whom the gate protects."""
        return self.meaning is not None and self.meaning.of != "nobody"

    @cached_property
    def coded(self) -> tuple[NDArray[np.intp], list[str]]:
        """Which of the different words stands in each row, and these words."""
        import pandas as pd

        try:
            codes, different = pd.factorize(self.held, use_na_sentinel=False)
        except TypeError:  # lists and mappings in cells
            codes, different = pd.factorize(np.array([word(v) for v in self.held], dtype=object))
        if self.held.dtype.kind in "iuf":
            return codes, [
                "" if missing else str(value) for value, missing in zip(different, pd.isna(different), strict=True)
            ]
        return codes, [word(value) for value in different]

    @cached_property
    def words(self) -> NDArray[Any]:
        """Its values as a reader sees them, empty where missing."""
        codes, different = self.coded
        return np.array(different or [""], dtype=object)[codes]

    @cached_property
    def _read(self) -> tuple[Numbers, int]:
        """Its numbers, and how many cells hold neither a number nor what stands for a masked one."""
        if self.held.dtype.kind in "iuf":
            numbers = self.held.to_numpy(dtype=float, na_value=np.nan)
            return np.where(np.isinf(numbers), np.nan, numbers), int(np.isinf(numbers).sum())
        codes, different = self.coded
        found = np.array([_number(w, share=self.role == "share") for w in different], dtype=float)
        odd = np.array([bool(w) and x != x and not _is_mask(w) for w, x in zip(different, found, strict=True)])  # noqa: PLR0124
        return (found[codes], int(odd[codes].sum())) if len(codes) else (np.zeros(0), 0)

    @property
    def numbers(self) -> Numbers:
        """Its numbers, ``NaN`` where there is none or it is masked."""
        return self._read[0]

    @property
    def odd(self) -> int:
        """How many cells hold neither a number nor a mask."""
        return self._read[1]

    @property
    def shown(self) -> Numbers:
        """The numbers that are there."""
        return self.numbers[~np.isnan(self.numbers)]


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
    >>> from ctresearch.core.outputs.declaration import read_roles
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


def _number(text: str, *, share: bool) -> float:
    """Read a number as it is written, ``NaN`` where there is none; of a count with its share, the count."""
    found = decimal(text)
    found = count(text) if found != found and not share else found  # noqa: PLR0124
    return found if abs(found) < float("inf") else float("nan")


def _is_mask(text: str) -> bool:
    """Say whether a word stands for a number that is not shown, or gives a band of it."""
    return not unmasked(text) or bounds(text) != _UNKNOWN
