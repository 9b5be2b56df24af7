"""Classes of values: where one colour ends and the next begins, and what is drawn without a colour."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from ctresearch.core.errors import SpecificationError
from ctresearch.core.message import say

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from ctresearch.core.message import Message

    Floats = NDArray[np.float64]

BLUES = ("#a9cce6", "#74abd6", "#4186bd", "#1f609a", "#0a3566")
"""From light to dark in one hue: evenly spaced in lightness (CIE L* 80, 67, 53, 39, 22), so that grey says the same."""
ZERO, MASKED, RANGE, MISSING = -1, -2, -3, -4
FILL = {ZERO: "#ffffff", MASKED: "#ffffff", RANGE: "#ffffff", MISSING: "#f1f1f1"}
HATCH = {ZERO: "..", MASKED: "/////", RANGE: "xxxx", MISSING: ""}
_MOST = len(BLUES)


@dataclass(frozen=True, slots=True)
class Classes:
    """Ends of classes, and which class each value is in: from 0 the classes of colour, below 0 what has none."""

    breaks: tuple[float, ...]
    of: NDArray[np.int64]
    whole: bool

    def label(self, number: int, unit: str) -> Message:
        """Say which values a class holds."""
        low = self.breaks[number]
        last = number + 1 == len(self.breaks)
        if self.whole:
            if last:
                return say("{low:,} and more {unit}", low=int(low), unit=unit)
            high = int(self.breaks[number + 1]) - 1
            if high == low:
                return say("{low:,} {unit}", low=int(low), unit=unit)
            return say("{low:,} to {high:,} {unit}", low=int(low), high=high, unit=unit)
        if last:
            return say("{low:g} and more {unit}", low=low, unit=unit)
        return say("{low:g} to under {high:g} {unit}", low=low, high=self.breaks[number + 1], unit=unit)


def classes(
    low: Floats, high: Floats, masked: NDArray[np.bool_], *, whole: bool, breaks: Sequence[float] | None = None
) -> Classes:
    """Put values into classes; one known by a range is in a class only if both of its ends are.

    Parameters
    ----------
    low, high : numpy.ndarray
        Ends of each value; NaN where nothing is known.
    masked : numpy.ndarray
        Where no more than a bound was published.
    whole : bool
        Whether the values are counts.
    breaks : sequence of float, optional
        Where each class begins; round numbers that part the known values evenly by default.

    Returns
    -------
    Classes
        With the class of each value.

    Raises
    ------
    SpecificationError
        If breaks do not rise, or a known value lies below the first.

    Examples
    --------
    >>> ends = np.array([3.0, 40.0, 0.0, np.nan]), np.array([3.0, 55.0, 4.0, np.nan])
    >>> classes(*ends, np.array([False, False, True, False]), whole=True, breaks=[1, 10, 50]).of.tolist()
    [0, -3, -2, -4]
    """
    known = np.isfinite(low) & ~masked
    chosen = nice_breaks(low[known], whole=whole) if breaks is None else _given(breaks, low[known], whole=whole)
    of = np.full(len(low), MISSING, dtype=np.int64)
    first, last = (np.searchsorted(chosen, ends, side="right") - 1 for ends in (low, high))
    of[known] = np.where(first == last, first, RANGE)[known]
    of[known & whole & (high == 0)] = ZERO
    of[known & (first < 0) & (first == last) & ~(whole & (high == 0))] = (
        0  # beneath the first break by arithmetic alone
    )
    of[masked] = MASKED
    return Classes(tuple(float(one) for one in chosen), of, whole)


def nice_breaks(values: Floats, *, whole: bool) -> Floats:
    """Return round numbers at which classes of about as many values begin.

    Parameters
    ----------
    values : numpy.ndarray
        Known values.
    whole : bool
        Whether they are counts, of which zeros stand in no class.

    Returns
    -------
    numpy.ndarray
        At most five, rising; each 1, 2 or 5 times a power of ten where values spread over powers of ten.

    Examples
    --------
    >>> nice_breaks(np.array([1.0, 3, 8, 20, 70, 300, 2000]), whole=True).tolist()
    [1.0, 5.0, 10.0, 50.0, 200.0]
    """
    values = values[values > 0] if whole else values
    if not len(values):
        return np.array([1.0 if whole else 0.0])
    least, most = float(values.min()), float(values.max())
    inner = np.quantile(values, np.linspace(0, 1, _MOST + 1)[1:-1])
    wide = least > 0 and most / least > 20
    rounded = [_round_in_decades(one) if wide else _round_in_steps(one, most - least) for one in inner]
    start = 1.0 if whole else _floor_in_steps(least, most - least)
    found = np.unique([start, *(one for one in rounded if start < one <= most)])
    return np.unique(np.maximum(np.round(found), 1)) if whole else found


def _round_in_decades(value: float) -> float:
    """Round to 1, 2 or 5 times a power of ten, the nearest in ratio."""
    power = 10.0 ** np.floor(np.log10(value))
    steps = np.array([1.0, 2.0, 5.0, 10.0]) * power
    return float(steps[np.argmin(np.abs(np.log(steps / value)))])


def _step(span: float) -> float:
    """Return a round step of about a twentieth of a span."""
    return _round_in_decades(span / 20) if span > 0 else 1.0


def _round_in_steps(value: float, span: float) -> float:
    """Round to a step that fits the span."""
    step = _step(span)
    return float(np.round(np.round(value / step) * step, 12))


def _floor_in_steps(value: float, span: float) -> float:
    """Round down to a step that fits the span; 0 where it is near."""
    step = _step(span)
    return float(np.round(np.floor(value / step) * step, 12))


def _given(breaks: Sequence[float], known: Floats, *, whole: bool) -> Floats:
    """Check breaks that a user gave."""
    try:
        read: Any = np.asarray(list(breaks), dtype=float)
    except (TypeError, ValueError):
        read = np.array([])
    if not 1 <= len(read) <= _MOST or not np.isfinite(read).all() or (np.diff(read) <= 0).any():
        raise SpecificationError(f"breaks must be 1 to {_MOST} numbers that rise, each the least value of its class")
    below = int((known[known > 0 if whole else np.ones(len(known), dtype=bool)] < read[0]).sum())
    if below:
        raise SpecificationError(f"breaks begin above {below} values, must begin at the least or below")
    return np.asarray(read)
