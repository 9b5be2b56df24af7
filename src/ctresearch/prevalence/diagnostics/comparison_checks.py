"""What a comparison asks of its headline: has it a number, does its interval cover the other methods, is it too low."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from ctresearch.core.check import Check
from ctresearch.core.message import say

if TYPE_CHECKING:
    from ctresearch.prevalence.lists.cells import Array


def check_headline(name: str, *, usable: bool) -> Check:
    """Say whether the headline has a number.

    Parameters
    ----------
    name : str
        The headline method.
    usable : bool
        Whether it gave an estimate and none of its checks failed.

    Returns
    -------
    Check
        Failed if not.

    Examples
    --------
    >>> check_headline("Chapman", usable=False).status
    'fail'
    """
    if usable:
        return Check("headline", "pass", say("The headline method, {name}, gives an estimate.", name=name))
    return Check(
        "headline",
        "fail",
        say("The headline method, {name}, gives no estimate: do not take another in its place.", name=name),
    )


def check_headline_interval(low: float, high: float, others: Array) -> Check:
    """Say how many other estimates the interval of the headline leaves out.

    Parameters
    ----------
    low, high : float
        Limits of the headline.
    others : numpy.ndarray
        Estimates by the other methods, shape (methods,).

    Returns
    -------
    Check
        Review if there is one outside, or no interval.

    Examples
    --------
    >>> check_headline_interval(90.0, 120.0, np.array([100.0, 150.0])).numbers["outside"]
    1.0
    """
    if not (np.isfinite(low) and np.isfinite(high)):
        return Check("headline interval", "review", "The headline has no interval to hold the other estimates against.")
    outside = int(((others < low) | (others > high)).sum())
    words = (
        "{outside} of {others} other estimates lie outside the interval of the headline: it is too narrow to stand for "
        "the choice of a method."
        if outside
        else "{outside} of {others} other estimates lie outside the interval of the headline."
    )
    return Check(
        "headline interval",
        "review" if outside else "pass",
        say(words, outside=outside, others=len(others)),
        {"outside": outside, "others": len(others)},
    )


def check_bounds(headline: float, bounds: Array) -> Check:
    """Say whether the headline lies above the lower bounds.

    Parameters
    ----------
    headline : float
        The headline estimate.
    bounds : numpy.ndarray
        Lower bounds, shape (bounds,); at least one.

    Returns
    -------
    Check
        Review if it lies below one.

    Examples
    --------
    >>> check_bounds(100.0, np.array([120.0])).status
    'review'
    """
    above = bool(headline >= bounds.max())
    return Check(
        "lower bounds",
        "pass" if above else "review",
        say(
            "The headline, {headline:,.0f}, is not below the largest lower bound, {bound:,.0f}. A bound holds where "
            "people differ; it does not where lists repel one another."
            if above
            else "The headline, {headline:,.0f}, is below the largest lower bound, {bound:,.0f}. A bound holds where "
            "people differ; it does not where lists repel one another.",
            headline=headline,
            bound=bounds.max(),
        ),
        {"headline": headline, "largest_bound": bounds.max()},
    )


def check_refused(refused: tuple[str, ...], tried: int) -> Check:
    """Name the methods that apply and yet give no number.

    Parameters
    ----------
    refused : tuple of str
        Their names.
    tried : int
        Methods that apply.

    Returns
    -------
    Check
        Review if there is one.

    Examples
    --------
    >>> check_refused((), 3).message
    'All 3 methods that apply give an estimate.'
    """
    numbers = {"refused": len(refused), "tried": tried}
    if not refused:
        return Check(
            "refused methods", "pass", say("All {tried} methods that apply give an estimate.", tried=tried), numbers
        )
    names = "; ".join(refused)
    return Check(
        "refused methods",
        "review",
        say("{refused} of {tried} methods give no estimate: {names}.", refused=len(refused), tried=tried, names=names),
        numbers,
    )
