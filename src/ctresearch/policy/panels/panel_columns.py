"""Columns of a table of units and periods, read into matrices once."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from ctresearch.core.cells import refuse_cells, row_words
from ctresearch.core.columns import refuse_missing
from ctresearch.core.errors import CellError, DataError
from ctresearch.core.names import read_names

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ctresearch.core.check import Check

Floats = NDArray[np.float64]
Integers = NDArray[np.int64]

_MOST_PERIODS = 10_000
_MOST_CELLS = 100_000_000  # 800 MB for each matrix
# An adoption that lies further from the panel than this is a sign for "never" (0, 9999), and no date.
_FAR = 200


@dataclass(frozen=True, slots=True)
class Cells:
    """Where each row of a table stands in a panel.

    Parameters
    ----------
    codes, place : numpy.ndarray
        Unit and period of each row, shape (rows,).
    units : tuple of str
        Names of the units, sorted.
    grid : numpy.ndarray
        The periods.
    checks : tuple of Check
        That spellings were merged, where they were.

    Examples
    --------
    >>> frame = pd.DataFrame({"c": ["B", "A"], "t": [1, 2]})
    >>> read_cells(frame, unit="c", time="t", every=None, merge=False).matrix(np.array([5.0, 6.0])).tolist()
    [[nan, 6.0], [5.0, nan]]
    """

    codes: Integers
    place: Integers
    units: tuple[str, ...]
    grid: Integers
    checks: tuple[Check, ...] = ()

    def matrix(self, values: Floats) -> Floats:
        """Return a value of each row as units by periods.

        Parameters
        ----------
        values : numpy.ndarray
            Shape (rows,).

        Returns
        -------
        numpy.ndarray
            NaN where there is no row.

        Examples
        --------
        >>> Cells(np.array([0]), np.array([1]), ("A",), np.array([1, 2])).matrix(np.array([5.0])).tolist()
        [[nan, 5.0]]
        """
        made = np.full((len(self.units), len(self.grid)), np.nan)
        made[self.codes, self.place] = values
        return made


def read_cells(frame: pd.DataFrame, *, unit: str, time: str, every: int | None, merge: bool) -> Cells:
    """Read units and periods, and refuse two rows of one of both.

    Parameters
    ----------
    frame : pandas.DataFrame
        The data.
    unit, time : str
        Columns.
    every : int, optional
        Distance of two periods.
    merge : bool
        Take spellings of one name for one.

    Returns
    -------
    Cells
        Where each row stands.

    Raises
    ------
    DataError
        If a cell is missing or of the wrong kind, or a unit has two rows of one period.

    Examples
    --------
    >>> read_cells(pd.DataFrame({"c": ["B", "A"], "t": [1, 2]}), unit="c", time="t", every=None, merge=False).units
    ('A', 'B')
    """
    codes, units, merged = read_unit_codes(frame, unit, merge=merge)
    grid, place = time_grid(read_times(frame, time), every)
    if len(units) * len(grid) > _MOST_CELLS:
        raise DataError(
            f"{len(units):,} units by {len(grid):,} periods are {len(units) * len(grid):,} cells, must be at most "
            f"{_MOST_CELLS:,}: a panel is held as a full matrix"
        )
    refuse_duplicates(codes * len(grid) + place, len(units) * len(grid), unit, time)
    return Cells(codes, place, units, grid, merged)


def read_clusters(frame: pd.DataFrame, name: str | None, cells: Cells, *, merge: bool) -> Integers:
    """Return the cluster of each unit; each is its own where no column is named.

    Parameters
    ----------
    frame : pandas.DataFrame
        The data.
    name : str, optional
        Column of clusters.
    cells : Cells
        Where each row stands.
    merge : bool
        Take spellings of one name for one.

    Returns
    -------
    numpy.ndarray
        Shape (units,).

    Raises
    ------
    DataError
        If a cell is missing, or a unit has two clusters.

    Examples
    --------
    >>> frame = pd.DataFrame({"c": ["B", "A"], "t": [1, 2], "region": ["x", "x"]})
    >>> read_clusters(
    ...     frame, "region", read_cells(frame, unit="c", time="t", every=None, merge=False), merge=False
    ... ).tolist()
    [0, 0]
    """
    groups = np.arange(len(cells.units), dtype=np.int64)
    if name is None:
        return groups
    refuse_missing(frame, [name])
    found = read_names(frame[name], name, merge=merge)
    refuse_changing(frame[name], cells.codes, found.codes)
    groups[cells.codes] = found.codes
    return groups


def read_unit_codes(
    frame: pd.DataFrame, name: str, *, merge: bool
) -> tuple[Integers, tuple[str, ...], tuple[Check, ...]]:
    """Return the unit of each row, the units in order, and that spellings were merged where they were."""
    refuse_missing(frame, [name])
    column = frame[name]
    if pd.api.types.is_integer_dtype(column):  # whole numbers have one spelling: a million rows take no time
        codes, found = pd.factorize(column, sort=True)
        return codes.astype(np.int64), tuple(map(str, found)), ()
    read = read_names(column, name, merge=merge)
    names = [str(one) for one in read.spellings]
    order = sorted(range(len(names)), key=lambda i: names[i])
    place = np.empty(len(names), dtype=np.int64)
    place[order] = np.arange(len(names))
    return place[read.codes], tuple(names[i] for i in order), read.checks(f"names in {name!r}")


def read_times(frame: pd.DataFrame, name: str) -> Integers:
    """Return the period of each row as a whole number.

    Parameters
    ----------
    frame : pandas.DataFrame
        The data.
    name : str
        Column of years, or of periods numbered in order.

    Returns
    -------
    numpy.ndarray
        Shape (rows,).

    Raises
    ------
    DataError
        If a cell is missing or no whole number.

    Examples
    --------
    >>> read_times(pd.DataFrame({"year": [2001.0, 2003.0]}), "year").tolist()
    [2001, 2003]
    """
    column = frame[name]
    refuse_missing(frame, [name])
    must = "must be whole numbers: years, or periods numbered in order (for months, year * 12 + month)"
    numbers = _numbers(column, must)
    wrong = ~np.isfinite(numbers) | (np.floor(numbers) != numbers) | (np.abs(numbers) > 1e9)
    refuse_cells(column, wrong, must)
    return numbers.astype(np.int64)


def time_grid(times: Integers, every: int | None) -> tuple[Integers, Integers]:
    """Return every period from the first to the last, and the place of each row among them.

    Parameters
    ----------
    times : numpy.ndarray
        Shape (rows,).
    every : int, optional
        Distance of two periods; by default the largest that all periods of the table are multiples of.

    Returns
    -------
    tuple of numpy.ndarray
        The periods, shape (periods,), and a place for each row, shape (rows,).

    Raises
    ------
    DataError
        If there is one period only, or too many, or some lie between two of the grid.

    Examples
    --------
    >>> time_grid(np.array([2010, 2012, 2016]), None)[0].tolist()
    [2010, 2012, 2014, 2016]
    """
    seen = np.unique(times)
    if len(seen) < 2:
        raise DataError(f"the table holds {len(seen)} period, must hold at least two: a panel is about change")
    step = int(np.gcd.reduce(np.diff(seen))) if every is None else every
    between = int(((seen - seen[0]) % step != 0).sum())
    if between:
        raise DataError(f"every == {step} leaves {between} of {len(seen)} periods between two others, must divide all")
    periods = int((seen[-1] - seen[0]) // step) + 1
    if periods > _MOST_PERIODS:
        raise DataError(
            f"{len(seen):,} different periods span {periods:,}, must span at most {_MOST_PERIODS:,}: number periods in "
            "order, such as year * 12 + month"
        )
    return seen[0] + step * np.arange(periods, dtype=np.int64), (times - seen[0]) // step


def refuse_duplicates(cell: Integers, cells: int, unit: str, time: str) -> None:
    """Refuse two rows of one unit and period.

    Parameters
    ----------
    cell : numpy.ndarray
        Number of the cell of each row, shape (rows,).
    cells : int
        How many cells there are.
    unit, time : str
        Names of the columns, for the message.

    Raises
    ------
    CellError
        If a cell has two rows.

    Examples
    --------
    >>> refuse_duplicates(np.array([0, 1]), 2, "country", "year")
    """
    doubled = np.bincount(cell, minlength=cells) > 1
    if doubled.any():
        rows = (np.flatnonzero(doubled[cell]) + 1).tolist()
        raise CellError(
            f"{int(doubled.sum()):,} pairs of {unit!r} and {time!r} stand in more than one row (rows "
            f"{row_words(rows)}), must stand in one: drop or join the rows, or declare units that split or merge in "
            "crosswalk=",
            column=unit,
            rows=rows,
        )


def read_values(frame: pd.DataFrame, name: str, *, least: float | None = None, words: str = "") -> Floats:
    """Return a column of numbers in which cells may be missing.

    Parameters
    ----------
    frame : pandas.DataFrame
        The data.
    name : str
        The column.
    least : float, optional
        Numbers must be above it.
    words : str
        What must stand there, for the message.

    Returns
    -------
    numpy.ndarray
        Shape (rows,), NaN where missing.

    Raises
    ------
    DataError
        If a cell is text, infinite, or too small, or all are missing.

    Examples
    --------
    >>> read_values(pd.DataFrame({"y": [1, None]}), "y").tolist()
    [1.0, nan]
    """
    must = words or "must be numbers, or missing"
    numbers = _numbers(frame[name], must)
    wrong = np.isinf(numbers) | (numbers <= least if least is not None else False)
    refuse_cells(frame[name], wrong, must)
    if np.isnan(numbers).all():
        raise DataError(f"column {name!r} holds no number in {len(frame):,} rows, must hold some")
    return numbers


def read_adoption(frame: pd.DataFrame, name: str, codes: Integers, grid: Integers, never: Sequence[float]) -> Floats:
    """Return the period in which each unit adopted, infinity for those that never did.

    Parameters
    ----------
    frame : pandas.DataFrame
        The data.
    name : str
        Column of the period of adoption, the same in all rows of a unit.
    codes : numpy.ndarray
        Unit of each row.
    grid : numpy.ndarray
        The periods.
    never : sequence of float
        Numbers that mean "never", beside missing and infinite cells.

    Returns
    -------
    numpy.ndarray
        Shape (units,).

    Raises
    ------
    DataError
        If a cell is no whole number, a unit has two dates, or dates lie far from the panel.

    Examples
    --------
    >>> frame = pd.DataFrame({"law": [2004, 2004, None, None]})
    >>> read_adoption(frame, "law", np.array([0, 0, 1, 1]), np.array([2003, 2005]), ()).tolist()
    [2005.0, inf]
    """
    must = "must be the period of adoption as a whole number, missing for never"
    numbers = _numbers(frame[name], must)
    numbers = np.where(np.isnan(numbers) | np.isin(numbers, list(never)), np.inf, numbers)
    dated = np.isfinite(numbers)
    wrong = (numbers == -np.inf) | (dated & (np.floor(np.where(dated, numbers, 0)) != np.where(dated, numbers, 0)))
    refuse_cells(frame[name], wrong, must)
    far = dated & ((numbers < grid[0] - _FAR) | (numbers > grid[-1] + _FAR))
    refuse_cells(
        frame[name],
        far,
        f"must lie within {_FAR} periods of the panel: if 0, 9999 or the like means never, pass it in never=",
    )
    first = np.full(int(codes.max()) + 1, np.nan)
    first[codes[::-1]] = numbers[::-1]
    changes = numbers != first[codes]
    refuse_cells(frame[name], changes, "must be the same in all rows of a unit: its date of adoption")
    # a law of a period between two of the grid is first seen in the later one
    place = np.searchsorted(grid, np.where(np.isfinite(first), first, grid[0]))
    on_grid = np.where(place < len(grid), grid[np.minimum(place, len(grid) - 1)], first)
    return np.where(np.isfinite(first) & (first >= grid[0]), on_grid, first).astype(np.float64)


def refuse_changing(column: pd.Series[Any], codes: Integers, groups: Integers) -> None:
    """Refuse a group that changes within a unit.

    Parameters
    ----------
    column : pandas.Series
        The column, for the message.
    codes, groups : numpy.ndarray
        Unit and group of each row.

    Raises
    ------
    DataError
        If a unit has two groups.

    Examples
    --------
    >>> refuse_changing(pd.Series(["a", "a"]), np.array([0, 0]), np.array([0, 0]))
    """
    first = np.zeros(int(codes.max()) + 1, dtype=np.int64)
    first[codes[::-1]] = groups[::-1]
    changes = groups != first[codes]
    refuse_cells(column, changes, "must be the same in all rows of a unit")


def _numbers(column: pd.Series[Any], must: str) -> Floats:
    """Read numbers, and refuse text and dates, wherever they stand."""
    if pd.api.types.is_numeric_dtype(column) or pd.api.types.is_bool_dtype(column):
        return column.to_numpy(dtype=float, na_value=np.nan)
    wrong = [not (one is None or one is pd.NA or isinstance(one, (int, float, np.number))) for one in column]
    refuse_cells(column, wrong, must)
    return np.array([np.nan if one is None or one is pd.NA else float(one) for one in column], dtype=np.float64)
