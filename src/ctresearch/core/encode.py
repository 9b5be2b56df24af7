"""Lossless JSON for results.

Floats come back to the last bit, infinities and missing values are written as words, and a table keeps its column
types, its index and their names. What cannot be written is refused, so nothing is lost in silence.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd

from ctresearch.core.errors import DataError
from ctresearch.core.message import Message

_WORDS = {"nan": math.nan, "inf": math.inf, "-inf": -math.inf}


def encode(value: Any) -> Any:
    """Turn a value into what JSON can hold.

    Parameters
    ----------
    value : object
        None, bool, int, float, str, numpy scalar or array, pandas table, or a list, tuple or mapping of those.

    Returns
    -------
    object
        Plain values; tables, arrays and words for special floats are marked with a key that starts with ``$``.

    Raises
    ------
    DataError
        If the value is of another type.

    Examples
    --------
    >>> encode((1, float("nan")))
    [1, {'$float': 'nan'}]
    """
    if isinstance(value, np.generic):
        value = value.item()
    if isinstance(value, float) and not math.isfinite(value):
        return {"$float": "nan" if math.isnan(value) else "inf" if value > 0 else "-inf"}
    if value is None or isinstance(value, (bool, int, float, str)):
        return _said(value) if isinstance(value, Message) else value
    if isinstance(value, pd.DataFrame):
        return {"$table": _encode_table(value)}
    if isinstance(value, np.ndarray):
        return {
            "$array": value.ravel().tolist() if value.dtype.kind != "f" else encode(value.ravel().tolist()),
            "shape": list(value.shape),
            "dtype": str(value.dtype),
        }
    if isinstance(value, Mapping):
        wrong = [k for k in value if not isinstance(k, str) or k.startswith("$")]
        if wrong:
            raise DataError(f"the key {wrong[0]!r} cannot be written to JSON, keys must be words without a leading $")
        return {k: encode(v) for k, v in value.items()}
    if isinstance(value, (list, tuple)):
        return [encode(v) for v in value]
    raise DataError(f"a {type(value).__name__} cannot be written to JSON; pass numbers, text, arrays or tables")


def decode(value: Any) -> Any:
    """Undo :func:`encode`; lists come back as tuples, since results are frozen.

    Parameters
    ----------
    value : object
        What ``encode`` made, after a trip through JSON.

    Returns
    -------
    object
        The value as it was.

    Examples
    --------
    >>> decode([1, {"$float": "inf"}])
    (1, inf)
    """
    if isinstance(value, list):
        return tuple(decode(v) for v in value)
    if not isinstance(value, dict):
        return value
    if "$float" in value:
        return _WORDS[value["$float"]]
    if "$message" in value or "$table" in value:
        return Message.from_dict(value["$message"]) if "$message" in value else _decode_table(value["$table"])
    if "$array" in value:
        return np.array(decode(value["$array"]), dtype=value["dtype"]).reshape(value["shape"])
    return {k: decode(v) for k, v in value.items()}


def _said(message: Message) -> Any:
    """Write a sentence with its parts, or as it is where nothing stands in it."""
    return str(message) if message.constant else {"$message": message.to_dict(), "text": str(message)}


def _encode_table(frame: pd.DataFrame) -> dict[str, Any]:
    """Write a table column by column, the index levels first."""
    levels = [pd.Series(frame.index.get_level_values(i)) for i in range(frame.index.nlevels)]
    return {
        "index_names": list(frame.index.names),
        "index": [_encode_column(level) for level in levels],
        "columns": [str(c) for c in frame.columns],
        "data": [_encode_column(frame.iloc[:, i]) for i in range(frame.shape[1])],
    }


def _encode_column(column: pd.Series[Any]) -> dict[str, Any]:
    """Write one column with its type."""
    if isinstance(column.dtype, pd.CategoricalDtype):
        column = column.astype(object)
    missing = column.isna().to_numpy()
    is_float = column.dtype.kind == "f"
    values = [None if m and not is_float else encode(v) for v, m in zip(column.tolist(), missing, strict=True)]
    return {"dtype": str(column.dtype), "values": values}


def _decode_table(parts: dict[str, Any]) -> pd.DataFrame:
    """Read a table back."""
    index = [_decode_column(c) for c in parts["index"]]
    names = parts["index_names"]
    labels = pd.Index(index[0], name=names[0]) if len(index) == 1 else pd.MultiIndex.from_arrays(index, names=names)
    data = [_decode_column(c) for c in parts["data"]]
    frame = pd.DataFrame({i: c.array for i, c in enumerate(data)}, index=labels)
    frame = frame.astype({i: c.dtype for i, c in enumerate(data) if c.dtype == object})  # pandas takes texts for "str"
    frame.columns = pd.Index(parts["columns"])
    return frame


def _decode_column(parts: dict[str, Any]) -> pd.Series[Any]:
    """Read a column back."""
    values = [decode(v) for v in parts["values"]]
    column: pd.Series[Any] = pd.Series(values, dtype=parts["dtype"])
    return column
