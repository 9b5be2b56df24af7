"""Whether a picture shows only numbers that its data hold: what is judged must be what is seen."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any

import numpy as np

from ctresearch.core.errors import SpecificationError
from ctresearch.studies.kept.evidence import read_table

if TYPE_CHECKING:
    from collections.abc import Iterator

    import pandas as pd
    from numpy.typing import NDArray

    Numbers = NDArray[np.float64]

_WRITTEN = re.compile(r"[-+]?(?:\d[\d,]*\.?\d*|\.\d+)(?:[eE][-+]?\d+)?")
_LABEL = re.compile(rf"\s*({_WRITTEN.pattern})\s*(%?)\s*")
_THOUSANDS = re.compile(r"[-+]?(?!0)\d{1,3}(?:,\d{3})+")
_NEAR = 1e-9  # a bar's height is its number, but for the arithmetic of stacking


def refuse_other_numbers(name: str, picture: Any, held: Numbers) -> None:
    """Refuse a picture whose bars or written numbers are none that its data hold.

    Lines, points and ticks are left alone: they are drawn on scales, and a curve has more points than its table has
    rows.

    Parameters
    ----------
    name : str
        The output.
    picture : matplotlib.axes.Axes or matplotlib.figure.Figure
        What is saved.
    held : numpy.ndarray
        Every number of its data.

    Raises
    ------
    SpecificationError
        If a bar is as long as no number of the data and ends at none, or a text says none; a part of a
        hundred may be drawn in percent, and a text may round.

    Examples
    --------
    >>> from ctresearch.core import plot
    >>> refuse_other_numbers("sex", plot.new_axes().bar(["Women", "Men"], [40, 12])[0].axes, np.array([40.0, 12.0]))
    """
    figure = picture if hasattr(picture, "savefig") else picture.get_figure()
    held = held[np.isfinite(held)]
    held = np.concatenate([held, -held, 100 * held, -100 * held, [0.0]])  # mirrored halves; percent
    axes = figure.get_axes()
    bars = [bar for one in axes for bar in _bars(one) if not _drawn(*bar, held)]
    said = [value for one in axes for value, step in _said(one) if not _among(value, held, step)]
    if bars or said:
        raise SpecificationError(
            f"the figure {name!r} shows {len(bars)} bars and {len(said)} written numbers that its data do not hold: "
            "give data= the table that it draws, with its roles"
        )


def numbers_of(table: pd.DataFrame) -> Numbers:
    """Return every number of a table.

    Parameters
    ----------
    table : pandas.DataFrame
        Any; levels of its index are columns.

    Returns
    -------
    numpy.ndarray
        In no order. A cell is a number as a whole or not at all: digits in words are none.

    Examples
    --------
    >>> import pandas as pd
    >>> numbers_of(pd.DataFrame({"sex": ["Women", "Men of 12"], "n": [40, 7]})).tolist()
    [7.0, 40.0]
    """
    flat = table.to_csv(index=table.index.nlevels > 1 or table.index.name is not None)
    return numbers_in(flat.encode(), "table.csv")


def numbers_in(content: bytes, path: str) -> Numbers:
    r"""Return every number that a saved table or estimate holds.

    Parameters
    ----------
    content : bytes
        The file.
    path : str
        Its name, whose ending says what it is.

    Returns
    -------
    numpy.ndarray
        In no order. A cell is a number as a whole or not at all: digits in words and hashes are none.

    Examples
    --------
    >>> numbers_in(b"sex,n\nWomen,40\n", "sex.csv").tolist()
    [40.0]
    """
    if path.endswith(".json"):
        return np.unique(np.array(list(_leaves(json.loads(content)["estimates"])), dtype=np.float64))
    cells = [cell for row in read_table(content) for cell in row]
    return np.unique([float(_plain(cell)) for cell in cells if _WRITTEN.fullmatch(cell)])


def _leaves(value: Any) -> Iterator[float]:
    """Yield the numbers of nested values."""
    if isinstance(value, dict):
        value = list(value.values())
    if isinstance(value, list):
        for one in value:
            yield from _leaves(one)
    elif isinstance(value, (int, float)) and not isinstance(value, bool):
        yield float(value)


def _among(value: float, held: Numbers, step: float) -> bool:
    """Say whether a number is one of those held, as far as it is written out."""
    return bool(held.size and np.abs(held - value).min() <= step)


def _drawn(start: float, end: float, held: Numbers) -> bool:
    """Say whether a bar is as long as a number of the data, or ends at one: a tornado's start in the middle."""
    return _near(end - start, held) or _near(end, held)


def _near(value: float, held: Numbers) -> bool:
    """Say whether a number is one of those held, but for arithmetic."""
    return _among(value, held, _NEAR * max(abs(value), np.abs(held).max()))


def _bars(axes: Any) -> Iterator[tuple[float, float]]:
    """Yield where each bar begins and ends."""
    for container in axes.containers:
        for bar in getattr(container, "patches", ()):
            upright = getattr(container, "orientation", "vertical") == "vertical"
            start, length = (bar.get_y(), bar.get_height()) if upright else (bar.get_x(), bar.get_width())
            yield float(start), float(start + length)


def _said(axes: Any) -> Iterator[tuple[float, float]]:
    """Yield each text on bars or cells that is nothing but a number, with half a unit of its last digit.

    On other pictures such texts are names: actors that are called by a number.
    """
    measured = axes.containers or axes.images or any(hasattr(one, "get_coordinates") for one in axes.collections)
    for text in axes.texts if measured else ():
        found = _LABEL.fullmatch(text.get_text())
        if found:
            written = _plain(found[1])
            digits = len(written.partition(".")[2])
            yield float(written), 0.5 * 10.0**-digits * (1 + 1e-9)


def _plain(written: str) -> str:
    """Write a number without commas between thousands; one comma of another kind stands before decimals.

    What has more of them is a number that nothing holds.
    """
    whole, point, decimals = written.partition(".")
    if "," not in whole or _THOUSANDS.fullmatch(whole):
        return whole.replace(",", "") + point + decimals
    return written.replace(",", ".") if whole.count(",") == 1 and not point else "nan"
