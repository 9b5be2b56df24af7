"""How a result is written to JSON and found again, by this version of the library and by later ones.

What is written names the class by its public name (``"prevalence.LogLinearResult"``), which does not change when files
move, and carries the number of the schema: the sets of fields of all results, and of the scope, the inputs and the
checks in them. Whoever adds such a field or takes one away raises ``SCHEMA``. Then results of other schemas are still
read, here and there: a field that was not written takes its default, and one that is not known is left out with a
warning.

JSON loses nothing: floats come back to the last bit, infinities and missing values are written as words, and a table
keeps its column types, its index and their names. What cannot be written is refused.
"""

from __future__ import annotations

import importlib
import math
import warnings
from collections.abc import Callable, Iterable, Mapping
from dataclasses import MISSING, dataclass, field, fields
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from ctresearch.core.check import Check
from ctresearch.core.errors import CtResearchError, DataError
from ctresearch.core.inputs import Inputs
from ctresearch.core.message import Message
from ctresearch.core.scope import Scope

if TYPE_CHECKING:
    from numpy.typing import NDArray

SCHEMA = 7
"""Raised by one whenever the fields of a class of results, or of one of ``PARTS``, change. Schema 1 named classes by
module and had none; before schema 3 a check and a method were written as their sentences alone."""

PARTS: Mapping[type[Any], frozenset[str]] = {
    Scope: frozenset(),
    Inputs: frozenset(),
    Check: frozenset({"said", "voids"}),
}
"""What a result holds that has fields of its own, and what of each is written only where there is something to say."""

_WORDS = {"nan": math.nan, "inf": math.inf, "-inf": -math.inf}
_SCHEMA_WORD = "result-"

RENAMED: Mapping[str, str] = {}
"""Public names that a class of results once had, to those it has now: ``{"prevalence.Old": "prevalence.New"}``."""


class OldResultWarning(UserWarning):
    """A result written by another version holds fields that this one does not know."""


def public_name(kind: type[Any]) -> str:
    """Return the name under which a class of results is written.

    Parameters
    ----------
    kind : type
        A class of results.

    Returns
    -------
    str
        Room and class.

    Examples
    --------
    >>> from ctresearch.core import Result
    >>> public_name(Result)
    'core.Result'
    """
    room = kind.__module__.removeprefix("ctresearch.").split(".")[0]
    return f"{room}.{kind.__qualname__}"


def find_class(name: object, base: type[Any]) -> type[Any]:
    """Find the class that a written result names; only public classes of this library, and only results.

    Parameters
    ----------
    name : object
        What ``kind`` says: ``"prevalence.LogLinearResult"``, or module and class as schema 1 wrote them.
    base : type
        The class that it must be or derive from.

    Returns
    -------
    type
        The class.

    Raises
    ------
    DataError
        If there is no such class.

    Examples
    --------
    >>> from ctresearch.core import Result
    >>> find_class("ctresearch.core.result:Result", Result).__name__
    'Result'
    """
    module, old, word = str(name).partition(":")
    if old:
        words = module.split(".")
        known = f"{words[1]}.{word}" if len(words) > 1 and words[0] == "ctresearch" else ""
    else:
        known = module
    room, _, word = RENAMED.get(known, known).partition(".")
    if not (room.isidentifier() and word.isidentifier()):
        raise DataError(f"kind == {name!r}, must name a result class of ctresearch")
    try:
        found = getattr(importlib.import_module(f"ctresearch.{room}"), word)
    except (ImportError, AttributeError):
        raise DataError(f"kind == {name!r} is not known to this version of ctresearch") from None
    if not (isinstance(found, type) and issubclass(found, base)):
        raise DataError(f"kind == {name!r}, must be a {base.__name__}")
    return found


def write_field(value: Any) -> Any:
    """Write one field of a result as plain values.

    Parameters
    ----------
    value : object
        A scope, a record of inputs, checks, or anything :func:`encode` writes.

    Returns
    -------
    object
        Ready for JSON.

    Examples
    --------
    >>> write_field((1.5, "a"))
    [1.5, 'a']
    """
    if isinstance(value, Scope):
        return {name: getattr(value, name) for name in Scope.__dataclass_fields__}
    if isinstance(value, Inputs):
        return value.to_dict()
    if isinstance(value, tuple) and value and all(isinstance(v, Check) for v in value):
        return [v.to_dict() | {"numbers": encode(dict(v.numbers))} for v in value]
    return encode(value)


def read_fields(kind: type[Any], values: Mapping[str, Any]) -> dict[str, Any]:
    """Read the fields of a result back.

    Parameters
    ----------
    kind : type
        The class of the result.
    values : mapping
        Field to what :func:`write_field` made of it, and ``schema``.

    Returns
    -------
    dict
        Field to value; those that an older schema did not have are left out and take their default.

    Raises
    ------
    DataError
        If a field is missing that has no default, or is unknown to the schema it was written under.

    Examples
    --------
    >>> from ctresearch.core import Result, estimates_table
    >>> table = write_field(estimates_table({"x": (1, 1, 0, 2)}))
    >>> sorted(read_fields(Result, {"schema": "result-1", "method": "m", "n": 3, "estimates": table}))
    ['estimates', 'method', 'n']
    """
    reading = _Reading(_schema_of(values))
    known = [one for one in fields(kind) if one.name not in kind._not_kept]
    written = reading.known_of(kind, {k: v for k, v in values.items() if k not in {"kind", "schema"}}, known)
    found = {name: reading.field(name, value) for name, value in written.items()}
    for name, unknown in reading.left_out.items():
        message = f"the fields {sorted(unknown)} of {name} are not known to this version and are left out"
        warnings.warn(message, OldResultWarning, stacklevel=3)
    return found


def schema_name() -> str:
    """Return how the schema is written: as a word, so that nobody takes its number for one of people.

    Returns
    -------
    str
        Such as ``"result-2"``.

    Examples
    --------
    >>> schema_name() == f"result-{SCHEMA}"
    True
    """
    return f"{_SCHEMA_WORD}{SCHEMA}"


def _schema_of(values: Mapping[str, Any]) -> int:
    """Return the number of the schema that a result was written under."""
    written = values.get("schema", f"{_SCHEMA_WORD}1")
    number = written.removeprefix(_SCHEMA_WORD) if isinstance(written, str) else ""
    if not (number.isascii() and number.isdigit() and int(number) > 0) or number == written:
        raise DataError(f"schema == {written!r}, must be written as {schema_name()!r}: the file is damaged")
    return int(number)


@dataclass(frozen=True, slots=True)
class _Reading:
    """A result that is being read: the schema it was written under, and the fields left out, by class."""

    schema: int
    left_out: dict[str, set[str]] = field(default_factory=dict)

    def known_of(
        self, kind: type[Any], values: Mapping[str, Any], known: Iterable[Any], seldom: frozenset[str] = frozenset()
    ) -> dict[str, Any]:
        """Return those fields of what was written that are known; ``seldom`` names those that need not be there.

        Of this schema the others must be there and no more; of another, what is missing must have a default.
        """
        needed = {one.name: one.default is MISSING and one.default_factory is MISSING for one in known}
        unknown = set(values) - set(needed) - seldom
        bare = {name for name, must in needed.items() if must or self.schema == SCHEMA} - set(values) - seldom
        if bare or (unknown and self.schema == SCHEMA):
            wrong = sorted(bare) + sorted(unknown)
            raise DataError(
                f"the fields {wrong} of {kind.__name__} are missing or unknown: was it written by another version?"
            )
        if unknown:
            self.left_out.setdefault(kind.__name__, set()).update(unknown)
        return {name: value for name, value in values.items() if name not in unknown}

    def field(self, name: str, value: Any) -> Any:
        """Read one field of a result."""
        if name == "scope":
            return self.part(Scope, value, lambda known: Scope(**known))
        if name == "inputs":
            return self.part(Inputs, value, Inputs.from_dict)
        if name == "checks":
            if not isinstance(value, (list, tuple)):
                raise DataError(f"checks are written as a {type(value).__name__}, must be a list")
            return tuple(self.part(Check, one, _read_check) for one in value)
        return decode(value)

    def part(self, kind: type[Any], value: Any, read: Callable[[dict[str, Any]], Any]) -> Any:
        """Read a scope, a record of inputs or a check as a result is read."""
        if not isinstance(value, Mapping):
            raise DataError(f"{kind.__name__} is written as a {type(value).__name__}, must be its fields by name")
        known = self.known_of(kind, value, fields(kind), PARTS[kind])
        try:
            return read(known)
        except CtResearchError:
            raise
        except (AttributeError, KeyError, TypeError, ValueError):
            raise DataError(f"{kind.__name__} holds what cannot be read: is the file damaged?") from None


def _read_check(known: dict[str, Any]) -> Check:
    """Read a check, the numbers of which may be words for what JSON does not know."""
    return Check.from_dict(known | {"numbers": decode(known.get("numbers", {}))})


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
            "$array": value.ravel().tolist() if value.dtype.kind != "f" else _encode_floats(value.ravel()),
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
        "data": _encode_columns(frame),
    }


def _encode_columns(frame: pd.DataFrame) -> list[dict[str, Any]]:
    """Write the columns; draws, thousands of columns of floats, as one block: pandas takes a millisecond for each."""
    if frame.shape[1] and (frame.dtypes == np.float64).all():
        return [{"dtype": "float64", "values": _encode_floats(one)} for one in frame.to_numpy(dtype=np.float64).T]
    return [_encode_column(frame.iloc[:, i]) for i in range(frame.shape[1])]


def _encode_floats(values: NDArray[Any]) -> list[Any]:
    """Write floats, those that JSON does not know as words."""
    plain = values.tolist()
    return plain if np.isfinite(values).all() else [encode(one) for one in plain]


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
    if parts["data"] and all(one["dtype"] == "float64" for one in parts["data"]):
        held = np.array([[decode(v) for v in one["values"]] for one in parts["data"]], dtype=np.float64)
        return pd.DataFrame(held.T, index=labels, columns=pd.Index(parts["columns"]))
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
