"""Bounds on an effect when cases are counted only where they are detected."""

from __future__ import annotations

import numpy as np

from ctresearch.core import meaning as col
from ctresearch.core.check import Check
from ctresearch.core.cite import references
from ctresearch.core.declaration import Declaration
from ctresearch.core.errors import SpecificationError
from ctresearch.core.message import say
from ctresearch.core.result import Result, estimates_table
from ctresearch.core.validate import in_range, whole_number

Range = tuple[float, float]

_DECLARED = Declaration(
    {
        "log_ratio": col.model("Ratio of risks", "log of the ratio of risks", reader="ratio", headline=True),
        "effect": col.model("Difference of risks"),
        "risk_untreated": col.model("Risk without treatment", reader="percent"),
        "risk_treated": col.model("Risk under treatment", reader="percent"),
    }
)


def detection_bounds(*, cases: tuple[int, int], people: tuple[int, int], detection: tuple[Range, Range]) -> Result:
    """Bound risks and their ratio from detected cases and outside knowledge of how many are detected.

    Parameters
    ----------
    cases, people : tuple of int
        Detected cases and all people, untreated first, then treated.
    detection : tuple of tuple of float
        For each arm the smallest and largest chance that a case is detected, from outside the data. A chance known
        exactly is given twice; where nothing is known the upper end is 1 and the lower end a judgement to be argued.

    Returns
    -------
    Result
        Terms ``log_ratio``, ``effect`` (difference), ``risk_untreated`` and ``risk_treated``. They hold bounds as
        limits, and a point only where both chances of detection are known.

    Raises
    ------
    SpecificationError
        If a count or chance is out of range, or a chance would make more cases than people.

    Notes
    -----
    Nobody is counted as a case who is none. Sampling error comes on top of the bounds.

    References
    ----------
    .. [1] Rothman, K. J., Greenland, S. and Lash, T. L. (2008). Modern Epidemiology, third edition, chapter 19.
       Lippincott Williams and Wilkins.
    .. [2] Manski, C. F. (2003). Partial Identification of Probability Distributions. Springer.
       https://doi.org/10.1007/b97478

    Examples
    --------
    >>> found = detection_bounds(cases=(40, 60), people=(1000, 1000), detection=((0.2, 0.4), (0.3, 0.5)))
    >>> low, high = np.exp(found.estimates.loc["log_ratio", ["ci_low", "ci_high"]].astype(float))
    >>> print(f"detected cases show a ratio of 1.5; in truth {low:.1f} to {high:.1f}")
    detected cases show a ratio of 1.5; in truth 0.6 to 2.0
    """
    risks = [_risks(arm, cases[arm], people[arm], detection[arm]) for arm in (0, 1)]
    (low0, high0), (low1, high1) = risks
    known = all(low == high for low, high in detection)
    bounds = {
        "log_ratio": (float(np.log(low1 / high0)), float(np.log(high1 / low0))),
        "effect": (low1 - high0, high1 - low0),
        "risk_untreated": (low0, high0),
        "risk_treated": (low1, high1),
    }
    rows = {name: (low if known else np.nan, np.nan, low, high) for name, (low, high) in bounds.items()}
    signed = bounds["effect"][0] > 0 or bounds["effect"][1] < 0
    said = (
        say("These chances of detection settle the sign")
        if signed
        else say("These chances of detection leave the sign open")
    )
    numbers = {"naive_ratio": (cases[1] / people[1]) / (cases[0] / people[0])}
    return Result(
        declaration=_DECLARED,
        method="Risks behind detected cases, bounded by the chance of detection",
        estimates=estimates_table(rows),
        n=int(sum(people)),
        smallest_group=int(min(*cases, *people)),
        interval="bounds",
        checks=(
            Check(
                "detection",
                "review",
                say(
                    "{said}; detected cases alone give a ratio of {naive_ratio:.3g}.",
                    said=said,
                    naive_ratio=numbers["naive_ratio"],
                ),
                numbers,
            ),
        ),
        assumptions=("The chances of detection lie within the ranges given.", "Nobody is counted who is no case."),
        references=references(detection_bounds),
    )


def _risks(arm: int, cases: int, people: int, detection: Range) -> tuple[float, float]:
    """Return the smallest and largest risk of an arm."""
    whole_number("people", people, low=1)
    whole_number("cases", cases, low=1, high=people)
    low, high = detection
    in_range("detection", high, 0, 1)
    in_range("detection", low, 0, high)
    share = cases / people
    if low < share:
        raise SpecificationError(
            f"detection == {detection!r} in arm {arm} makes more cases than people, must be at least {share:.3g}: "
            "raise its lower end"
        )
    return share / high, share / low
