"""Gray's test that groups have the same cumulative incidence of a cause.

The score weighs each event by the number that would be at risk had no other event removed anybody, ``R = n (1 - F) /
S`` just before it [1]_. Its covariance is worked out here from the multinomial variation of events in each group, with
the cause's incidence taken from all groups together, as it is if they do not differ.

References
----------
.. [1] Gray, R. J. (1988). A class of K-sample tests for comparing the cumulative incidence of a competing risk. Annals
   of Statistics 16, 1141-1154. https://doi.org/10.1214/aos/1176350951
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from ctresearch.consequences.curves.log_rank import chi_square_test
from ctresearch.consequences.durations.life_table import count_at
from ctresearch.core.check import Check
from ctresearch.core.message import say

if TYPE_CHECKING:
    import pandas as pd

    from ctresearch.consequences.curves.log_rank import GroupTest
    from ctresearch.consequences.durations.competing import CompetingDurations
    from ctresearch.consequences.durations.durations import Floats, Integers


@dataclass(frozen=True, slots=True)
class _Counts:
    """Each group's counts at the times of any event, groups by times; ``before`` is survival just before."""

    risk: Floats
    own: Floats
    other: Floats
    before: Floats

    def weighted(self) -> Floats:
        """Return those at risk over survival, 0 where nobody is at risk."""
        return np.divide(self.risk, self.before, out=np.zeros_like(self.risk), where=self.risk > 0)


def gray_test(data: CompetingDurations, groups: Integers, cause: int) -> GroupTest:
    """Compare the cumulative incidence of a cause between groups.

    Parameters
    ----------
    data : CompetingDurations
        Durations; delayed entry is allowed.
    groups : numpy.ndarray
        Group of each row from 0, shape (rows,).
    cause : int
        Number of the cause, from 1.

    Returns
    -------
    GroupTest
        With ``groups`` less one degrees of freedom.

    Examples
    --------
    >>> from ctresearch.consequences.durations.competing import CompetingDurations
    >>> from ctresearch.consequences.durations.durations import Durations
    >>> rows = Durations(np.full(6, -np.inf), np.arange(1.0, 7.0), np.ones(6, bool))
    >>> data = CompetingDurations(rows, np.array([1, 1, 2, 2, 1, 2]), ("a", "b"))
    >>> gray_test(data, np.array([0, 0, 0, 1, 1, 1]), 1).df
    1
    """
    counts = _count(data, groups, cause)
    ratio = counts.weighted()
    pooled = ratio.sum(axis=0)
    step = counts.own.sum(axis=0) / np.where(pooled > 0, pooled, 1)
    common = np.cumsum(step)
    own_before = _shift(
        np.cumsum(
            np.divide(counts.before * counts.own, counts.risk, out=np.zeros_like(ratio), where=counts.risk > 0), axis=1
        )
    )
    weight = ratio * (1 - own_before)
    score = (counts.own - weight * counts.own.sum(axis=0) / np.maximum(weight.sum(axis=0), 1e-300)).sum(axis=1)
    return chi_square_test(score, _covariance(counts, ratio, step, common))


def check_gray(tests: pd.DataFrame, *, strata: int, weighted: bool) -> tuple[Check, ...]:
    """Report Gray's test of each cause, or say why there is none.

    Parameters
    ----------
    tests : pandas.DataFrame
        Indexed by cause: ``chi_square``, ``df``, ``p_value``.
    strata : int
        How many there are.
    weighted : bool
        Whether rows have survey weights.

    Returns
    -------
    tuple of Check
        One a cause; empty with one stratum.

    Examples
    --------
    >>> import pandas as pd
    >>> check_gray(pd.DataFrame(), strata=2, weighted=True)[0].status
    'review'
    """
    if strata < 2:
        return ()
    if weighted:
        said = (
            "No test compares the strata: Gray's test does not allow for weights. Compare the limits, or fit FineGray."
        )
        return (Check("Gray's test", "review", said),)
    return tuple(
        Check(
            f"Gray's test, {cause}",
            "pass",
            say(
                "Gray's test between strata: chi-squared {chi_square:.4g} on {df:.0f} df, p = {p_value:.3g}.",
                chi_square=row["chi_square"],
                df=row["df"],
                p_value=row["p_value"],
            ),
            {"chi_square": float(row["chi_square"]), "df": float(row["df"]), "p_value": float(row["p_value"])},
        )
        for cause, row in tests.iterrows()
    )


def _count(data: CompetingDurations, groups: Integers, cause: int) -> _Counts:
    """Count those at risk and events in each group at the times of any event."""
    times = np.unique(data.rows.stop[data.rows.event])
    shape = (int(groups.max()) + 1, len(times))
    risk, own, other = np.zeros(shape), np.zeros(shape), np.zeros(shape)
    for group in range(shape[0]):
        rows = groups == group
        kind = data.kind[rows]
        risk[group], (own[group], other[group]) = count_at(
            data.rows.where(rows), times, (kind == cause, (kind > 0) & (kind != cause))
        )
    left = 1 - np.divide(own + other, risk, out=np.zeros(shape), where=risk > 0)
    return _Counts(risk, own, other, _shift(np.cumprod(left, axis=1), 1.0))


def _shift(curve: Floats, first: float = 0.0) -> Floats:
    """Return a step curve just before each time."""
    return np.concatenate([np.full((len(curve), 1), first), curve[:, :-1]], axis=1)


def _covariance(counts: _Counts, ratio: Floats, step: Floats, common: Floats) -> Floats:
    """Add up, over groups and times, the variation that events of either kind bring into the score.

    The score is a sum over times of ``a_kr`` times the step of group ``r``'s log of one less incidence. Summed by
    parts, that is a linear functional of its incidence curve, whose variation at each time is multinomial.
    """
    count = len(ratio)
    before = np.concatenate([[0.0], common[:-1]])
    pooled = np.maximum(ratio.sum(axis=0), 1e-300)
    out = np.zeros((count, count))
    for group in range(count):
        share = ratio / pooled
        weight = (1 - before) * ratio[group] * ((np.arange(count) == group)[:, None] - share)
        out += _group_part(counts, group, weight, step, common)
    return out


def _group_part(counts: _Counts, group: int, weight: Floats, step: Floats, common: Floats) -> Floats:
    """Return the covariance that one group's events bring, groups by groups."""
    risk, before = counts.risk[group], counts.before[group]
    live = risk > 0
    free = np.maximum(1 - np.concatenate([[0.0], common]), 1e-300)
    nothing = np.zeros((len(weight), 1))
    following = np.concatenate([weight[:, 1:] * free[2:] / free[1:-1] ** 2, nothing], axis=1)
    by_parts = np.where(live, weight / free[:-1] - following, 0.0)
    tail = np.cumsum(by_parts[:, ::-1], axis=1)[:, ::-1]
    tail_share = np.cumsum((by_parts * common)[:, ::-1], axis=1)[:, ::-1]
    own = np.where(live, np.minimum(step / np.where(before > 0, before, 1), 1.0), 0.0)
    other = np.divide(counts.other[group], risk, out=np.zeros_like(risk), where=live)
    hazard = own + other
    direct = tail * before
    lost = np.divide(tail_share - tail * common, 1 - hazard, out=np.zeros_like(tail), where=hazard < 1)
    scale = np.where(live, risk, 1.0)
    first = own * _ties(counts.own.sum(axis=0), counts.weighted().sum(axis=0) * before) / scale
    second = other * _ties(counts.other[group], risk) / scale
    return np.asarray(((direct - lost) * first) @ (direct - lost).T + (lost * second) @ lost.T, dtype=float)


def _ties(events: Floats, risk: Floats) -> Floats:
    """Return by how much the variation of several events at one time falls short of that of as many apart."""
    several = (events > 1) & (risk > 1)
    return 1 - np.divide(events - 1, risk - 1, out=np.zeros_like(events), where=several)
