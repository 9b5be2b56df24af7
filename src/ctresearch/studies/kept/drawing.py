"""Whether two pictures look the same, whatever the last digits of their coordinates.

A processor's own way to multiply and add may turn a coordinate of 0 into -1e-15; matplotlib then writes ``-0``, and
names what is clipped by a hash of it. Nobody can see either.
"""

from __future__ import annotations

import hashlib
import re

_NAMED = re.compile(r'(?:(?<=\bid=")|(?<=url\(#)|(?<=href="#))[^")]+')
_NUMBER = re.compile(r"(?<![\w.#])-?\d+\.?\d*(?:e-?\d+)?(?![\w.])")
_SCALE_OR_NUMBER = re.compile(rf"scale\([^)]*\)|{_NUMBER.pattern}")
_DECIMALS = 2  # of a point, 1/72 inch: finer than any screen or printer shows
_SCALE_DECIMALS = 4  # letters are drawn a hundred points high and scaled to what is read: a tenth, of one of ten


def drawing_hash(svg: str) -> str:
    """Hash what can be seen of a picture: names by their order, numbers to a hundredth of a point.

    Parameters
    ----------
    svg : str
        The picture, as matplotlib writes it.

    Returns
    -------
    str
        SHA-256 in hexadecimal.

    Examples
    --------
    >>> drawing_hash('<path id="p3" d="M 0 1"/>') == drawing_hash('<path id="p7" d="M -0 1.0000001"/>')
    True
    >>> drawing_hash('<path d="M 0 1"/>') == drawing_hash('<path d="M 0 1.02"/>')
    False
    >>> drawing_hash('<g transform="scale(0.1)"/>') == drawing_hash('<g transform="scale(0.101)"/>')
    False
    """
    names: dict[str, str] = {}
    ordered = _NAMED.sub(lambda found: names.setdefault(found[0], f"name-{len(names)}"), svg)
    return hashlib.sha256(_SCALE_OR_NUMBER.sub(_rounded, ordered).encode()).hexdigest()


def _rounded(found: re.Match[str]) -> str:
    """Write a number, or those of a scale, shortly."""
    if found[0].startswith("scale"):
        return _NUMBER.sub(lambda number: _written(number[0], _SCALE_DECIMALS), found[0])
    return _written(found[0], _DECIMALS)


def _written(number: str, decimals: int) -> str:
    """Write a number shortly, without the sign of a zero."""
    return f"{round(float(number), decimals) + 0.0:.12g}"
