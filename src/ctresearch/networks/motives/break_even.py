"""At which price, cost or risk a scheme no longer earns, draw by draw."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

_EARNING = ("price", "volume")  # the scheme earns more with these
_BISECTIONS = 60


def economics(drawn: dict[str, Floats]) -> dict[str, Floats]:
    """Work revenue, cost and profit out for every draw.

    Parameters
    ----------
    drawn : dict of str to numpy.ndarray
        The quantities of a scheme, shape (draws,) each.

    Returns
    -------
    dict of str to numpy.ndarray
        Revenue, cost, profit, margin and months active, per exploited person.

    Examples
    --------
    >>> names = ("price", "volume", "months", "monthly_cost", "entry_cost", "debt", "detection", "penalty")
    >>> drawn = dict.fromkeys(names, np.zeros(1)) | {"months": np.ones(1), "price": np.ones(1), "volume": np.ones(1)}
    >>> economics(drawn)["profit"].tolist()
    [1.0]
    """
    active, caught = _exposure(drawn["detection"], drawn["months"])
    revenue = drawn["price"] * drawn["volume"] * active + drawn["debt"] * active / drawn["months"]
    cost = drawn["entry_cost"] + drawn["monthly_cost"] * active + drawn["penalty"] * caught
    profit = revenue - cost
    margin = np.divide(profit, revenue, out=np.full_like(profit, np.nan), where=revenue > 0)
    return {"revenue": revenue, "cost": cost, "profit": profit, "margin": margin, "months_active": active}


def _exposure(detection: Floats, months: Floats) -> tuple[Floats, Floats]:
    """Return the expected months until detection or the end, and the chance of detection by then."""
    stays = (1 - detection) ** months
    active = np.divide(1 - stays, detection, out=months.copy(), where=detection > 0)
    return active, 1 - stays


def break_even(drawn: dict[str, Floats], lever: str) -> Floats:
    """Find from which value of one quantity each draw no longer earns; of price and volume, from which it earns.

    Parameters
    ----------
    drawn : dict of str to numpy.ndarray
        The quantities of a scheme, shape (draws,) each.
    lever : str
        The quantity.

    Returns
    -------
    numpy.ndarray
        One value a draw: 0 where it is so at zero already, infinite where it is never so.

    Examples
    --------
    >>> names = ("price", "volume", "months", "monthly_cost", "entry_cost", "debt", "detection", "penalty")
    >>> drawn = dict.fromkeys(names, np.zeros(1)) | {"months": np.ones(1), "price": np.ones(1), "volume": np.ones(1)}
    >>> break_even(drawn, "entry_cost").tolist(), break_even(drawn, "penalty").tolist()
    ([1.0], [inf])
    """
    if lever == "detection":
        return _break_even_detection(drawn)
    at_zero = economics(drawn | {lever: np.zeros_like(drawn[lever])})["profit"]
    slope = economics(drawn | {lever: np.ones_like(drawn[lever])})["profit"] - at_zero
    settled = (at_zero > 0) == (lever in _EARNING)  # at zero the question is answered already
    value = np.divide(-at_zero, slope, out=np.full_like(slope, np.inf), where=slope != 0)
    return np.where(settled, 0.0, np.where(value >= 0, value, np.inf))


def _break_even_detection(drawn: dict[str, Floats]) -> Floats:
    """Bisect the monthly chance of detection; the profit falls with it wherever a month earns more than it costs."""

    def profit(chance: Floats) -> Floats:
        return economics(drawn | {"detection": chance})["profit"]

    low, high = np.zeros_like(drawn["detection"]), np.ones_like(drawn["detection"])
    earns_at_zero, loses_at_one = profit(low) > 0, profit(high) <= 0
    for _ in range(_BISECTIONS):
        middle = (low + high) / 2
        earns = profit(middle) > 0
        low, high = np.where(earns, middle, low), np.where(earns, high, middle)
    return np.where(earns_at_zero, np.where(loses_at_one, (low + high) / 2, np.inf), 0.0)
