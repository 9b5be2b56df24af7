"""Typed parameters of a study: what the manifest declares, and what a user gives for one run.

A parameter has a type, a value that stands unless another is given, and where it makes sense a range, a unit and a
sentence of help. What does not fit is refused before anything runs.
"""

from __future__ import annotations

import datetime as dt
import difflib
import itertools
import math
from typing import TYPE_CHECKING, Any, Literal, cast

from pydantic import BaseModel, ConfigDict, model_validator

from ctresearch.core.errors import SpecificationError

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

Scalar = bool | int | float | dt.date | str
Value = Scalar | tuple[Scalar, ...]
ItemType = Literal["int", "float", "bool", "str", "date"]
_TRUE, _FALSE = ("true", "yes", "1"), ("false", "no", "0")


_UNSET: dict[str, Any] = {"str": "", "list": [], "int": 0, "float": 0.0}


class Parameter(BaseModel):
    """One parameter as the manifest declares it.

    Parameters
    ----------
    type : {"int", "float", "bool", "str", "choice", "date", "list"}
        What it holds.
    value : object
        What it is unless a run says otherwise.
    min, max : int, float or date, optional
        Smallest and largest value, ends included; for a list, of its items.
    choices : list, optional
        The values allowed, for type ``choice``.
    items : str
        Type of the items of a list.
    of_the_data : bool
        Whether the value says something of the study's own data, such as the population they are of or a result known
        for them: on other data it is empty again (``""``, ``[]`` or 0) unless it is given.
    unit, help : str
        For the reader.

    Examples
    --------
    >>> Parameter(type="int", value=1000, min=0).accept("bootstrap", 10)
    10
    """

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True, defer_build=True)

    type: Literal["int", "float", "bool", "str", "choice", "date", "list"]
    value: Any
    min: int | float | dt.date | None = None
    max: int | float | dt.date | None = None
    choices: list[Any] | None = None
    items: ItemType = "str"
    unit: str = ""
    help: str = ""
    of_the_data: bool = False

    @model_validator(mode="after")
    def _consistent(self) -> Parameter:
        """Refuse a declaration that contradicts itself."""
        if self.of_the_data and self.type not in _UNSET:
            raise ValueError(
                f"of_the_data is for the types {', '.join(_UNSET)}, whose empty value says that nothing is known"
            )
        if (self.type == "choice") != (self.choices is not None):
            raise ValueError(f"type == {self.type!r}: choices must be given for type 'choice', and for no other type")
        if self.type != "list" and "items" in self.model_fields_set:
            raise ValueError(f"type == {self.type!r}: items is for type 'list' alone")
        ranged = self.items if self.type == "list" else self.type
        if ranged not in {"int", "float", "date"} and (self.min is not None or self.max is not None):
            raise ValueError(f"min and max have no meaning for type {ranged!r}")
        if any(isinstance(end, dt.date) != (ranged == "date") for end in (self.min, self.max) if end is not None):
            raise ValueError(f"min and max must be of type {ranged!r}")
        object.__setattr__(self, "value", self.accept("value", self.value))
        return self

    @property
    def unset(self) -> Value:
        """The value that says nothing."""
        return self.accept("value", _UNSET[self.type])

    def accept(self, name: str, value: Any) -> Value:
        """Return a value as this parameter holds it.

        Parameters
        ----------
        name : str
            Name of the parameter, for the message.
        value : object
            A value of the right type; whole numbers are accepted for ``float``, ISO text for ``date``.

        Returns
        -------
        bool, int, float, str, datetime.date or tuple
            The value; lists come back as tuples.

        Raises
        ------
        SpecificationError
            If it has another type or lies outside the range.

        Examples
        --------
        >>> Parameter(type="list", items="int", value=[1]).accept("lists", [2, 3])
        (2, 3)
        """
        if self.type == "list":
            if not isinstance(value, (list, tuple)):
                raise SpecificationError(f"{name} == {value!r}, must be a list of {self.items}")
            return tuple(self._in_range(name, _typed(name, one, self.items)) for one in value)
        if self.choices is not None:
            if not any(value == one and type(value) is type(one) for one in self.choices):
                raise SpecificationError(f"{name} == {value!r}, must be one of {', '.join(map(repr, self.choices))}")
            return value  # type: ignore[no-any-return]
        return self._in_range(name, _typed(name, value, self.type))

    def parse(self, name: str, text: str) -> Value:
        """Read a value typed on the command line.

        Parameters
        ----------
        name : str
            Name of the parameter, for the message.
        text : str
            What stands after the equals sign; items of a list are parted by commas.

        Returns
        -------
        bool, int, float, str, datetime.date or tuple
            The value.

        Raises
        ------
        SpecificationError
            If it cannot be read as the parameter's type, or lies outside the range.

        Examples
        --------
        >>> Parameter(type="float", value=0.5).parse("alpha", "0.05")
        0.05
        """
        if self.type == "list":
            parts = [part.strip() for part in text.split(",")] if text.strip() else []
            return self.accept(name, [_read(name, part, self.items) for part in parts])
        if self.choices is not None:
            found = next((one for one in self.choices if _as_text(one) == text), text)
            return self.accept(name, found)
        return self.accept(name, _read(name, text, self.type))

    def describe(self) -> str:
        """Say type, range and unit in a few words.

        Returns
        -------
        str
            For a help page.

        Examples
        --------
        >>> Parameter(type="int", value=5, min=0, unit="residents").describe()
        'int, at least 0, residents'
        """
        words = [f"list of {self.items}" if self.type == "list" else self.type]
        if self.choices is not None:
            words = ["one of " + ", ".join(map(_as_text, self.choices))]
        if self.min is not None and self.max is not None:
            words.append(f"{_as_text(self.min)} to {_as_text(self.max)}")
        elif self.min is not None:
            words.append(f"at least {_as_text(self.min)}")
        elif self.max is not None:
            words.append(f"at most {_as_text(self.max)}")
        return ", ".join([*words, self.unit] if self.unit else words)

    def _in_range(self, name: str, value: Scalar) -> Scalar:
        """Hold one value to the range."""
        low, high = self.min, self.max
        if (low is not None and value < low) or (high is not None and value > high):  # type: ignore[operator]
            raise SpecificationError(f"{name} == {_as_text(value)}, must be {self.describe()}")
        return value


def combinations(grid: Mapping[str, Sequence[Any]]) -> list[dict[str, Any]]:
    """Return every combination of the values of a grid, the last parameter running fastest.

    Parameters
    ----------
    grid : mapping of str to sequence
        Parameter to the values it takes in turn.

    Returns
    -------
    list of dict
        One mapping a run; a single empty one for an empty grid.

    Examples
    --------
    >>> combinations({"a": [1, 2], "b": ["x"]})
    [{'a': 1, 'b': 'x'}, {'a': 2, 'b': 'x'}]
    """
    return [dict(zip(grid, row, strict=True)) for row in itertools.product(*grid.values())]


def resolve(declared: Mapping[str, Parameter], given: Mapping[str, Any]) -> dict[str, Value]:
    """Return the parameters of one run: what is given, and the declared values for the rest.

    Parameters
    ----------
    declared : mapping of str to Parameter
        The manifest's parameters.
    given : mapping of str to object
        Values for this run.

    Returns
    -------
    dict
        Every declared parameter, in the order of the manifest.

    Raises
    ------
    SpecificationError
        If a name is unknown or a value does not fit.

    Examples
    --------
    >>> resolve({"n": Parameter(type="int", value=3)}, {"n": 4})
    {'n': 4}
    """
    for name in given:
        known(name, declared)
    return {name: one.accept(name, given.get(name, one.value)) for name, one in declared.items()}


def parse(declared: Mapping[str, Parameter], texts: Iterable[str]) -> dict[str, Value]:
    """Read ``name=value`` words from the command line.

    Parameters
    ----------
    declared : mapping of str to Parameter
        The manifest's parameters.
    texts : iterable of str
        The words.

    Returns
    -------
    dict
        The values given.

    Raises
    ------
    SpecificationError
        If a word has no equals sign, a name is unknown or given twice, or a value does not fit.

    Examples
    --------
    >>> parse({"n": Parameter(type="int", value=3)}, ["n=4"])
    {'n': 4}
    """
    out: dict[str, Value] = {}
    for word in texts:
        name, equals, text = word.partition("=")
        if not equals:
            raise SpecificationError(f"-p {word!r}, must be name=value")
        if name in out:
            raise SpecificationError(f"parameter == {name!r} is given twice, must be given once")
        out[name] = known(name, declared).parse(name, text)
    return out


def known(name: str, declared: Mapping[str, Parameter]) -> Parameter:
    """Return the declaration of a parameter.

    Parameters
    ----------
    name : str
        Its name.
    declared : mapping of str to Parameter
        The manifest's parameters.

    Returns
    -------
    Parameter
        The declaration.

    Raises
    ------
    SpecificationError
        If the study has no such parameter; the message gives the nearest names.

    Examples
    --------
    >>> known("n", {"n": Parameter(type="int", value=3)}).value
    3
    """
    if name not in declared:
        near = difflib.get_close_matches(name, declared, n=3, cutoff=0.5) or list(declared)
        cure = f"did you mean {', '.join(near)}?" if near else "it takes none"
        raise SpecificationError(f"parameter == {name!r} is not one of this study's, {cure}")
    return declared[name]


def to_json(values: Mapping[str, Value]) -> dict[str, Any]:
    """Turn parameters into what JSON holds; dates become ISO text.

    Parameters
    ----------
    values : mapping
        What :func:`resolve` returned.

    Returns
    -------
    dict
        Plain values.

    Examples
    --------
    >>> to_json({"day": dt.date(2013, 1, 31), "lists": ("A", "B")})
    {'day': '2013-01-31', 'lists': ['A', 'B']}
    """
    return {name: _plain(value) for name, value in values.items()}


def _plain(value: Value) -> Any:
    """Turn one value into what JSON holds."""
    if isinstance(value, tuple):
        return [_plain(one) for one in value]
    return value.isoformat() if isinstance(value, dt.date) else value


def _typed(name: str, value: Any, kind: str) -> Scalar:
    """Return a value that has the type asked for."""
    if kind == "date" and isinstance(value, str):
        return _read(name, value, "date")
    if kind == "float" and isinstance(value, int) and not isinstance(value, bool):
        value = float(value)
    allowed: dict[str, type] = {"int": int, "float": float, "bool": bool, "str": str, "date": dt.date}
    if type(value) is not allowed[kind] or (isinstance(value, float) and not math.isfinite(value)):
        raise SpecificationError(f"{name} == {value!r}, must be of type {kind}{_hint(kind)}")
    return cast("Scalar", value)


def _read(name: str, text: str, kind: str) -> Scalar:
    """Read one value from text."""
    try:
        if kind == "bool":
            return {**dict.fromkeys(_TRUE, True), **dict.fromkeys(_FALSE, False)}[text.lower()]
        readers: dict[str, Any] = {"int": int, "float": float, "str": str, "date": dt.date.fromisoformat}
        return readers[kind](text)  # type: ignore[no-any-return]
    except (KeyError, ValueError) as error:
        raise SpecificationError(f"{name} == {text!r}, must be of type {kind}{_hint(kind)}") from error


def _hint(kind: str) -> str:
    """Give an example of a type that is easily written wrong."""
    hints = {
        "bool": " (true or false)",
        "date": " (such as 2013-01-31)",
        "float": " (finite)",
        "int": " (a whole number)",
    }
    return hints.get(kind, "")


def _as_text(value: Any) -> str:
    """Write a value as a user would type it."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, (list, tuple)):
        return ",".join(_as_text(one) for one in value)
    return value.isoformat() if isinstance(value, dt.date) else str(value)


def as_words(values: Mapping[str, Value] | Mapping[str, Any]) -> str:
    """Write parameters as they are typed on the command line.

    Parameters
    ----------
    values : mapping
        Parameter to value.

    Returns
    -------
    str
        ``name=value`` words, parted by spaces.

    Examples
    --------
    >>> as_words({"n": 3, "fast": True})
    'n=3 fast=true'
    """
    return " ".join(f"{name}={_as_text(value)}" for name, value in values.items())
