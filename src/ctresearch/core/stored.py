"""How a result is written to JSON and found again, by this version of the library and by later ones.

What is written names the class by its public name (``"prevalence.LogLinearResult"``), which does not change when files
move, and carries the number of the schema: the sets of fields of all results. Whoever adds a field to a result or takes
one away raises ``SCHEMA``. Then results written before are still read: a new field takes its default, and a field that
is gone is left out with a warning.
"""

from __future__ import annotations

import importlib
import warnings
from dataclasses import MISSING, fields
from typing import TYPE_CHECKING, Any

from ctresearch.core import encode
from ctresearch.core.check import Check
from ctresearch.core.errors import DataError
from ctresearch.core.inputs import Inputs
from ctresearch.core.scope import Scope

if TYPE_CHECKING:
    from collections.abc import Mapping

SCHEMA = 5
"""Raised by one whenever the fields of a class of results change. Schema 1 named classes by module and had none; before
schema 3 a check and a method were written as their sentences alone."""

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
        A scope, a record of inputs, checks, or anything :mod:`ctresearch.core.encode` writes.

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
        return [v.to_dict() | {"numbers": encode.encode(dict(v.numbers))} for v in value]
    return encode.encode(value)


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
    schema = _schema_of(values)
    given = set(values) - {"kind", "schema"}
    known = {one.name: one for one in fields(kind) if one.name not in kind._not_kept}
    unknown = sorted(given - set(known))
    bare = sorted(
        name for name, one in known.items() if name not in given and (schema == SCHEMA or _has_no_default(one))
    )
    if bare or (unknown and schema == SCHEMA):
        raise DataError(
            f"the fields {bare + unknown} of {kind.__name__} are missing or unknown: was it written by another version?"
        )
    if unknown:
        message = f"the fields {unknown} of {kind.__name__} are not known to this version and are left out"
        warnings.warn(message, OldResultWarning, stacklevel=4)
    return {name: _read_field(name, values[name]) for name in known if name in given}


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


def _has_no_default(one: Any) -> bool:
    """Say whether a field must be given."""
    return one.default is MISSING and one.default_factory is MISSING


def _read_field(name: str, value: Any) -> Any:
    """Read one field of a result."""
    if name == "scope":
        return Scope(**value)
    if name == "inputs":
        return Inputs.from_dict(value)
    if name == "checks":
        return tuple(Check.from_dict({**v, "numbers": encode.decode(v["numbers"])}) for v in value)
    return encode.decode(value)
