"""Marks that a content carries of itself: that it holds operational detail, or describes people one by one."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, Literal

from ctresearch.privacy.reading.plain_values import is_frame

Mark = Literal["operational_detail", "record_level"]
MARKS = ("private", "protected", "operational_detail", "record_level")
"""What a table says of itself in its ``attrs``, and what travels with it into a saved output."""

_DEPTH = 6


def carries_mark(content: Any, mark: Mark, depth: int = _DEPTH) -> bool:
    """Say whether a content, or a part of it, carries a mark.

    Parameters
    ----------
    content : object
        A result or its plain values, a table (its ``attrs``), a picture (an attribute of its axes or figure, and in SVG
        and HTML an element of that name), or a container of these.
    mark : {"operational_detail", "record_level"}
        Which.
    depth : int
        How many containers deep to look.

    Returns
    -------
    bool
        ``True`` if so. A table may say by which columns it describes people; without any of them it does no longer.

    Examples
    --------
    >>> import pandas as pd
    >>> table = pd.DataFrame({"price": [30]})
    >>> table.attrs["operational_detail"] = True
    >>> carries_mark({"prices": table.assign(months=2)}, "operational_detail")
    True
    """
    if depth == 0 or content is None:
        return False
    if isinstance(content, (str, bytes)):
        return _in_text(content, mark)
    if is_frame(content):
        return _on_table(content, mark)
    if isinstance(content, (Mapping, list, tuple, set, frozenset)):
        parts = content.values() if isinstance(content, Mapping) else content
        own = isinstance(content, Mapping) and content.get(mark) is True
        return own or any(carries_mark(part, mark, depth - 1) for part in parts)
    axes = getattr(content, "axes", None)  # of a figure
    return any(getattr(one, mark, False) is True for one in (content, *(axes if isinstance(axes, list) else ())))


def _in_text(content: str | bytes, mark: str) -> bool:
    """Find an element of that name in a drawing or page."""
    written = content if isinstance(content, bytes) else content.encode("utf-8", "replace")
    return re.search(rb"<(?:svg|html)\b", written) is not None and f'id="{mark}"'.encode() in written


def _on_table(table: Any, mark: str) -> bool:
    """Read the mark on a table."""
    said = getattr(table, "attrs", {}).get(mark)
    if not isinstance(said, (list, tuple)):
        return said is True
    return bool({*map(str, getattr(table, "columns", ())), *map(str, table.index.names)} & set(said))
