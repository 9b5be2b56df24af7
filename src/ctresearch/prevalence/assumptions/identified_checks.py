"""What must be asked of an estimate under an identifying assumption."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from ctresearch.core.check import Check
from ctresearch.core.message import say

if TYPE_CHECKING:
    from ctresearch.prevalence.assumptions.assumption_words import Placed
    from ctresearch.prevalence.lists.cells import Array

_FEW = 5
"""With fewer people in a cell, the logarithm of its count has a standard error of nearly a half."""
_UNLIKELY = 0.025
_MOVED, _HANGS = 1.1, 1.5
"""A prior that is halved or doubled may move the population by a tenth; by a half, the estimate is the prior's."""
_WIDE = 2.0


def check_cells(groups: Array, placed: Placed, *, smooth: bool) -> Check:
    """Say whether every cell that the estimate needs has somebody.

    Parameters
    ----------
    groups : numpy.ndarray
        People by group.
    placed : Placed
        The assumption.
    smooth : bool
        Whether a prior stands in for empty cells above the line.

    Returns
    -------
    Check
        Voids where the estimate divides by an empty cell, or nothing stands in for one.

    Examples
    --------
    >>> from ctresearch.prevalence.assumptions.assumption_words import state
    >>> pair = state("no_highest_order", None, None, 1.0).of(["a", "b"])
    >>> print(check_cells(np.array([0.0, 60, 40, 20, 0]), pair, smooth=True))
    ✓ cells: All 3 cells that the assumption reads hold at least 5 people.
    """
    by = placed.identification
    read, divisors = groups[by.signs != 0], groups[by.divisors]
    empty, below, least = int((read == 0).sum()), int((divisors == 0).sum()), int(read.min())
    numbers = {"cells": read.size, "empty": empty, "empty_divisors": below, "few": int((read < _FEW).sum())}
    said = say("{empty} of {cells} cells that the assumption reads hold nobody", empty=empty, cells=read.size)
    if below or (empty and not smooth):
        cure = say(
            "{said}, and the number on no list follows from them: there is no estimate. State the assumption for fewer "
            "lists, or merge lists.",
            said=said,
        )
        return Check("cells", "fail", cure, numbers, voids=True)
    if empty:
        return Check("cells", "review", say("{said}: there the prior alone speaks.", said=said), numbers)
    if least < _FEW:
        few = say(
            "{few} of {cells} cells that the assumption reads hold fewer than {least} people: the estimate is "
            "unsteady.",
            few=numbers["few"],
            cells=read.size,
            least=_FEW,
        )
        return Check("cells", "review", few, numbers)
    said = say("All {cells} cells that the assumption reads hold at least {least} people.", cells=read.size, least=_FEW)
    return Check("cells", "pass", said, numbers)


def check_possible(possible: float, left: float, elsewhere: float) -> Check:
    """Say whether the table contradicts the assumption.

    Parameters
    ----------
    possible : float
        Posterior probability that the number on no list is positive.
    left : float
        Its plug-in estimate.
    elsewhere : float
        People who were seen, but on none of the lists that the assumption is about.

    Returns
    -------
    Check
        Voids where the table contradicts it.

    Examples
    --------
    >>> print(check_possible(1.0, 20.0, elsewhere=5.0))
    ✓ assumption: The table could have contradicted the assumption and does not.
    """
    numbers = {"possible": possible, "unobserved": left, "elsewhere": elsewhere}
    if not elsewhere:
        said = say("No table can contradict the assumption: what is known of the lists must defend it.")
        return Check("assumption", "pass", said, numbers)
    if left <= 0 or possible < 0.5:
        said = say(
            "The table contradicts the assumption: it asks for fewer people on none of its lists than were seen on "
            "others. Choose another assumption."
        )
        return Check("assumption", "fail", said, numbers, voids=True)
    if possible < 1 - _UNLIKELY:
        said = say(
            "With a probability of {share:.0%} the assumption asks for fewer people on none of its lists than were "
            "seen on others; those draws are left out.",
            share=1 - possible,
        )
        return Check("assumption", "review", said, numbers)
    return Check("assumption", "pass", say("The table could have contradicted the assumption and does not."), numbers)


def check_prior(less: float, usual: float, more: float) -> Check:
    """Say how far the prior of the cells moves the estimate.

    Parameters
    ----------
    less, usual, more : float
        The population with half the prior, with the prior and with twice the prior.

    Returns
    -------
    Check
        Fails where the estimate hangs on the prior.

    Examples
    --------
    >>> check_prior(990.0, 1000.0, 1010.0).status
    'pass'
    """
    factor = max(less, usual, more) / min(less, usual, more)
    numbers = {"half": less, "prior": usual, "twice": more, "factor": factor}
    said = say(
        "With half of the prior people in each cell the estimate is {less:,.0f}, with twice as many {more:,.0f}",
        less=less,
        more=more,
    )
    if factor > _HANGS:
        hangs = say("{said}: it is the prior that speaks and not the table.", said=said)
        return Check("prior", "fail", hangs, numbers)
    return Check("prior", "review" if factor > _MOVED else "pass", say("{said}.", said=said), numbers)


def check_reach(half: float, twice: float) -> Check:
    """Say how far the estimate moves when the assumption is off by a factor of two either way.

    Parameters
    ----------
    half, twice : float
        The population with half and with twice the interaction that was assumed; NaN where the table rules it out.

    Returns
    -------
    Check
        Review where the larger is over twice the smaller, or one is ruled out.

    Examples
    --------
    >>> check_reach(900.0, 1100.0).status
    'pass'
    """
    ends = np.array([half, twice])
    known = ends[np.isfinite(ends)]
    if known.size < 2:
        said = say("The table rules out half or twice the interaction assumed.")
        return Check("reach", "review", said, {"known": known.size})
    low, high = float(known.min()), float(known.max())
    said = say(
        "With half or twice the interaction assumed the estimate is {low:,.0f} or {high:,.0f}, a factor of "
        "{factor:.1f}; the table cannot say which is right.",
        low=low,
        high=high,
        factor=high / low,
    )
    numbers = {"lowest": low, "highest": high, "factor": high / low}
    return Check("reach", "review" if high / low > _WIDE else "pass", said, numbers)
