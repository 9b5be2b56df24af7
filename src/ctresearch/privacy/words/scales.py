"""What a number is of, as the words beside it say: parts of a hundred or of more, and ranks of quantiles."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from ctresearch.privacy.declared.part import Part

_PER = re.compile(
    r"(?i)per[ _-]*(?:(10{0,2}(?:[ ,.]?0{3})+|1[ ,.]00[ ,.]000)(?![ ,.]?\d)|(100 ?k|10 ?k|1? ?k|1? ?million)\b)"
)
_PER_MILLE = re.compile(r"(?i)per[ _-]?mille?(?![a-z])|promille|\u2030|per[ _-]?thousand")
_THOUSANDS = {"k": 1e3, "1k": 1e3, "10k": 1e4, "100k": 1e5, "million": 1e6, "1million": 1e6}
SAID = {"lower quartile": 0.25, "first quartile": 0.25, "upper quartile": 0.75, "third quartile": 0.75}
QUANTILE = re.compile(r"(?i)(?<![\w.])(?:p|q)?(0?\.\d+|\d{1,2}(?:\.\d+)?)(?=%|th|st|nd|rd|[ _]?percent|\b)")


def whole_of(part: Part) -> float:
    """Return what all of the base is written as: 1, 100, or what the name or the unit says, as in "per 1,000".

    Parameters
    ----------
    part : Part
        A share.

    Returns
    -------
    float
        The whole.

    Examples
    --------
    >>> import numpy as np
    >>> import pandas as pd
    >>> from ctresearch.privacy.declared.part import Part
    >>> [whole_of(Part(name, None, np.arange(1), pd.Series([0.4]))) for name in ("men", "percent", "rate_per_100000")]
    [1.0, 100.0, 100000.0]
    """
    if (scale := said_scale(part)) is not None:
        return scale
    said = f"{part.name} {'' if part.meaning is None else part.meaning.unit}".lower()
    written = part.held.dtype.kind not in "iuf" and any("%" in word for word in part.coded[1])
    percent = written or "percent" in said or "%" in said or "pct" in said or (len(part.shown) and part.shown.max() > 1)
    return 100.0 if percent else 1.0


def said_scale(part: Part) -> float | None:
    """Read what a rate is per, from the name, the label and the unit of its column or the sign in its cells.

    Parameters
    ----------
    part : Part
        A share or a figure.

    Returns
    -------
    float or None
        Such as 100,000; ``None`` where nothing says it.

    Examples
    --------
    >>> import numpy as np
    >>> import pandas as pd
    >>> from ctresearch.privacy.declared.part import Part
    >>> said_scale(Part("per 1,000", None, np.arange(1), pd.Series([0.4])))
    1000.0
    """
    said = f"{part.name} {'' if part.meaning is None else f'{part.meaning.label} {part.meaning.unit}'}"
    signs = part.held.dtype.kind not in "iuf" and any("\u2030" in word for word in part.coded[1])
    if signs or _PER_MILLE.search(said):
        return 1000.0
    found = _PER.search(said)
    if found is None:
        return None
    return float(re.sub(r"\D", "", found[1])) if found[1] else _THOUSANDS[found[2].replace(" ", "").lower()]


def rank_of(name: str) -> float:
    """Read which quantile a column holds.

    Parameters
    ----------
    name : str
        Words that may say it.

    Returns
    -------
    float
        From 0 to 1; the median's where nothing is said.

    Examples
    --------
    >>> [rank_of(name) for name in ("p90", "lower_quartile", "median_age")]
    [0.9, 0.25, 0.5]
    """
    for words, rank in SAID.items():
        if words in name.lower().replace("_", " "):
            return rank
    found = QUANTILE.search(name.replace("_", " "))
    if found is None or "median" in name.lower():
        return 0.5
    rank = float(found[1])
    return rank if rank < 1 and found[1].startswith(("0.", ".")) else rank / 100
