"""Bands of age as labels write them."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Callable

_AGE: tuple[tuple[re.Pattern[str], Callable[[re.Match[str]], tuple[float, float]]], ...] = (
    (re.compile(r"^(?:child|children|minor)$"), lambda _: (0.0, 17.0)),
    (re.compile(r"^adults?$"), lambda _: (18.0, np.inf)),
    (re.compile(r"^(\d+)\s*-+\s*(\d+)(?: years?)?$"), lambda m: (float(m[1]), float(m[2]))),
    (re.compile(r"^(\d+)\s*(?:\+|and over|or older|and older)$"), lambda m: (float(m[1]), np.inf)),
    (re.compile(r"^(?:under|<|below)\s*(\d+)$"), lambda m: (0.0, float(m[1]) - 1)),
    (re.compile(r"^(?:over|>)\s*(\d+)$"), lambda m: (float(m[1]) + 1, np.inf)),
)


def age_band(label: str) -> tuple[float, float] | None:
    """Read a band of age.

    Parameters
    ----------
    label : str
        As spelled here.

    Returns
    -------
    tuple of float, or None
        First and last age.

    Examples
    --------
    >>> age_band("9-17"), age_band("under 18"), age_band("north")
    ((9.0, 17.0), (0.0, 17.0), None)
    """
    return next((read(found) for pattern, read in _AGE if (found := pattern.match(label))), None)
