"""Names of actors over all tables of one network: each actor has one spelling, or the tables are refused."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pandas as pd

from ctresearch.core.cells import row_words
from ctresearch.core.errors import CellError
from ctresearch.core.names import Names, name_key, read_names

if TYPE_CHECKING:
    from collections.abc import Hashable, Iterable, Mapping, Sequence

    from ctresearch.core.check import Check


@dataclass(frozen=True, slots=True)
class ActorNames:
    """Which spelling each actor keeps.

    Parameters
    ----------
    kept : mapping
        The spelling that is kept, for those that are not; empty where every actor has one.
    merged, actors : int
        How many actors had several spellings, and how many there are.

    Examples
    --------
    >>> ActorNames({"ana ": "Ana"}, 1, 2).apply(["ana ", "Bo"])
    ['Ana', 'Bo']
    """

    kept: Mapping[Any, Any]
    merged: int
    actors: int

    def apply(self, names: Iterable[Hashable]) -> list[Any]:
        """Write every name in the spelling that is kept.

        Parameters
        ----------
        names : iterable
            Names as a table holds them.

        Returns
        -------
        list
            The same actors in the same order.

        Examples
        --------
        >>> ActorNames({}, 0, 1).apply(["Ana"])
        ['Ana']
        """
        listed = list(names)
        return [self.kept.get(name, name) for name in listed] if self.kept else listed

    def checks(self) -> tuple[Check, ...]:
        """Say that spellings were merged, where they were.

        Returns
        -------
        tuple of Check
            Empty where nothing was merged.

        Examples
        --------
        >>> [check.status for check in ActorNames({"ana ": "Ana"}, 1, 2).checks()]
        ['review']
        """
        return Names(_NO_CODES, tuple(range(self.actors)), self.merged).checks("actors")


def actor_names(parts: Sequence[tuple[str, Iterable[Hashable]]], *, merge: bool = False) -> ActorNames:
    """Read the names of actors in all places where they stand.

    Parameters
    ----------
    parts : sequence of (str, iterable)
        What each place is called, such as ``"column 'source'"``, and the names there.
    merge : bool
        Take spellings of one name for one actor.

    Returns
    -------
    ActorNames
        Spellings that are kept.

    Raises
    ------
    CellError
        If two names are the same but for spelling or type, and ``merge`` is false.

    Examples
    --------
    >>> names = actor_names([("column 'source'", [1, 2]), ("the table of actors", ["1"])], merge=True)
    >>> names.apply(["1"]), names.merged
    ([1], 1)
    """
    lists = [(place, list(names)) for place, names in parts]
    every = list(dict.fromkeys(name for _, names in lists for name in names))
    if all(type(name) is int for name in every):
        return ActorNames({}, 0, len(every))
    joined = pd.Series([name for _, names in lists for name in names], dtype=object)
    try:
        read = read_names(joined, "actors", merge=merge)
    except CellError as error:
        clashes = len({name_key(joined.iloc[row - 1]) for row in error.rows})
        raise CellError(_clash(clashes, _places(lists, error.rows)), rows=error.rows) from None
    if not read.merged:
        return ActorNames({}, 0, len(read.spellings))
    kept = {name: read.spellings[code] for name, code in zip(joined, read.codes, strict=True) if code >= 0}
    return ActorNames({a: b for a, b in kept.items() if a != b}, read.merged, len(read.spellings))


def one_spelling(column: pd.Series[Any], name: str, *, merge: bool) -> pd.Series[Any]:
    """Read a column of codes, such as events or kinds of tie, with one spelling for each.

    Parameters
    ----------
    column : pandas.Series
        The codes.
    name : str
        What the column is called.
    merge : bool
        Take spellings of one code for one.

    Returns
    -------
    pandas.Series
        The column, its index as it was.

    Raises
    ------
    CellError
        If two codes are the same but for spelling, and ``merge`` is false.

    Examples
    --------
    >>> one_spelling(pd.Series(["Phone", "phone"]), "kind", merge=True).tolist()
    ['Phone', 'Phone']
    """
    read = read_names(column, name, merge=merge)
    if not read.merged:
        return column
    spelled = [read.spellings[code] if code >= 0 else None for code in read.codes]
    return pd.Series(spelled, index=column.index, name=column.name, dtype=object)


def _places(lists: Sequence[tuple[str, list[Hashable]]], rows: Sequence[int]) -> str:
    """Say in which place and row each of some names stands, counted through all places."""
    said, before = [], 0
    for place, names in lists:
        here = [row - before for row in rows if before < row <= before + len(names)]
        if here:
            said.append(f"{place} row{'s' * (len(here) > 1)} {row_words(here)}")
        before += len(names)
    return "; ".join(said)


def _clash(clashes: int, places: str) -> str:
    """Say that actors have several spellings."""
    actors = "actor is" if clashes == 1 else "actors are"
    return (
        f"{clashes:,} {actors} spelled in more than one way, different in case, accents, spaces or type alone (first "
        f"seen in {places}): spell each in one way, or pass merge_names=True to take them as one"
    )


_NO_CODES = pd.Series(dtype="int64").to_numpy()
