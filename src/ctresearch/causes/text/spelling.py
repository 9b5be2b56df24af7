"""Names that are almost the same: what a slip of the finger makes of one."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ctresearch.core.names import name_key

if TYPE_CHECKING:
    from collections.abc import Iterable

SHORT = 4  # letters; shorter names lie too near to one another for a slip to be seen


def near_miss(name: str, others: Iterable[str]) -> str | None:
    """Return which of some names was meant by one that is none of them.

    Parameters
    ----------
    name : str
        As it was written.
    others : iterable of str
        The names there are.

    Returns
    -------
    str or None
        The first that is the same but for case, accents and spaces, else the first that is one slip away: a letter left
        out, put in, put for another, or two that changed places. Names that differ in a digit are two names.

    Examples
    --------
    >>> near_miss("X", ["x", "y"]), near_miss("incme", ["income"]), near_miss("debt_2019", ["debt_2018"])
    ('x', 'income', None)
    """
    known = list(others)
    key = name_key(name)
    same = next((one for one in known if name_key(one) == key and one != name), None)
    return same or next((one for one in known if _one_slip(key, name_key(one))), None)


def _one_slip(one: str, other: str) -> bool:
    """Say whether a single slip turns one name into the other."""
    short, long = sorted((one, other), key=len)
    if len(long) < SHORT or len(long) - len(short) > 1 or short == long:
        return False
    at = next((i for i, pair in enumerate(zip(short, long, strict=False)) if pair[0] != pair[1]), len(short))
    if len(short) < len(long):
        return short[at:] == long[at + 1 :] and not long[at].isdigit()
    digits = short[at].isdigit() or long[at].isdigit()
    swapped = short[at : at + 2] == long[at : at + 2][::-1] and short[at + 2 :] == long[at + 2 :]
    return not digits and (short[at + 1 :] == long[at + 1 :] or swapped)
