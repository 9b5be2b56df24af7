"""What a comparison asks of its headline: has it a number, does its interval cover the other methods, is it too low."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from ctresearch.core.check import Check

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
        return Check("headline", "pass", f"The headline method, {name}, gives an estimate.")
    return Check(
        "headline", "fail", f"The headline method, {name}, gives no estimate: do not take another in its place."
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
    words = f"{outside} of {len(others)} other estimates lie outside the interval of the headline"
    return Check(
        "headline interval",
        "review" if outside else "pass",
        words + (": it is too narrow to stand for the choice of a method." if outside else "."),
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
    words = "is not below" if above else "is below"
    return Check(
        "lower bounds",
        "pass" if above else "review",
        f"The headline, {headline:,.0f}, {words} the largest lower bound, {bounds.max():,.0f}. "
        "A bound holds where people differ; it does not where lists repel one another.",
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
        return Check("refused methods", "pass", f"All {tried} methods that apply give an estimate.", numbers)
    names = "; ".join(refused)
    return Check("refused methods", "review", f"{len(refused)} of {tried} methods give no estimate: {names}.", numbers)
