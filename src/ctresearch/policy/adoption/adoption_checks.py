"""What is asked of an estimate of staggered adoption."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from ctresearch.core.check import Check
from ctresearch.core.message import say
from ctresearch.policy.adoption.adoption_limits import FEW_IN_COHORT, FEW_TREATED, VERY_FEW, VERY_FEW_IN_COHORT
from ctresearch.policy.adoption.leave_one_out import FEWEST

if TYPE_CHECKING:
    from ctresearch.policy.adoption.adoption_limits import Inference, Limits
    from ctresearch.policy.adoption.summaries import Summaries
    from ctresearch.policy.adoption.two_periods import Floats

_SIZE = 0.05
# a Wald test of k restrictions from fewer than three clusters each rejects too often
_CLUSTERS_A_TEST = 3


def check_trends(effect: Floats, covariance: Floats, clusters: int) -> Check:
    """Test whether all effects before adoption are 0.

    Parameters
    ----------
    effect : numpy.ndarray
        Effects before adoption, shape (tests,).
    covariance : numpy.ndarray
        Their covariance.
    clusters : int
        Clusters behind them.

    Returns
    -------
    Check
        Fails where trends differed before; a pass proves nothing of the time after.

    Examples
    --------
    >>> print(check_trends(np.array([0.1]), np.eye(1) * 0.01, 50).status)
    pass
    """
    from scipy.stats import chi2

    if not len(effect):
        said = say("Nobody was seen at two times before adoption: whether trends were parallel cannot be looked at.")
        return Check("trends before adoption", "review", said)
    many = len(effect)
    if not np.isfinite(covariance).all() or clusters < _CLUSTERS_A_TEST * many:
        said = say(
            "{tests} effects before adoption cannot be tested together with {clusters} treated clusters: look at the "
            "event study, and at HonestBounds.",
            tests=many,
            clusters=clusters,
        )
        return Check("trends before adoption", "review", said, {"tests": many, "clusters": clusters})
    statistic = float(effect @ np.linalg.pinv(covariance, rcond=1e-10, hermitian=True) @ effect)
    p_value = float(chi2.sf(statistic, int(np.linalg.matrix_rank(covariance, tol=1e-10 * np.trace(covariance)))))
    numbers = {"statistic": statistic, "tests": many, "p_value": p_value}
    if p_value < _SIZE:
        said = say(
            "Adopters and their comparison moved apart before adoption (p = {p_value:.2g}): what follows may be that "
            "trend going on. HonestBounds says what is left.",
            p_value=p_value,
        )
        return Check("trends before adoption", "fail", said, numbers)
    said = say(
        "No difference of trends is seen before adoption (p = {p_value:.2g}); PretestPower says which one could have "
        "been, and HonestBounds what it would do.",
        p_value=p_value,
    )
    return Check("trends before adoption", "pass", said, numbers)


def check_treated(treated: int, smallest: int, inference: Inference, limits: Limits) -> Check:
    """Say whether enough units adopted for the limits that are shown.

    Parameters
    ----------
    treated, smallest : int
        Treated clusters in all and in the smallest cohort.
    inference : str
        How limits were made.
    limits : Limits
        The limits.

    Returns
    -------
    Check
        Fails where few adopted and the limits take them for many, or where limits are refused.
    """
    numbers = {"treated": treated, "smallest_cohort": smallest}
    few = treated < FEW_TREATED or smallest < FEW_IN_COHORT
    if not np.isfinite(limits.low[0]) and not np.isfinite(limits.high[0]):
        said = say(
            "{treated} treated clusters leave nothing to hold them against, and fewer than {fewest} get no limits: "
            "look at SyntheticControl, or at inference='conley-taber' if the adopters stray no more than the others.",
            treated=treated,
            fewest=FEWEST,
        )
        return Check("few treated", "fail", said, numbers)
    if not few:
        said = say(
            "{treated:,} treated clusters, at least {smallest:,} in every cohort.", treated=treated, smallest=smallest
        )
        return Check("few treated", "pass", said, numbers)
    if inference == "analytic":
        said = say(
            "{treated:,} treated clusters, {smallest:,} in the smallest cohort: errors of influence functions take the "
            "effect on so few as known, and the limits are too narrow. Use inference='leave-one-out'.",
            treated=treated,
            smallest=smallest,
        )
        very = treated < VERY_FEW or smallest < VERY_FEW_IN_COHORT
        return Check("few treated", "fail" if very else "review", said, numbers, voids=treated < 2)
    words = {
        "leave-one-out": say(
            "{treated:,} treated clusters, {smallest:,} in the smallest cohort: limits come from leaving each cluster "
            "out, with few degrees of freedom.",
            treated=treated,
            smallest=smallest,
        ),
        "conley-taber": say(
            "{treated:,} treated clusters: limits take for granted that they stray as much as those that never adopt.",
            treated=treated,
        ),
        "ferman-pinto": say(
            "{treated:,} treated clusters: limits take for granted that variances differ by size alone.",
            treated=treated,
        ),
        "randomisation": say(
            "{treated:,} treated clusters: limits take for granted that any others could have adopted in their place.",
            treated=treated,
        ),
        "wild": say(
            "{treated:,} treated clusters: limits come from turning the signs of what each adds.", treated=treated
        ),
    }
    return Check("few treated", "review", words[inference], numbers)


def check_bands(found: Summaries, limits: Limits) -> tuple[Check, ...]:
    """Say how many averages at one place have no limits.

    Parameters
    ----------
    found : Summaries
        The averages.
    limits : Limits
        Their limits.

    Returns
    -------
    tuple of Check
        None where all have.
    """
    events = found.of("event")
    without = int((~np.isfinite(limits.low[events])).sum())
    if not without or not np.isfinite(limits.low[0]):
        return ()
    said = say(
        "{without} of {events} times since adoption rest on fewer than {fewest} treated clusters and have no limits.",
        without=without,
        events=int(events.sum()),
        fewest=FEWEST if limits.inference == "leave-one-out" else VERY_FEW_IN_COHORT,
    )
    return (Check("times without limits", "review", said, {"without": without, "events": int(events.sum())}),)


def check_two_way(cohorts: int) -> Check:
    """Say that a two-way model compares late adopters with early ones.

    Parameters
    ----------
    cohorts : int
        Cohorts of adopters.

    Returns
    -------
    Check
        Passes with one cohort.

    Examples
    --------
    >>> check_two_way(3).status
    'fail'
    """
    if cohorts == 1:
        said = say("One cohort adopts, so nobody is compared with units that adopted before.")
        return Check("forbidden comparisons", "pass", said, {"cohorts": 1})
    said = say(
        "{cohorts} cohorts adopt, and a two-way model holds late ones against early ones whose effect may still grow: "
        "it is shown beside the others, not to be quoted.",
        cohorts=cohorts,
    )
    return Check("forbidden comparisons", "fail", said, {"cohorts": cohorts})


def check_lost(lost: int) -> tuple[Check, ...]:
    """Say how many treated cells have no comparison.

    Parameters
    ----------
    lost : int
        Treated cells that were seen and are not in the averages.

    Returns
    -------
    tuple of Check
        None where all are.

    Examples
    --------
    >>> check_lost(0)
    ()
    """
    if not lost:
        return ()
    said = say(
        "{n} treated unit and period was seen and has nobody to be compared with: it is in no average.",
        many="{n} treated units and periods were seen and have nobody to be compared with: they are in no average.",
        n=lost,
    )
    return (Check("cells without comparison", "review", said, {"cells": lost}),)
