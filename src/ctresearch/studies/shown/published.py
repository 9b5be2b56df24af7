"""Numbers and tables as they are published: rounded to significant digits, and harmless in a spreadsheet."""

from __future__ import annotations

import math
import re
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from pathlib import Path

    import pandas as pd

DIGITS = 8
_FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")
_PLAIN_NUMBER = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?\Z")


def published_number(value: float) -> float | str | None:
    """Round a number to the digits that every machine agrees on.

    The last bits of a sum depend on the processor and its linear algebra library; the first eight significant digits
    do not.

    Parameters
    ----------
    value : float
        Any number.

    Returns
    -------
    float, int, str or None
        Eight significant digits; whole numbers unchanged; ``None`` for a missing one, ``"inf"`` or ``"-inf"`` for an
        infinite one, since JSON has no words for them.

    Examples
    --------
    >>> published_number(11417.9876543217), published_number(64105700), published_number(float("nan"))
    (11417.988, 64105700, None)
    """
    if isinstance(value, bool) or float(value).is_integer():
        return value if isinstance(value, (bool, int)) else int(value) if abs(value) < 2**53 else float(value)
    if math.isnan(value):
        return None
    if math.isinf(value):
        return "inf" if value > 0 else "-inf"
    return float(f"{value:.{DIGITS}g}")


def spreadsheet_safe(text: str) -> str:
    """Return text that a spreadsheet shows and does not execute.

    Parameters
    ----------
    text : str
        A cell.

    Returns
    -------
    str
        The text, after an apostrophe where it would start a formula.

    Examples
    --------
    >>> spreadsheet_safe("=HYPERLINK(1)"), spreadsheet_safe("-0.5"), spreadsheet_safe("lists A+B")
    ("'=HYPERLINK(1)", '-0.5', 'lists A+B')
    """
    begins = text.lstrip(" ")
    if begins.startswith(_FORMULA_STARTS) and not _PLAIN_NUMBER.match(begins):
        return "'" + text
    return text


def write_csv(frame: pd.DataFrame, path: Path) -> None:
    r"""Write a table as CSV for people, spreadsheets and programs alike.

    Parameters
    ----------
    frame : pandas.DataFrame
        The table; its index is written where it has a name.
    path : pathlib.Path
        Where to write.

    Examples
    --------
    >>> import pandas as pd, pathlib, tempfile
    >>> path = pathlib.Path(tempfile.mkdtemp()) / "t.csv"
    >>> write_csv(pd.DataFrame({"list": ["=A"], "estimate": [1 / 3]}), path)
    >>> path.read_text()
    "list,estimate\n'=A,0.33333333\n"
    """
    named = any(name is not None for name in frame.index.names)
    flat = frame.reset_index() if named else frame
    shown = flat.astype(object).map(_cell)
    shown.columns = [_cell(column) for column in flat.columns]
    path.write_text(shown.to_csv(index=False, lineterminator="\n"), encoding="utf-8", newline="")


def _cell(value: Any) -> Any:
    """Write one cell."""
    import numpy as np

    if isinstance(value, np.generic):
        value = value.item()
    if isinstance(value, float):
        return published_number(value)
    if isinstance(value, tuple):
        return spreadsheet_safe(" / ".join(str(part) for part in value))
    return spreadsheet_safe(value) if isinstance(value, str) else value
