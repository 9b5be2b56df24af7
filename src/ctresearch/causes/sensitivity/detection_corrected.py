"""Risks behind detected cases where the chance of detection is known or was estimated from outside."""

from __future__ import annotations

import numpy as np

from ctresearch.causes.table.effect_result import limits
from ctresearch.core import meaning as col
from ctresearch.core.check import Check
from ctresearch.core.cite import references
from ctresearch.core.declaration import Declaration
from ctresearch.core.errors import SpecificationError
from ctresearch.core.message import say
from ctresearch.core.result import Result, estimates_table
from ctresearch.core.validate import in_range, is_level, whole_number

Pair = tuple[float, float]

_DECLARED = Declaration(
    {
        "log_ratio": col.model("Ratio of risks", "log of the ratio of risks", reader="ratio", headline=True),
        "log_risk_untreated": col.model("Risk without treatment", "log of a risk", reader="ratio"),
        "log_risk_treated": col.model("Risk under treatment", "log of a risk", reader="ratio"),
    }
)


def detection_corrected(
    *, cases: tuple[int, int], people: tuple[int, int], detection: Pair, errors: Pair = (0.0, 0.0), level: float = 0.95
) -> Result:
    """Estimate the ratio of risks from detected cases and the chance that a case is detected in each arm.

    Parameters
    ----------
    cases, people : tuple of int
        Detected cases and all people, untreated first, then treated.
    detection : tuple of float
        Chance that a case is detected in each arm, from outside the data, such as a study that looked for all cases.
    errors : tuple of float
        Standard errors of the two chances, estimated independently; 0 where a chance is known.
    level : float
        Coverage of the limits, as a proportion.

    Returns
    -------
    Result
        Terms ``log_ratio``, ``log_risk_untreated`` and ``log_risk_treated`` on the log scale:
        ``to_frame(exponentiate=True)`` gives ratio and risks.

    Raises
    ------
    SpecificationError
        If a count or chance is out of range, a chance makes more cases than people, or it is so uncertain that 0 is
        within two standard errors: then only :func:`detection_bounds` can be given.

    References
    ----------
    .. [1] Rogan, W. J. and Gladen, B. (1978). Estimating prevalence from the results of a screening test. American
       Journal of Epidemiology 107, 71-76. https://doi.org/10.1093/oxfordjournals.aje.a112510

    Examples
    --------
    >>> people = (10_000, 10_000)
    >>> found = detection_corrected(cases=(200, 600), people=people, detection=(0.2, 0.4), errors=(0.02, 0.03))
    >>> row = found.to_frame(exponentiate=True).loc["log_ratio"]
    >>> limits = f"{row['ci_low']:.1f} to {row['ci_high']:.1f}"
    >>> print(f"detected cases show a ratio of 3; in truth {row['estimate']:.1f} ({limits})")
    detected cases show a ratio of 3; in truth 1.5 (1.1 to 2.0)
    """
    is_level(level)
    logs, variances = np.empty(2), np.empty(2)
    for arm in (0, 1):
        logs[arm], variances[arm] = _log_risk(arm, cases[arm], people[arm], detection[arm], errors[arm])
    spreads = np.sqrt(variances)
    rows = {
        "log_ratio": limits(float(logs[1] - logs[0]), float(np.hypot(*spreads)), level),
        "log_risk_untreated": limits(float(logs[0]), float(spreads[0]), level),
        "log_risk_treated": limits(float(logs[1]), float(spreads[1]), level),
    }
    naive = (cases[1] / people[1]) / (cases[0] / people[0])
    said = say(
        "Detected cases alone give a ratio of {naive:.3g}; the correction is as good as the chances of detection.",
        naive=naive,
    )
    return Result(
        declaration=_DECLARED,
        method="Risks behind detected cases, by the chance of detection",
        estimates=estimates_table(rows),
        n=int(sum(people)),
        level=level,
        interval="normal",
        scale="log",
        checks=(Check("detection", "review", said, {"naive_ratio": naive}),),
        assumptions=(
            "The chances of detection are those of these cases, and within an arm do not depend on the case.",
            "Nobody is counted who is no case.",
        ),
        references=references(detection_corrected),
    )


def _log_risk(arm: int, cases: int, people: int, chance: float, error: float) -> tuple[float, float]:
    """Return the log of an arm's risk and its variance, of counts and chance together."""
    whole_number("people", people, low=1)
    whole_number("cases", cases, low=1, high=people)
    in_range("detection", chance, 0, 1)
    in_range("errors", error, 0)
    share = cases / people
    if chance < share:
        raise SpecificationError(
            f"detection == {chance!r} in arm {arm} makes more cases than people, must be at least {share:.3g}"
        )
    if 2 * error >= chance:
        raise SpecificationError(
            f"errors == {error!r} in arm {arm} with detection {chance!r}, must be below half of it: use "
            "detection_bounds"
        )
    return float(np.log(share / chance)), (1 - share) / cases + (error / chance) ** 2
