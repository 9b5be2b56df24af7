"""Any content as plain values, so that each rule looks into frames, arrays, results and containers alike."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, fields, is_dataclass
from decimal import Decimal
from numbers import Real
from string import Formatter
from typing import TYPE_CHECKING, Any

from ctresearch.core.errors import CtResearchError
from ctresearch.core.message import Message

if TYPE_CHECKING:
    from collections.abc import Iterator

_DEPTH = 12
_TEXT = (str, bytes)


@dataclass(frozen=True, slots=True)
class Unread:
    """Stands where something is that cannot be looked into.

    Parameters
    ----------
    kind : str
        Name of its type.
    """

    kind: str


def plain(value: Any, depth: int = _DEPTH) -> Any:
    """Turn a content into mappings, lists, frames, text, bytes and numbers.

    Parameters
    ----------
    value : object
        Content of an output.
    depth : int
        How many containers deep to look.

    Returns
    -------
    object
        The same without behaviour; an :class:`Unread` where that is not possible.

    Examples
    --------
    >>> import numpy as np
    >>> plain({"n": np.array([40, 3])})
    {'n': [40, 3]}
    >>> plain([object()])
    [Unread(kind='object')]
    """
    if value is None or isinstance(value, (*_TEXT, bool, int, float)) or is_frame(value):
        return value
    if isinstance(value, (bytearray, memoryview)):
        return bytes(value)
    if isinstance(value, Mapping):
        value = _written_out(value)
    if isinstance(value, str):
        return value
    if depth > 0 and isinstance(value, Mapping):
        return {str(k): plain(v, depth - 1) for k, v in value.items()}
    if depth > 0 and isinstance(value, (list, tuple, AbstractSet)) and not hasattr(value, "_asdict"):
        return [plain(v, depth - 1) for v in value]
    return _from_object(value, depth) if depth > 0 else Unread(type(value).__name__)


def _written_out(value: Mapping[Any, Any]) -> Any:
    """Return a message that stands in parts as its text, which shows all of it; any other mapping as it is."""
    parts = value["$message"] if {"$message"} <= set(value) <= {"$message", "text"} else value
    if not isinstance(parts, Mapping) or not {"template", "values"} <= set(parts) <= {"template", "values", "many"}:
        return value
    try:
        message = Message.from_dict(parts)
        named = {name for _, name, *_ in Formatter().parse(message.template) if name}
    except (CtResearchError, AttributeError, KeyError, TypeError, ValueError):  # only looks like one
        return value
    texts = dict.fromkeys([str(message), str(value.get("text", message))])
    return "\n".join(texts) if set(message.values) <= named | {"n"} else value


def unread(value: Any) -> Iterator[str]:
    """Name the types that :func:`plain` could not turn into values.

    Parameters
    ----------
    value : object
        What :func:`plain` returned.

    Yields
    ------
    str
        Name of a type.

    Examples
    --------
    >>> list(unread(plain({"a": [object(), 3]})))
    ['object']
    """
    if isinstance(value, Unread):
        yield value.kind
    elif isinstance(value, (dict, list)):
        for one in value.values() if isinstance(value, dict) else value:
            yield from unread(one)


def is_frame(value: Any) -> bool:
    """Say whether a value is a pandas DataFrame or Series, without importing pandas.

    Parameters
    ----------
    value : object
        Any value.

    Returns
    -------
    bool
        ``True`` if it is.

    Examples
    --------
    >>> import pandas as pd
    >>> is_frame(pd.Series([1])), is_frame([1])
    (True, False)
    """
    # the class is asked, since a result that reads like its table answers to the same names and is more than the table
    kind = type(value)
    series = all(hasattr(kind, name) for name in ("to_frame", "nunique", "index"))
    return series or (hasattr(kind, "columns") and hasattr(kind, "itertuples"))


def _from_object(value: Any, depth: int) -> Any:
    """Read an object that says itself what it holds: an array, a scalar, a date, a result, a data class."""
    if isinstance(value, (dt.date, dt.time, dt.timedelta)):
        return str(value)
    if isinstance(value, (Real, Decimal)):
        return float(value)
    if hasattr(type(value), "tolist") and hasattr(type(value), "dtype"):
        return _from_array(value, depth)
    if not isinstance(value, type):
        for method in ("_asdict", "to_dicts", "to_dict") if hasattr(value, "estimates") else ("_asdict", "to_dicts"):
            if hasattr(value, method):
                return plain(getattr(value, method)(), depth - 1)
        if is_dataclass(value):
            return {f.name: plain(getattr(value, f.name, None), depth - 1) for f in fields(value)}
    return Unread(type(value).__name__)


def _from_array(value: Any, depth: int) -> Any:
    """Read an array or a scalar of numpy; one with named fields is a list of records."""
    names = value.dtype.names
    if names:
        rows = [value] if value.ndim == 0 else value.ravel()
        return [{name: plain(row[name], depth - 1) for name in names} for row in rows]
    listed = value.tolist()
    return Unread(type(value).__name__) if type(listed) is type(value) else plain(listed, depth)
