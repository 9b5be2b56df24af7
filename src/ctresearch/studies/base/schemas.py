"""Schemas of JSON, loaded without the parser of foreign addresses that nobody here asks for."""

from __future__ import annotations

import sys
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

_GRAMMAR = "rfc3987_syntax"


@contextmanager
def without_iri_grammar() -> Iterator[None]:
    """Keep jsonschema from building a parser of foreign addresses when it is imported, which costs seconds.

    Yields
    ------
    None

    Examples
    --------
    >>> with without_iri_grammar():
    ...     import jsonschema
    """
    blocked = not {"jsonschema", _GRAMMAR} & set(sys.modules)
    if blocked:
        sys.modules[_GRAMMAR] = None  # type: ignore[assignment]
    try:
        yield
    finally:
        if blocked:
            del sys.modules[_GRAMMAR]
