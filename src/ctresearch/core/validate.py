"""Checks of options and tables, with one shape of message.

``level == 1.2, must be between 0 and 1 (both excluded)``: what came, then what is allowed. A name means the same
range everywhere in the library, so the checks that many options share stand here and nowhere else.
"""

from __future__ import annotations

import difflib
import importlib
import numbers
import os
from collections.abc import Hashable, Mapping
from typing import TYPE_CHECKING, Any, TypeVar

from ctresearch.core.cells import shown
from ctresearch.core.errors import DataError, MissingExtraError, SpecificationError

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable
    from pathlib import Path
    from types import ModuleType

    import pandas as pd

T = TypeVar("T")


def one_of(name: str, value: T, allowed: Collection[T]) -> T:
    """Return ``value`` if it is one of ``allowed``.

    Parameters
    ----------
    name : str
        Name of the option, for the message.
    value : object
        What the user gave.
    allowed : collection
        What may be given.

    Returns
    -------
    object
        ``value``, unchanged.

    Raises
    ------
    SpecificationError
        If it is something else.

    Examples
    --------
    >>> one_of("select", "bic", ("bic", "aic"))
    'bic'
    """
    if not any(type(value) is type(one) and value == one for one in allowed):
        raise SpecificationError(f"{name} == {shown(value)}, must be one of {', '.join(map(repr, allowed))}")
    return value


def in_range(
    name: str, value: float, low: float | None = None, high: float | None = None, *, open_ends: bool = False
) -> float:
    """Return ``value`` if it is a finite number from ``low`` to ``high``.

    Parameters
    ----------
    name : str
        Name of the option, for the message.
    value : float
        What the user gave.
    low, high : float, optional
        Smallest and largest value; ``None`` leaves that side open.
    open_ends : bool
        Whether the ends themselves are excluded.

    Returns
    -------
    float
        ``value``, unchanged.

    Raises
    ------
    SpecificationError
        If it is not a number or lies outside.

    Examples
    --------
    >>> in_range("level", 0.95, 0, 1, open_ends=True)
    0.95
    """
    allowed = _describe_range(low, high, open_ends=open_ends)
    if isinstance(value, bool) or not isinstance(value, numbers.Real) or value != value:  # noqa: PLR0124
        raise SpecificationError(f"{name} == {shown(value)}, must be a number {allowed}".rstrip())
    below = low is not None and (value <= low if open_ends else value < low)
    above = high is not None and (value >= high if open_ends else value > high)
    if below or above or abs(value) == float("inf"):
        raise SpecificationError(f"{name} == {shown(value)}, must be {allowed or 'finite'}")
    return value


def whole_number(name: str, value: int, low: int | None = None, high: int | None = None) -> int:
    """Return ``value`` as an ``int`` if it is a whole number from ``low`` to ``high``.

    Parameters
    ----------
    name : str
        Name of the option, for the message.
    value : int
        What the user gave; numpy integers are accepted, floats and booleans are not.
    low, high : int, optional
        Smallest and largest value.

    Returns
    -------
    int
        The value as a Python ``int``.

    Raises
    ------
    SpecificationError
        If it is not a whole number or lies outside.

    Examples
    --------
    >>> whole_number("bootstrap", 1000, low=0)
    1000
    """
    allowed = _describe_range(low, high, open_ends=False)
    if isinstance(value, bool) or not isinstance(value, numbers.Integral):
        raise SpecificationError(f"{name} == {shown(value)}, must be a whole number {allowed}".rstrip())
    if (low is not None and value < low) or (high is not None and value > high):
        raise SpecificationError(f"{name} == {shown(value)}, must be a whole number {allowed}")
    return int(value)


def is_level(level: float) -> float:
    """Return ``level`` if it can be the level of an interval: above 0 and below 1.

    Parameters
    ----------
    level : float
        Coverage asked for, as a proportion.

    Returns
    -------
    float
        ``level``, unchanged.

    Raises
    ------
    SpecificationError
        If it is not; 95 for 0.95 is the usual slip, and the message says so.

    Examples
    --------
    >>> is_level(0.95)
    0.95
    """
    if isinstance(level, numbers.Real) and not isinstance(level, bool) and 1 < level < 100:
        raise SpecificationError(f"level == {level!r}, must be a proportion: write {level / 100:g}")
    return in_range("level", level, 0, 1, open_ends=True)


def is_frame(name: str, value: Any) -> pd.DataFrame:
    """Return ``value`` if it is a pandas DataFrame with at least one row.

    Parameters
    ----------
    name : str
        What the table is, for the message.
    value : object
        What the user gave.

    Returns
    -------
    pandas.DataFrame
        ``value``, unchanged.

    Raises
    ------
    DataError
        If it is not a DataFrame, has no rows, or has two columns of the same name.

    Examples
    --------
    >>> import pandas as pd
    >>> is_frame("cases", pd.DataFrame({"a": [1]})).shape
    (1, 1)
    """
    import pandas as pd

    if not isinstance(value, pd.DataFrame):
        raise DataError(f"{name} is a {type(value).__name__}, must be a pandas DataFrame")
    doubled = sorted({str(c) for c in value.columns[value.columns.duplicated()]})
    if doubled:
        raise DataError(
            f"{name} has the column {doubled[0]!r} more than once, names must be unique: rename or drop one"
        )
    if value.empty:
        raise DataError(f"{name} has {len(value)} rows and {value.shape[1]} columns, must hold at least one of each")
    return value


def has_columns(name: str, frame: pd.DataFrame, columns: Iterable[str]) -> None:
    """Check that ``frame`` has all of ``columns``.

    Parameters
    ----------
    name : str
        What the table is, for the message.
    frame : pandas.DataFrame
        The table.
    columns : iterable of str
        Names that must be there.

    Raises
    ------
    DataError
        If one is missing; the message lists the columns there are.

    Examples
    --------
    >>> import pandas as pd
    >>> has_columns("cases", pd.DataFrame({"a": [1]}), ["a"])
    """
    missing = [c for c in columns if not isinstance(c, Hashable) or c not in frame.columns]
    if missing:
        there = ", ".join(map(repr, frame.columns[:20])) + (", ..." if frame.shape[1] > 20 else "")
        near = difflib.get_close_matches(str(missing[0]), [str(column) for column in frame.columns], n=1)
        meant = f"; did you mean {near[0]!r}?" if near else ""
        raise DataError(f"{name} has no column {shown(missing[0])}; its columns are {there}{meant}")


def is_a(name: str, value: Any, kind: type[T]) -> T:
    """Return ``value`` if it is of a kind.

    Parameters
    ----------
    name : str
        Name of the option, for the message.
    value : object
        What the user gave.
    kind : type
        What it must be.

    Returns
    -------
    object
        ``value``, unchanged.

    Raises
    ------
    SpecificationError
        If it is of another kind; the message does not show it.

    Examples
    --------
    >>> is_a("key", b"secret", bytes)
    b'secret'
    """
    if not isinstance(value, kind):
        raise SpecificationError(f"{name} is a {type(value).__name__}, must be a {kind.__name__}")
    return value


def is_mapping(name: str, value: Any) -> Mapping[Any, Any]:
    """Return ``value`` if it maps names to something.

    Parameters
    ----------
    name : str
        Name of the option, for the message.
    value : object
        What the user gave.

    Returns
    -------
    mapping
        ``value``, unchanged.

    Raises
    ------
    SpecificationError
        If it is something else; the message does not show it.

    Examples
    --------
    >>> is_mapping("priors", {"debt": 0.5})
    {'debt': 0.5}
    """
    if not isinstance(value, Mapping):
        raise SpecificationError(f"{name} is a {type(value).__name__}, must be a mapping, such as a dict")
    return value


def file_path(name: str, value: Any) -> Path:
    """Return the path of a file, where it can be one.

    Parameters
    ----------
    name : str
        Name of the option, for the message.
    value : str or os.PathLike
        What the user gave.

    Returns
    -------
    pathlib.Path
        The path; whether there is a file is not asked.

    Raises
    ------
    SpecificationError
        If it is no text and no path, or has no name.

    Examples
    --------
    >>> file_path("path", "codes.csv").name
    'codes.csv'
    """
    from pathlib import Path

    if not isinstance(value, (str, os.PathLike)) or not Path(value).name:
        raise SpecificationError(f"{name} is {f'a {type(value).__name__}' if value != '' else 'empty'}, must be a path")
    return Path(value)


def require_extra(package: str, extra: str) -> ModuleType:
    """Import an optional package, or say which extra brings it.

    Parameters
    ----------
    package : str
        Name to import.
    extra : str
        Extra of ctresearch that installs it.

    Returns
    -------
    module
        The imported package.

    Raises
    ------
    MissingExtraError
        If it is not installed.

    Examples
    --------
    >>> require_extra("json", "lab").__name__
    'json'
    """
    try:
        return importlib.import_module(package)
    except ModuleNotFoundError as error:
        raise MissingExtraError(package, extra) from error


def _describe_range(low: float | None, high: float | None, *, open_ends: bool) -> str:
    """Say a range in words."""
    if low is not None and high is not None:
        return f"between {low:g} and {high:g} ({'both excluded' if open_ends else 'both included'})"
    if low is not None:
        return f"{'above' if open_ends else 'at least'} {low:g}"
    if high is not None:
        return f"{'below' if open_ends else 'at most'} {high:g}"
    return ""
