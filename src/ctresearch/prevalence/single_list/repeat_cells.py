"""One list on which people stand once or more often, read, checked and gathered into cells of people who are alike."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from ctresearch.core.cells import wrong_cells
from ctresearch.core.columns import read_numbers, refuse_missing
from ctresearch.core.errors import DataError
from ctresearch.core.groups import read_groups
from ctresearch.core.validate import has_columns, is_frame
from ctresearch.stats.regression.climb import Design
from ctresearch.stats.regression.formula import read_formula

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

    from ctresearch.stats.regression.jet import Floats

    Ints = NDArray[np.int64]

INTERCEPT = "Intercept"
_MOST_TIMES = 10_000  # frequencies are tabled count by count; nobody is met so often who is met by chance


@dataclass(frozen=True, slots=True)
class RepeatCells:
    """People gathered by count, covariates and group.

    Of C cells, ``counts`` and ``people`` (C,) say how often each person of a cell was seen and how many these are;
    ``design`` holds a matrix (C, P) for each part of a model and ``names`` its columns. ``group`` (C,) are codes of
    ``levels``. ``frame`` are the columns read.
    """

    counts: Ints
    people: Floats
    design: Design
    names: tuple[tuple[str, ...], ...]
    group: Ints
    levels: tuple[str, ...]
    frame: pd.DataFrame

    @property
    def size(self) -> int:
        """Number of people."""
        return int(self.people.sum())


def read_repeats(
    people: Any,
    count: str,
    formulas: Mapping[str, str | None],
    *,
    frequency: str | None = None,
    offset: str | None = None,
    by: str | None = None,
) -> RepeatCells:
    """Read a list of people, or a table of frequencies.

    Parameters
    ----------
    people : pandas.DataFrame
        One row a person, or one row for people who are alike.
    count : str
        Column that says how often, 1 at least.
    formulas : mapping of str to str or None
        Right-hand side for each part of the model; ``None`` for a constant alone.
    frequency : str, optional
        Column that says for how many people a row stands; each row is one person without it.
    offset : str, optional
        Column of a logarithm of exposure.
    by : str, optional
        Column of groups.

    Returns
    -------
    RepeatCells
        The table.

    Raises
    ------
    DataError
        If it cannot be used; the message says why.

    Examples
    --------
    >>> frame = pd.DataFrame({"times": [1, 2], "people": [60, 9]})
    >>> read_repeats(frame, "times", {"mean": None}, frequency="people").size
    69
    """
    frame = is_frame("people", people)
    named = [name for name in (count, frequency, offset, by) if name is not None]
    has_columns("people", frame, named)
    frame = frame.reset_index(drop=True)
    weight = _whole(frame[frequency], 0) if frequency else np.ones(len(frame), dtype=np.int64)
    times = _whole(frame[count], 1, _MOST_TIMES)
    frame, weight, times = frame[weight > 0].reset_index(drop=True), weight[weight > 0], times[weight > 0]
    if not len(frame):
        raise DataError(f"column {frequency!r} holds zeros alone, must count people in one row at least")
    designs, names, used = _designs(frame, count, formulas)
    if offset:
        refuse_missing(frame, [offset])
    beside = read_numbers(frame, offset) if offset else np.zeros(len(frame))
    group, levels = _groups(frame, by)
    whole = np.column_stack([times, group, beside, *designs])
    cells, place = np.unique(whole, axis=0, return_inverse=True)
    ends = np.cumsum([3, *(matrix.shape[1] for matrix in designs)])
    parts = tuple(cells[:, start:end] for start, end in pairwise(ends))
    _refuse_dependent(parts, formulas)
    return RepeatCells(
        counts=cells[:, 0].astype(np.int64),
        people=np.bincount(place.ravel(), weights=weight).astype(np.float64),
        design=Design(parts, cells[:, 2]),
        names=names,
        group=cells[:, 1].astype(np.int64),
        levels=levels,
        frame=frame[list(dict.fromkeys([*named, *used]))],
    )


def _whole(column: pd.Series[Any], least: int, most: int = 1_000_000_000) -> Ints:
    """Return a column of whole numbers."""
    must = f"must be whole numbers of at least {least} and at most {most:,}"
    column = column.astype(object).infer_objects() if column.dtype.kind == "O" else column
    wrong = np.full(len(column), column.dtype.kind not in "iuf")
    values = pd.to_numeric(column, errors="coerce").to_numpy(dtype=np.float64, na_value=np.nan)
    with np.errstate(invalid="ignore"):
        wrong |= ~(np.isfinite(values) & (values >= least) & (values == np.floor(values)) & (values <= most))
    if wrong.any():
        more = ": people never seen are what is estimated" if least else ""
        raise wrong_cells(column, wrong, f"{must}{more}")
    return values.astype(np.int64)


def _designs(
    frame: pd.DataFrame, count: str, formulas: Mapping[str, str | None]
) -> tuple[list[Floats], tuple[tuple[str, ...], ...], list[str]]:
    """Return a matrix with a constant for each part, the names of its columns, and the columns of the table used."""
    designs: list[Floats] = []
    names: list[tuple[str, ...]] = []
    used: list[str] = []
    for formula in formulas.values():
        constant = np.ones((len(frame), 1))
        if formula is None:
            designs.append(constant)
            names.append((INTERCEPT,))
            continue
        read = read_formula(frame, formula)
        if count in read.used:
            raise DataError(
                f"the formula {formula!r} holds the count {count!r} itself, must hold what may explain it: leave it out"
            )
        designs.append(np.hstack([constant, read.columns]))
        names.append((INTERCEPT, *read.names))
        used += list(read.used)
    return designs, tuple(names), used


def _groups(frame: pd.DataFrame, by: str | None) -> tuple[Ints, tuple[str, ...]]:
    """Return codes and names of groups."""
    if by is None:
        return np.zeros(len(frame), dtype=np.int64), ()
    groups = read_groups(frame, by)
    return groups.codes, groups.names


def _refuse_dependent(designs: tuple[Floats, ...], formulas: Mapping[str, str | None]) -> None:
    """Refuse columns of which one follows from the others, whose coefficients are not identified."""
    for matrix, (part, formula) in zip(designs, formulas.items(), strict=True):
        scale = np.abs(matrix).max(axis=0)
        if np.linalg.matrix_rank(matrix / np.where(scale > 0, scale, 1)) < matrix.shape[1]:
            raise DataError(
                f"the formula {formula!r} of the {part} has {matrix.shape[1]} columns of which one follows from the "
                "others, must have columns that differ: leave a term out"
            )
