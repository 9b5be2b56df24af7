"""Places in a text: code points, as the standard says, or the UTF-16 units that some tools count."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Sequence

    Spans = Sequence[tuple[int, int]]

_ABOVE = 0xFFFF  # characters beyond this take two units of UTF-16


def choose_offsets(text: str, spans: Spans, names: Sequence[str], asked: str) -> str:
    """Say how places were counted, by comparing the name of each selection with what stands there.

    Most tools name a selection after its words. Where a text has characters of two units, the two ways of counting
    part, and the names show which one fits; where they show nothing, it is code points.

    Parameters
    ----------
    text : str
        The text.
    spans : sequence of tuple
        Start and end of each selection.
    names : sequence of str
        Name of each selection.
    asked : {"auto", "codepoints", "utf16"}
        What the user said.

    Returns
    -------
    str
        ``"codepoints"`` or ``"utf16"``.

    Examples
    --------
    >>> choose_offsets("\U0001f600 debt", [(3, 7)], ["debt"], "auto")
    'utf16'
    """
    if asked != "auto" or text.isascii() or max(map(ord, text), default=0) <= _ABOVE:
        return "utf16" if asked == "utf16" else "codepoints"
    units = from_utf16(text, spans)
    plain = sum(_fits(text[a:b], name) for (a, b), name in zip(spans, names, strict=True))
    wide = sum(_fits(text[a:b], name) for (a, b), name in zip(units, names, strict=True))
    if wide == plain and any(end > len(text) for _, end in spans) and all(end <= len(text) for _, end in units):
        return "utf16"
    return "utf16" if wide > plain else "codepoints"


def _fits(words: str, name: str) -> bool:
    """Say whether a name is the beginning of some words."""
    cut = name.strip().rstrip(".\u2026").strip()
    return bool(cut) and words.strip().startswith(cut)


def from_utf16(text: str, spans: Spans) -> list[tuple[int, int]]:
    """Turn places in UTF-16 units into places in code points.

    Parameters
    ----------
    text : str
        The text.
    spans : sequence of tuple
        Start and end.

    Returns
    -------
    list of tuple
        Start and end; what lies behind the text stays behind it.

    Examples
    --------
    >>> from_utf16("\U0001f600 debt", [(3, 7)])
    [(2, 6)]
    """
    wide = np.fromiter((1 + (ord(one) > _ABOVE) for one in text), dtype=np.int64, count=len(text))
    units = np.concatenate([[0], np.cumsum(wide)])
    last = int(units[-1])

    def place(at: int) -> int:
        return int(np.searchsorted(units, at)) if at <= last else len(text) + at - last

    return [(place(start), place(end)) for start, end in spans]
