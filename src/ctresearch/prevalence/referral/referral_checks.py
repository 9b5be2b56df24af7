"""What must be asked of a model of referral: is there more of it than was named, are rates constant, does it fit."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from ctresearch.core.check import Check
from ctresearch.core.message import say
from ctresearch.prevalence.lists.cells import canonical_order
from ctresearch.prevalence.referral.referral_fit import evaluate

if TYPE_CHECKING:
    from ctresearch.prevalence.lists.cells import Array
    from ctresearch.prevalence.referral.dated_entries import DatedEntries
    from ctresearch.prevalence.referral.referral_fit import Design, ReferralFit

_UNLIKELY = 0.01
# A pattern that fewer than five people are expected to have is no evidence of a bad fit.
_LEAST_EXPECTED = 5.0


def check_limit(high: float) -> Check:
    """Say whether the likelihood has an upper limit of the population at all.

    Parameters
    ----------
    high : float
        Upper limit of the profile interval.

    Returns
    -------
    Check
        A failure voids the estimate.

    Examples
    --------
    >>> check_limit(float("inf")).status
    'fail'
    """
    if np.isfinite(high):
        return Check("upper limit", "pass", say("The likelihood rules out populations that are too large."), voids=True)
    return Check(
        "upper limit",
        "fail",
        say("The likelihood rules out no population, however large: the entries do not tell how many were never seen."),
        voids=True,
    )


def check_all_referrals() -> Check:
    """Say that nothing is left to compare where every list may refer to every other.

    Returns
    -------
    Check
        For a person to review.

    Examples
    --------
    >>> check_all_referrals().status
    'review'
    """
    words = say(
        "Every list may refer to every other, so that little but the falling off of first entries tells how many were "
        "never seen: a population in which people come and go would look the same."
    )
    return Check("referrals", "review", words)


def score_test(design: Design, fitted: ReferralFit, column: Array) -> float:
    """Test one more column of a model.

    Parameters
    ----------
    design : Design
        The model.
    fitted : ReferralFit
        Its estimate.
    column : numpy.ndarray
        The column, shape (R,).

    Returns
    -------
    float
        Standard normal where the column has no part; positive where its coefficient would be. 0 where nobody could
        show it.

    Examples
    --------
    >>> from ctresearch.prevalence.referral.referral_fit import Design, fit_referral
    >>> rows = Design(np.array([[1.0], [1.0]]), np.array([30.0, 20.0]), np.array([17.0, 4.0]), np.array([0.5, 0.5]), 50)
    >>> round(score_test(rows, fit_referral(rows), np.array([0.0, 1.0])), 2)
    0.98
    """
    _, score, information = evaluate(design.with_columns(column[:, None]), np.append(fitted.theta, 0.0))
    cross = information[:-1, -1]
    left = float(information[-1, -1] - cross @ np.linalg.solve(information[:-1, :-1], cross))
    return float(score[-1] / np.sqrt(left)) if left > 1e-9 * max(float(information[-1, -1]), 1.0) else 0.0


def check_other_referrals(
    design: Design, rows: Array, fitted: ReferralFit, arcs: list[tuple[int, int]], lists: tuple[str, ...]
) -> Check:
    """Test each pair of lists that no referral was named for.

    Parameters
    ----------
    design, rows : Design, numpy.ndarray
        The model and what its rows are, as :func:`~.referral_fit.design_of` gives them.
    fitted : ReferralFit
        Its estimate.
    arcs : list of tuple of int
        Referrals that were named.
    lists : tuple of str
        Names of the lists.

    Returns
    -------
    Check
        Names the pair that deviates most.

    Examples
    --------
    >>> from ctresearch.prevalence.referral.dated_entries import Exposure
    >>> from ctresearch.prevalence.referral.referral_fit import design_of, fit_referral
    >>> entries = np.array([[[40.0, 30.0], [0.0, 20.0], [9.0, 0.0], [0.0, 0.0]]])
    >>> design, rows = design_of(Exposure(entries, np.array([[35.0, 12.0, 15.0, 8.0]]), np.ones(1), 70), [], 1)
    >>> check_other_referrals(design, rows, fit_referral(design), [], ("ngo", "police")).status
    'review'
    """
    _, on, to = rows.T
    others = [(k, j) for k in range(len(lists)) for j in range(len(lists)) if k != j and (k, j) not in arcs]
    found = np.array([score_test(design, fitted, ((on >> k & 1) * (to == j)).astype(float)) for k, j in others])
    worst = int(np.abs(found).argmax())
    k, j = others[worst]
    chance = _corrected(found[worst], len(others))
    said = say(
        "Once on {origin}, people come onto {target} more often than was allowed for, by {deviations:.1f} standard "
        "errors, the most of all pairs without a referral."
        if found[worst] > 0
        else "Once on {origin}, people come onto {target} less often than was allowed for, by {deviations:.1f} "
        "standard errors, the most of all pairs without a referral.",
        origin=lists[k],
        target=lists[j],
        deviations=abs(found[worst]),
    )
    return Check("other referrals", _status(chance), said, {"largest": found[worst], "p_value": chance})


def check_time(design: Design, rows: Array, fitted: ReferralFit, lists: tuple[str, ...]) -> Check:
    """Test whether rates are constant within the pieces of the window, by their two halves.

    Parameters
    ----------
    design, rows, fitted, lists
        As for :func:`check_other_referrals`; rows tell the halves of pieces apart.

    Returns
    -------
    Check
        Names the list that deviates most.

    Examples
    --------
    >>> from ctresearch.prevalence.referral.dated_entries import Exposure
    >>> from ctresearch.prevalence.referral.referral_fit import design_of, fit_referral
    >>> entries = np.array([[[20.0, 15.0], [0.0, 4.0], [6.0, 0.0], [0.0, 0.0]]] * 2)
    >>> time = np.array([[20.0, 4.0, 6.0, 2.0]] * 2)
    >>> design, rows = design_of(Exposure(entries, time, np.ones(2) / 2, 70), [], 1)
    >>> check_time(design, rows, fit_referral(design), ("ngo", "police")).name
    'rates in time'
    """
    half, _, to = rows.T
    found = np.array(
        [score_test(design, fitted, ((half % 2 == 1) & (to == j)).astype(float)) for j in range(len(lists))]
    )
    worst = int(np.abs(found).argmax())
    chance = _corrected(found[worst], len(lists))
    said = say(
        "Entries onto {name} grow more frequent within the pieces of the window, by {deviations:.1f} standard errors, "
        "the most of all lists."
        if found[worst] > 0
        else "Entries onto {name} grow less frequent within the pieces of the window, by {deviations:.1f} standard "
        "errors, the most of all lists.",
        name=lists[worst],
        deviations=abs(found[worst]),
    )
    return Check("rates in time", _status(chance), said, {"largest": found[worst], "p_value": chance})


def fitted_patterns(read: DatedEntries, fitted: ReferralFit, arcs: list[tuple[int, int]], pieces: int) -> pd.DataFrame:
    """Compare the lists that people are on at the end of the window with what the model expects.

    Parameters
    ----------
    read : DatedEntries
        The entries.
    fitted : ReferralFit
        The estimate.
    arcs : list of tuple of int
        Referrals.
    pieces : int
        Pieces of the window.

    Returns
    -------
    pandas.DataFrame
        Columns of 0 and 1, ``observed``, ``fitted`` and ``residual``.
    """
    from scipy.linalg import expm

    lists = len(read.lists)
    cells = np.arange(1 << lists)
    start = np.zeros(cells.size)
    start[0] = 1.0
    for piece in range(pieces):
        moves = np.zeros((cells.size, cells.size))
        for j in range(lists):
            log_rate = np.full(cells.size, fitted.theta[piece * lists + j])
            for place, (k, target) in enumerate(arcs):
                log_rate += (target == j) * (cells >> k & 1) * fitted.theta[pieces * lists + place]
            out = (cells >> j & 1) == 0
            moves[cells[out], cells[out] | 1 << j] += np.exp(log_rate[out])
        moves -= np.diag(moves.sum(axis=1))
        start = start @ expm(moves / pieces)
    people = len(read.times)
    patterns = cells[1:][canonical_order(cells[1:], lists)]
    expected = (people + fitted.unseen) * start[patterns]
    observed = np.bincount(read.patterns, minlength=cells.size)[patterns]
    columns: dict[str, Any] = {name: patterns >> i & 1 for i, name in enumerate(read.lists)}
    columns |= {"observed": observed, "fitted": expected, "residual": (observed - expected) / np.sqrt(expected)}
    return pd.DataFrame(columns)


def check_patterns(table: pd.DataFrame, parameters: int) -> Check:
    """Judge the fit to the lists that people are on at the end.

    Parameters
    ----------
    table : pandas.DataFrame
        As :func:`fitted_patterns` makes it.
    parameters : int
        Of the model.

    Returns
    -------
    Check
        Passed where there is nothing to judge by.

    Examples
    --------
    >>> check_patterns(pd.DataFrame({"observed": [30, 20], "fitted": [30.0, 20.0]}), 2).status
    'pass'
    """
    from scipy.special import chdtrc

    enough = table["fitted"] >= _LEAST_EXPECTED
    statistic = float(((table["observed"] - table["fitted"]) ** 2 / table["fitted"])[enough].sum())
    free = max(int(enough.sum()) - 1, 1)  # parameters are told by dates more than by patterns: at most this many
    chance = float(chdtrc(free, statistic))
    said = say(
        "The lists people are on at the end fit with Pearson's statistic {statistic:.1f} on {free} degrees of freedom.",
        statistic=statistic,
        free=free,
    )
    return Check(
        "patterns", _status(chance), said, {"statistic": statistic, "p_value": chance, "parameters": parameters}
    )


def _corrected(deviations: float, tests: int) -> float:
    """Return the two-sided p-value of the largest of several."""
    from scipy.special import ndtr

    return min(float(2 * tests * ndtr(-abs(deviations))), 1.0)


def _status(chance: float) -> Any:
    """Return the status of a p-value."""
    return "review" if chance < _UNLIKELY else "pass"
