"""References read from docstrings, so that what is cited is what was called."""

from __future__ import annotations

import inspect
import re
from typing import Any

_SECTION = re.compile(r"^References\n-+\n(?P<body>.*?)(?=^\w[^\n]*\n-{3,}|\Z)", re.MULTILINE | re.DOTALL)
_ENTRY = re.compile(r"^\.\. \[[^\]]+\] (?P<text>.*?)(?=^\.\. \[|\Z)", re.MULTILINE | re.DOTALL)
_DOI = re.compile(r"10\.\d{4,9}/[^\s,;]+[^\s,;.]")


def references(thing: Any) -> tuple[str, ...]:
    """Return the references in the docstring of a class, function or module.

    Parameters
    ----------
    thing : object
        Something with a numpydoc docstring.

    Returns
    -------
    tuple of str
        Each reference on one line, in the order of the docstring; empty where there are none.

    Examples
    --------
    >>> from ctresearch.core import pseudonym
    >>> references(pseudonym)[0].startswith("Krawczyk")
    True
    """
    section = _SECTION.search(inspect.getdoc(thing) or "")
    if section is None:
        return ()
    return tuple(" ".join(entry["text"].split()) for entry in _ENTRY.finditer(section["body"]))


def doi(reference: str) -> str | None:
    """Return the DOI in a reference.

    Parameters
    ----------
    reference : str
        Text of one reference.

    Returns
    -------
    str or None
        Such as ``"10.1111/rssa.12505"``.

    Examples
    --------
    >>> doi("Silverman (2020). https://doi.org/10.1111/rssa.12505.")
    '10.1111/rssa.12505'
    """
    found = _DOI.search(reference)
    return found.group() if found else None
