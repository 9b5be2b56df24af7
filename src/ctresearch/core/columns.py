"""Columns of a user's table, named and read: what every room asks of them, and the sentences where they do not fit."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from ctresearch.core.cells import shown
from ctresearch.core.errors import DataError, SpecificationError

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    import pandas as pd
    from numpy.typing import NDArray


def column_name(option: str, value: str) -> str:
    """Return ``value`` if it can be the name of a column.

    Parameters
    ----------
    option : str
        Name of the option, for the message.
    value : str
        What the user gave.

    Returns
    -------
    str
        ``value``, unchanged.

    Raises
    ------
    SpecificationError
        If it is not a string or is empty.

    Examples
    --------
    >>> column_name("duration", "months")
    'months'
    """
    if not isinstance(value, str) or not value:
        raise SpecificationError(f"{option} == {shown(value)}, must be the name of a column")
    return value


def columns_by_role(needed: Mapping[str, str], **others: str | None) -> dict[str, str]:
    """Return the columns of roles, without the roles that were left open.

    Parameters
    ----------
    needed : mapping
        From the options that must be given to the columns.
    **others : str, optional
        Columns that may be ``None``, by option.

    Returns
    -------
    dict of str to str
        Option to column.

    Raises
    ------
    SpecificationError
        If one is no name of a column.

    Examples
    --------
    >>> columns_by_role({"unit": "country"}, weight=None, cluster="region")
    {'unit': 'country', 'cluster': 'region'}
    """
    given = {**needed, **{role: name for role, name in others.items() if name is not None}}
    return {role: column_name(role, name) for role, name in given.items()}


def column_names(option: str, names: Sequence[str], *, least: int = 0) -> tuple[str, ...]:
    """Return a list of column names as a tuple.

    Parameters
    ----------
    option : str
        Name of the option, for the message.
    names : sequence of str
        What the user gave.
    least : int
        Fewest names allowed.

    Returns
    -------
    tuple of str
        The names.

    Raises
    ------
    SpecificationError
        If it is no list or one string, too short, or names a column twice.

    Examples
    --------
    >>> column_names("covariates", ["age"])
    ('age',)
    """
    try:
        fine = not isinstance(names, str) and not hasattr(names, "ndim") and len(set(names)) == len(names) >= least
    except TypeError:  # no list at all, or one of things that name nothing
        fine = False
    if not fine:
        many = f"at least {least} different columns" if least else "different columns"
        cure = (
            f": write [{names!r}] if that is one column; formulas are not read"
            if isinstance(names, str) and names
            else ""
        )
        raise SpecificationError(f"{option} == {shown(names)}, must be a list of {many}{cure}")
    return tuple(names)


def read_numbers(frame: pd.DataFrame, name: str) -> NDArray[np.float64]:
    """Return a column as finite numbers.

    Parameters
    ----------
    frame : pandas.DataFrame
        The data.
    name : str
        The column, which must be there.

    Returns
    -------
    numpy.ndarray
        Shape (rows,).

    Raises
    ------
    DataError
        If it is not of finite numbers.

    Examples
    --------
    >>> import pandas as pd
    >>> read_numbers(pd.DataFrame({"x": [True, False]}), "x").tolist()
    [1.0, 0.0]
    """
    from pandas.api.types import is_bool_dtype, is_numeric_dtype

    column = frame[name]
    if not (is_numeric_dtype(column) or is_bool_dtype(column)):
        raise DataError(f"column {name!r} is of type {column.dtype}, must hold numbers")
    values = column.to_numpy(dtype=float)
    if not np.isfinite(values).all():
        raise DataError(f"column {name!r} holds {int((~np.isfinite(values)).sum())} values that are not finite")
    return values


def refuse_missing(frame: pd.DataFrame, used: Iterable[str]) -> None:
    """Refuse missing values, which a method must not drop unseen.

    Parameters
    ----------
    frame : pandas.DataFrame
        The data.
    used : iterable of str
        Columns that must be complete.

    Raises
    ------
    DataError
        If one holds a missing value.

    Examples
    --------
    >>> import pandas as pd
    >>> refuse_missing(pd.DataFrame({"x": [1]}), ["x"])
    """
    for name in used:
        missing = int(frame[name].isna().sum())
        if missing:
            raise DataError(
                f"column {name!r} has {missing:,} missing values of {len(frame):,}, must have none: drop the rows "
                "knowingly, or impute several times, fit each and pool the results"
            )
