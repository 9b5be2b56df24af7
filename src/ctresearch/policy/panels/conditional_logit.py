"""Logits in which what a unit keeps over time is conditioned out.

Given how often a unit says yes, which of its periods do depends on what changes within it alone [1]_. The sums over all
ways to spread that many yeses are worked out by a recursion over periods, with their first and second derivatives.

References
----------
.. [1] Chamberlain, G. (1980). Analysis of covariance with qualitative data. Review of Economic Studies 47, 225-238.
   https://doi.org/10.2307/2297110
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from ctresearch.core.errors import DataError, FitError
from ctresearch.stats.regression.newton import Local, maximise

if TYPE_CHECKING:
    from ctresearch.policy.panels.panel_columns import Floats

_HELD = 500_000  # numbers of the recursion held at once: 4 MB, which stay in the cache


@dataclass(frozen=True, slots=True)
class ConditionalLogit:
    """A conditional logit at its maximum.

    Parameters
    ----------
    coefficients : numpy.ndarray
        Shape (columns,).
    covariance : numpy.ndarray
        Inverse of the information.
    scores : numpy.ndarray
        Derivative of each group's log-likelihood, groups by columns.
    grams : numpy.ndarray
        Information of each group, groups by columns by columns.
    """

    coefficients: Floats
    covariance: Floats
    scores: Floats
    grams: Floats


def fit_conditional(design: Floats, answers: Floats, seen: Floats) -> ConditionalLogit:
    """Fit a logit given how often each group says yes.

    Parameters
    ----------
    design : numpy.ndarray
        Groups by periods by columns.
    answers : numpy.ndarray
        0 or 1, groups by periods.
    seen : numpy.ndarray
        1 where there is a row, groups by periods; every group must say both yes and no.

    Returns
    -------
    ConditionalLogit
        The maximum.

    Raises
    ------
    DataError
        If columns are collinear within groups.
    FitError
        If they order the answers perfectly.

    Examples
    --------
    >>> x = np.array([[[0.0], [1.0]], [[1.0], [0.0]], [[0.0], [1.0]]])
    >>> fit = fit_conditional(x, np.array([[0.0, 1], [0, 1], [0, 1]]), np.ones((3, 2)))
    >>> round(float(np.exp(fit.coefficients[0])), 6)
    2.0
    """
    held = seen[:, :, None]
    means = (design * held).sum(axis=1, keepdims=True) / held.sum(axis=1, keepdims=True)
    centred = np.where(held > 0, design - means, 0.0)
    scale = np.sqrt((centred**2).sum(axis=(0, 1)) / seen.sum())
    flat = centred.reshape(-1, centred.shape[2]) / np.where(scale > 0, scale, 1.0)
    if (scale == 0).any() or np.linalg.cond(flat.T @ flat) > 1e13:
        raise DataError(
            f"{len(scale)} columns are collinear within the {len(seen)} groups whose outcome moves, must vary there "
            "beside one another: leave one out, or periods"
        )
    columns = flat.reshape(centred.shape)
    try:
        point = maximise(lambda at: _total(columns, answers, seen, at), tuple(map(str, range(len(scale))))).point
    except FitError as error:
        raise FitError(
            f"coefficients run off: {len(scale)} columns order the outcomes of {len(seen)} groups perfectly, as a "
            "period of few rows can, so keep fewer periods or leave a regressor out"
        ) from error
    _, scores, grams = _derivatives(columns, answers, seen, point)
    back = np.diag(1 / scale)
    information = grams.sum(axis=0)
    return ConditionalLogit(
        back @ point,
        back @ np.linalg.inv(information) @ back,
        scores * scale,
        grams * np.outer(scale, scale),
    )


def _total(columns: Floats, answers: Floats, seen: Floats, point: Floats) -> Local:
    """Return the likelihood of all groups for Newton's method."""
    height, scores, grams = _derivatives(columns, answers, seen, point)
    return Local(float(height.sum()), scores.sum(axis=0), grams.sum(axis=0))


def _derivatives(columns: Floats, answers: Floats, seen: Floats, point: Floats) -> tuple[Floats, Floats, Floats]:
    """Return log-likelihood, scores and information of each group."""
    groups, periods, width = columns.shape
    chunk = max(1, _HELD // ((periods + 1) * (width + 1) ** 2))
    order = np.argsort(answers.sum(axis=1), kind="stable")  # groups that say yes as often go together
    columns, answers, seen = columns[order], answers[order], seen[order]
    with np.errstate(over="ignore", invalid="ignore"):  # a step too far has no finite height, and is halved
        parts = [
            _of_some(columns[a : a + chunk], answers[a : a + chunk], seen[a : a + chunk], point)
            for a in range(0, groups, chunk)
        ]
    back = np.argsort(order)
    heights, scores, grams = (np.concatenate(one)[back] for one in zip(*parts, strict=True))
    return heights, scores, grams


def _of_some(columns: Floats, answers: Floats, seen: Floats, point: Floats) -> tuple[Floats, Floats, Floats]:
    """Go through the periods: sums over all ways to say yes so often, and their derivatives."""
    groups, periods, width = columns.shape
    yes = answers.sum(axis=1).astype(np.int64)
    most = int(yes.max())
    line = columns @ point
    sums = np.zeros((groups, most + 1))
    sums[:, 0] = 1.0
    first, second = np.zeros((groups, most + 1, width)), np.zeros((groups, most + 1, width, width))
    for t in range(periods):
        x, factor = columns[:, t], (np.exp(line[:, t]) * seen[:, t])[:, None]
        low, high = max(0, int(yes.min()) - (periods - t)), min(t + 1, most)  # counts that can still be of use
        was, now = slice(low, high), slice(low + 1, high + 1)
        bent = first[:, was, :, None] * x[:, None, None]
        turned = second[:, was] + bent + np.swapaxes(bent, 2, 3)
        turned += sums[:, was, None, None] * (x[:, :, None] * x[:, None])[:, None]
        took = (first[:, was] + sums[:, was, None] * x[:, None]) * factor[..., None]
        second[:, now] += turned * factor[..., None, None]
        first[:, now] += took
        sums[:, now] += sums[:, was] * factor
    place = np.arange(groups)
    total = sums[place, yes]
    mean = first[place, yes] / total[:, None]
    grams = second[place, yes] / total[:, None, None] - mean[:, :, None] * mean[:, None]
    chosen = np.einsum("gt,gtk->gk", answers * seen, columns)
    return chosen @ point - np.log(total), chosen - mean, grams
