"""Dominance: a sum that is nearly one contributor's own value gives that value away.

References
----------
.. [1] Hundepool, A., Domingo-Ferrer, J., Franconi, L., Giessing, S., Schulte Nordholt, E., Spicer, K. and
   de Wolf, P.-P. (2012). Statistical Disclosure Control. Wiley. https://doi.org/10.1002/9781118348239
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from ctresearch.core.errors import DataError
from ctresearch.core.message import say
from ctresearch.core.render import as_card
from ctresearch.core.validate import in_range, whole_number
from ctresearch.privacy.verdicts.verdict import Finding

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import ArrayLike, NDArray

    from ctresearch.privacy.verdicts.policy import Policy


@dataclass(frozen=True, slots=True)
class Dominance:
    """Cells in which a few contributors stand out.

    Parameters
    ----------
    nk : numpy.ndarray of bool
        One a cell: the ``n`` largest contributors hold more than the share ``k``.
    p_percent : numpy.ndarray of bool
        One a cell: the second largest contributor could estimate the largest to within ``p``.

    Examples
    --------
    >>> dominance([[10, 9, 8, 7, 6], [90, 4, 3]]).unsafe.tolist()
    [False, True]
    """

    nk: NDArray[np.bool_]
    p_percent: NDArray[np.bool_]

    @property
    def unsafe(self) -> NDArray[np.bool_]:
        """Cells that break either rule."""
        return self.nk | self.p_percent

    def _repr_html_(self) -> str:
        return as_card(self, says=[], show=["nk", "p_percent"])


def dominance(contributions: Sequence[ArrayLike], *, n: int = 2, k: float = 0.85, p: float = 0.10) -> Dominance:
    """Apply the (n, k) and the p% rule to the cells of a table of sums.

    Parameters
    ----------
    contributions : sequence of array-like
        What each contributor put into a cell, one array of non-negative amounts a cell.
    n : int
        Largest contributors that the (n, k) rule adds up.
    k : float
        Largest share of the cell's total that they may hold.
    p : float
        The p% rule: what remains of the total without the two largest must be at least this share of the largest,
        or the second largest contributor knows the largest too well.

    Returns
    -------
    Dominance
        One answer a cell under each rule. Cells whose total is zero are safe.

    Raises
    ------
    DataError
        If an amount is negative or missing.
    SpecificationError
        If an option is out of range.

    References
    ----------
    .. [1] Hundepool, A., Domingo-Ferrer, J., Franconi, L., Giessing, S., Schulte Nordholt, E., Spicer, K. and
       de Wolf, P.-P. (2012). Statistical Disclosure Control. Wiley. https://doi.org/10.1002/9781118348239

    Examples
    --------
    Profits of the employers in two districts: in the second, one employer makes nearly all of it.

    >>> dominance([[10, 9, 8, 7, 6], [90, 4, 3]]).unsafe.tolist()
    [False, True]
    """
    whole_number("n", n, low=1)
    in_range("k", k, 0, 1, open_ends=True)
    in_range("p", p, 0, 1, open_ends=True)
    cells = [_amounts(i, c) for i, c in enumerate(contributions, start=1)]
    totals = np.array([cell.sum() for cell in cells], dtype=float)
    top = np.array([cell[:n].sum() for cell in cells], dtype=float)
    largest = np.array([cell[:1].sum() for cell in cells], dtype=float)
    two = np.array([cell[:2].sum() for cell in cells], dtype=float)
    return Dominance(nk=(totals > 0) & (top > k * totals), p_percent=(largest > 0) & (totals - two < p * largest))


def dominance_rule(contributions: Sequence[ArrayLike], policy: Policy) -> Finding:
    """Say whether every sum of an output has enough contributors of like size.

    Parameters
    ----------
    contributions : sequence of array-like
        What each contributor put into a cell.
    policy : Policy
        With ``dominance_n``, ``dominance_k`` and ``p_percent``.

    Returns
    -------
    Finding
        Rule ``"dominance"``; it says how many cells, never which share.

    Examples
    --------
    >>> from ctresearch.privacy.verdicts.policy import Policy
    >>> dominance_rule([[10, 9, 8, 7, 6], [90, 4, 3]], Policy()).sentence
    '1 of 2 sums is dominated by one or two contributors.'
    """
    found = dominance(contributions, n=policy.dominance_n, k=policy.dominance_k, p=policy.p_percent)
    unsafe, cells = int(found.unsafe.sum()), len(contributions)
    numbers = {"cells": cells, "unsafe": unsafe}
    if not unsafe:
        return Finding("dominance", "pass", say("No sum is dominated by one or two contributors."), "", numbers)
    sentence = say(
        "{n} of {cells} sums is dominated by one or two contributors.",
        many="{n} of {cells} sums are dominated by one or two contributors.",
        n=unsafe,
        cells=cells,
    )
    cure = say("Mask them and enough others, or join categories (suppress).")
    return Finding("dominance", "fail", sentence, cure, numbers)


def _amounts(cell: int, contributions: ArrayLike) -> NDArray[np.float64]:
    """Read what was put into one cell, the largest amount first."""
    try:
        amounts = np.sort(np.asarray(contributions, dtype=float).ravel())[::-1]
    except (TypeError, ValueError):
        raise DataError(f"contributions to cell {cell} hold what is no number, must be amounts of 0 or more") from None
    wrong = int((~(np.isfinite(amounts) & (amounts >= 0))).sum())
    if wrong:
        raise DataError(f"contributions to cell {cell}: {wrong} of {amounts.size} are no amounts of 0 or more")
    return amounts
