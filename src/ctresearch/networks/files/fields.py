"""The fields of a line, and the numbers among them, in the text formats of network programs."""

from __future__ import annotations

import re

from ctresearch.core.errors import DataError
from ctresearch.data.contents.numbers import number_in

_AT_BLANKS = re.compile(r'"([^"]*)"|(\S+)')
_AT_COMMAS_TOO = re.compile(r'"([^"]*)"|([^\s,]+)')


def split_fields(text: str, *, commas: bool = False) -> list[str]:
    """Split at blanks, quotes kept together.

    Parameters
    ----------
    text : str
        A line, or several.
    commas : bool
        Whether commas part fields too.

    Returns
    -------
    list of str
        The fields, without their quotes.

    Examples
    --------
    >>> split_fields('1 "a b" c,d'), split_fields('1 "a b" c,d', commas=True)
    (['1', 'a b', 'c,d'], ['1', 'a b', 'c', 'd'])
    """
    return [quoted or plain for quoted, plain in (_AT_COMMAS_TOO if commas else _AT_BLANKS).findall(text)]


def is_number(field: str) -> bool:
    """Say whether a field is a number.

    Parameters
    ----------
    field : str
        As it stands, blanks around it aside.

    Returns
    -------
    bool
        False for words such as ``nan`` too.

    Examples
    --------
    >>> is_number(" 1.5"), is_number("nan"), is_number("")
    (True, False, False)
    """
    return number_in(field.strip()) is not None


def number_at(field: str, place: str) -> float:
    """Read a number.

    Parameters
    ----------
    field : str
        As it stands.
    place : str
        Where that is, for the message.

    Returns
    -------
    float
        The number.

    Raises
    ------
    DataError
        If it is none; the field itself is not shown.

    Examples
    --------
    >>> number_at("1e3", "line 4")
    1000.0
    """
    found = number_in(field)
    if found is None:
        raise DataError(f"{place} holds text where a number must stand: correct it")
    return found
