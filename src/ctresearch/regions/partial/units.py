"""Units read from a table: an outcome, its error where it is known, and the groups within which it may differ."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from pandas.api.types import is_numeric_dtype

from ctresearch.core.cells import refuse_cells
from ctresearch.core.columns import read_numbers, refuse_missing
from ctresearch.core.errors import DataError
from ctresearch.core.groups import read_groups
from ctresearch.core.validate import has_columns, is_frame
from ctresearch.regions.study_table import read_studies
from ctresearch.stats.mixed.terms import RandomTerm
from ctresearch.stats.regression.formula import read_formula

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import pandas as pd
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

UNIT = "unit"
"""What a row is called where no column groups rows, and where rows differ within their groups."""
FEWEST_LEVELS = 3
_SAME = 1e-12
_MOST = 1e100


@dataclass(frozen=True, slots=True)
class Units:
    """A table of units, in numbers of one size.

    Parameters
    ----------
    y : numpy.ndarray
        Outcomes over ``size``, less their mean ``middle``, shape (rows,).
    design : numpy.ndarray
        The constant and the columns of the formula, orthonormal, shape (rows, fixed).
    back : numpy.ndarray
        Turns coefficients of ``design`` into those of the columns themselves, shape (fixed, fixed).
    names : tuple of str
        Of the fixed columns.
    terms : tuple of RandomTerm
        What varies, columns with slopes divided by their ``spreads``.
    groups : tuple of str
        What each term varies over.
    levels : tuple of tuple of str
        Names of the levels of each.
    columns : tuple of tuple of str
        What varies in each: ``constant`` and slopes.
    spreads : tuple of numpy.ndarray
        Shape (width,) for each term.
    weights : numpy.ndarray
        One over the known variance in units of ``size``, or ones, shape (rows,).
    size, middle : float
        What outcomes were divided by, and their mean after that.
    used : tuple of str
        Columns of the table that were read.
    """

    y: Floats
    design: Floats
    back: Floats
    names: tuple[str, ...]
    terms: tuple[RandomTerm, ...]
    groups: tuple[str, ...]
    levels: tuple[tuple[str, ...], ...]
    columns: tuple[tuple[str, ...], ...]
    spreads: tuple[Floats, ...]
    weights: Floats
    size: float
    middle: float
    used: tuple[str, ...]


def read_units(
    frame: pd.DataFrame,
    *,
    outcome: str,
    std_error: str | None,
    groups: Sequence[str],
    slopes: Mapping[str, tuple[str, ...]],
    formula: str | None,
) -> Units:
    """Read a table of units.

    Parameters
    ----------
    frame : pandas.DataFrame
        One row a unit.
    outcome : str
        Column of the outcome or estimate.
    std_error : str, optional
        Column of its standard error; ``None`` where errors are to be found from the spread within groups.
    groups : sequence of str
        Columns within whose levels outcomes may differ; none where each row is a unit by itself.
    slopes : mapping of str to tuple of str
        Columns whose slopes vary over the levels of a group.
    formula : str, optional
        Fixed columns.

    Returns
    -------
    Units
        Numbers of one size.

    Raises
    ------
    DataError
        If something is missing, of the wrong kind, the same everywhere, or does not tell groups apart.
    """
    is_frame("units", frame)
    columns = [one for some in slopes.values() for one in some]
    found = None if formula is None else read_formula(frame, formula)
    used = list(dict.fromkeys([outcome, *([std_error] if std_error else []), *groups, *columns]))
    used += [one for one in (found.used if found else ()) if one not in used]
    has_columns("units", frame, used)
    refuse_missing(frame, used)
    y, variance = _outcomes(frame, outcome, std_error, bool(groups))
    for one in found.used if found else ():
        if is_numeric_dtype(frame[one]):
            _within(frame, one)
    design = np.column_stack([np.ones(len(y)), *(found.columns.T if found else ())])
    names = ("constant", *(found.names if found else ()))
    orthonormal, back = _orthonormal(design, len(y))
    size = float(np.sqrt(np.median(variance))) if std_error else float(np.std(y))
    if not size > _SAME * float(np.abs(y).max()):
        raise DataError(f"{len(y):,} outcomes are all the same: there is nothing that groups differ in")
    middle = float(np.mean(y / size))
    terms = _random_terms(frame, groups, slopes, std_error=std_error, outcome=outcome)
    return Units(
        y / size - middle,
        orthonormal,
        back,
        names,
        *terms,
        (size**2 / variance) if std_error else np.ones(len(y)),
        size,
        middle,
        tuple(used),
    )


def _outcomes(frame: pd.DataFrame, outcome: str, std_error: str | None, grouped: bool) -> tuple[Floats, Floats]:
    """Return outcomes and their variances, ones where these are not known."""
    if std_error is not None:
        found = read_studies(frame, (outcome, std_error), least=FEWEST_LEVELS, once=not grouped)
        return found.y, found.v
    y = _within(frame, outcome)
    return y, np.ones(len(y))


def _within(frame: pd.DataFrame, name: str) -> Floats:
    """Read numbers of which squares are numbers as well."""
    out = read_numbers(frame, name)
    wide = np.abs(out) > _MOST
    refuse_cells(frame[name], wide, f"must be from {-_MOST:g} to {_MOST:g}", name=name)
    return out


def _orthonormal(design: Floats, rows: int) -> tuple[Floats, Floats]:
    """Return fixed columns turned to be orthonormal, and what turns their coefficients back."""
    size = np.sqrt((design**2).sum(axis=0))
    if (size == 0).any() or np.linalg.matrix_rank(design / size) < design.shape[1] or rows <= design.shape[1] + 1:
        raise DataError(
            f"{rows:,} rows and {design.shape[1]} terms: must be more rows than terms, and no term the sum of others "
            "or the same everywhere: leave terms out"
        )
    found, triangle = np.linalg.qr(design)
    return np.asarray(found * np.sqrt(rows)), np.asarray(np.linalg.inv(triangle) * np.sqrt(rows))


def _random_terms(
    frame: pd.DataFrame,
    groups: Sequence[str],
    slopes: Mapping[str, tuple[str, ...]],
    *,
    std_error: str | None,
    outcome: str,
) -> tuple[
    tuple[RandomTerm, ...],
    tuple[str, ...],
    tuple[tuple[str, ...], ...],
    tuple[tuple[str, ...], ...],
    tuple[Floats, ...],
]:
    """Read what varies over what."""
    terms, levels, columns, spreads = [], [], [], []
    for group in groups:
        read = read_groups(frame, group)
        _refuse_levels(read.codes, len(read.names), group, known=std_error is not None)
        own = [_within(frame, one) for one in slopes.get(group, ())]
        for name, one in zip(slopes.get(group, ()), own, strict=True):
            _refuse_flat(read.codes, one, name, group)
        spread = np.array([1.0, *(float(np.sqrt(np.mean(one**2))) for one in own)])
        terms.append(RandomTerm(read.codes, len(read.names), np.column_stack([np.ones(len(frame)), *own]) / spread))
        levels.append(tuple(read.names))
        columns.append(("constant", *slopes.get(group, ())))
        spreads.append(spread)
    _refuse_same(terms, groups)
    names = list(groups)
    if std_error is not None and all(term.levels < len(frame) for term in terms):
        terms.append(RandomTerm(np.arange(len(frame)), len(frame), np.ones((len(frame), 1))))
        labels = map(str, frame.index if not groups else range(1, len(frame) + 1))
        levels.append(tuple(labels))
        columns.append(("constant",))
        spreads.append(np.ones(1))
        names.append(UNIT)
    return tuple(terms), tuple(names), tuple(levels), tuple(columns), tuple(spreads)


def _refuse_levels(codes: NDArray[np.int64], levels: int, group: str, *, known: bool) -> None:
    """Refuse groups of which there are too few, or which tell every row apart where errors are not known."""
    if levels < FEWEST_LEVELS:
        raise DataError(
            f"column {group!r} has {levels} levels, must have at least {FEWEST_LEVELS}: fewer say nothing of how "
            "levels differ; put it into the formula"
        )
    if not known and levels == len(codes):
        raise DataError(
            f"column {group!r} has a level for each of {len(codes):,} rows, so that levels and errors cannot be told "
            "apart: give std_error=, or group rows"
        )


def _refuse_flat(codes: NDArray[np.int64], column: Floats, name: str, group: str) -> None:
    """Refuse a slope along a column that does not vary within levels."""
    means = np.bincount(codes, weights=column) / np.bincount(codes)
    if np.abs(column - means[codes]).max() <= _SAME * max(1.0, float(np.abs(column).max())):
        raise DataError(
            f"column {name!r} is the same in all rows of each level of {group!r}, must vary within levels to have a "
            "slope in each: put it into the formula alone"
        )


def _refuse_same(terms: Sequence[RandomTerm], groups: Sequence[str]) -> None:
    """Refuse two groupings that part rows in the same way."""
    for i, one in enumerate(terms):
        for j in range(i):
            pairs = len(np.unique(one.codes * terms[j].levels + terms[j].codes))
            if pairs == one.levels == terms[j].levels:
                raise DataError(
                    f"columns {groups[j]!r} and {groups[i]!r} part the rows in the same way, each grouping must be "
                    "another: leave one out"
                )


def refuse_mixed(frame: pd.DataFrame, column: str | None) -> None:
    """Refuse estimates under different definitions.

    Parameters
    ----------
    frame : pandas.DataFrame
        The table.
    column : str, optional
        Column that says under which definition each row counts.

    Raises
    ------
    DataError
        If there are two and more, or one is missing.
    """
    if column is None:
        return
    has_columns("units", frame, [column])
    missing = frame[column].isna()
    refuse_cells(frame[column], missing, "must say the definition", name=column)
    many = len(read_groups(frame, column).names)
    if many > 1:
        raise DataError(
            f"column {column!r} holds {many} definitions, must hold one: people counted under different definitions "
            "are not one number"
        )
