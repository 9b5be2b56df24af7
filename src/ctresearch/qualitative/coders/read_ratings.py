"""Ratings read from a table of units by coders: codes as numbers, their order, and sets of codes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from ctresearch.core.cells import refuse_cells, row_words, shown
from ctresearch.core.columns import column_names
from ctresearch.core.errors import CellError, DataError, SpecificationError
from ctresearch.core.names import name_key, refuse_alike
from ctresearch.core.validate import has_columns, is_frame

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    Floats = NDArray[np.float64]
    Integers = NDArray[np.int64]

SETS = (set, frozenset, list, tuple)


@dataclass(frozen=True, slots=True)
class Ratings:
    """A table of ratings as numbers.

    Parameters
    ----------
    codes : numpy.ndarray
        Shape (units, coders): place in ``categories``, -1 where a coder gave none.
    categories : tuple
        Codes in rising order: numbers, text, or sets of text.
    coders : tuple of str
        Names of the columns.
    ordered : bool
        Whether the order of the codes means something: numbers, ordered categories, or an order that was given.

    Examples
    --------
    >>> read_ratings(pd.DataFrame({"a": [1, 2], "b": [2, 2]})).codes.tolist()
    [[0, 1], [1, 1]]
    """

    codes: Integers
    categories: tuple[Any, ...]
    coders: tuple[str, ...]
    ordered: bool

    @property
    def values(self) -> Floats:
        """The codes as numbers: themselves where they are numbers, else their places from 1."""
        if all(_is_number(one) for one in self.categories):
            return np.array([float(one) for one in self.categories])
        return np.arange(1, len(self.categories) + 1, dtype=np.float64)

    @property
    def sets(self) -> bool:
        """Whether each rating is a set of codes."""
        return any(isinstance(one, frozenset) for one in self.categories)

    @property
    def labels(self) -> tuple[str, ...]:
        """Codes as text; a set's with a bar between them."""
        return tuple("|".join(sorted(one)) if isinstance(one, frozenset) else str(one) for one in self.categories)


def read_ratings(
    frame: pd.DataFrame,
    coders: Sequence[str] | None = None,
    *,
    categories: Sequence[Any] | None = None,
    separator: str | None = None,
) -> Ratings:
    """Read ratings, one row a unit and one column a coder.

    Parameters
    ----------
    frame : pandas.DataFrame
        Codes: numbers, text, ordered categories, or sets of text; empty where a coder did not rate a unit.
    coders : sequence of str, optional
        Columns of the coders; every column by default.
    categories : sequence, optional
        Every code that could be given, from least to most.
    separator : str, optional
        What stands between the codes of a cell that holds several.

    Returns
    -------
    Ratings
        Codes as numbers.

    Raises
    ------
    DataError
        If there are fewer than two coders, a column looks like identifiers, codes differ in spelling alone, or a code
        is none of ``categories``.

    Examples
    --------
    >>> read_ratings(pd.DataFrame({"a": ["x|y"], "b": ["y|x"]}), separator="|").codes.tolist()
    [[0, 0]]
    """
    is_frame("ratings", frame)
    columns = [str(one) for one in frame.columns]
    frame = frame.set_axis(pd.Index(columns, dtype="object"), axis=1)
    named = tuple(columns) if coders is None else column_names("coders", coders, least=2)
    has_columns("ratings", frame, named)
    if len(named) < 2:
        raise DataError(
            f"ratings has {len(named)} column, must have one for each of at least two coders, and a row for each unit"
        )
    known = None if categories is None else _known(categories)
    stacked = [_cells(frame[one], separator) for one in named]
    known, ordered = _order(frame, named) if known is None and not separator else (known, known is not None)
    joined = pd.concat(stacked, ignore_index=True)
    place, found = pd.factorize(joined)
    listed = list(found)
    _refuse_spellings(listed)
    held = _sorted(listed) if known is None else list(known)
    numbers = all(_is_number(one) for one in listed) and bool(listed)
    order = {_key(one): i for i, one in enumerate(held)}
    moved = np.array([order.get(_key(one), -2) for one in listed] + [-1], dtype=np.int64)
    codes = moved[place].reshape(len(named), len(frame)).T
    _refuse_unknown(codes, named)
    if known is None:
        _refuse_identifiers(codes, named)
    return Ratings(np.ascontiguousarray(codes), tuple(map(_plain, held)), named, ordered or numbers)


def _cells(column: pd.Series[Any], separator: str | None) -> pd.Series[Any]:
    """Return a column with every set of codes as a frozen set of text."""
    if isinstance(column.dtype, pd.CategoricalDtype):
        column = column.astype(object)
    if pd.api.types.is_numeric_dtype(column) and not pd.api.types.is_bool_dtype(column):
        values = column.to_numpy(dtype=np.float64, na_value=np.nan)
        refuse_cells(column, np.isinf(values), "must be finite")
        return pd.Series(values)
    held = column.astype(object).where(column.notna(), None)
    odd = [isinstance(one, dict) for one in held]
    refuse_cells(column, odd, "must be codes, or sets of codes")
    if separator is not None:
        return held.map(lambda one: _split(one, separator), na_action="ignore")
    some = held.map(lambda one: isinstance(one, SETS))
    if not some.any():
        return held
    if not (some | held.isna()).all():
        raise CellError(
            f"column {str(column.name)!r} holds sets of codes in some cells and single codes in others: make all sets",
            column=str(column.name),
        )
    return held.map(lambda one: frozenset(map(str, one)), na_action="ignore")


def _split(cell: Any, separator: str) -> frozenset[str]:
    """Split a cell into its codes."""
    return frozenset(part.strip() for part in str(cell).split(separator) if part.strip())


def _known(categories: Sequence[Any]) -> tuple[Any, ...]:
    """Return the codes that could be given, checked."""
    try:
        fine = not isinstance(categories, str) and len(set(categories)) == len(tuple(categories)) >= 2
    except TypeError:  # no list at all, or one of things that are no codes
        fine = False
    if not fine:
        raise SpecificationError(
            f"categories == {shown(categories)}, must be a list of at least two different codes, from least to most"
        )
    held = tuple(categories)
    if all(_is_number(one) for one in held) and list(held) != sorted(held):
        raise SpecificationError(f"categories == {shown(categories)} do not rise, must stand from least to most")
    return held


def _order(frame: pd.DataFrame, coders: Sequence[str]) -> tuple[tuple[Any, ...] | None, bool]:
    """Return the codes of ordered categories, where all coders have the same."""
    kinds = [frame[one].dtype for one in coders]
    first = kinds[0]
    if isinstance(first, pd.CategoricalDtype) and first.ordered and all(one == first for one in kinds):
        return tuple(first.categories), True
    return None, False


def _is_number(value: Any) -> bool:
    """Say whether a code is a number."""
    return isinstance(value, (int, float, np.integer, np.floating)) and not isinstance(value, bool)


def _key(value: Any) -> Any:
    """Return what tells codes apart: numbers by value, text as it is."""
    return float(value) if _is_number(value) else value


def _plain(value: Any) -> Any:
    """Return a whole number without its point."""
    return int(value) if _is_number(value) and float(value).is_integer() else value


def _refuse_spellings(found: list[Any]) -> None:
    """Refuse codes that differ in their spelling alone."""
    words = {part for one in found for part in (one if isinstance(one, frozenset) else (one,))}
    if not all(_is_number(one) for one in words):
        refuse_alike(sorted(words, key=str), "codes in alphabetical order")


def _sorted(found: list[Any]) -> list[Any]:
    """Sort codes: numbers by size, the rest by letter."""
    if all(_is_number(one) for one in found):
        return sorted(found)
    return sorted(found, key=lambda one: "|".join(sorted(one)) if isinstance(one, frozenset) else name_key(one))


def _refuse_unknown(codes: Integers, coders: Sequence[str]) -> None:
    """Refuse codes that are none of the categories."""
    unknown = codes == -2
    if not unknown.any():
        return
    coder = int(np.flatnonzero(unknown.any(axis=0))[0])
    rows = (np.flatnonzero(unknown[:, coder]) + 1).tolist()
    raise CellError(
        f"column {coders[coder]!r}: {len(rows):,} codes are none of the categories (rows {row_words(rows)}): add them "
        "to categories=, or correct the cells",
        column=coders[coder],
        rows=rows,
    )


def _refuse_identifiers(codes: Integers, coders: Sequence[str]) -> None:
    """Refuse a column that names units: every cell another, and none that another column holds."""
    if len(codes) < 5:
        return
    repeats = [len(np.unique(one[one >= 0])) < (one >= 0).sum() for one in codes.T]
    for i, name in enumerate(coders):
        if repeats[i] or not any(repeats):
            continue
        own = codes[:, i][codes[:, i] >= 0]
        rest = np.delete(codes, i, axis=1)
        if len(own) >= 5 and not np.isin(own, rest).any():
            raise DataError(
                f"column {name!r} holds another value in every row, and none that another column holds: if it names "
                "the units, say which columns are coders, as in coders=['anna', 'ben']"
            )
