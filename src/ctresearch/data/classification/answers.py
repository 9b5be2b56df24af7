"""Answers as numbers: 1 for yes, 0 for no, NaN for missing."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from ctresearch.core.cells import refuse_cells, wrong_cells

if TYPE_CHECKING:
    from numpy.typing import NDArray

_WORDS = {"yes": 1.0, "no": 0.0, "1": 1.0, "0": 0.0, "true": 1.0, "false": 0.0, "1.0": 1.0, "0.0": 0.0}
_OLDEST = 120


def read_answers(column: pd.Series[Any]) -> NDArray[np.float64]:
    """Read a column of answers.

    Parameters
    ----------
    column : pandas.Series
        0 and 1, booleans, or ``yes`` and ``no``; missing where not answered.

    Returns
    -------
    numpy.ndarray
        1, 0 or NaN, shape (persons,).

    Raises
    ------
    DataError
        If a value is something else, such as -99, which is no answer until somebody says what it means.

    Examples
    --------
    >>> read_answers(pd.Series(["yes", "No", None])).tolist()
    [1.0, 0.0, nan]
    """
    text = column.astype("string").str.strip().str.casefold()
    numbers = text.map(_WORDS)
    bad = text.notna() & numbers.isna()
    refuse_cells(column, bad, "must be 0 or 1, yes or no, or missing: recode other values first")
    return np.asarray(numbers.to_numpy(dtype=float, na_value=np.nan))


def read_age(column: pd.Series[Any]) -> NDArray[np.float64]:
    """Read a column of ages in years.

    Parameters
    ----------
    column : pandas.Series
        Numbers from 0 to 120; missing where not known.

    Returns
    -------
    numpy.ndarray
        Ages, NaN where not known, shape (persons,).

    Raises
    ------
    DataError
        If a value is no age.

    Examples
    --------
    >>> read_age(pd.Series([17, None])).tolist()
    [17.0, nan]
    """
    ages = pd.to_numeric(column, errors="coerce")
    bad = column.notna() & ~ages.between(0, _OLDEST)
    if bad.any():
        must = f"must be ages from 0 to {_OLDEST}, or missing: make codes such as -99 missing first"
        raise wrong_cells(column, bad, must)
    return np.asarray(ages.to_numpy(dtype=float, na_value=np.nan))
