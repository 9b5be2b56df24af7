"""Estimates of studies read from a table: numbers, standard errors above 0, each name once."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from ctresearch.core.cells import refuse_cells, row_words, wrong_cells
from ctresearch.core.columns import read_numbers, refuse_missing
from ctresearch.core.errors import CellError, DataError, SpecificationError
from ctresearch.core.names import name_key
from ctresearch.core.validate import has_columns, is_frame

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from ctresearch.core.result import Scale

    Floats = NDArray[np.float64]

# squares of numbers beyond these are 0 or infinite, and nothing can be weighed by them
_LEAST, _MOST = 1e-100, 1e100
# below such a share of what errors would bring, what is left of a fit is rounding
EXACT = 1e-12
_MEASURES = ("stock", "period", "flow", "lifetime")


@dataclass(frozen=True, slots=True)
class Studies:
    """What is pooled.

    Parameters
    ----------
    y, v : numpy.ndarray
        Estimates and their variances, shape (estimates,).
    names : pandas.Index
        A name for each.
    """

    y: Floats
    v: Floats
    names: pd.Index[str]


def read_studies(
    frame: pd.DataFrame,
    columns: tuple[str, str],
    *,
    label: str | None = None,
    more: Sequence[str] = (),
    least: int = 2,
    once: bool = True,
) -> Studies:
    """Read one row an estimate.

    Parameters
    ----------
    frame : pandas.DataFrame
        The table.
    columns : tuple of str
        Columns of estimates and standard errors.
    label : str, optional
        Column of names; the index by default.
    more : sequence of str
        Further columns in which nothing may be missing.
    least : int
        Rows that are needed.
    once : bool
        Whether a name may stand there once only.

    Returns
    -------
    Studies
        Numbers and names.

    Raises
    ------
    DataError
        If a column or value is missing, a standard error is not above 0, a name stands there twice, or there are too
        few rows.
    """
    is_frame("studies", frame)
    used = [*columns, *([label] if label else []), *more]
    has_columns("studies", frame, used)
    if len(frame) < least:
        raise DataError(f"studies have {len(frame)} rows, must have at least {least} to be pooled")
    refuse_missing(frame, used)
    y, error = read_numbers(frame, columns[0]), read_numbers(frame, columns[1])
    if (error <= 0).any():
        must = "must be above 0: a share of 0 or 1 and a census have no standard error to pool by"
        raise wrong_cells(frame[columns[1]], error <= 0, must, name=columns[1])
    wide = np.maximum(np.abs(y), error) > _MOST
    if wide.any() or (error < _LEAST).any():
        wrong = wide | (error < _LEAST)
        raise wrong_cells(frame[columns[1]], wrong, f"must be from {_LEAST:g} to {_MOST:g}, and its estimate no larger")
    labels = frame[label] if label else frame.index.to_series()
    if once:
        _each_once(labels, label)
    return Studies(y, error**2, pd.Index(labels.astype(str), name="study"))


def one_measure(frame: pd.DataFrame, column: str | None) -> None:
    """Refuse to pool people at one moment with people of a period, those who newly enter, or those who ever were.

    Parameters
    ----------
    frame : pandas.DataFrame
        The table.
    column : str, optional
        Column that says which measure each row is.

    Raises
    ------
    DataError
        If a word is none of the measures, or they differ.
    """
    if column is None:
        return
    has_columns("studies", frame, [column])
    words = frame[column].map(lambda one: name_key(one) if isinstance(one, str) else "")
    wrong = ~words.isin(_MEASURES)
    refuse_cells(frame[column], wrong, f"must be one of {', '.join(_MEASURES)}", name=column)
    refuse_measures(set(words))


def refuse_measures(measures: set[str]) -> None:
    """Refuse measures that are not the same.

    Parameters
    ----------
    measures : set of str
        Those stated.

    Raises
    ------
    DataError
        If there are two and more.

    Examples
    --------
    >>> refuse_measures({"stock"})
    """
    if len(measures) > 1:
        raise DataError(
            f"measures differ ({', '.join(sorted(measures))}), must be one to be pooled: people at one moment, of a "
            "period, who newly enter and who ever were are not one number; bring flows and periods to a stock by "
            "to_stock(duration=)"
        )


def read_unit(unit: object) -> str:
    """Return what estimates are of, and refuse what is no word."""
    if not isinstance(unit, str):
        raise SpecificationError(f"unit is a {type(unit).__name__}, must be words, such as 'persons'")
    return unit.strip()


def unit_on(scale: Scale, unit: str) -> str:
    """Say what estimates on a scale are, so that taking logarithms back leaves their own unit.

    Examples
    --------
    >>> unit_on("log", "persons"), unit_on("log", ""), unit_on("logit", "")
    ('log persons', 'log of the estimate', 'log odds')
    """
    if scale == "identity":
        return unit
    if scale == "logit":
        return "log odds"
    return f"log {unit}" if unit else "log of the estimate"


def refuse_exact(exact: bool, many: int, asked: str, cure: str) -> None:
    """Refuse errors taken from distances to a fit where there are none.

    Parameters
    ----------
    exact : bool
        Whether nothing but rounding is left of the fit.
    many : int
        How many estimates there are.
    asked, cure : str
        The option by which errors come from distances, and the one by which they do not.

    Raises
    ------
    DataError
        If nothing is left.

    Examples
    --------
    >>> refuse_exact(False, 4, "test='knha'", "test='z'")
    """
    if exact:
        raise DataError(
            f"{many} estimates lie on the fit without any distance, from which {asked} takes its errors: use {cure}, "
            "and ask whether they are estimates of different studies"
        )


def _each_once(labels: pd.Series[str], label: str | None) -> None:
    """Refuse a name that stands there twice, whatever its spelling."""
    keys = labels.map(name_key)
    twice = keys.duplicated(keep=False).to_numpy()
    if twice.any():
        rows = (np.flatnonzero(twice) + 1).tolist()
        where = f"column {label!r}" if label else "the index"
        raise CellError(
            f"{where} names {int(keys.duplicated().sum()):,} studies twice, different in spelling at most (rows "
            f"{row_words(rows)}), each must stand there once: keep one row a study",
            column=label or "",
            rows=rows,
        )
