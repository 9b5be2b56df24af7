"""Whether the sensitive item changed the answers to the others: the test of Blair and Imai.

References
----------
.. [1] Blair, G. and Imai, K. (2012). Statistical analysis of list experiments. Political Analysis 20, 47-77.
   https://doi.org/10.1093/pan/mpr048
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from ctresearch.core.check import Check
from ctresearch.core.message import say

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from ctresearch.prevalence.surveys.survey_design import Floats, Ints

_UNLIKELY = 0.05


def design_test(answer: Ints, treated: NDArray[np.bool_], items: int) -> pd.DataFrame:
    """Ask whether any share of a type of respondents is below zero, which only a changed answer can make it.

    Parameters
    ----------
    answer : numpy.ndarray
        Items that apply, shape (n,).
    treated : numpy.ndarray
        Who had the sensitive item among them, shape (n,).
    items : int
        Number of control items.

    Returns
    -------
    pandas.DataFrame
        Rows ``with the trait``, ``without it`` and ``either``: the distance to shares that are possible, degrees of
        freedom and p-value. Shares more than the root of log n errors above zero are left out of each test (generalised
        moment selection), and ``either`` is twice the smaller p-value. R's list 9.2.6 leaves out shares .4 errors from
        zero too, and so finds smaller p-values.
    """
    steps = np.arange(items + 2)
    below = [(answer[group][:, None] <= steps).mean(axis=0) for group in (~treated, treated)]
    sizes = [int((~treated).sum()), int(treated.sum())]
    plain, mixed = below[0][: items + 1], below[1][: items + 1]
    before = np.concatenate([[0.0], plain[:-1]])
    spread = _spread(mixed, sizes[1])
    trait = _distance(plain - mixed, _spread(plain, sizes[0]) + spread, sum(sizes))
    without = _distance(mixed - before, _spread(before, sizes[0]) + spread, sum(sizes))
    either = min(2 * min(trait[2], without[2]), 1.0)
    rows = [trait, without, (max(trait[0], without[0]), max(trait[1], without[1]), either)]
    names = pd.Index(["with the trait", "without it", "either"], name="statistic", dtype="str")
    return pd.DataFrame(rows, columns=["value", "df", "p_value"], index=names)


def _spread(share: Floats, size: int) -> Floats:
    """Return the covariance of cumulative shares."""
    least, most = np.minimum.outer(share, share), np.maximum.outer(share, share)
    return np.asarray(least * (1 - most) / size)


def _distance(share: Floats, covariance: Floats, people: int) -> tuple[float, int, float]:
    """Return the distance of shares to the nearest that are not negative, and its p-value by chi-bar-square."""
    from scipy.optimize import nnls
    from scipy.special import chdtrc

    error = np.sqrt(np.diag(covariance))
    near = (error > 0) & (share <= np.sqrt(np.log(people)) * error)  # the others cannot bind
    if not near.any() or share[near].min() >= 0:
        return 0.0, int(near.sum()), 1.0
    kept = covariance[np.ix_(near, near)]
    root = np.linalg.cholesky(np.linalg.inv(kept)).T
    distance = float(nnls(root, root @ share[near])[1] ** 2)
    weights = _bar_weights(kept)
    chance = sum(w * float(chdtrc(free, distance)) for free, w in enumerate(weights) if free)
    return distance, int(near.sum()), chance


def _bar_weights(covariance: Floats) -> Floats:
    """Return the chances that so many of some normal variables are set to zero when brought to what is possible."""
    from scipy.optimize import nnls

    size = len(covariance)
    if size == 1:
        return np.array([0.5, 0.5])
    rng = np.random.default_rng(20120)  # of the method, not of the data: the same numbers for every table
    root = np.linalg.cholesky(np.linalg.inv(covariance)).T
    draws = rng.standard_normal((4000, size)) @ np.linalg.cholesky(covariance).T
    zero = [int((nnls(root, root @ one)[0] <= 0).sum()) for one in draws]
    return np.bincount(zero, minlength=size + 1) / len(draws)


def check_design(table: pd.DataFrame) -> Check:
    """Say whether the sensitive item changed other answers."""
    chance = float(table["p_value"].to_numpy(dtype=float)[-1])
    said = say("The test of no design effect has p {chance:.2g}", chance=chance)
    if chance >= _UNLIKELY:
        return Check("design", "pass", say("{said}.", said=said), {"p_value": chance})
    return Check(
        "design",
        "review",
        say("{said}: with the sensitive item on the list, people answered the others differently.", said=said),
        {"p_value": chance},
    )
